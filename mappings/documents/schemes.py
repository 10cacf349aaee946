"""What a funding scheme's own answers say of an invoice: claims on it, money of remittances, cuts.

What staff note in the practice system when a scheme pays (a method of kind `funder_lodged`) is not money: the
remittance is, with its own date and amount (a bookkeeper's parts 2 and 9).
"""

from __future__ import annotations

from hub.canonical import Claim, Invoice, Payment, Ref
from hub.errors import Reason
from mappings.documents import reasons_schemes
from mappings.documents.debtors import debtor_of, payer_of
from mappings.documents.portions import method_kind, receipt_document
from mappings.documents.view import View

LODGED = "funder_lodged"


def claims_on(view: View, invoice: Invoice) -> list[Claim]:
    """Claims of its lines, by reference."""
    ref = Ref(Invoice.kind, invoice.source.source_id)
    found = view.facts.pointing_at(view.connection, ref, Claim.kind, anywhere=True)
    return [claim for claim in found if isinstance(claim, Claim)]


def settled(view: View, invoice: Invoice) -> int:
    """Cents of an invoice that schemes paid or will never pay."""
    return sum(claim.paid + claim.cut for claim in claims_on(view, invoice))


def is_lodged(view: View, payment: Payment, index: int, invoice: Invoice) -> bool:
    """Whether one source of a payment only notes what a scheme is to pay; a posted receipt stays money."""
    if method_kind(view, payment, index) != LODGED or not _of_scheme(view, invoice):
        return False
    return not view.delivered(receipt_document(view, payment, index, invoice.source.source_id))


def lodged(view: View, payment: Payment, invoice: Invoice) -> int:
    """Cents a payment puts on an invoice that only note what a scheme is to pay."""
    sid = invoice.source.source_id
    return sum(
        part.amount
        for part in payment.allocations
        if part.invoice == sid and is_lodged(view, payment, part.source, invoice)
    )


def money_of_others(view: View, invoice: Invoice) -> int:
    """Cents on an invoice that came from anybody but a scheme."""
    sid = invoice.source.source_id
    money = sum(
        part.amount
        for payment in view.payments_of(Invoice.kind, sid)
        for part in payment.allocations
        if part.invoice == sid
    )
    noted = sum(lodged(view, payment, invoice) for payment in view.payments_of(Invoice.kind, sid))
    return money - noted + sum(use.amount for use in view.uses_of(invoice))


def short_paid(view: View, invoice: Invoice) -> tuple[Reason, ...]:
    """What a scheme paid in part without saying why: the invoice stays open, a person should look."""
    rest = sum(
        claim.item.total - claim.paid - claim.cut
        for claim in claims_on(view, invoice)
        if claim.paid > 0 and claim.paid + claim.cut < claim.item.total
    )
    return (reasons_schemes.remittance_short(invoice.number, rest),) if rest else ()


def _of_scheme(view: View, invoice: Invoice) -> bool:
    payer = payer_of(view, debtor_of(view, invoice))
    return payer is not None and payer.scheme is not None
