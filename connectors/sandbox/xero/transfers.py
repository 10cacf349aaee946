"""Bank transfers: money moved between two bank accounts of the organisation, one a call.

Neither editable nor coded; Status DELETED takes one back (Xero developer docs: bank transfers).
"""

from __future__ import annotations

from connectors.sandbox.xero import payments
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.values import Doc, Refused, parse_date, to_cents

GONE = "Bank transfer not of valid status for modification"
RECONCILED = "This bank transfer has been reconciled and cannot be deleted."


def create(call: Call, raw: Doc) -> Doc:
    """A new transfer from its wire form. Raises Refused with every message that applies."""
    problems: list[str] = []
    from_ = payments.bank_account(call, raw.get("FromBankAccount"), problems, bank_only=True)
    to = payments.bank_account(call, raw.get("ToBankAccount"), problems, bank_only=True)
    if from_ and to and from_["id"] == to["id"]:
        problems.append("The accounts of a bank transfer must be different.")
    cents = to_cents(raw.get("Amount", 0))
    if cents <= 0:
        problems.append("The amount of a bank transfer must be greater than zero.")
    day = parse_date(raw["Date"]) if raw.get("Date") else call.today
    problems += call.document_lock(day)
    if problems or from_ is None or to is None:
        raise Refused(*problems)
    doc: Doc = {
        "id": call.books.new_id("transfer"),
        "from": from_["id"],
        "to": to["id"],
        "from_bank": call.books.new_id("bank"),
        "to_bank": call.books.new_id("bank"),
        "date": day,
        "cents": cents,
        "reference": str(raw.get("Reference") or ""),
        "status": "AUTHORISED",
        "from_reconciled": False,
        "to_reconciled": False,
        "created": call.now,
        "app": call.app,
    }
    call.put("transfer", doc)
    return doc


def delete(call: Call, id: str) -> Doc:
    """Take a transfer back. Raises Missing, or Refused when gone, reconciled or locked."""
    doc: Doc = call.books.get("transfer", id.lower())
    if doc["status"] == "DELETED":
        raise Refused(GONE)
    if doc["from_reconciled"] or doc["to_reconciled"]:
        raise Refused(RECONCILED)
    if locked := call.document_lock(doc["date"]):
        raise Refused(*locked)
    doc["status"] = "DELETED"
    call.put("transfer", doc)
    return doc
