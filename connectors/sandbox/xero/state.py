"""State of the Xero sandbox: organisations with their books, and what lives across organisations.

Settings (all optional), each a behaviour that is undocumented or reported both ways:
- `mark_returned`: both (default), reference, description, neither: where an overpayment's mark comes back
- `summarized_saves`: valid elements of a refused batch are saved (default true)
- `delete_reconciled`: deleting a reconciled payment by API is allowed (default false)
- `delete_overpayments`: a RECEIVE-OVERPAYMENT bank transaction can be deleted by API (default false)
- `allocation_date`: sent (default) or later (the later of the two documents' dates)
- `edit_paid_nonfinancial`: Reference, Url, SentToContact of a paid sales invoice may change (default false)
- `accept_tax_amount`: TaxAmount on a line overrides the calculated one (default true)
- `concurrent_problem`: X-Rate-Limit-Problem for the concurrent limit (default "concurrent"; null = absent)
- `approve_limit`: how many invoices the account plan lets people approve (default: no cap)
- `answer_order`: elements of an answer come as sent (default, documented) or reversed
- `warn_invoices`: a text that every saved invoice carries as a warning (status WARNING)
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.sandbox.store import State
from connectors.sandbox.xero.books import Books
from connectors.sandbox.xero.values import Doc


class XeroState(State):
    """Open books by tenant id, counters of the rate limits, webhooks in flight (the latter two in memory)."""

    def __init__(self, path: Path | None, seed: int = 0, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(path, seed, settings)
        self.used: dict[tuple[str, ...], tuple[int, int]] = {}
        self.in_flight: dict[str, int] = {}
        self._books: dict[str, Books] = {}

    def reload(self) -> None:
        """Forget derived books; they are built again from the store."""
        self._books.clear()

    def books(self, tenant: str) -> Books:
        """The books of an existing organisation."""
        if tenant not in self._books:
            self._books[tenant] = Books(self, tenant)
        return self._books[tenant]

    def tenant(self, wanted: str | None = None) -> str:
        """A tenant id from an id, a name or a short name; the first organisation when None."""
        for organisation in self.store.all("organisation"):
            if wanted is None or wanted in (organisation["id"], organisation["name"], organisation["short"]):
                return str(organisation["id"])
        raise ValueError(f"no organisation {wanted!r}: call hands/setup first")

    def check(self) -> None:
        """Every open ledger balances."""
        for books in self._books.values():
            books.ledger.check()

    def app(self, client_id: str) -> Doc | None:
        """A registered app (shared)."""
        return self.store.peek("app", client_id)
