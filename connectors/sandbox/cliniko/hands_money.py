"""Hands on the payments the API hides. Account credit and refunds are in hands_credit."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.acting import HandsError, instant, only, require
from connectors.sandbox.cliniko.book import PAYMENTS, USES, Book, utc_text
from connectors.sandbox.cliniko.release import drop_use
from connectors.sandbox.cliniko.settle import (
    add_source,
    link,
    outstanding,
    rest,
    restate,
)
from connectors.sandbox.store import Doc

FIRST_PAYMENT = 5_001
PAYMENT_KEYS = ("id", "number", "patient_id", "business_id", "paid_at")


def take_payment(book: Book, payload: Doc) -> Doc:
    """Receive money by one or more methods, allocate it, and keep the rest as account credit."""
    only(payload, *PAYMENT_KEYS, "practitioner_id", "sources", "allocations")
    patient_id, business_id, sources = require(payload, "patient_id", "business_id", "sources")
    sources = checked_sources(sources, positive=True)
    parts = _allocations(book, payload.get("allocations"), str(patient_id), _sum(sources))
    return store_payment(book, payload, str(patient_id), str(business_id), sources, parts)


def prepay(book: Book, payload: Doc) -> Doc:
    """Receive money without an invoice."""
    only(payload, *PAYMENT_KEYS, "method", "cents")
    method, cents = require(payload, "method", "cents")
    rest_of = {k: v for k, v in payload.items() if k not in ("method", "cents")}
    return take_payment(book, {**rest_of, "sources": [{"method": method, "cents": cents}]})


def edit_payment(book: Book, payload: Doc) -> Doc:
    """Change a payment's amounts, methods, date, business or allocations; the same number stays."""
    only(payload, "payment_id", "sources", "allocations", "paid_at", "business_id")
    payment = book.need(PAYMENTS, require(payload, "payment_id")[0])
    before = [part["invoice_id"] for part in payment["allocations"]]
    if "sources" in payload:
        payment["sources"] = checked_sources(payload["sources"], positive=None)
    if "allocations" in payload:
        total = _sum(payment["sources"])
        payment["allocations"] = _allocations(book, payload["allocations"], payment["patient_id"], total)
    if payload.get("paid_at"):
        payment["paid_at"] = utc_text(instant(payload["paid_at"]))
    payment["business_id"] = str(payload.get("business_id", payment["business_id"]))
    return _settle_payment(book, payment, before)


def archive_payment(book: Book, payload: Doc) -> Doc:
    """Archive a payment: its invoices reopen, and whatever used its credit is undone."""
    only(payload, "payment_id")
    payment = book.need(PAYMENTS, require(payload, "payment_id")[0])
    payment["archived_at"] = book.stamp
    book.put(PAYMENTS, payment)
    for use_id in payment.get("_spent", []):
        drop_use(book, book.need(USES, use_id))
    if payment.get("use_id"):
        drop_use(book, book.need(USES, payment["use_id"]))
    ids = list(dict.fromkeys(part["invoice_id"] for part in payment["allocations"]))
    for invoice_id in ids:
        restate(book, invoice_id, touched=True)
    return {"id": payment["id"], "number": payment["number"], "invoice_ids": ids}


def hide_payment(book: Book, payload: Doc) -> Doc:
    """Leave a live payment out of the reports (or show it again): the API notices nothing."""
    only(payload, "payment_id", "hidden")
    payment = book.need(PAYMENTS, require(payload, "payment_id")[0])
    book.put(PAYMENTS, {**payment, "hidden": bool(payload.get("hidden", True))})
    return {"id": payment["id"], "number": payment["number"]}


def store_payment(
    book: Book, payload: Doc, patient: str, business: str, sources: list[Doc], parts: list[Doc]
) -> Doc:
    book.need("patients", patient)
    paid_at = payload.get("paid_at")
    payment = book.new(
        PAYMENTS,
        {
            "number": book.number("payment", payload.get("number"), FIRST_PAYMENT),
            "patient_id": patient,
            "business_id": business,
            "practitioner_id": payload.get("practitioner_id"),
            "paid_at": utc_text(instant(paid_at)) if paid_at else book.stamp,
            "sources": sources,
            "allocations": parts,
            "archived_at": None,
            "hidden": False,
        },
        payload.get("id"),
    )
    return _settle_payment(book, payment, [])


def _settle_payment(book: Book, payment: Doc, before: list[str]) -> Doc:
    book.put(PAYMENTS, payment)
    if _sum(payment["sources"]) > 0 and rest(book, payment) < 0:
        raise HandsError("more is allocated or used than was paid")
    touched = list(dict.fromkeys([*before, *(part["invoice_id"] for part in payment["allocations"])]))
    for invoice_id in touched:
        link(book, invoice_id, "_payments", payment["id"])
        restate(book, invoice_id, touched=True)
        invoice = book.need("invoices", invoice_id)
        if invoice["_total"] >= 0 and outstanding(book, invoice) < 0:
            raise HandsError(f"invoice {invoice['number']} would be paid more than its total")
    left = rest(book, payment)
    if left > 0:
        add_source(book, payment["patient_id"], "payment", payment["id"])
    answer = {name: payment[name] for name in ("id", "number", "allocations")}
    return {**answer, "credit_cents": left}


def checked_sources(given: Any, positive: bool | None) -> list[Doc]:
    """Sources of one sign (None: either). Raises HandsError."""
    parts: list[Doc] = [{"method": str(part["method"]), "cents": int(part["cents"])} for part in given]
    if positive is not None and any((part["cents"] > 0) != positive for part in parts):
        raise HandsError("every source of a payment is positive, of a refund negative")
    return parts


def _allocations(book: Book, given: Any, patient_id: str, total: int) -> list[Doc]:
    if given != "auto":
        return [{"invoice_id": str(part["invoice_id"]), "cents": int(part["cents"])} for part in given or []]
    mine = [i for i in book.rows("invoices") if i["patient_id"] == patient_id and not i["archived_at"]]
    parts: list[Doc] = []
    for invoice in sorted(mine, key=lambda i: (str(i["issue_date"]), i["number"])):
        cents: int = min(total, outstanding(book, invoice))
        if int(invoice["_total"]) > 0 and cents > 0:
            parts.append({"invoice_id": invoice["id"], "cents": cents})
            total -= cents
    return parts


def _sum(sources: list[Doc]) -> int:
    return sum(int(part["cents"]) for part in sources)


MONEY_HANDS = {
    "take_payment": take_payment,
    "prepay": prepay,
    "edit_payment": edit_payment,
    "archive_payment": archive_payment,
    "hide_payment": hide_payment,
}
