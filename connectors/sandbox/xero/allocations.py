"""Allocations: a credit note or an overpayment used on an invoice of the same contact."""

from __future__ import annotations

from connectors.sandbox.xero import document_parts, documents
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.values import Doc, Missing, Refused, parse_date, to_cents


def create(call: Call, kind: str, source_id: str, raw: Doc) -> Doc:
    """Allocate from a credit note or overpayment (kind: credit, overpayment). Raises Refused, Missing."""
    source = call.books.peek(kind, source_id)
    if source is None:
        raise Missing(source_id)
    named = raw.get("Invoice") if isinstance(raw.get("Invoice"), dict) else {}
    assert isinstance(named, dict)
    invoice = call.books.peek("invoice", str(named.get("InvoiceID") or "").lower())
    if invoice is None and named.get("InvoiceNumber"):
        invoice = next(iter(call.books.find("invoice", "number", named["InvoiceNumber"])), None)
    if invoice is None:
        raise Refused("The invoice to allocate to could not be found.")
    cents = to_cents(raw.get("Amount", 0))
    day = parse_date(raw["Date"]) if raw.get("Date") else call.today
    problems = []
    if source["status"] != "AUTHORISED" or invoice["status"] != "AUTHORISED":
        problems.append("Allocations can only be made between Authorised documents")
    if source["contact"] != invoice["contact"]:
        problems.append("The contact of the invoice must be the contact of the credit.")
    if cents <= 0:
        problems.append("The allocated amount must be greater than zero.")
    if cents > document_parts.due(source):
        problems.append("The amount to allocate exceeds the remaining credit")
    if cents > document_parts.due(invoice):
        problems.append("The amount to allocate exceeds the amount outstanding on the invoice")
    problems += call.money_lock(day)
    if problems:
        raise Refused(*problems)
    if call.setting("allocation_date", "sent") == "later":
        day = max(source["date"], invoice["date"])
    doc: Doc = {
        "id": call.books.new_id("allocation"),
        "source_kind": kind,
        "source": source["id"],
        "invoice": invoice["id"],
        "contact": source["contact"],
        "cents": cents,
        "date": day,
        "deleted": False,
        "app": call.app,
    }
    call.put("allocation", doc)
    documents.apply(call, kind, source["id"], 0, cents, day)
    documents.apply(call, "invoice", invoice["id"], 0, cents, day)
    return doc


def remove(call: Call, kind: str, source_id: str, id: str) -> Doc:
    """Take an allocation back. Raises Missing, or Refused when its date is locked."""
    doc: Doc = call.books.get("allocation", id)
    if doc["source"] != source_id or doc["source_kind"] != kind or doc["deleted"]:
        raise Missing(id)
    if locked := call.money_lock(doc["date"]):
        raise Refused(*locked)
    doc["deleted"] = True
    call.put("allocation", doc)
    documents.apply(call, kind, doc["source"], 0, -doc["cents"], doc["date"])
    documents.apply(call, "invoice", doc["invoice"], 0, -doc["cents"], doc["date"])
    return doc
