"""Undoing what covers an invoice: allocations and uses of credit that no longer hold."""

from __future__ import annotations

from connectors.sandbox.cliniko.book import PAYMENTS, USES, Book
from connectors.sandbox.cliniko.settle import add_source, restate, settled
from connectors.sandbox.store import Doc


def trim(book: Book, invoice_id: str) -> None:
    """After a total fell: free what no longer fits, newest allocation first; it becomes account credit."""
    invoice = book.need("invoices", invoice_id)
    excess = settled(book, invoice) - max(invoice["_total"], 0) if invoice["_total"] >= 0 else 0
    for id_ in reversed(invoice["_payments"]):
        payment = book.need(PAYMENTS, id_)
        if excess <= 0 or payment["archived_at"]:
            continue
        for part in reversed(payment["allocations"]):
            if part["invoice_id"] == invoice_id and part["cents"] > 0 and excess > 0:
                take = min(excess, part["cents"])
                part["cents"] -= take
                excess -= take
        payment["allocations"] = [part for part in payment["allocations"] if part["cents"]]
        book.put(PAYMENTS, payment)
        add_source(book, payment["patient_id"], "payment", payment["id"])
    for id_ in reversed(invoice["_uses"]):
        use = book.need(USES, id_)
        if excess > 0 and not use["archived_at"]:
            excess -= use["cents"]
            drop_use(book, use)


def drop_allocation(book: Book, payment: Doc, invoice_id: str) -> None:
    """Take one invoice out of a payment; the amount becomes account credit."""
    payment["allocations"] = [part for part in payment["allocations"] if part["invoice_id"] != invoice_id]
    book.put(PAYMENTS, payment)
    add_source(book, payment["patient_id"], "payment", payment["id"])


def drop_use(book: Book, use: Doc) -> None:
    """Undo a use of credit: the credit is back, the invoice it covered reopens."""
    if use["archived_at"]:
        return
    book.put(USES, {**use, "archived_at": book.stamp})
    notes = [part["id"] for part in use["from"] if part["kind"] == "credit_note"]
    for invoice_id in [use["invoice_id"], *notes]:
        if invoice_id and not book.need("invoices", invoice_id)["archived_at"]:
            restate(book, invoice_id, touched=True)
