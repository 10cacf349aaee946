"""A small practice system: two streams paged by offset over a moving set, late rows, real deletions.

`invoices` are asked by time of change: rows may be listed minutes after their own stamp, and leave only
by a flag. `taxes` are listed whole and vanish without trace. Both are sorted by creation and paged by
offset, so what happens between two pages shifts rows, as at real vendors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hub.contracts import (
    Ask,
    Budget,
    FullListing,
    HttpFactory,
    Page,
    Record,
    Stream,
    UpdatedSince,
)
from hub.errors import Missing, Reason

PER_PAGE = 2
OVERLAP = timedelta(minutes=5)


def _stream(name: str, cursor: UpdatedSince | FullListing) -> Stream:
    return Stream(
        name=name,
        cursor=cursor,
        note="for tests",
        id_of=lambda row: str(row["id"]),
        stamp=lambda row: datetime.fromisoformat(row["stamp"]),
        edges=lambda row: (),
        removed=lambda row: bool(row["removed"]),
    )


INVOICES = _stream("invoices", UpdatedSince("stamp", OVERLAP))
TAXES = _stream("taxes", FullListing())


@dataclass
class Row:
    """One record as the vendor holds it; `shown` is when it is first listed in this version."""

    id: str
    content: str
    stamp: datetime
    shown: datetime
    removed: bool = False

    def record(self) -> dict[str, Any]:
        return {"id": self.id, "content": self.content, "stamp": self.stamp.isoformat(),
                "removed": self.removed}  # fmt: skip


@dataclass
class Practice:
    """The vendor's rows by stream, in order of creation, and what happens before its next pages.

    `vanished` are ids that were really deleted.
    """

    now: Callable[[], datetime]
    rows: dict[str, list[Row]] = field(default_factory=lambda: {"invoices": [], "taxes": []})
    vanished: set[str] = field(default_factory=set)
    before_page: list[Callable[[], None] | None] = field(default_factory=list)
    made: int = 0

    def create(self, stream: str, content: str, late: timedelta = timedelta(0)) -> None:
        """A new row, stamped now and listed `late` afterwards."""
        self.made += 1
        row = Row(f"{stream}-{self.made}", content, self.now(), self.now() + late)
        self.rows[stream].append(row)

    def edit(self, row: Row, content: str) -> None:
        row.content, row.stamp, row.shown = content, self.now(), max(row.shown, self.now())

    def archive(self, row: Row) -> None:
        row.removed, row.stamp, row.shown = True, self.now(), max(row.shown, self.now())

    def delete(self, stream: str, row: Row) -> None:
        self.rows[stream].remove(row)
        self.vanished.add(row.id)

    def listed(self, stream: str, since: datetime | None) -> list[Row]:
        shown = [row for row in self.rows[stream] if row.shown <= self.now()]
        return [row for row in shown if since is None or row.stamp > since]


class PracticeClient:
    """hub.contracts.SourceClient over a Practice."""

    def __init__(self, practice: Practice) -> None:
        self.practice = practice

    def page(self, stream: Stream, ask: Ask, next_page: str | None) -> Page:
        happens = self.practice.before_page.pop(0) if self.practice.before_page else None
        if happens is not None:
            happens()
        start = int(next_page or 0)
        rows = self.practice.listed(stream.name, ask.since)
        end = start + PER_PAGE
        after = str(end) if end < len(rows) else None
        return Page(tuple(row.record() for row in rows[start:end]), after, len(rows))

    def fetch_one(self, stream: Stream, source_id: str) -> Record:
        for row in self.practice.rows[stream.name]:
            if row.id == source_id:
                return row.record()
        raise Missing("no such record")

    def probe(self) -> Sequence[Reason]:
        return []


class PracticeSource:
    """hub.contracts.Source over a Practice."""

    system = "fake"
    streams = (INVOICES, TAXES)
    budget = Budget(5, 1000)

    def __init__(self, practice: Practice) -> None:
        self.practice = practice

    def open(self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory) -> PracticeClient:
        return PracticeClient(self.practice)
