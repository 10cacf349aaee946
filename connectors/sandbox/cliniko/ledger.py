"""The truth the API hides, as JSON: payments with sources and allocations, uses of credit, open credits."""

from __future__ import annotations

from connectors.sandbox.cliniko.book import PAYMENTS, USES, WALLETS, Book
from connectors.sandbox.cliniko.invoice_lines import live_items
from connectors.sandbox.cliniko.settle import open_credits, outstanding, rest, settled
from connectors.sandbox.store import Doc

_PAYMENT = (
    "id",
    "number",
    "patient_id",
    "business_id",
    "practitioner_id",
    "paid_at",
    "sources",
    "allocations",
)
_INVOICE = ("id", "number", "patient_id", "business_id", "issue_date", "status", "closed_at", "archived_at")
_ITEM = ("id", "code", "name", "tax_name", "tax_rate")


def ledger(book: Book) -> Doc:
    """Everything of one account. Cents are integers; `settled_cents` counts payments and uses of credit."""
    return {
        "account": book.account.id,
        "invoices": [_invoice(book, row) for row in book.rows("invoices")],
        "payments": [
            {
                **{name: row[name] for name in (*_PAYMENT, "archived_at", "hidden")},
                "credit_cents": rest(book, row),
            }
            for row in book.rows(PAYMENTS)
        ],
        "credit_uses": [{k: v for k, v in row.items() if k != "updated_at"} for row in book.rows(USES)],
        "credits": [
            {"patient_id": wallet["id"], f"{kind}_id": id_, "cents": cents}
            for wallet in book.rows(WALLETS)
            for kind, id_, cents in open_credits(book, wallet["id"])
        ],
    }


def _invoice(book: Book, row: Doc) -> Doc:
    links = {f"{name}_id": row.get(f"{name}_id") for name in ("practitioner", "attendee", "original_invoice")}
    money = {"total_cents": row["_total"], "tax_cents": row["_tax"], "settled_cents": settled(book, row)}
    items = [
        {**{name: item[name] for name in _ITEM}, "total_cents": item["_total"], "tax_cents": item["_tax"]}
        for item in live_items(book, row)
    ]
    shown = {name: row[name] for name in _INVOICE}
    return {**shown, **links, **money, "outstanding_cents": outstanding(book, row), "items": items}
