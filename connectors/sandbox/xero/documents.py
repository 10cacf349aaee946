"""Sales invoices and sales credit notes: the same life, told by a DocKind.

DRAFT -> SUBMITTED -> AUTHORISED -> PAID (by itself at nothing due); DRAFT, SUBMITTED -> DELETED;
AUTHORISED -> VOIDED, final, refused while anything is applied. Messages are Xero's where known.
"""

from __future__ import annotations

from connectors.sandbox.xero import contacts
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.document_parts import (
    APPLIED_EDIT,
    LIVE,
    NOT_VALID,
    OPEN,
    PLAIN,
    DocKind,
    approval,
    contact_id,
    due,
    fill,
    matched,
    next_number,
    renumber,
)
from connectors.sandbox.xero.values import ZERO_ID, Doc, Refused, parse_date


def save(call: Call, kind: DocKind, raw: Doc, update: bool, id: str | None = None) -> Doc:
    """Create (or, with `update`, create or change) a document from its wire form. Raises Refused."""
    old = matched(call, kind, raw, id) if update or id else None
    return amend(call, kind, old, raw) if old else create(call, kind, raw)


def create(call: Call, kind: DocKind, raw: Doc) -> Doc:
    """A new document; PUT's meaning. Raises Refused with every message that applies."""
    status = str(raw.get("Status") or "DRAFT")
    problems = []
    if raw.get("Type") != kind.type:
        problems.append(
            "The document type is not valid for this endpoint, or is not imitated by this sandbox."
        )
    if status not in (*OPEN, "AUTHORISED"):
        problems.append(f"The status {status} cannot be given to a new document.")
    number = str(raw.get(kind.number_field) or "") or next_number(call, kind)
    taken = call.books.find(kind.kind, "number", number)
    if taken:
        problems.append(kind.not_unique)
    if len(number) > 255:
        problems.append(f"The {kind.number_field} field must be 255 characters or fewer.")
    day = parse_date(raw["Date"]) if raw.get("Date") else call.today
    doc: Doc = {
        "id": "",
        "kind": kind.kind,
        "type": kind.type,
        "number": number,
        "status": status,
        "date": day,
        "due": parse_date(raw["DueDate"]) if raw.get("DueDate") else day,
        "mode": str(raw.get("LineAmountTypes") or "Exclusive"),
        "reference": "",
        "url": None,
        "sent": False,
        "theme": None,
        "currency": call.books.organisation["currency"],
        "paid": 0,
        "credited": 0,
        "settled_on": None,
        "app": call.app,
        "created": call.now,
    }
    problems += fill(call, doc, raw, [])
    problems += approval(call, kind, doc, [day])
    clash = taken[0]["id"] if taken else ZERO_ID
    doc["contact"] = contact_id(call, raw, problems, clash)
    doc["id"] = call.books.new_id(kind.kind)
    settle(doc, day)
    call.put(kind.kind, doc)
    return doc


def amend(call: Call, kind: DocKind, old: Doc, raw: Doc) -> Doc:
    """Change an existing document, or its status. Raises Refused."""
    status = str(raw.get("Status") or old["status"])
    if old["status"] in ("VOIDED", "DELETED"):
        raise Refused(NOT_VALID.format(kind.word))
    contact = call.books.peek("contact", old["contact"])
    if contact and contact["status"] != "ACTIVE":
        raise Refused(contacts.ARCHIVED_NEW)
    if old["paid"] or old["credited"]:
        return _amend_applied(call, kind, old, raw, status)
    if status in ("VOIDED", "DELETED"):
        return _end(call, kind, old, status)
    if old["status"] in LIVE and status in OPEN:
        raise Refused(NOT_VALID.format(kind.word))
    doc: Doc = call.books.get(kind.kind, old["id"])
    doc["status"] = "AUTHORISED" if status == "PAID" else status
    if raw.get("Date"):
        doc["date"] = parse_date(raw["Date"])
    if raw.get("DueDate"):
        doc["due"] = parse_date(raw["DueDate"])
    doc["mode"] = str(raw.get("LineAmountTypes") or doc["mode"])
    problems = renumber(call, kind, doc, raw) + fill(call, doc, raw, old["lines"])
    problems += approval(call, kind, doc, [old["date"], doc["date"]])
    named = raw.get("Contact")
    if named and str(named.get("ContactID", "")).lower() != old["contact"]:
        doc["contact"] = contact_id(call, raw, problems, ZERO_ID)
    if problems:
        raise Refused(*problems)
    settle(doc, doc["date"])
    call.put(kind.kind, doc)
    return doc


def settle(doc: Doc, day: str) -> None:
    """Set PAID or AUTHORISED by what is open; `day` is the date of what was just applied."""
    if doc["status"] in LIVE:
        doc["status"] = "AUTHORISED" if due(doc) else "PAID"
        doc["settled_on"] = None if due(doc) else max(day, doc["settled_on"] or day)


def apply(call: Call, kind: str, id: str, paid: int, credited: int, day: str) -> Doc:
    """Add to what is paid or credited on a document (cents, may be negative) and settle its status."""
    doc: Doc = call.books.get(kind, id)
    doc["paid"] += paid
    doc["credited"] += credited
    settle(doc, day)
    call.put(kind, doc)
    return doc


def _amend_applied(call: Call, kind: DocKind, old: Doc, raw: Doc, status: str) -> Doc:
    if status != old["status"] and not (status == "AUTHORISED" and old["status"] == "PAID"):
        raise Refused(
            f"The status {status} cannot be applied to the {kind.word.lower()} because it has payments or "
            "credit notes allocated to it."
        )
    if raw.get("Date") and parse_date(raw["Date"]) != old["date"]:
        word = kind.word.lower()
        raise Refused(
            f"Date cannot be changed on an {word} that has payment or credit notes allocated to it."
        )
    harmless = set(raw) - {kind.id_field, kind.number_field, "Status", "Type"} <= set(PLAIN)
    if not (harmless and call.setting("edit_paid_nonfinancial", False)):
        raise Refused(f"{NOT_VALID.format(kind.word)}. {APPLIED_EDIT}")
    doc: Doc = call.books.get(kind.kind, old["id"])
    doc |= {name: raw[wire] for wire, name in PLAIN.items() if wire in raw}
    call.put(kind.kind, doc)
    return doc


def _end(call: Call, kind: DocKind, old: Doc, status: str) -> Doc:
    if (status == "DELETED") != (old["status"] in OPEN):
        raise Refused(NOT_VALID.format(kind.word))
    if status == "VOIDED" and (locked := call.document_lock(old["date"])):
        raise Refused(*locked)
    doc: Doc = call.books.get(kind.kind, old["id"])
    doc["status"] = status
    call.put(kind.kind, doc)
    return doc
