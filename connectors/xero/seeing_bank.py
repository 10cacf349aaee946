"""What only bank accounts know, read as what stands under our documents (see seeing.py): payments out of an
account, transfers, deposits that pay several invoices."""

from __future__ import annotations

from dataclasses import replace

from connectors.xero import seeing, wire
from connectors.xero.seeing import Links
from connectors.xero.wire import Element
from hub.documents import BankPayment, Deposit, Transfer
from hub.targets import Key, Life, Seen


def payment(key: Key, element: Element, links: Links) -> Seen | None:
    """Money spent, or None when it is not this document's."""
    content = key.content
    assert isinstance(content, BankPayment)
    found = wire.guid(element, "BankTransactionID")
    debtor = wire.guid(wire.child(element, "Contact"), "ContactID")
    total, on = wire.cents(element, "Total"), wire.day(element)
    account = str(wire.child(element, "BankAccount").get("Code") or content.account)
    lines = sorted((line.account, line.gross) for line in content.lines)
    money = (
        element.get("Type") == "SPEND"
        and debtor == key.related.get(content.contact, debtor)
        and (total, on, account) == (content.total, content.on, content.account)
        and (not element.get("LineItems") or seeing.posted(element) == lines)
    )
    seen = _seen(key, element, found, money, str(element.get("Reference") or ""))
    extra = {"tax": wire.cents(element, "TotalTax")}
    return seen and replace(seen, contact=debtor, url=links.url(key.kind, found), extra=extra)


def transfer(key: Key, element: Element) -> Seen | None:
    """A bank transfer, or None when it is not this document's."""
    content = key.content
    assert isinstance(content, Transfer)
    from_ = str(wire.child(element, "FromBankAccount").get("Code") or content.from_account)
    to = str(wire.child(element, "ToBankAccount").get("Code") or content.to_account)
    sent = (content.from_account, content.to_account, content.amount, content.on)
    money = (from_, to, wire.cents(element, "Amount"), wire.day(element)) == sent
    found = wire.guid(element, "BankTransferID")
    return _seen(key, element, found, money, str(element.get("Reference") or ""))


def deposit(key: Key, element: Element) -> Seen | None:
    """A batch payment, or None when it is not this document's. Xero names its account by id only."""
    content = key.content
    assert isinstance(content, Deposit)
    paid = sorted(
        (wire.guid(wire.child(one, "Invoice"), "InvoiceID") or "", wire.cents(one, "Amount") or 0)
        for one in wire.children(element, "Payments")
    )
    wanted = sorted((key.related.get(part.invoice, ""), part.amount) for part in content.parts)
    money = (wire.cents(element, "TotalAmount"), wire.day(element)) == (content.amount, content.on)
    found = wire.guid(element, "BatchPaymentID")
    return _seen(key, element, found, money and paid in ([], wanted), str(element.get("Details") or ""))


def _seen(key: Key, element: Element, found: str | None, money: bool, text: str) -> Seen | None:
    ours, matches = seeing.agrees(key, found, money, text)
    if not ours:
        return None
    amounts = (wire.cents(element, name) for name in ("Total", "TotalAmount", "Amount"))
    return Seen(
        key.document,
        key.kind,
        Life.ENDED if element.get("Status") in seeing.ENDED else Life.LIVE,
        external_id=found,
        content_hash=key.content_hash,
        matches=matches,
        on=wire.day(element),
        total=next((cents for cents in amounts if cents is not None), None),
        reconciled=any(element.get(name) for name in ("IsReconciled", "FromIsReconciled", "ToIsReconciled")),
        stamp=wire.stamp(element),
    )
