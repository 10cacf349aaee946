"""What is asked after each thing that was played on a source: is all of it here, right, and only once?"""

from __future__ import annotations

from collections.abc import Iterable

from hub.contracts import EventId, Stream
from tests.conformance.source_house import House


def same(house: House, why: str) -> None:
    """Everything that is there is here, as it is there; what is not there is not alive here."""
    wrong: dict[str, str] = {}
    for stream in house.streams:
        there, here = house.there(stream), house.here(stream)
        lost = sorted(i for i in there if i not in here)
        old = sorted(i for i in there if i in here and here[i].body != there[i])
        dead = sorted(i for i in there if i in here and here[i].gone)
        left = sorted(i for i in here if i not in there and not here[i].gone)
        found = {"lost": lost, "not the latest": old, "wrongly gone": dead, "still alive": left}
        if any(found.values()):
            wrong[stream.name] = ", ".join(f"{name}: {ids}" for name, ids in found.items() if ids)
    assert not wrong, f"{why}: {wrong}"


def none_gone(house: House, why: str) -> None:
    """Nothing is gone here that is still there."""
    wrong = {
        stream.name: gone
        for stream in house.streams
        if (gone := [i for i, row in house.here(stream).items() if row.gone and i in house.there(stream)])
    }
    assert not wrong, f"{why}: wrongly gone {wrong}"


def one_version(house: House, why: str) -> None:
    """No record was stored twice."""
    wrong = {
        s.name: v for s in house.streams if (v := {i: n for i, n in house.versions(s).items() if n != 1})
    }
    assert not wrong, f"{why}: {wrong}"


def whole(house: House, streams: Iterable[Stream] | None = None, *, nightly: bool = False) -> None:
    """A pull of which every stream reached its end, with no cursor past its start."""
    reports = house.pull(nightly=nightly)
    children = {stream.name for stream in house.streams if stream.parent}
    wrong = {s: r for s, r in reports.items() if r.error or not (r.complete or s in children)}
    assert not wrong, wrong
    assert set(reports) == {stream.name for stream in house.streams}
    late = house.ahead()
    assert not late, f"cursors past the start of their run: {late}"


def roots(house: House) -> list[Stream]:
    """Streams that are listed by themselves (children come with their parents)."""
    return [stream for stream in house.streams if stream.parent is None]


def paged(house: House) -> list[Stream]:
    """Streams whose next pull has several pages: a feed of records that nobody edits has none."""
    still = {s.name for s in house.streams} - {s.name for s in edited(house)}
    return [s for s in roots(house) if not (isinstance(s.cursor, EventId) and s.name in still)]


def edited(house: House) -> list[Stream]:
    return [stream for stream in house.streams if house.bench.hands[stream.name].edit is not None]
