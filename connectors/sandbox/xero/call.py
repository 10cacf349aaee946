"""Who is acting on which books, and the rules shared by every kind of document: dates, locks, events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.sandbox.xero.books import Books
from connectors.sandbox.xero.values import Doc, long_day, ms, today


@dataclass(slots=True)
class Call:
    """One action: by an app (client id) or by a person (None), at a moment, on one organisation's books.

    `precise`: the request said unitdp=4. `adviser`: the grant is an adviser's, who may pass the period lock.
    """

    books: Books
    at: datetime
    app: str | None = None
    precise: bool = False
    adviser: bool = False
    events: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def now(self) -> int:
        """The moment in milliseconds, as UpdatedDateUTC."""
        return ms(self.at)

    @property
    def today(self) -> str:
        """Today in the organisation's zone: what a missing Date means."""
        return today(self.at, self.books.organisation["timezone"])

    def setting(self, name: str, default: Any) -> Any:
        """A setting of the sandbox (see state.py)."""
        return self.books.state.settings.get(name, default)

    def lock(self, day: str) -> tuple[str, str] | None:
        """The lock that binds `day` as (name, date): a lock date binds itself and everything before it."""
        organisation = self.books.organisation
        period, year = organisation["period_lock"], organisation["year_lock"]
        if year and day <= year:
            return "end of year", year
        if period and day <= period and not self.adviser:
            return "period", period
        return None

    def document_lock(self, *days: str) -> list[str]:
        """The refusal for a document dated on any of `days`, as a list of none or one message."""
        found = next((lock for day in days if (lock := self.lock(day))), None)
        if not found:
            return []
        name, day = found
        return [f"The document date cannot be before the {name} lock date, currently set at {long_day(day)}"]

    def money_lock(self, day: str) -> list[str]:
        """The refusal for a payment or allocation on `day`."""
        return ["Organisation accounts are locked on the specified payment date"] if self.lock(day) else []

    def put(self, kind: str, doc: Doc) -> None:
        """Keep a document as changed now, and note the webhook event."""
        event = "UPDATE" if self.books.peek(kind, doc["id"]) else "CREATE"
        doc["updated"] = self.now
        if kind in ("contact", "invoice", "credit", "overpayment"):
            self.events.append((kind, doc["id"], event))
        self.books.put(kind, doc)
