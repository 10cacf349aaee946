"""What invoices and credit notes are made of: their kinds, numbers, lines, contact, approval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.sandbox.xero import contacts, lines
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.values import Doc, Missing, Refused

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


def fill(call: Call, doc: Doc, raw: Doc, old: list[Doc]) -> list[str]:
    """Set lines, totals and plain fields from the wire form; the messages of what is wrong."""
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


def approval(call: Call, kind: DocKind, doc: Doc, days: list[str]) -> list[str]:
    """The messages that forbid authorising: account plan, lock dates on any of `days`."""
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


def contact_id(call: Call, raw: Doc, problems: list[str], clash: str) -> str:
    """The contact's id; looked up only when all else is well, because it may change or create a contact."""
    if problems:
        found = contacts.matched(call, raw["Contact"]) if isinstance(raw.get("Contact"), dict) else None
        if found and found["status"] != "ACTIVE":
            problems.append(contacts.ARCHIVED_NEW)
        raise Refused(*problems, clash=clash)
    return str(contacts.for_document(call, raw.get("Contact"))["id"])


def renumber(call: Call, kind: DocKind, doc: Doc, raw: dict[str, Any]) -> list[str]:
    """Give a document another number where one was sent; the message when it is taken."""
    number = raw.get(kind.number_field)
    if not number or number == doc["number"]:
        return []
    doc["number"] = str(number)
    return [kind.not_unique] if call.books.find(kind.kind, "number", number) else []


def next_number(call: Call, kind: DocKind) -> str:
    """The next free number of Xero's own series."""
    while True:
        number = f"{kind.auto_number}-{call.books.store.next(f'{call.books.tenant}:{kind.kind}'):04d}"
        if not call.books.find(kind.kind, "number", number):
            return number
