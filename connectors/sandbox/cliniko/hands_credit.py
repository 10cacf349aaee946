"""Hands on account credit and refunds: credit put to work, money paid out."""

from __future__ import annotations

from connectors.sandbox.acting import HandsError, only, require
from connectors.sandbox.cliniko.book import PAYMENTS, Book
from connectors.sandbox.cliniko.hands_money import (
    FIRST_PAYMENT,
    PAYMENT_KEYS,
    checked_sources,
    store_payment,
)
from connectors.sandbox.cliniko.settle import link, open_credits, outstanding, restate, use_credit
from connectors.sandbox.store import Doc


def apply_credit(book: Book, payload: Doc) -> Doc:
    """Use a patient's account credit, oldest first, on an invoice."""
    only(payload, "id", "number", "patient_id", "invoice_id", "cents")
    patient_id, invoice_id = require(payload, "patient_id", "invoice_id")
    invoice = book.need("invoices", invoice_id)
    credits = open_credits(book, str(patient_id))
    fits = min(outstanding(book, invoice), sum(left for _, _, left in credits))
    cents = int(payload.get("cents", fits))
    if cents <= 0 or cents > outstanding(book, invoice):
        raise HandsError(f"{cents} cents do not fit on the invoice")
    number = book.number("payment", payload.get("number"), FIRST_PAYMENT)
    fields = {"invoice_id": invoice["id"], "number": number, "patient_id": str(patient_id)}
    use = use_credit(book, "applied", cents, credits, fields, payload.get("id"))
    link(book, invoice["id"], "_uses", use["id"])
    restate(book, invoice["id"], touched=True)
    for part in use["from"]:
        if part["kind"] == "credit_note":
            restate(book, part["id"], touched=True)
    origin = [{f"{part['kind']}_id": part["id"], "cents": part["cents"]} for part in use["from"]]
    return {"id": use["id"], "number": number, "cents": cents, "from": origin}


def refund(book: Book, payload: Doc) -> Doc:
    """Pay money out: of a credit note, off an invoice, or out of the patient's account credit."""
    only(payload, *PAYMENT_KEYS, "method", "cents", "credit_note_id", "invoice_id")
    patient_id, business_id, method, cents = require(payload, "patient_id", "business_id", "method", "cents")
    sources = checked_sources([{"method": method, "cents": -int(cents)}], positive=False)
    named = payload.get("credit_note_id") or payload.get("invoice_id")
    if payload.get("credit_note_id"):
        note = book.need("invoices", named)
        if -outstanding(book, note) < int(cents):
            raise HandsError("the credit note has less than that left")
    parts = [{"invoice_id": str(named), "cents": -int(cents)}] if named else []
    answer = store_payment(book, payload, str(patient_id), str(business_id), sources, parts)
    available = open_credits(book, str(patient_id))
    if not named and sum(left for _, _, left in available) >= int(cents):
        use = use_credit(book, "returned", int(cents), available, {"refund_id": answer["id"]})
        book.put(PAYMENTS, {**book.need(PAYMENTS, answer["id"]), "use_id": use["id"]}, bump=False)
        for part in use["from"]:
            if part["kind"] == "credit_note":
                restate(book, part["id"])
    return answer


CREDIT_HANDS = {"apply_credit": apply_credit, "refund": refund}
