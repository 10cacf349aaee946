"""Hands on money: payments, account credit, refunds, and what lowers a balance without money."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.acting import HandsError, only, require
from connectors.sandbox.nookal.book import Book
from connectors.sandbox.nookal.sums import Index
from connectors.sandbox.store import Doc

CREDIT_METHOD = "Account Credit"


def take_payment(book: Book, payload: Doc) -> Doc:
    """Record money on one invoice, or on several as one receipt (`parts`): a row per invoice, one group."""
    only(payload, "id", "invoice_id", "cents", "parts", "method", "day", "location_id", "ref")
    (method,) = require(payload, "method")
    parts = payload.get("parts")
    if not parts:
        invoice, cents = require(payload, "invoice_id", "cents")
        parts = [{"id": payload.get("id"), "invoice_id": invoice, "cents": cents}]
    group = str(book.state.store.next("receipt")) if len(parts) > 1 else ""
    ids = [_payment(book, part, str(method), payload, group) for part in parts]
    return {"id": ids[0], "ids": ids}


def _payment(book: Book, part: Doc, method: str, payload: Doc, group: str) -> str:
    invoice, cents = book.need("invoices", part["invoice_id"]), int(part["cents"])
    if cents <= 0:
        raise HandsError("a payment is more than nothing")
    if book.switch("overpayment") == "refused" and cents > Index(book).sums(invoice).balance:
        raise HandsError("the payment is more than the balance")
    place = payload.get("location_id") or invoice["location_id"]
    fields = {**_of(invoice), "method": method, "cents": cents, "day": book.day(payload.get("day"), place)}
    more = {"location_id": str(place), "group": group, "ref": payload.get("ref", ""), "void": False}
    row = book.new("payments", {**fields, **more}, part.get("id"))
    touch(book, invoice["id"])
    return str(row["id"])


def edit_row(book: Book, payload: Doc) -> Doc:
    """Correct the amount, method or day of a payment, a credit or a refund."""
    only(payload, "kind", "id", "cents", "method", "day")
    fields = dict(payload)
    kind, key = fields.pop("kind", "payments"), require(fields, "id")[0]
    if kind not in ("payments", "credits", "refunds"):
        raise HandsError(f"{kind!r} cannot be corrected")
    row = book.put(kind, {**book.need(kind, key), **fields, "id": str(key)})
    touch(book, row["invoice_id"])
    return {"id": row["id"]}


def void_row(book: Book, payload: Doc) -> Doc:
    """Reverse a payment, credit, adjustment, discount or refund: it stays in the listings."""
    only(payload, "kind", "id")
    kind, key = require(payload, "kind", "id")
    if kind not in ("payments", "credits", "adjustments", "discounts", "refunds"):
        raise HandsError(f"{kind!r} cannot be reversed")
    row = book.put(kind, {**book.need(kind, key), "void": True})
    touch(book, row["invoice_id"])
    return {"id": row["id"]}


def receive_credit(book: Book, payload: Doc) -> Doc:
    """Take money without an invoice; `from_adjustment` makes credit that is no money."""
    only(payload, "id", "patient_id", "location_id", "method", "cents", "day", "from_adjustment")
    patient, place, method, cents = require(payload, "patient_id", "location_id", "method", "cents")
    book.need("patients", patient)
    row = book.new(
        "credits",
        {
            "patient_id": str(patient),
            "location_id": str(place),
            "invoice_id": None,
            "method": method,
            "cents": int(cents),
            "used": 0,
            "day": book.day(payload.get("day"), place),
            "from_adjustment": bool(payload.get("from_adjustment")),
            "void": False,
        },
        payload.get("id"),
    )
    return {"id": row["id"]}


def use_credit(book: Book, payload: Doc) -> Doc:
    """Put a patient's open credit on an invoice, oldest first; how it shows is a switch."""
    only(payload, "invoice_id", "cents", "day")
    key, cents = require(payload, "invoice_id", "cents")
    invoice = book.need("invoices", key)
    day = book.day(payload.get("day"), invoice["location_id"])
    left, way = int(cents), book.switch("credit_use")
    for row in book.of("credits", "patient_id", invoice["patient_id"]):
        open_cents = 0 if row["void"] or row["invoice_id"] else row["cents"] - row["used"]
        take = min(open_cents, left)
        if take <= 0:
            continue
        left -= take
        if way == "move":
            _move(book, row, invoice["id"], take)
            continue
        book.put("credits", {**row, "used": row["used"] + take})
        used = {**_of(invoice), "location_id": invoice["location_id"], "method": CREDIT_METHOD, "cents": take}
        used |= {"day": day, "void": False}
        if way == "row":
            book.new("credits", {**used, "used": 0, "from_adjustment": row["from_adjustment"]})
        else:
            book.new("payments", {**used, "group": "", "ref": ""})
    if left:
        raise HandsError(f"the open credit is {int(cents) - left} cents, not {cents}")
    touch(book, invoice["id"])
    return {"invoice_id": invoice["id"], "cents": int(cents)}


def _move(book: Book, row: Doc, invoice_id: str, cents: int) -> None:
    if cents == row["cents"]:
        book.put("credits", {**row, "invoice_id": invoice_id})
        return
    book.put("credits", {**row, "cents": row["cents"] - cents})
    rest = {name: value for name, value in row.items() if name not in ("id", "created", "modified")}
    book.new("credits", {**rest, "cents": cents, "invoice_id": invoice_id})


def refund(book: Book, payload: Doc) -> Doc:
    """Give money back: of an invoice (its balance rises again), or of a patient's credit."""
    only(payload, "id", "invoice_id", "patient_id", "location_id", "method", "cents", "day")
    method, cents = require(payload, "method", "cents")
    invoice = book.need("invoices", payload["invoice_id"]) if payload.get("invoice_id") else None
    if invoice is not None:
        who = {**_of(invoice), "location_id": invoice["location_id"]}
    else:
        patient, place = require(payload, "patient_id", "location_id")
        who = {"invoice_id": None, "patient_id": str(patient), "location_id": str(place)}
    day = book.day(payload.get("day"), who["location_id"])
    made = {**who, "method": method, "cents": int(cents), "day": day, "void": False}
    row = book.new("refunds", {**made, "is_credit": invoice is None}, payload.get("id"))
    touch(book, who["invoice_id"])
    return {"id": row["id"]}


def adjust(book: Book, payload: Doc) -> Doc:
    """Lower a balance without money: an adjustment (a debt given up), or a discount."""
    only(payload, "id", "invoice_id", "cents", "day", "kind", "reason")
    key, cents = require(payload, "invoice_id", "cents")
    kind = payload.get("kind", "adjustments")
    if kind not in ("adjustments", "discounts"):
        raise HandsError(f"{kind!r} is neither adjustments nor discounts")
    invoice = book.need("invoices", key)
    made = {**_of(invoice), "location_id": invoice["location_id"], "cents": int(cents), "void": False}
    day = book.day(payload.get("day"), invoice["location_id"])
    row = book.new(kind, {**made, "day": day, "reason": payload.get("reason", "")}, payload.get("id"))
    touch(book, invoice["id"])
    return {"id": row["id"]}


def touch(book: Book, invoice_id: Any) -> None:
    """What is put on an invoice moves its modified time, or does not: a switch."""
    if invoice_id and book.peek("invoices", invoice_id) is not None:
        invoice = book.need("invoices", invoice_id)
        book.put("invoices", invoice, bump=book.switch("payment_bumps_invoice"))


def _of(invoice: Doc) -> Doc:
    return {"invoice_id": invoice["id"], "patient_id": invoice["patient_id"]}


MONEY_HANDS = {
    "take_payment": take_payment,
    "edit_row": edit_row,
    "void_row": void_row,
    "receive_credit": receive_credit,
    "use_credit": use_credit,
    "refund": refund,
    "adjust": adjust,
}
