"""The arithmetic of an invoice: what it is worth, what stands on it, what is left.

Balance = lines - payments - credits - adjustments - discounts + refunds; void rows count for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.sandbox.nookal.book import Book
from connectors.sandbox.store import Doc

PARTS = ("payments", "credits", "adjustments", "discounts", "refunds")


@dataclass(frozen=True, slots=True)
class Sums:
    """Cents, each the sum of what is not void."""

    total: int
    payments: int
    credits: int
    adjustments: int
    discounts: int
    refunds: int

    @property
    def balance(self) -> int:
        """What is still owed; negative when too much was paid."""
        taken = self.payments + self.credits + self.adjustments + self.discounts
        return self.total - taken + self.refunds


class Index:
    """The rows on invoices grouped by invoice, for listings that show many."""

    def __init__(self, book: Book) -> None:
        self._by: dict[str, dict[str, list[Doc]]] = {}
        for kind in ("entries", *PARTS):
            grouped: dict[str, list[Doc]] = {}
            for row in book.rows(kind):
                grouped.setdefault(str(row.get("invoice_id") or "0"), []).append(row)
            self._by[kind] = grouped

    def on(self, kind: str, invoice_id: str) -> list[Doc]:
        """Rows of a kind on an invoice, void ones too."""
        return self._by[kind].get(invoice_id, [])

    def sums(self, invoice: Doc) -> Sums:
        """The sums of one invoice."""

        def live(kind: str, field: str = "cents") -> int:
            return sum(int(row[field]) for row in self.on(kind, invoice["id"]) if not row["void"])

        return Sums(live("entries", "total"), *(live(kind) for kind in PARTS))
