"""The truth as JSON: every invoice with its sums, every row of money, and what credit is open. Cents."""

from __future__ import annotations

from dataclasses import asdict

from connectors.sandbox.nookal.book import Book
from connectors.sandbox.nookal.sums import PARTS, Index
from connectors.sandbox.store import Doc

_HIDDEN = ("created", "modified", "wrong_v2", "wrong_v3")


def ledger(book: Book) -> Doc:
    """Everything that is money, whatever the APIs show of it."""
    index = Index(book)
    return {
        "invoices": [_invoice(row, index) for row in book.rows("invoices")],
        **{kind: [_plain(row) for row in book.rows(kind)] for kind in PARTS},
        "open_credits": [
            {"credit_id": row["id"], "patient_id": row["patient_id"], "cents": row["cents"] - row["used"]}
            for row in book.rows("credits")
            if not row["void"] and not row["invoice_id"] and row["cents"] > row["used"]
        ],
    }


def _invoice(row: Doc, index: Index) -> Doc:
    sums = index.sums(row)
    lines = [_plain(line) for line in index.on("entries", row["id"])]
    return {**_plain(row), **asdict(sums), "balance": sums.balance, "lines": lines}


def _plain(row: Doc) -> Doc:
    return {name: value for name, value in row.items() if name not in _HIDDEN}
