"""One of Xero's objects read as what stands under one of our documents.

"Ours" is decided by the id we hold or by our mark; "this content" by the mark's second half and the money
fields (contact, date, total, accounts). Where a person removed the mark, the money fields alone decide, since
wording is never a difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from connectors.xero import wire
from connectors.xero.wire import Element
from hub import marks
from hub.documents import CreditNote, DebtorCard, DocKind, SalesInvoice
from hub.targets import Applied, Key, Life, Seen

PLAIN = "https://go.xero.com"
PEOPLE = "https://go.xero.com/organisationlogin/default.aspx?shortcode={}&redirecturl={}"
_PAGES = {
    DocKind.CONTACT: "/Contacts/View/{}",
    DocKind.INVOICE: "/AccountsReceivable/View.aspx?InvoiceID={}",
    DocKind.CREDIT_NOTE: "/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={}",
    DocKind.OVERPAYMENT: "/Bank/ViewTransaction.aspx?bankTransactionID={}",
    DocKind.BANK_PAYMENT: "/Bank/ViewTransaction.aspx?bankTransactionID={}",
}
ENDED = ("VOIDED", "DELETED")


@dataclass(frozen=True, slots=True)
class Links:
    """How to address people to an object: the organisation's short code, where known."""

    short_code: str = ""

    def url(self, kind: DocKind, external_id: str | None) -> str | None:
        """A link that opens the object; with the short code in the right organisation."""
        if kind not in _PAGES or not external_id:
            return None
        page = _PAGES[kind].format(external_id)
        return PEOPLE.format(self.short_code, page) if self.short_code else PLAIN + page


def absent(key: Key) -> Seen:
    """Nothing stands under this document."""
    return Seen(key.document, key.kind, Life.ABSENT)


def ambiguous(key: Key, why: str) -> Seen:
    """More than one candidate."""
    return Seen(key.document, key.kind, Life.AMBIGUOUS, why=why)


def ended(key: Key, external_id: str | None = None, on: date | None = None) -> Seen:
    """Voided or deleted."""
    known = external_id or key.external_id
    return Seen(key.document, key.kind, Life.ENDED, external_id=known, content_hash=key.content_hash, on=on)


def agrees(key: Key, external_id: str | None, money: bool, *texts: str | None) -> tuple[bool, bool]:
    """(ours, this content)."""
    shown = marks.shown(key.mark, *texts)
    if shown.ours:
        return True, shown.content and money
    by_id = key.external_id is not None and key.external_id == external_id
    return by_id, by_id and money and not shown.marked


def contact(key: Key, element: Element, links: Links) -> Seen:
    """A contact found by its id or by our number, which people cannot edit in Xero."""
    card = key.content
    assert isinstance(card, DebtorCard)
    found = wire.guid(element, "ContactID")
    merged = wire.guid(element, "MergedToContactID")
    sent = {"ContactNumber": card.number, "Name": " ".join(card.name.split()), "TaxNumber": card.tax_number}
    sent |= {"FirstName": card.first_name, "LastName": card.last_name}
    matches = all(str(element.get(name) or "") == value for name, value in sent.items())
    status = str(element.get("ContactStatus") or "ACTIVE")
    life, why = Life.LIVE, None
    if merged:
        life, why = Life.DEAD_PARENT, "merged"
    elif status != "ACTIVE":
        life, why = Life.DEAD_PARENT, "archived"
    return Seen(
        key.document,
        DocKind.CONTACT,
        life,
        external_id=found,
        number=str(element.get("ContactNumber") or "") or None,
        content_hash=key.content_hash,
        matches=matches,
        stamp=wire.stamp(element),
        url=links.url(DocKind.CONTACT, found),
        why=why,
        extra={"merged_to": merged} if merged else {},
    )


def _tax_fits(tax: int | None, content: SalesInvoice | CreditNote) -> bool:
    """Xero splits each line by itself: a cent a line is rounding, more is another tax."""
    gst = sum(line.gst for line in content.lines)
    return tax is None or abs(tax - gst) <= len(content.lines)


def posted(element: Element) -> list[tuple[str, int]]:
    """(account, gross cents) of each line, sorted."""
    exclusive = str(element.get("LineAmountTypes")) == "Exclusive"
    rows = []
    for line in wire.children(element, "LineItems"):
        gross = (wire.cents(line, "LineAmount") or 0) + (
            (wire.cents(line, "TaxAmount") or 0) if exclusive else 0
        )
        rows.append((str(line.get("AccountCode") or ""), gross))
    return sorted(rows)


def document(key: Key, element: Element, applied: Sequence[Applied], links: Links) -> Seen:
    """An invoice or credit note found by its id or number: ours, ended, or a stranger's."""
    content = key.content
    assert isinstance(content, SalesInvoice | CreditNote)
    invoice = isinstance(content, SalesInvoice)
    found = wire.guid(element, "InvoiceID" if invoice else "CreditNoteID")
    number = str(element.get("InvoiceNumber" if invoice else "CreditNoteNumber") or "")
    debtor = wire.guid(wire.child(element, "Contact"), "ContactID")
    total, tax = wire.cents(element, "Total"), wire.cents(element, "TotalTax")
    exact = total == content.total and _tax_fits(tax, content)
    lines = sorted((line.account, line.gross) for line in content.lines)
    money = (
        debtor == key.related.get(content.contact, debtor)
        and wire.day(element) == content.issued
        and exact
        and number == content.number
        and (not element.get("LineItems") or posted(element) == lines)
    )
    ours, matches = agrees(key, found, money, str(element.get("Reference") or ""))
    status = str(element.get("Status") or "")
    if not ours:
        if status == "DELETED":
            return absent(key)
        return Seen(
            key.document, key.kind, Life.FOREIGN, number=number, total=total, url=links.url(key.kind, found)
        )
    return Seen(
        key.document,
        key.kind,
        Life.ENDED if status in ENDED else Life.LIVE,
        external_id=found,
        number=number,
        content_hash=key.content_hash,
        matches=matches,
        contact=debtor,
        on=wire.day(element),
        total=total,
        due=wire.cents(element, "AmountDue") if invoice else None,
        remaining=None if invoice else wire.cents(element, "RemainingCredit"),
        applied=tuple(applied),
        reconciled=any(a.reconciled for a in applied),
        stamp=wire.stamp(element),
        url=links.url(key.kind, found),
        extra={
            "lines": [str(line.get("LineItemID")) for line in wire.children(element, "LineItems")],
            "status": status,
            "tax": tax,
            "differs": not exact and marks.shown(key.mark, str(element.get("Reference") or "")).content,
        },
    )
