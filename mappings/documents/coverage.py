"""What covers an invoice and what is left of a credit note, from canonical values alone.

A credit note settles first what its invoice still owes, and only the rest stays open (a bookkeeper's part 7:
always `min(remaining credit, amount due)`).
"""

from __future__ import annotations

from hub.canonical import CreditApplication, Invoice, InvoiceStatus, Payment
from mappings.documents.schemes import lodged, settled
from mappings.documents.view import View


def put_on(payment: Payment, invoice: str) -> int:
    """Cents a payment puts on an invoice (negative: it takes back or pays out)."""
    return sum(a.amount for a in payment.allocations if a.invoice == invoice)


def known_paid(view: View, invoice: Invoice) -> int:
    """Cents of money and credit known to stand on an invoice, without credit notes that reverse it.

    A funding scheme's own remittances count, with what it cuts; what staff noted as lodged with it does not.
    """
    sid = invoice.source.source_id
    payments = view.payments_of(Invoice.kind, sid)
    money = sum(put_on(payment, sid) - lodged(view, payment, invoice) for payment in payments)
    return money + sum(use.amount for use in view.uses_of(invoice)) + settled(view, invoice)


def paid_out(view: View, note: Invoice) -> int:
    """Cents paid out of a credit note."""
    sid = note.source.source_id
    return -sum(put_on(payment, sid) for payment in view.payments_of(Invoice.kind, sid))


def named_uses(view: View, note: Invoice) -> list[CreditApplication]:
    """Uses of credit that name this credit note as their source."""
    sid = note.source.source_id
    found = view.uses_drawn_from(Invoice.kind, sid)
    return [use for use in found if use.credit_note == sid]


def netted(view: View, original: Invoice) -> dict[str, int]:
    """What each credit note of an invoice (by source id, oldest first) settles of it, in cents."""
    open_cents = max(0, original.total - known_paid(view, original))
    settled: dict[str, int] = {}
    for note in view.notes_of(original):
        left = -note.total - paid_out(view, note) - sum(use.amount for use in named_uses(view, note))
        settled[note.source.source_id] = cents = max(0, min(left, open_cents))
        open_cents -= cents
    return settled


def netted_on_original(view: View, note: Invoice) -> int:
    """What a credit note settles of the invoice it reverses; 0 where that is gone or reverses nothing."""
    original = view.invoice(note.reverses) if note.reverses else None
    if original is None or original.status is InvoiceStatus.REMOVED or original.total <= 0:
        return 0
    return netted(view, original).get(note.source.source_id, 0)


def covered_before(view: View, original: Invoice, note: Invoice) -> int:
    """Cents of an invoice covered before one of its credit notes settles the rest."""
    before = known_paid(view, original)
    for sid, cents in netted(view, original).items():
        if sid == note.source.source_id:
            break
        before += cents
    return before
