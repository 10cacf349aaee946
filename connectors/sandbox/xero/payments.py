"""Payments: money in against an invoice, money out of a credit note or an overpayment.

A payment is created and deleted, never edited (Xero developer docs: payments).
"""

from __future__ import annotations

from connectors.sandbox.xero import document_parts, documents
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.lines import ARCHIVED
from connectors.sandbox.xero.values import Doc, Refused, parse_date, to_cents

EXCEEDS = "Payment amount exceeds the amount outstanding on this document"
NOT_AUTHORISED = "Payments can only be made against Authorised documents"
BAD_ACCOUNT = "Account type is invalid for making a payment to/from."
TYPES = {"invoice": "ACCRECPAYMENT", "credit": "ARCREDITPAYMENT", "overpayment": "AROVERPAYMENTPAYMENT"}
_TARGETS = (
    ("invoice", "Invoice", "InvoiceID", "InvoiceNumber"),
    ("credit", "CreditNote", "CreditNoteID", "CreditNoteNumber"),
    ("overpayment", "Overpayment", "OverpaymentID", ""),
)


def create(call: Call, raw: Doc, reconciled: bool = False, batch: str | None = None) -> Doc:
    """A new payment from its wire form, alone or as a part of a batch payment.

    Raises Refused with every message that applies.
    """
    kind, target = _target(call, raw)
    cents = to_cents(raw.get("Amount", 0))
    problems = problems_of(call, target, cents)
    account = bank_account(call, raw.get("Account"), problems)
    day = parse_date(raw["Date"]) if raw.get("Date") else call.today
    problems += call.money_lock(day)
    if problems or account is None:
        raise Refused(*problems)
    doc: Doc = {
        "id": call.books.new_id("payment"),
        "target_kind": kind,
        "target": target["id"],
        "contact": target["contact"],
        "account": account["id"],
        "date": day,
        "cents": cents,
        "reference": str(raw.get("Reference") or ""),
        "status": "AUTHORISED",
        "reconciled": bool(raw.get("IsReconciled")) or reconciled,
        "batch": batch,
        "app": call.app,
    }
    call.put("payment", doc)
    _apply(call, doc, cents)
    return doc


def problems_of(call: Call, target: Doc | None, cents: int) -> list[str]:
    """What forbids paying `cents` on a document, None where it was not found."""
    if target is None:
        return ["The Invoice could not be found."]
    problems = []
    if target["status"] != "AUTHORISED":
        problems.append(NOT_AUTHORISED)
    elif cents > document_parts.due(target):
        problems.append(EXCEEDS)
    if cents <= 0:
        problems.append("Payment amount must be greater than zero.")
    return problems


def delete(call: Call, id: str, batch: str | None = None) -> Doc:
    """Delete a payment, one of a batch only with its `batch`.

    Raises Missing, or Refused when deleted, reconciled (by setting) or locked.
    """
    doc: Doc = call.books.get("payment", id)
    if doc["status"] == "DELETED":
        raise Refused("Payment not of valid status for modification")
    if doc.get("batch") and doc["batch"] != batch:
        raise Refused("Payments within a batch cannot be deleted")
    if doc["reconciled"] and call.app is not None and not call.setting("delete_reconciled", False):
        raise Refused("This payment has been reconciled and cannot be deleted.")
    if locked := call.money_lock(doc["date"]):
        raise Refused(*locked)
    doc["status"] = "DELETED"
    call.put("payment", doc)
    _apply(call, doc, -doc["cents"])
    return doc


def bank_account(call: Call, raw: object, problems: list[str], bank_only: bool = False) -> Doc | None:
    """The account a payment names, checked; what is wrong goes into `problems`. Shared."""
    named = raw if isinstance(raw, dict) else {}
    account = call.books.account(named.get("Code"), named.get("AccountID"))
    if account is None:
        problems.append("The account could not be found; an account Code or AccountID must be specified.")
    elif account["status"] != "ACTIVE":
        problems.append(ARCHIVED.format(account["code"] or account["id"]))
    elif account["type"] != "BANK" and (bank_only or not account["payments"]):
        problems.append(BAD_ACCOUNT)
    return account


def _target(call: Call, raw: Doc) -> tuple[str, Doc]:
    for kind, wire, id_field, number_field in _TARGETS:
        named = raw.get(wire)
        if not isinstance(named, dict):
            number = raw.get(number_field) if number_field else None
            named = {number_field: number} if number else None
        if not named:
            continue
        found = call.books.peek(kind, str(named.get(id_field) or "").lower())
        if found is None and number_field and named.get(number_field):
            found = next(iter(call.books.find(kind, "number", named[number_field])), None)
        if found is None:
            raise Refused(f"The {wire} could not be found.")
        return kind, found
    raise Refused("A payment must name an Invoice, CreditNote, Prepayment or Overpayment.")


def _apply(call: Call, payment: Doc, cents: int) -> None:
    documents.apply(call, payment["target_kind"], payment["target"], cents, 0, payment["date"])
