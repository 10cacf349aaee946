"""The elements of an answer: whose they are, whether they were taken, and what now stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.xero import refusals, seeing, seeing_bank, seeing_money, wire
from connectors.xero.case import NotBooks, amount_of
from connectors.xero.held import total_differs
from connectors.xero.seeing import Links
from connectors.xero.taxes import TaxAmounts
from connectors.xero.wire import Element
from hub import marks
from hub.documents import Allocation, CreditNote, DebtorCard, DocKind, SalesInvoice
from hub.targets import Answer, Key, Life, Op, Outgoing, Seen, Verdict

_IDS = {
    DocKind.CONTACT: "ContactID",
    DocKind.INVOICE: "InvoiceID",
    DocKind.CREDIT_NOTE: "CreditNoteID",
    DocKind.RECEIPT: "PaymentID",
    DocKind.REFUND: "PaymentID",
    DocKind.OVERPAYMENT: "OverpaymentID",
    DocKind.ALLOCATION: "AllocationID",
    DocKind.BANK_PAYMENT: "BankTransactionID",
    DocKind.TRANSFER: "BankTransferID",
    DocKind.DEPOSIT: "BatchPaymentID",
}


def match(
    members: Sequence[Outgoing], elements: Sequence[Element]
) -> tuple[list[tuple[Outgoing, Element]], list[Outgoing]]:
    """(pairs, members without an answer): by natural key, then by position if the answer has as many."""
    free = dict(enumerate(elements))
    names: dict[str, list[int]] = {}
    for position, element in free.items():
        for name in _names_in(element):
            names.setdefault(name, []).append(position)
    pairs, rest = [], []
    for at, out in enumerate(members):
        found = [p for p in names.get(_name(out.key), []) if p in free]
        if len(found) == 1:
            pairs.append((out, free.pop(found[0])))
        else:
            rest.append((at, out))
    lost = []
    for at, out in rest:
        if len(elements) == len(members) and at in free:
            pairs.append((out, free.pop(at)))
        else:
            lost.append(out)
    return pairs, lost


def _name(key: Key) -> str:
    match key.content:
        case DebtorCard() | SalesInvoice() | CreditNote():
            return f"number:{key.content.number}"
        case Allocation():
            return f"invoice:{key.related.get(key.content.invoice)}"
        case _:
            return f"mark:{marks.half(key.mark)}"


def _names_in(element: Element) -> list[str]:
    numbers = (element.get(name) for name in ("ContactNumber", "InvoiceNumber", "CreditNoteNumber"))
    found = [f"number:{number}" for number in numbers if number]
    texts = [str(element.get(name) or "") for name in ("Reference", "Details")]
    texts += [str(line.get("Description") or "") for line in wire.children(element, "LineItems")]
    found += [f"mark:{half}" for half, _ in marks.halves(*texts)]
    if "Amount" in element and (invoice := wire.guid(wire.child(element, "Invoice"), "InvoiceID")):
        found.append(f"invoice:{invoice}")
    return list(dict.fromkeys(found))


def named(out: Outgoing, elements: Sequence[Element]) -> Element | None:
    """The element that carries the document's own id at Xero."""
    name = _IDS[out.key.kind]
    return next((one for one in elements if wire.guid(one, name) == out.key.external_id), None)


def worth(out: Outgoing) -> int:
    """The cents that wait when an element is refused."""
    return amount_of(out.key.content)


def messages(element: Element) -> list[str]:
    """Xero's own texts about a refused element; never stored."""
    return [str(e.get("Message") or "") for e in wire.children(element, "ValidationErrors")]


def refused(element: Element) -> bool:
    """Whether Xero did not take this element."""
    return element.get("StatusAttributeString") == "ERROR" or element.get("HasErrors") is True


def settle(out: Outgoing, element: Element, links: Links, taxes: TaxAmounts) -> Answer | refusals.Refusal:
    """An element's own outcome; a Refusal whose `then` is LOOK has still to be looked up."""
    if refused(element):
        refusal = refusals.read(messages(element), worth(out))
        if isinstance(refusal.then, Verdict):
            return Answer(out.delivery, refusal.then, reason=refusal.reason, status=200)
        return refusal
    if out.op.removes:
        gone = element.get("Status") in ("VOIDED", "DELETED") or element.get("IsDeleted") is True
        return removed(out, 200) if gone else Answer(out.delivery, Verdict.UNKNOWN, status=200)
    seen = _seen(out, element, links)
    if seen is None or seen.external_id is None or seen.life is not Life.LIVE:
        return Answer(out.delivery, Verdict.UNKNOWN, status=200)
    seen = taxes.judged(out.key.content, seen)
    if seen.extra.get("differs"):
        # It stands, so it is handed over, but it is not what was rendered.
        reason = total_differs(worth(out))
        return Answer(out.delivery, Verdict.REFUSED, seen, reason, 200)
    return Answer(out.delivery, Verdict.DELIVERED, seen, status=200)


def removed(out: Outgoing, status: int) -> Answer:
    """What was voided or deleted."""
    return Answer(out.delivery, Verdict.DELIVERED, seeing.ended(out.key), status=status)


def _seen(out: Outgoing, element: Element, links: Links) -> Seen | None:
    # The id the answer names is ours by that: the reference may come back changed or not at all.
    key = replace(out.key, external_id=wire.guid(element, _IDS[out.key.kind]))
    match key.kind:
        case DocKind.CONTACT:
            return seeing.contact(key, element, links)
        case DocKind.INVOICE | DocKind.CREDIT_NOTE:
            return seeing.document(key, element, (), links)
        case DocKind.RECEIPT | DocKind.REFUND:
            return seeing_money.payment(key, element)
        case DocKind.OVERPAYMENT:
            return seeing_money.overpayment(key, {}, element, (), links)
        case DocKind.ALLOCATION:
            credit = key.related.get(key.content.needs()[0], "")
            return seeing_money.allocation(key, [element], credit)
        case DocKind.BANK_PAYMENT:
            return seeing_bank.payment(key, element, links)
        case DocKind.TRANSFER:
            return seeing_bank.transfer(key, element)
        case DocKind.DEPOSIT:
            return seeing_bank.deposit(key, element)
        case DocKind.PAYMENT_REQUEST | DocKind.RECORDED_PAYMENT:
            raise NotBooks


def adopted(out: Outgoing, seen: Seen, refusal: refusals.Refusal) -> Answer:
    """After a taken number or contact code was looked up: ours is a success, a stranger's is refused."""
    if seen.life is Life.LIVE and seen.matches and out.op is Op.CREATE:
        return Answer(out.delivery, Verdict.DELIVERED, seen, status=200)
    if seen.life in (Life.LIVE, Life.ENDED, Life.DEAD_PARENT):
        return Answer(out.delivery, Verdict.REPLAN, seen, status=200)
    return Answer(out.delivery, Verdict.REFUSED, reason=refusal.reason, status=200)
