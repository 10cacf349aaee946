"""Sales invoices and sales credit notes: the same life, told by a DocKind.

DRAFT -> SUBMITTED -> AUTHORISED -> PAID (by itself at nothing due); DRAFT, SUBMITTED -> DELETED;
AUTHORISED -> VOIDED, final, refused while anything is applied. Messages are Xero's where known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.sandbox.xero import contacts, lines
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.values import ZERO_ID, Doc, Missing, Refused, parse_date

NOT_VALID = "{} not of valid status for modification"
APPLIED_EDIT = "This document cannot be edited as it has a payment or credit note allocated to it."
NEGATIVE = "The Total for this document must be greater than or equal to zero."
OPEN = ("DRAFT", "SUBMITTED")
LIVE = ("AUTHORISED", "PAID")
PLAIN = {"SentToContact": "sent", "Url": "url", "Reference": "reference", "BrandingThemeID": "theme"}


@dataclass(frozen=True, slots=True)
class DocKind:
    """What differs between the two documents."""

    kind: str
    plural: str
    id_field: str
    number_field: str
    type: str
    word: str
    not_unique: str
    auto_number: str


INVOICE = DocKind(
    "invoice",
    "Invoices",
    "InvoiceID",
    "InvoiceNumber",
    "ACCREC",
    "Invoice",
    "Invoice # must be unique.",
    "INV",
)
CREDIT = DocKind(
    "credit",
    "CreditNotes",
    "CreditNoteID",
    "CreditNoteNumber",
    "ACCRECCREDIT",
    "Credit note",
    "Credit note # must be unique.",
    "CN",
)
BY_KIND = {"invoice": INVOICE, "credit": CREDIT}


def due(doc: Doc) -> int:
    """What is still open: an invoice's AmountDue, a credit note's RemainingCredit, in cents."""
    return int(doc["total"] - doc["paid"] - doc["credited"])


def matched(call: Call, kind: DocKind, raw: Doc, id: str | None = None) -> Doc | None:
    """The document a wire form means: by id, else by number (voided ones too, deleted ones not)."""
    if wanted := id or raw.get(kind.id_field):
        found = call.books.peek(kind.kind, str(wanted).lower())
        if found is None:
            raise Missing(str(wanted))
        return found
    by_number = call.books.find(kind.kind, "number", raw.get(kind.number_field))
    return by_number[0] if by_number else None


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
    number = str(raw.get(kind.number_field) or "") or _next_number(call, kind)
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
    problems += _fill(call, doc, raw, [])
    problems += _approval(call, kind, doc, [day])
    clash = taken[0]["id"] if taken else ZERO_ID
    doc["contact"] = _contact(call, raw, problems, clash)
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
    problems = _renumber(call, kind, doc, raw) + _fill(call, doc, raw, old["lines"])
    problems += _approval(call, kind, doc, [old["date"], doc["date"]])
    named = raw.get("Contact")
    if named and str(named.get("ContactID", "")).lower() != old["contact"]:
        doc["contact"] = _contact(call, raw, problems, ZERO_ID)
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


def _fill(call: Call, doc: Doc, raw: Doc, old: list[Doc]) -> list[str]:
    problems = []
    if doc["mode"] not in ("Exclusive", "Inclusive", "NoTax"):
        return [f"LineAmountTypes '{doc['mode']}' is not valid."]
    if raw.get("CurrencyCode") not in (None, doc["currency"]):
        problems.append(f"Organisation is not subscribed to currency {raw['CurrencyCode']}")
    doc |= {name: raw[wire] for wire, name in PLAIN.items() if raw.get(wire) is not None}
    if len(str(doc["reference"])) > 255:
        problems.append("The Reference field must be 255 characters or fewer.")
    sent = raw.get("LineItems")
    if sent is None and old:
        # A change without lines keeps them, but without unitdp=4 they are made anew, cut to two places.
        sent = [
            {**lines.resend(line), **({"LineItemID": line["id"]} if call.precise else {})} for line in old
        ]
        old = old if call.precise else []
    built = lines.build(call, sent or [], doc["mode"], doc["status"] == "AUTHORISED", old)
    problems += built.problems
    if not sent:
        problems.append("One or more line items must be specified.")
    doc |= {"lines": built.lines, "net": built.net, "tax": built.tax, "total": built.net + built.tax}
    if doc["type"] == CREDIT.type and any(line["discount_rate"] for line in built.lines):
        problems.append("Discounts are not allowed on credit notes.")
    if doc["total"] < 0:
        problems.append(NEGATIVE)
    return problems


def _approval(call: Call, kind: DocKind, doc: Doc, days: list[str]) -> list[str]:
    if doc["status"] != "AUTHORISED":
        return []
    cap = call.setting("approve_limit", None)
    new = not doc["id"]
    if (
        new
        and cap is not None
        and kind is INVOICE
        and call.books.store.count(f"{call.books.tenant}/invoice") >= cap
    ):
        return ["You have reached the limit of invoices you can approve"]
    return call.document_lock(*days)


def _contact(call: Call, raw: Doc, problems: list[str], clash: str) -> str:
    """The contact's id; looked up only when all else is well, because it may change or create a contact."""
    if problems:
        found = contacts.matched(call, raw["Contact"]) if isinstance(raw.get("Contact"), dict) else None
        if found and found["status"] != "ACTIVE":
            problems.append(contacts.ARCHIVED_NEW)
        raise Refused(*problems, clash=clash)
    return str(contacts.for_document(call, raw.get("Contact"))["id"])


def _renumber(call: Call, kind: DocKind, doc: Doc, raw: dict[str, Any]) -> list[str]:
    number = raw.get(kind.number_field)
    if not number or number == doc["number"]:
        return []
    doc["number"] = str(number)
    return [kind.not_unique] if call.books.find(kind.kind, "number", number) else []


def _next_number(call: Call, kind: DocKind) -> str:
    while True:
        number = f"{kind.auto_number}-{call.books.store.next(f'{call.books.tenant}:{kind.kind}'):04d}"
        if not call.books.find(kind.kind, "number", number):
            return number
