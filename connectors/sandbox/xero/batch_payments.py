"""Batch payments: one deposit that pays several sales invoices, one line on the bank statement.

Its payments are ordinary ones that cannot be deleted alone; the batch goes as a whole or not at all
(Xero developer docs: batch payments).
"""

from __future__ import annotations

from connectors.sandbox.xero import payments
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.values import Doc, Missing, Refused, parse_date, to_cents

MOST = 200
TOO_MANY = "A batch payment cannot contain more than 200 payments."
GONE = "Batch payment not of valid status for modification"
DETAILS = 18


def create(call: Call, raw: Doc) -> Doc:
    """A new batch with its payments from its wire form. Raises Refused with every message that applies."""
    sent = [one for one in raw.get("Payments") or [] if isinstance(one, dict)]
    problems: list[str] = []
    if not sent:
        problems.append("A batch payment must contain at least one payment.")
    if len(sent) > MOST:
        problems.append(TOO_MANY)
    if len(str(raw.get("Details") or "")) > DETAILS:
        problems.append(f"The Details field must be {DETAILS} characters or fewer.")
    invoices = [str((one.get("Invoice") or {}).get("InvoiceID") or "").lower() for one in sent]
    if len(set(invoices)) < len(invoices):
        problems.append("An invoice can only be paid once in a batch payment.")
    account = payments.bank_account(call, raw.get("Account"), problems, bank_only=True)
    day = parse_date(raw["Date"]) if raw.get("Date") else call.today
    for one, invoice in zip(sent, invoices, strict=True):
        problems += payments.problems_of(call, call.books.peek("invoice", invoice), to_cents(one["Amount"]))
    problems += call.money_lock(day)
    if problems or account is None:
        raise Refused(*dict.fromkeys(problems))
    doc: Doc = {
        "id": call.books.new_id("batch"),
        "account": account["id"],
        "date": day,
        "details": str(raw.get("Details") or ""),
        "reference": str(raw.get("Reference") or ""),
        "narrative": str(raw.get("Narrative") or ""),
        "status": "AUTHORISED",
        "reconciled": False,
        "app": call.app,
    }
    doc["total"] = sum(_pay(call, doc, one) for one in sent)
    call.put("batch", doc)
    return doc


def _pay(call: Call, doc: Doc, sent: Doc) -> int:
    raw = {
        "Invoice": sent["Invoice"],
        "Account": {"AccountID": doc["account"]},
        "Date": doc["date"],
        "Amount": sent["Amount"],
        "Reference": sent.get("Reference"),
    }
    return int(payments.create(call, raw, batch=doc["id"])["cents"])


def delete(call: Call, id: str) -> Doc:
    """Take a whole batch back. Raises Missing, or Refused when gone, reconciled or locked."""
    if call.books.peek("batch", id.lower()) is None:
        raise Missing(id)
    doc: Doc = call.books.get("batch", id.lower())
    if doc["status"] == "DELETED":
        raise Refused(GONE)
    if doc["reconciled"]:
        raise Refused("This batch payment has been reconciled and cannot be deleted.")
    if locked := call.money_lock(doc["date"]):
        raise Refused(*locked)
    for paid in call.books.find("payment", "batch", doc["id"]):
        payments.delete(call, paid["id"], batch=doc["id"])
    doc["status"] = "DELETED"
    call.put("batch", doc)
    return doc
