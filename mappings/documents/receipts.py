"""Money on one invoice: a receipt per payment, source and invoice; pay-outs of a credit note.

Which money that went back is which follows a bookkeeper's part 7, never the method's name: naming a credit
note it is that note's pay-out (R1); naming an invoice the invoice's debt revives (R4, held in this version).
A payment that disappears from the source is simply not rendered any more (R5).
"""

from __future__ import annotations

from hub.canonical import Invoice, Payment
from hub.documents import DocKind, Receipt, Refund
from hub.errors import Reason
from hub.rendering import RenderedDocument
from mappings.documents import reasons
from mappings.documents.coverage import known_paid
from mappings.documents.methods import clearing, label
from mappings.documents.portions import Portion, parts_of, receipt_document
from mappings.documents.schemes import is_lodged
from mappings.documents.view import View, basis


def receipt_documents(view: View, invoice: Invoice, *, before_start: bool) -> list[RenderedDocument]:
    """Every receipt on an invoice. With `before_start` the invoice itself is not in the books."""
    found: list[RenderedDocument] = []
    sid = invoice.source.source_id
    bounced = _bounced(view, invoice)
    room = invoice.total - _credit_used(view, invoice)
    for payment in view.payments_of(Invoice.kind, sid):
        for part in parts_of(view, payment).receipts:
            if part.invoice != sid or is_lodged(view, payment, part.source, invoice):
                continue
            room -= part.amount
            holds = _holds(view, invoice, payment, part, before_start)
            if not before_start and room < 0 and bounced:
                holds.append(reasons.refund_r4(part.amount))
            if before_start and not holds:
                continue
            found.append(_receipt(view, invoice, payment, part, tuple(holds)))
    return found


def money_back(view: View, invoice: Invoice) -> list[RenderedDocument]:
    """Pay-outs of a credit note; for an invoice the held documents of money that went back."""
    found: list[RenderedDocument] = []
    sid = invoice.source.source_id
    for payment in view.payments_of(Invoice.kind, sid):
        for index in range(len(payment.sources)):
            cents = -sum(a.amount for a in payment.allocations if (a.source, a.invoice) == (index, sid))
            if cents > 0:
                found.append(_back(view, invoice, payment, index, cents))
    return found


def overpaid(view: View, invoice: Invoice) -> int:
    """Cents by which known money and credit exceed an invoice, or pay-outs a credit note; else 0."""
    known = known_paid(view, invoice)
    return max(0, known - invoice.total) if invoice.total >= 0 else max(0, invoice.total - known)


def _holds(view: View, invoice: Invoice, payment: Payment, part: Portion, before_start: bool) -> list[Reason]:
    cents = part.amount
    taker, owner = view.place(payment.location), view.place(invoice.location)
    if before_start and owner is not None:
        if payment.paid_on < owner.start:
            return []
        return [reasons.invoice_before_start(owner.start, cents)]
    if taker is not None and owner is not None:
        if taker.target != view.target:
            return [reasons.moved_organisation(cents)]
        if taker.key != owner.key:
            return [reasons.other_location(cents)]
    account = clearing(view, payment, part.source, cents)
    return [account] if isinstance(account, Reason) else []


def _receipt(
    view: View, invoice: Invoice, payment: Payment, part: Portion, holds: tuple[Reason, ...]
) -> RenderedDocument:
    account = clearing(view, payment, part.source, part.amount)
    content = None
    if not holds and isinstance(account, str):
        words = label(payment, part.source, f"{view.prefix}{invoice.number}")
        invoice_id = view.invoice_document(invoice)
        content = Receipt(invoice_id, account, payment.paid_on, part.amount, words)
    document = receipt_document(view, payment, part.source, part.invoice)
    made = basis(**money_values(payment, part.source), invoice=part.invoice, amount=part.amount)
    return RenderedDocument(document, DocKind.RECEIPT, made, content, holds, view.entity_of(payment))


def money_values(payment: Payment, index: int) -> dict[str, str | None]:
    """What every document of a payment's source is made of, amounts apart."""
    return {
        "on": payment.paid_on.isoformat(),
        "method": payment.sources[index].method,
        "location": payment.location,
        "currency": payment.currency,
    }


def _back(view: View, invoice: Invoice, payment: Payment, index: int, cents: int) -> RenderedDocument:
    sid = invoice.source.source_id
    document = view.document(DocKind.REFUND, view.subject(payment.source.source_id, index, sid))
    made = basis(**money_values(payment, index), names=sid, amount=cents)
    content, holds = None, list[Reason]()
    account = clearing(view, payment, index, cents)
    taker = view.place(payment.location)
    if invoice.total >= 0:
        holds.append(reasons.refund_r4(cents))
    elif taker is not None and taker.target != view.target:
        holds.append(reasons.moved_organisation(cents))
    elif isinstance(account, Reason):
        holds.append(account)
    else:
        words = label(payment, index, f"{view.prefix}{invoice.number}")
        content = Refund(view.invoice_document(invoice), account, payment.paid_on, cents, words)
    return RenderedDocument(document, DocKind.REFUND, made, content, tuple(holds), view.entity_of(payment))


def _bounced(view: View, invoice: Invoice) -> bool:
    sid = invoice.source.source_id
    payments = view.payments_of(Invoice.kind, sid)
    return any(a.amount < 0 for p in payments for a in p.allocations if a.invoice == sid)


def _credit_used(view: View, invoice: Invoice) -> int:
    return sum(use.amount for use in view.uses_of(invoice))
