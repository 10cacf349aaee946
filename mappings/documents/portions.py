"""Which part of a payment is a receipt, which an overpayment, which an allocation of it.

Accounting rule (a bookkeeper's part 8, and the product's own decision 0003): money put on an invoice dated on
or before the payment is a payment of that invoice on the payment's date; money put on a later invoice, or on
none, is part of an overpayment on the payment's date, allocated on the later of both dates. One overpayment
per payment and source, since it stands in one clearing account. This depends on source values only, with one
exception: an overpayment that was posted is kept at its amount, and what is put on an invoice afterwards is
an allocation of it, so that credit used later never removes what a bank feed may have met already.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from hub.canonical import Invoice, InvoiceStatus, Payment
from hub.documents import DocKind, Overpayment
from mappings.documents.view import View
from mappings.tables import Scope, look_up


@dataclass(frozen=True, slots=True)
class Portion:
    """Cents of one source of a payment on one invoice (by source id)."""

    source: int
    invoice: str
    amount: int


@dataclass(frozen=True, slots=True)
class Parts:
    """A payment taken apart. Per source: receipts + overpayment + uses + pending = the source's amount.

    `allocations` are drawn from the overpayments; `uses` are portions of a method that is existing credit;
    `pending` names invoices that cannot be read or were removed.
    """

    receipts: tuple[Portion, ...] = ()
    overpayments: dict[int, int] = field(default_factory=dict)
    allocations: tuple[Portion, ...] = ()
    uses: tuple[Portion, ...] = ()
    pending: tuple[Portion, ...] = ()


def parts_of(view: View, payment: Payment) -> Parts:
    """Take a payment apart. Sources of money paid back (negative) are not part of this."""
    receipts: list[Portion] = []
    allocations: list[Portion] = []
    uses: list[Portion] = []
    pending: list[Portion] = []
    overpayments: dict[int, int] = {}
    for index, source in enumerate(payment.sources):
        if source.amount <= 0:
            continue
        early, late, lost = _sorted(view, payment, index)
        pending += lost
        if is_credit_use(view, payment, index):
            uses += [*early, *late]
            continue
        rest = source.amount - sum(p.amount for p in (*early, *late, *lost))
        drawn = _drawn_from_posted(view, payment, index, early, rest + sum(p.amount for p in late))
        receipts += [p for p in early if p not in drawn]
        allocations += [*late, *drawn]
        amount = rest + sum(p.amount for p in (*late, *drawn))
        if amount:
            overpayments[index] = amount
    return Parts(tuple(receipts), overpayments, tuple(allocations), tuple(uses), tuple(pending))


def method_kind(view: View, payment: Payment, index: int) -> str | None:
    """The configured kind of a source's method on the payment's date, None when nobody wrote it down."""
    name = payment.sources[index].method
    place = view.place(payment.location)
    if name is None:
        return None
    scope = Scope(place.key if place else None, payment.paid_on)
    entry = look_up(view.config.tables.methods, name, scope)
    return None if entry is None else entry.value.get("kind")


def is_credit_use(view: View, payment: Payment, index: int) -> bool:
    """Whether a source is existing credit and no money.

    A source of which something was posted as money stays money, whatever the configuration says now. (Naming
    money what was posted as a use of credit is the one word of a configuration that is followed: it says that
    cash was taken which the books do not have.)
    """
    if method_kind(view, payment, index) != "credit_use":
        return False
    named = {a.invoice for a in payment.allocations if a.source == index}
    posted = [receipt_document(view, payment, index, invoice) for invoice in named]
    posted.append(overpayment_document(view, payment, index))
    return not any(view.delivered(document) for document in posted)


def receipt_document(view: View, payment: Payment, index: int, invoice: str) -> str:
    subject = view.subject(payment.source.source_id, index, invoice)
    return view.document(DocKind.RECEIPT, subject)


def overpayment_document(view: View, payment: Payment, index: int) -> str:
    return view.document(DocKind.OVERPAYMENT, view.subject(payment.source.source_id, index))


def in_force(invoice: Invoice | None) -> bool:
    return invoice is not None and invoice.status is not InvoiceStatus.REMOVED and invoice.total >= 0


def _sorted(view: View, payment: Payment, index: int) -> tuple[list[Portion], list[Portion], list[Portion]]:
    """One source's portions: on invoices up to the payment's date, on later ones, on unreadable ones."""
    sums: dict[str, int] = defaultdict(int)
    for allocation in payment.allocations:
        if allocation.source == index:
            sums[allocation.invoice] += allocation.amount
    early: list[Portion] = []
    late: list[Portion] = []
    lost: list[Portion] = []
    for invoice_id in sorted(sums):
        portion = Portion(index, invoice_id, sums[invoice_id])
        invoice = view.invoice(invoice_id)
        if portion.amount == 0:
            continue
        if invoice is None or not in_force(invoice):
            lost.append(portion)
        else:
            (early if invoice.issued <= payment.paid_on else late).append(portion)
    return early, late, lost


def _drawn_from_posted(
    view: View, payment: Payment, index: int, early: list[Portion], credit: int
) -> list[Portion]:
    """Early portions that were put on their invoice after their money had been posted as an overpayment.

    They are those without a receipt of their own whose sum is exactly what the posted overpayment holds
    more than the rule would give it now; if none fit, the payment itself was changed and the rule stands.
    """
    posted = view.delivered(overpayment_document(view, payment, index))
    if not isinstance(posted, Overpayment) or posted.amount <= credit:
        return []
    left = posted.amount - credit
    drawn: list[Portion] = []
    fresh = [p for p in early if not view.delivered(receipt_document(view, payment, index, p.invoice))]
    for portion in sorted(fresh, key=lambda p: _issued(view, p), reverse=True):
        if portion.amount <= left:
            drawn.append(portion)
            left -= portion.amount
    return drawn if left == 0 else []


def _issued(view: View, portion: Portion) -> tuple[str, str]:
    invoice = view.invoice(portion.invoice)
    return (invoice.issued.isoformat() if invoice else "", portion.invoice)
