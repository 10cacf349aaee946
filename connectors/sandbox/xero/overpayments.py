"""Overpayments: a patient's money that belongs to no invoice yet, received as a bank transaction.

Made by a bank transaction RECEIVE-OVERPAYMENT of exactly one line without account; Xero codes it to debtors
itself, without tax. Neither the transaction nor the overpayment can be edited (field reports).
"""

from __future__ import annotations

from connectors.sandbox.xero import contacts, payments
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.values import Doc, Missing, Refused, parse_date, to_cents

TYPE = "RECEIVE-OVERPAYMENT"
NOT_EDITABLE = "Bank transaction not of valid status for modification. Overpayments cannot be edited."


def save(call: Call, raw: Doc, update: bool, id: str | None = None) -> Doc:
    """Create an overpayment, or (where the setting allows) delete one. Raises Refused."""
    wanted = id or raw.get("BankTransactionID")
    if not (update and wanted):
        return create(call, raw)
    found = call.books.find("overpayment", "bank", str(wanted).lower())
    if not found:
        raise Missing(str(wanted))
    if raw.get("Status") != "DELETED" or not call.setting("delete_overpayments", False):
        raise Refused(NOT_EDITABLE)
    return void(call, found[0]["id"])


def create(call: Call, raw: Doc, reconciled: bool = False) -> Doc:
    """A new overpayment from a bank transaction's wire form. Raises Refused."""
    problems: list[str] = []
    sent = raw.get("LineItems") or []
    if len(sent) != 1:
        problems.append("Exactly one line item must be specified for an overpayment.")
    line = sent[0] if sent else {}
    debtors = call.books.system_account("DEBTORS")
    if line.get("AccountCode") and line["AccountCode"] != debtors["code"]:
        problems.append(f"Account code '{line['AccountCode']}' is not a valid code for this document.")
    unit = line.get("UnitAmount", line.get("LineAmount", 0))
    cents = to_cents(unit) * int(line.get("Quantity") or 1)
    if cents <= 0:
        problems.append("The Total for this document must be greater than zero.")
    account = payments.bank_account(call, raw.get("BankAccount"), problems, bank_only=True)
    day = parse_date(raw["Date"]) if raw.get("Date") else call.today
    problems += call.document_lock(day)
    if problems or account is None:
        raise Refused(*problems)
    contact = contacts.for_document(call, raw.get("Contact"))
    mark = call.setting("mark_returned", "both")
    doc: Doc = {
        "id": call.books.new_id("overpayment"),
        "bank": call.books.new_id("bank"),
        "contact": contact["id"],
        "account": account["id"],
        "date": day,
        "status": "AUTHORISED",
        "total": cents,
        "paid": 0,
        "credited": 0,
        "settled_on": None,
        "reference": str(raw.get("Reference") or "") if mark in ("both", "reference") else "",
        "description": str(line.get("Description") or "") if mark in ("both", "description") else "",
        "option": " / ".join(str(t.get("Option")) for t in line.get("Tracking") or [] if isinstance(t, dict)),
        "line": call.books.new_id("line"),
        "reconciled": bool(raw.get("IsReconciled")) or reconciled,
        "app": call.app,
    }
    call.put("overpayment", doc)
    return doc


def void(call: Call, id: str) -> Doc:
    """Void an unallocated overpayment. Raises Refused."""
    doc: Doc = call.books.get("overpayment", id)
    if doc["status"] != "AUTHORISED" or doc["paid"] or doc["credited"]:
        raise Refused(NOT_EDITABLE)
    if locked := call.document_lock(doc["date"]):
        raise Refused(*locked)
    doc["status"] = "VOIDED"
    call.put("overpayment", doc)
    return doc
