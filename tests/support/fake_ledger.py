"""The objects of the small ledger in memory that tests send to, and what goes wrong there next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from hub.documents import DocKind, Document
from hub.errors import Reason
from hub.targets import Account, Chart, OutgoingBatch


@dataclass
class Thing:
    """One object of the ledger. `ours` is the first half of its mark."""

    id: str
    kind: DocKind
    content: Document
    content_hash: str
    ours: str
    document: str
    live: bool = True
    reconciled: bool = False
    archived: bool = False


@dataclass
class Ledger:
    """The organisation: its objects, its chart, and what goes wrong next.

    Faults: "before" and "after" (timeout before or after the effect), "not-processed", "429", "429-over" (a
    limit whose end lies in the past), "reconnect", "500" (an unknown outcome without effect), "retry" and
    "replan" (answers), "partial" (the first element is saved, no answer). None is a call that works.
    """

    things: list[Thing] = field(default_factory=list)
    faults: list[str | None] = field(default_factory=list)
    refuse: dict[str, Reason] = field(default_factory=dict)  # by document id
    differs: set[str] = field(default_factory=set)  # documents whose totals come out otherwise
    sent: list[OutgoingBatch] = field(default_factory=list)
    looks: list[tuple[str, ...]] = field(default_factory=list)
    look_fails: int = 0
    poison: set[str] = field(default_factory=set)  # documents whose look runs into a defect
    locked_through: date | None = None
    archived_accounts: set[str] = field(default_factory=set)
    charts_read: int = 0
    before_send: Callable[[OutgoingBatch], None] | None = None
    hide: int = 0  # look-ups that do not show what is there yet
    unmarked: bool = False  # overpayments come back without a mark: an equal one is taken for ours
    now: Callable[[], datetime] = field(default=lambda: datetime(2026, 10, 5, tzinfo=UTC))

    def live(self, kind: DocKind | None = None) -> list[Thing]:
        return [t for t in self.things if t.live and kind in (None, t.kind)]

    def of(self, document: str) -> list[Thing]:
        return [t for t in self.things if t.document == document and t.live]

    def contents(self, kind: DocKind) -> list[Document]:
        return [t.content for t in self.live(kind)]

    def chart(self) -> Chart:
        self.charts_read += 1
        codes = ("200", "1101", "1102", *sorted(self.archived_accounts))
        accounts = {c: Account(c, c, c, "BANK", c not in self.archived_accounts, True) for c in codes}
        return Chart("Fake Pty Ltd", "AUD", "Australia/Melbourne", self.locked_through, accounts, {}, {})
