"""What must hold of every stream of every source, however its system behaves while it is read.

Each check plays one thing on all streams at once through the hub's real pulling, and names the streams for
which it did not hold: nothing lost, nothing deleted wrongly, the latest version right, no version stored
twice, and no cursor past the start of its run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hub.contracts import FullListing, Page, UpdatedSince
from hub.errors import ReadFailed
from hub.pulling import keep
from hub.pulling.fetch import Fetched
from tests.conformance.judging import edited, none_gone, one_version, paged, roots, same, whole
from tests.conformance.source_house import GROUP, House
from tests.conformance.wire import Died

MANY = 6
LATE = 240.0
"""Seconds a late row lies behind the watermark; every overlap is longer."""
LEASE = 120


def first_load(house: House) -> None:
    """Several pages of each stream, then nothing new."""
    house.stock(MANY)
    whole(house)
    same(house, "after the first load")
    one_version(house, "after the first load")
    house.bench.clock.advance(600)
    whole(house)
    changed = {s: r.changed for s, r in house.pull().items() if r.changed}
    assert not changed, f"nothing changed there, but here: {changed}"
    one_version(house, "after reading again")


def late_rows(house: House) -> None:
    """A record that appears with a time of change before the newest one that was read."""
    house.stock(3)
    whole(house)
    for stream in house.streams:
        house.bench.hands[stream.name].add(0.0)
    whole(house)
    for stream in house.streams:
        house.bench.hands[stream.name].add(LATE)
    house.bench.clock.advance(60)
    whole(house)
    same(house, "after rows behind the watermark")


def edits_during_paging(house: House) -> None:
    """Records already read and not yet read are changed and added while a listing is read."""
    ids = house.stock(MANY)
    whole(house)
    house.bench.clock.advance(3600)
    for stream in edited(house):
        for one in ids[stream.name][:4]:
            house.bench.hands[stream.name].edit(one, "before")  # type: ignore[misc]
    acted: set[str] = set()

    def act(name: str, number: int) -> None:
        if number == 1 and name not in acted:
            acted.add(name)
            house.bench.clock.advance(20)
            hands = house.bench.hands[name]
            if hands.edit is not None:
                hands.edit(ids[name][0], "while")
                hands.edit(ids[name][-1], "while")
            hands.add(0.0)
            house.bench.clock.advance(20)

    house.between.before = act
    whole(house)
    house.between.before = None
    assert {stream.name for stream in paged(house)} <= acted, "a stream had one page only"
    none_gone(house, "while records changed")
    house.bench.clock.advance(3600)
    whole(house)
    same(house, "after records changed while they were read")


def removals_during_paging(house: House) -> None:
    """Records of a page already read are taken away, so that everything behind them moves up."""
    ids = house.stock(MANY)
    whole(house)
    house.bench.clock.advance(3600)
    for name, where in list(house.cursors().items()):
        if where is not None:
            house.move_back(name, where - timedelta(days=2))
    acted: set[str] = set()

    def act(name: str, number: int) -> None:
        remove = house.bench.hands[name].remove
        if number == 1 and name not in acted and remove is not None:
            acted.add(name)
            remove(ids[name][0])

    house.between.before = act
    house.pull()
    house.between.before = None
    assert acted >= {s.name for s in roots(house) if house.bench.hands[s.name].remove is not None}
    none_gone(house, "while records went away")
    house.bench.clock.advance(3600)
    whole(house, nightly=True)
    same(house, "after records went away while they were read")


def duplicate_pages(house: House) -> None:
    """Every page is answered twice in a row; then a listing repeats its first page instead of its last."""
    house.stock(MANY)
    last: dict[str, tuple[int, Page]] = {}

    def again(name: str, number: int, page: Page) -> Page:
        if number % 2 == 0 or name not in last:
            last[name] = (number, page)
            return page
        return replace(page, records=(*last[name][1].records, *page.records))

    house.between.after = again
    whole(house)
    one_version(house, "after pages that overlap")
    same(house, "after pages that overlap")
    house.bench.clock.advance(600)
    first: dict[str, Page] = {}

    def wrong(name: str, number: int, page: Page) -> Page:
        first.setdefault(name, page)
        return page if page.next is not None else replace(page, records=first[name].records)

    house.between.after = wrong
    house.pull()
    house.between.after = None
    none_gone(house, "after a page that came instead of another")
    whole(house)
    same(house, "after a page that came instead of another")


def page_lost_on_first_load(house: House) -> None:
    """The first load gets an earlier page again instead of its last one: it is not taken as whole."""
    house.stock(MANY)
    first: dict[str, Page] = {}

    def wrong(name: str, number: int, page: Page) -> Page:
        first.setdefault(name, page)
        swap = page.next is None and number > 0 and page.total is not None
        return replace(page, records=first[name].records) if swap else page

    house.between.after = wrong
    house.pull()
    house.between.after = None
    house.bench.clock.advance(600)
    whole(house)
    same(house, "after a first load that lost a page")


def failed_page(house: House, position: str) -> None:
    """One page of each stream cannot be read; the run goes on from there, and nothing was taken as gone."""
    house.stock(MANY)
    whole(house)
    house.bench.clock.advance(3600)
    for stream in edited(house):
        for one in sorted(house.here(stream)):
            house.bench.hands[stream.name].edit(one, "changed")  # type: ignore[misc]
    before = house.cursors()
    pages = {stream.name: -(-len(house.there(stream)) // 2) for stream in house.streams}
    failed: dict[str, int] = {}

    def act(name: str, number: int) -> None:
        wanted = {"first": 0, "middle": pages[name] // 2, "last": pages[name] - 1}[position]
        if number == wanted and name not in failed:
            failed[name] = number
            raise ReadFailed("the page could not be read")

    house.between.before = act
    reports = house.pull()
    assert {s for s, r in reports.items() if r.error} == set(failed)
    assert {stream.name for stream in paged(house)} <= set(failed)
    moved = {s: c for s, c in house.cursors().items() if s in failed and c != before[s]}
    assert not moved, f"cursors moved without their pages: {moved}"
    none_gone(house, f"after the {position} page failed")
    house.bench.clock.advance(60)
    whole(house)
    first = {name: house.between.asked[name][0] for name in failed}
    again = {name: n for name, (_, n) in first.items() if n != failed[name]}
    assert not again, f"the run did not go on from its page: {again} instead of {failed}"
    same(house, f"after the {position} page failed")


def killed_in_a_page(house: House) -> None:
    """The worker dies with a page in its hands; another one goes on when its lease is over."""
    house.stock(MANY)
    dead: set[str] = set()

    def act(name: str, number: int) -> None:
        if number == 1 and name not in dead:
            dead.add(name)
            raise Died

    house.between.before = act
    for _ in house.streams:
        try:
            house.pull()
        except Died:
            house.bench.clock.advance(LEASE)
    assert {stream.name for stream in roots(house)} <= dead
    whole(house)
    same(house, "after workers died")
    one_version(house, "after workers died")


def vanished(house: House) -> None:
    """A record that is taken away is known to be gone, and no other one is."""
    ids = house.stock(MANY)
    whole(house)
    house.bench.clock.advance(86_400)
    for stream in house.streams:
        remove = house.bench.hands[stream.name].remove
        if remove is not None:
            remove(ids[stream.name][1])
    house.bench.clock.advance(60)
    whole(house, nightly=True)
    same(house, "after records vanished")
    wrong = {}
    for stream in house.streams:
        if house.bench.hands[stream.name].remove is None:
            continue
        row = house.here(stream)[ids[stream.name][1]]
        if not (row.gone or stream.removed(row.body)):
            wrong[stream.name] = ids[stream.name][1]
    assert not wrong, f"it went away there and not here: {wrong}"


def partial_listing(house: House) -> None:
    """A listing once leaves a record out, or says nothing at all: nothing is deleted."""
    house.stock(MANY)
    whole(house)
    for cut in (1, None):
        house.bench.clock.advance(3600)
        once: set[str] = set()

        def short(name: str, number: int, page: Page, cut: int | None = cut, once: set[str] = once) -> Page:
            if cut is None:
                return Page(())
            if number == 1 and name not in once:
                once.add(name)
                return replace(page, records=page.records[cut:])
            return page

        house.between.after = short
        house.pull()
        house.between.after = None
        none_gone(house, "after a partial listing" if cut else "after an empty listing")
    whole(house)
    same(house, "after partial listings")
    one_version(house, "after partial listings")


def cursor_moved_back(house: House) -> None:
    """Back to the beginning, at rest and in the middle of a run: everything is read, nothing is new."""
    ids = house.stock(MANY)
    long_ago = house.bench.clock.now() - timedelta(days=400)
    whole(house)
    house.bench.clock.advance(600)
    for name, where in house.cursors().items():
        if where is not None:
            house.move_back(name, long_ago)
    reports = house.pull()
    few = {
        s.name: reports[s.name].records for s in roots(house) if reports[s.name].records < len(ids[s.name])
    }
    assert not few, f"not everything was read again: {few}"
    one_version(house, "after the cursors were moved back")
    house.bench.clock.advance(600)
    for stream in roots(house):
        if isinstance(stream.cursor, UpdatedSince):
            house.move_back(stream.name, house.bench.clock.now() - timedelta(days=1))
    moved: set[str] = set()

    def act(name: str, number: int) -> None:
        if number == 1 and name not in moved:
            moved.add(name)
            if house.cursors()[name] is not None:
                house.move_back(name, long_ago)

    house.between.before = act
    house.pull()
    house.between.before = None
    lost = {
        s.name: where
        for s in roots(house)
        if s.name in moved and (where := house.cursors()[s.name]) is not None and where > long_ago
    }
    assert not lost, f"a cursor moved back during a run was moved on: {lost}"
    whole(house)
    same(house, "after cursors were moved back")
    one_version(house, "after cursors were moved back")


def there_and_back(house: House) -> None:
    """A record that goes A, B, A has three versions, and the last one counts."""
    ids = house.stock(2)
    for text in ("Alpha", "Bravo", "Alpha"):
        house.bench.clock.advance(3600)
        for stream in edited(house):
            house.bench.hands[stream.name].edit(ids[stream.name][0], text)  # type: ignore[misc]
        whole(house)
        whole(house)
        same(house, f"after {text}")
    wrong = {s.name: n for s in edited(house) if (n := house.versions(s)[ids[s.name][0]]) != 3}
    assert not wrong, f"three versions, not {wrong}"


def hinted_during_paging(house: House) -> None:
    """A record that is made and read by a hint while a listing goes on is not missing from that listing."""
    house.stock(MANY)
    whole(house)
    made: dict[str, str] = {}
    listed = [s for s in roots(house) if isinstance(s.cursor, FullListing)]

    def act(name: str, number: int) -> None:
        stream = next(s for s in house.streams if s.name == name)
        if stream in listed and number == 1 and name not in made:
            house.bench.clock.advance(5)
            made[name] = house.bench.hands[name].add(0.0)
            record = house.client().fetch_one(stream, made[name])
            with house.kernel.store.write(GROUP) as unit:
                keep.keep(unit, "practice", [Fetched(stream, (record,), house.bench.clock.now())])
            house.bench.clock.advance(5)

    def hide(name: str, number: int, page: Page) -> Page:
        kept = tuple(r for r in page.records if _id(house, name, r) != made.get(name))
        total = None if page.total is None else page.total - (name in made)
        return replace(page, records=kept, total=total)

    house.between.before, house.between.after = act, hide
    house.pull()
    house.between.before = house.between.after = None
    assert set(made) == {stream.name for stream in listed}
    none_gone(house, "after a hint in the middle of a listing")


def _id(house: House, name: str, record: object) -> str:
    return next(s for s in house.streams if s.name == name).id_of(record)  # type: ignore[arg-type]


PLAYED: dict[str, Callable[[House], None]] = {
    "first load": first_load,
    "late rows": late_rows,
    "edits during paging": edits_during_paging,
    "removals during paging": removals_during_paging,
    "duplicate pages": duplicate_pages,
    "page lost on first load": page_lost_on_first_load,
    "first page failed": lambda house: failed_page(house, "first"),
    "middle page failed": lambda house: failed_page(house, "middle"),
    "last page failed": lambda house: failed_page(house, "last"),
    "killed in a page": killed_in_a_page,
    "vanished": vanished,
    "partial listing": partial_listing,
    "cursor moved back": cursor_moved_back,
    "there and back": there_and_back,
    "hinted during paging": hinted_during_paging,
}
