"""One of Xero's objects read as what stands under one of our documents.

"Ours" is decided by the id we hold or by our mark; "this content" by the mark's second half and the money
fields (contact, date, total, accounts). Where a person removed the mark, the money fields alone decide, since
wording is never a difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from connectors.xero import marks, wire
from connectors.xero.wire import Element
from hub.documents import (
    Allocation,
    CreditNote,
    DebtorCard,
    DocKind,
    Overpayment,
    Receipt,
    Refund,
    SalesInvoice,
)
from hub.targets import Applied, Key, Life, Seen

PEOPLE = "https://go.xero.com/organisationlogin/default.aspx?shortcode={}&redirecturl={}"
_PAGES = {
    DocKind.CONTACT: "/Contacts/View/{}",
    DocKind.INVOICE: "/AccountsReceivable/View.aspx?InvoiceID={}",
    DocKind.CREDIT_NOTE: "/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={}",
    DocKind.OVERPAYMENT: "/Bank/ViewTransaction.aspx?bankTransactionID={}",
}
_ENDED = ("VOIDED", "DELETED")


@dataclass(frozen=True, slots=True)
class Links:
    """How to address people to an object: the organisation's short code, where known."""

    short_code: str = ""

    def url(self, kind: DocKind, external_id: str | None) -> str | None:
        """A link that opens the object in the right organisation."""
        if kind not in _PAGES or not external_id or not self.short_code:
            return None
        return PEOPLE.format(self.short_code, _PAGES[kind].format(external_id))


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


def _agrees(key: Key, external_id: str | None, money: bool, *texts: str | None) -> tuple[bool, bool]:
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


def _posted(element: Element) -> list[tuple[str, int]]:
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
    total = wire.cents(element, "Total")
    lines = sorted((line.account, line.gross) for line in content.lines)
    money = (
        debtor == key.related.get(content.contact, debtor)
        and wire.day(element) == content.issued
        and total == content.total
        and number == content.number
        and (not element.get("LineItems") or _posted(element) == lines)
    )
    ours, matches = _agrees(key, found, money, str(element.get("Reference") or ""))
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
        Life.ENDED if status in _ENDED else Life.LIVE,
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
            "tax": wire.cents(element, "TotalTax"),
        },
    )


def payment(key: Key, element: Element) -> Seen | None:
    """A payment or refund, or None when it is not this document's."""
    content = key.content
    assert isinstance(content, Receipt | Refund)
    found = wire.guid(element, "PaymentID")
    account = str(wire.child(element, "Account").get("Code") or content.account)
    total, on = wire.cents(element, "Amount"), wire.day(element)
    target = payment_target(element)
    wanted = key.related.get(content.needs()[0], target)
    money = total == content.amount and on == content.on and account == content.account and target == wanted
    ours, matches = _agrees(key, found, money, str(element.get("Reference") or ""))
    if not ours:
        return None
    return Seen(
        key.document,
        key.kind,
        Life.ENDED if element.get("Status") == "DELETED" else Life.LIVE,
        external_id=found,
        content_hash=key.content_hash,
        matches=matches,
        on=on,
        total=total,
        reconciled=bool(element.get("IsReconciled")),
        stamp=wire.stamp(element),
        extra={"invoice" if isinstance(content, Receipt) else "credit": target},
    )


def payment_target(element: Element) -> str | None:
    """The id of what a payment is on; a refund is shown under CreditNote and under Invoice."""
    credit = wire.guid(wire.child(element, "CreditNote"), "CreditNoteID")
    return credit or wire.guid(wire.child(element, "Invoice"), "InvoiceID")


def overpayment(
    key: Key, credit: Element, bank: Element, applied: Sequence[Applied], links: Links
) -> Seen | None:
    """An overpayment (with the bank transaction behind it), or None when it is not this document's."""
    seen = _overpayment(key, credit, bank, applied, links)
    return seen if seen.life is not Life.FOREIGN else None


def unmarked_twin(key: Key, credit: Element, bank: Element, links: Links) -> Seen | None:
    """An overpayment without any mark that equals ours in contact, date, amount and account, or None."""
    found = wire.guid(credit, "OverpaymentID")
    texts = _texts(credit, bank)
    if marks.halves(*texts) or any(str(element.get("Reference") or "") for element in (credit, bank)):
        return None
    seen = _overpayment(replace(key, external_id=found), credit, bank, (), links)
    if seen.life is Life.LIVE and seen.matches and bank:
        return replace(seen, extra={**seen.extra, "matched": "content"})
    return None


def _texts(*elements: Element) -> list[str]:
    lines = [line for element in elements for line in wire.children(element, "LineItems")]
    return [str(e.get("Reference") or "") for e in elements] + [
        str(line.get("Description") or "") for line in lines
    ]


def _overpayment(key: Key, credit: Element, bank: Element, applied: Sequence[Applied], links: Links) -> Seen:
    content = key.content
    assert isinstance(content, Overpayment)
    found = wire.guid(credit, "OverpaymentID") or wire.guid(bank, "OverpaymentID")
    source = credit or bank
    debtor = wire.guid(wire.child(source, "Contact"), "ContactID")
    account = str(wire.child(bank, "BankAccount").get("Code") or content.account)
    total, on = wire.cents(source, "Total"), wire.day(source)
    money = (
        debtor == key.related.get(content.contact, debtor)
        and on == content.on
        and total == content.amount
        and account == content.account
    )
    ours, matches = _agrees(key, found, money, *_texts(credit, bank))
    gone = str(credit.get("Status")) in _ENDED or str(bank.get("Status")) in _ENDED
    transaction = wire.guid(bank, "BankTransactionID")
    extra: dict[str, Any] = {"bank_transaction": transaction}
    return Seen(
        key.document,
        key.kind,
        (Life.ENDED if gone else Life.LIVE) if ours else Life.FOREIGN,
        external_id=found,
        content_hash=key.content_hash,
        matches=matches,
        contact=debtor,
        on=on,
        total=total,
        remaining=wire.cents(credit, "RemainingCredit") if credit else total,
        applied=tuple(applied),
        reconciled=bool(bank.get("IsReconciled")),
        stamp=wire.stamp(source),
        url=links.url(key.kind, transaction),
        extra=extra,
    )


def allocation(key: Key, elements: Sequence[Element], credit: str) -> Seen:
    """The allocation of one credit on one invoice: that pair is its natural key."""
    content = key.content
    assert isinstance(content, Allocation)
    invoice = key.related.get(content.invoice)
    living = [element for element in elements if not element.get("IsDeleted")]
    mine = [e for e in living if key.external_id and wire.guid(e, "AllocationID") == key.external_id]
    mine = mine or [
        e for e in living if invoice and wire.guid(wire.child(e, "Invoice"), "InvoiceID") == invoice
    ]
    if not mine:
        return ended(key) if key.external_id else absent(key)
    element = mine[0]
    total = wire.cents(element, "Amount")
    # Xero may show the later of the two documents' dates instead of the date sent, so it is not compared.
    return Seen(
        key.document,
        key.kind,
        Life.LIVE,
        external_id=wire.guid(element, "AllocationID"),
        content_hash=key.content_hash,
        matches=total == content.amount,
        on=wire.day(element),
        total=total,
        extra={"credit": credit, "invoice": wire.guid(wire.child(element, "Invoice"), "InvoiceID")},
    )
