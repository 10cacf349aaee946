"""Which documents a rendering looks for among those that stand, so that a planner reads many at once.

Leaving one out costs a statement of its own, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.canonical import Invoice, Patient, Payment
from hub.documents import DocKind
from hub.rendering import CaseKind
from mappings.documents.portions import overpayment_document
from mappings.documents.view import View


def asked_for(view: View, case: CaseKind, sid: str) -> Iterator[str]:
    """The documents of which a rendering asks whether they stand, whatever there is: an invoice's own and
    those of what was overpaid on it; a contact's, and those of the first invoice that may need it."""
    payments: list[Payment] = []
    named: list[str] = []
    if case is CaseKind.CONTACT:
        yield view.contact_document(view.subject(sid))
        named = [invoice.source.source_id for invoice in view.invoices_of(Patient.kind, sid)[:1]]
    elif case is CaseKind.INVOICE:
        named, payments = [sid], view.payments_of(Invoice.kind, sid)
    elif case is CaseKind.CREDIT and (payment := view.payment(sid)) is not None:
        named, payments = [part.invoice for part in payment.allocations], [payment]
    for one in named:
        yield from (view.document(kind, view.subject(one)) for kind in (DocKind.INVOICE, DocKind.CREDIT_NOTE))
    for payment in payments:
        yield from (overpayment_document(view, payment, index) for index in range(len(payment.sources)))


__all__ = ["asked_for"]
