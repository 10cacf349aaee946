"""Credit put on one invoice: overpayments, credit notes, and the credit note that reverses it.

One document per (credit, invoice), dated on the later of the two documents, since that is the date on which
the books recognise it whatever date is sent (a bookkeeper's part 7). The credit note of a reversal settles
what its invoice still owes, but only once a payment report covers its day: before that, nobody knows what the
invoice still owes (the product's decision 0006). Where the practice system shows all money, it is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.canonical import Invoice, Payment
from hub.documents import Allocation, DocKind
from hub.errors import Reason
from hub.rendering import CaseKey, RenderedDocument
from mappings.documents import reasons
from mappings.documents.coverage import netted
from mappings.documents.debtors import Debtor, debtor_of
from mappings.documents.overpayments import holder_of, starts_before
from mappings.documents.portions import overpayment_document, parts_of
from mappings.documents.view import View, basis
from mappings.documents.wallet import Credit, note_credit, wallet_of


@dataclass(slots=True)
class Landing:
    """What lands on one invoice: per credit its cents; what is not known; what is waited for."""

    credits: dict[str, tuple[Credit, int]] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    waiting: str | None = None

    def add(self, credit: Credit, cents: int) -> None:
        before = self.credits.get(credit.document, (credit, 0))[1]
        self.credits[credit.document] = (credit, before + cents)


def allocation_documents(
    view: View, invoice: Invoice, debtor: Debtor
) -> tuple[list[RenderedDocument], list[CaseKey], str | None]:
    """The allocations that land on an invoice, the cases of their credits, and what is waited for."""
    landing = _landing(view, invoice)
    found, needs = list[RenderedDocument](), list[CaseKey]()
    for credit, cents in sorted(landing.credits.values(), key=lambda pair: pair[0].order):
        found.append(_allocation(view, invoice, debtor, credit, cents))
        needs.append(_case_of(view, credit))
    for use, cents in sorted(landing.unknown.items()):
        document = view.document(DocKind.ALLOCATION, view.subject("unknown", use))
        made = basis(use=use, invoice=invoice.source.source_id, amount=cents)
        held = (reasons.credit_unknown(cents),)
        found.append(RenderedDocument(document, DocKind.ALLOCATION, made, None, held))
    return found, needs, landing.waiting


def _landing(view: View, invoice: Invoice) -> Landing:
    landing, sid = Landing(), invoice.source.source_id
    credit_use = False
    for payment in view.payments_of(Invoice.kind, sid):
        parts = parts_of(view, payment)
        credit_use = credit_use or any(p.invoice == sid for p in parts.uses)
        for part in parts.allocations:
            if part.invoice == sid:
                landing.add(
                    _overpayment(view, payment, part.source, parts.overpayments[part.source]), part.amount
                )
    if credit_use or view.uses_of(invoice):
        wallet = wallet_of(view, invoice.patient, invoice)
        for use in wallet.uses:
            if use.invoice == sid:
                for credit, cents in wallet.draws.get(use.id, ()):
                    landing.add(credit, cents)
                if use.id in wallet.unknown:
                    landing.unknown[use.id] = wallet.unknown[use.id]
    for note_id, cents in netted(view, invoice).items():
        note = view.invoice(note_id)
        if note is None or not cents:
            continue
        credit = note_credit(view, note)
        posted = view.delivered(_document(view, invoice, credit)) is not None
        known = note.money_shown or view.facts.covered(view.connection, note.location, note.issued)
        if posted or known:
            landing.add(credit, cents)
        else:
            landing.waiting = (
                f"Credit note {view.prefix}{note.number} is set against it once a payment report covers"
                f" {note.issued.isoformat()}."
            )
    return landing


def _overpayment(view: View, payment: Payment, index: int, amount: int) -> Credit:
    document = overpayment_document(view, payment, index)
    sid = payment.source.source_id
    return Credit(document, DocKind.OVERPAYMENT, payment.paid_on, sid, index, amount, payment)


def _document(view: View, invoice: Invoice, credit: Credit) -> str:
    parts = (credit.kind.value, credit.source_id, credit.index, invoice.source.source_id)
    return view.document(DocKind.ALLOCATION, view.subject(*parts))


def _allocation(view: View, invoice: Invoice, debtor: Debtor, credit: Credit, cents: int) -> RenderedDocument:
    on = max(credit.day, invoice.issued)
    holds = _holds(view, debtor, credit, cents)
    content = None
    if not holds:
        content = Allocation(credit.document, view.invoice_document(invoice), on, cents)
    made = basis(
        credit=f"{credit.kind.value}:{credit.source_id}:{credit.index}",
        invoice=invoice.source.source_id,
        on=on.isoformat(),
        amount=cents,
    )
    document = _document(view, invoice, credit)
    return RenderedDocument(document, DocKind.ALLOCATION, made, content, holds, view.entity_of(credit.entity))


def _holds(view: View, debtor: Debtor, credit: Credit, cents: int) -> tuple[Reason, ...]:
    entity = credit.entity
    place = view.place(entity.location)
    if place is not None and place.target != view.target:
        return (reasons.moved_organisation(cents),)
    if isinstance(entity, Payment):
        contact = holder_of(view, entity, credit.index).contact
        if place is not None and starts_before(view, entity) and not view.delivered(credit.document):
            return (reasons.payment_before_start(place.start, cents),)
    else:
        contact = debtor_of(view, entity).contact
        if place is not None and entity.issued < place.start and not view.delivered(credit.document):
            return (reasons.invoice_before_start(place.start, cents),)
    if contact is not None and debtor.contact is not None and contact != debtor.contact:
        return (reasons.other_debtor(cents),)
    return ()


def _case_of(view: View, credit: Credit) -> CaseKey:
    if isinstance(credit.entity, Payment):
        return view.credit_case(credit.entity)
    return view.invoice_case(credit.source_id)
