"""Bank transactions SPEND and RECEIVE: money out of or into a bank account, coded to accounts by lines.

They are editable until a person has reconciled them and are removed by Status DELETED (Xero developer docs:
bank transactions). What is an overpayment has its own module; prepayments and the two halves of a transfer
are not imitated here.
"""

from __future__ import annotations

from connectors.sandbox.xero import contacts, lines, payments
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.values import Doc, Missing, Refused, parse_date

TYPES = ("SPEND", "RECEIVE")
GONE = "Bank transaction not of valid status for modification"
RECONCILED = "{} money transactions cannot be updated when reconciled."


def save(call: Call, raw: Doc, update: bool, id: str | None = None) -> Doc:
    """Create, change or delete one from its wire form. Raises Refused, Missing."""
    wanted = id or raw.get("BankTransactionID")
    if not (update and wanted):
        return _create(call, raw)
    found = call.books.peek("bank", str(wanted).lower())
    if found is None:
        raise Missing(str(wanted))
    _changeable(call, found)
    return _delete(call, found) if raw.get("Status") == "DELETED" else _amend(call, found, raw)


def _create(call: Call, raw: Doc) -> Doc:
    doc: Doc = {
        "type": raw["Type"],
        "status": "AUTHORISED",
        "mode": str(raw.get("LineAmountTypes") or "Exclusive"),
        "date": parse_date(raw["Date"]) if raw.get("Date") else call.today,
        "reference": str(raw.get("Reference") or ""),
        "url": raw.get("Url"),
        "currency": call.books.organisation["currency"],
        "reconciled": bool(raw.get("IsReconciled")),
        "app": call.app,
    }
    problems: list[str] = []
    account = payments.bank_account(call, raw.get("BankAccount"), problems, bank_only=True)
    problems += _fill(call, doc, raw.get("LineItems") or [], [])
    problems += call.document_lock(doc["date"])
    if problems or account is None:
        raise Refused(*problems)
    contact = contacts.for_document(call, raw.get("Contact"))
    new = call.books.new_id("bank")
    doc |= {"id": new, "bank": new, "account": account["id"], "contact": contact["id"]}
    call.put("bank", doc)
    return doc


def _amend(call: Call, old: Doc, raw: Doc) -> Doc:
    doc: Doc = call.books.get("bank", old["id"])
    problems: list[str] = []
    if raw.get("Type", doc["type"]) != doc["type"]:
        problems.append("The Type of a bank transaction cannot be changed.")
    doc |= {name: raw[wire] for wire, name in (("Reference", "reference"), ("Url", "url")) if wire in raw}
    doc["mode"] = str(raw.get("LineAmountTypes") or doc["mode"])
    if raw.get("Date"):
        doc["date"] = parse_date(raw["Date"])
    if raw.get("BankAccount"):
        account = payments.bank_account(call, raw["BankAccount"], problems, bank_only=True)
        doc["account"] = account["id"] if account else doc["account"]
    if raw.get("LineItems") is not None:
        problems += _fill(call, doc, raw["LineItems"], old["lines"])
    problems += call.document_lock(old["date"], doc["date"])
    if problems:
        raise Refused(*problems)
    if raw.get("Contact"):
        doc["contact"] = contacts.for_document(call, raw["Contact"])["id"]
    call.put("bank", doc)
    return doc


def _delete(call: Call, old: Doc) -> Doc:
    if locked := call.document_lock(old["date"]):
        raise Refused(*locked)
    doc: Doc = {**call.books.get("bank", old["id"]), "status": "DELETED"}
    call.put("bank", doc)
    return doc


def _changeable(call: Call, doc: Doc) -> None:
    if doc["status"] == "DELETED":
        raise Refused(GONE)
    if doc["reconciled"]:
        raise Refused(RECONCILED.format(doc["type"].capitalize()))


def _fill(call: Call, doc: Doc, sent: list[Doc], old: list[Doc]) -> list[str]:
    """Set lines and totals; the messages of what is wrong."""
    built = lines.build(call, sent, doc["mode"], True, old)
    doc |= {"lines": built.lines, "net": built.net, "tax": built.tax, "total": built.net + built.tax}
    problems = list(built.problems)
    if not sent:
        problems.append("One or more line items must be specified.")
    elif doc["total"] <= 0:
        problems.append("The Total for this document must be greater than zero.")
    return problems
