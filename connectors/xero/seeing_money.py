"""Payments, overpayments and allocations read as what stands under our documents (see seeing.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from connectors.xero import seeing, wire
from connectors.xero.seeing import Links
from connectors.xero.wire import Element
from hub import marks
from hub.documents import Allocation, Overpayment, Receipt, Refund
from hub.targets import Applied, Key, Life, Seen


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
    ours, matches = seeing.agrees(key, found, money, str(element.get("Reference") or ""))
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
    ours, matches = seeing.agrees(key, found, money, *_texts(credit, bank))
    gone = str(credit.get("Status")) in seeing.ENDED or str(bank.get("Status")) in seeing.ENDED
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
        return seeing.ended(key) if key.external_id else seeing.absent(key)
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
