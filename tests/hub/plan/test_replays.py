"""Replaying many: each delivery once, in slices, paused and resumed, and nothing that still stands."""

from __future__ import annotations

from datetime import date

import pytest

from hub import audit, replay
from hub.documents import DocKind
from hub.errors import Misconfigured, ReadFailed, Reason, Who
from hub.replaying import work as working
from hub.replaying.choice import Choice, choose, summary
from hub.store import replays
from hub.store.replays import ReplayRow
from hub.store.tables import case, delivery
from hub.worker import Lane, has_work, turn
from tests.support.fake_books import GROUP, TARGET, Books, document_id

REFUSED = Reason("account:archived:200", "The account is archived.", Who.BOOKKEEPER)


def posted(books: Books, *numbers: str, day: date = date(2026, 10, 5)) -> None:
    for number in numbers:
        books.invoice(number, books.receipt(f"r{number}", number, day=day), day=day)
    books.go()


def vanish(books: Books, *subjects: str) -> None:
    """A person removes these invoices, with what is on them, at the target."""
    gone = {document_id(DocKind.INVOICE, one) for one in subjects}
    for thing in books.ledger.things:
        if thing.document in gone or gone & set(thing.content.needs()):
            thing.live = False


def run(books: Books, choice: Choice, why: str = "try") -> ReplayRow:
    begun = replay.start(books.kernel, GROUP, choice, who="person:test", why=why)
    return replay.run(books.kernel, GROUP, begun, books.kernel.world.now() + replay.PATIENCE)


def test_everything_refused_for_one_cause_goes_again(books: Books) -> None:
    for number in ("1", "2", "3"):
        books.ledger.refuse[document_id(DocKind.INVOICE, number)] = REFUSED
    posted(books, "1", "2", "3", "4")
    books.ledger.refuse.clear()
    row = run(books, Choice(state="held", cause="account:*"), why="restored it")
    assert (row.state, dict(row.became), row.waiting) == ("done", {"again": 3}, 0)
    assert row.counts == {"held invoice": {"count": 3, "cents": 28500}}
    books.go()
    assert len(books.ledger.live(DocKind.INVOICE)) == 4
    assert books.holds() == []
    with books.kernel.store.read(GROUP) as unit:
        assert [(who, did, outcome) for _, who, did, outcome in audit.history(unit, "replay", row.id)] == [
            ("person:test", "replay", "started"),
            (books.kernel.world.worker, "replay", "done"),
        ]


def test_of_a_locations_days_only_what_is_gone_is_made_again(books: Books) -> None:
    posted(books, "1", "2")
    posted(books, "3", day=date(2026, 10, 9))
    with books.kernel.store.write(GROUP) as unit:
        unit.db.execute(case.update().where(case.c.kind == "invoice").values(location="geelong"))
    vanish(books, "2", "3")
    looks = len(books.ledger.looks)
    days = Choice(location="geelong", first=date(2026, 10, 1), last=date(2026, 10, 7))
    row = run(books, days)
    assert dict(row.became) == {"stands": 2, "gone": 2}
    assert len(books.ledger.looks) == looks + 1  # one look for all, not one by one
    books.go()
    live = {thing.document for thing in books.ledger.live(DocKind.INVOICE)}
    assert live == {document_id(DocKind.INVOICE, "1"), document_id(DocKind.INVOICE, "2")}
    assert len(books.ledger.live(DocKind.RECEIPT)) == 2


def test_what_stands_is_never_sent_twice(books: Books) -> None:
    posted(books, "1", "2")
    sent = len(books.ledger.sent)
    row = run(books, Choice(state="delivered"))
    assert dict(row.became) == {"stands": 5}  # two invoices, two receipts, one contact
    books.go()
    assert len(books.ledger.sent) == sent


def test_it_pauses_between_slices_and_goes_on_with_each_delivery_once(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "SLICE", 2)
    posted(books, "1", "2")
    vanish(books, "1", "2")
    begun = replay.start(books.kernel, GROUP, Choice(state="delivered", kind="receipt"), who="p", why="w")
    more = replay.start(books.kernel, GROUP, Choice(state="delivered", kind="invoice"), who="p", why="w")
    replay.pause(books.kernel, GROUP, begun, who="p", why="lunch")
    until = books.kernel.world.now() + replay.PATIENCE
    assert replay.run(books.kernel, GROUP, begun, until).state == "paused"
    assert replay.run(books.kernel, GROUP, more, until).state == "done"
    assert replay.get(books.kernel, GROUP, begun).waiting == 2
    with pytest.raises(Misconfigured, match="paused already"):
        replay.pause(books.kernel, GROUP, begun, who="p", why="lunch")
    replay.pause(books.kernel, GROUP, begun, who="p", why="back", off=True)
    assert replay.run(books.kernel, GROUP, begun, until).became == {"gone": 2}
    with pytest.raises(Misconfigured, match="done already"):
        replay.pause(books.kernel, GROUP, begun, who="p", why="late")


def test_a_kill_in_the_middle_loses_nothing_and_a_worker_goes_on(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "SLICE", 2)
    for number in "12345":
        books.ledger.refuse[document_id(DocKind.INVOICE, number)] = REFUSED
    posted(books, *"12345")
    books.ledger.refuse.clear()
    begun = replay.start(books.kernel, GROUP, Choice(state="held"), who="p", why="w")
    settled = 0

    def killed(unit: object, *rest: object) -> bool:
        nonlocal settled
        settled += 1
        if settled == 3:  # the second slice's first
            raise KeyboardInterrupt
        return real(unit, *rest)  # type: ignore[arg-type]

    real = replays.settle
    monkeypatch.setattr(replays, "settle", killed)
    with pytest.raises(KeyboardInterrupt):
        replay.run(books.kernel, GROUP, begun, books.kernel.world.now() + replay.PATIENCE)
    assert (replay.get(books.kernel, GROUP, begun).became, settled) == ({"again": 2}, 3)
    monkeypatch.setattr(replays, "settle", real)
    assert has_work(books.kernel, Lane(GROUP, TARGET))
    turn(books.kernel, Lane(GROUP, TARGET), books.kernel.world.now() + replay.PATIENCE)
    assert replay.get(books.kernel, GROUP, begun).became == {"again": 5}
    books.go()
    assert not has_work(books.kernel, Lane(GROUP, TARGET))
    attempts = [row.attempts for row in books.rows(delivery, kind="invoice")]
    assert attempts == [2] * 5
    assert len(books.ledger.live(DocKind.INVOICE)) == 5


def test_a_look_that_fails_settles_nothing(books: Books) -> None:
    posted(books, "1")
    begun = replay.start(books.kernel, GROUP, Choice(state="delivered"), who="p", why="w")
    books.ledger.look_fails = 1
    until = books.kernel.world.now() + replay.PATIENCE
    with pytest.raises(ReadFailed):
        replay.run(books.kernel, GROUP, begun, until)
    assert replay.get(books.kernel, GROUP, begun).waiting == 3
    assert replay.run(books.kernel, GROUP, begun, until).became == {"stands": 3}


def test_an_older_version_is_overtaken_and_a_removal_that_stands_is_not_made_again(books: Books) -> None:
    posted(books, "1")
    books.invoice("1", gross=7000)
    books.go()
    first, second = sorted(books.rows(delivery, kind="invoice"), key=lambda row: row.version)
    (made, removed) = sorted(books.rows(delivery, kind="receipt"), key=lambda row: row.version)
    assert removed.op == "delete"
    row = run(books, Choice(ids=(first.id, second.id, made.id, removed.id)))
    assert dict(row.became) == {"overtaken": 2, "stands": 2}
    with pytest.raises(Misconfigured, match="newer version"):
        replay.replay(books.kernel, GROUP, first.id, who="p", why="w")


def test_what_was_never_sent_is_a_matter_of_its_hold(books: Books) -> None:
    posted(books, "1")
    with pytest.raises(Misconfigured, match="No delivery fits"):
        replay.start(books.kernel, GROUP, Choice(state="held"), who="p", why="w")
    with pytest.raises(Misconfigured, match="Say which"):
        replay.start(books.kernel, GROUP, Choice(), who="p", why="w")
    with pytest.raises(Misconfigured, match="cannot be replayed"):
        replay.start(books.kernel, GROUP, Choice(state="pending"), who="p", why="w")
    with pytest.raises(Misconfigured, match="There is no delivery 'nope'"):
        replay.start(books.kernel, GROUP, Choice(ids=("nope",)), who="p", why="w")
    assert books.rows(replays.replay) == []


def test_counts_and_amounts_are_known_before_anything_happens(books: Books) -> None:
    posted(books, "1", "2")
    with books.kernel.store.read(GROUP) as unit:
        meant = summary(choose(unit, Choice(state="delivered")))
    assert meant == {
        "delivered contact": {"count": 1, "cents": 0},
        "delivered invoice": {"count": 2, "cents": 19000},
        "delivered receipt": {"count": 2, "cents": 19000},
    }
