"""The renderer of per-invoice posting: one case's canonical facts to the documents that should exist.

Pure: facts and configuration in, documents and holds out. What was posted stays listed whatever the
configuration says now, so that a new configuration alone never removes anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.canonical import Entity, Invoice, InvoiceStatus, Payment
from hub.config.model import GroupConfig
from hub.errors import Reason
from hub.rendering import CaseKey, CaseKind, Facts, Rendered, RenderedDocument
from mappings.documents import cases, reasons
from mappings.documents.allocations import allocation_documents
from mappings.documents.coding import unique
from mappings.documents.collecting import render_request
from mappings.documents.contacts import render_patient, render_payer, render_supplier
from mappings.documents.coverage import known_paid
from mappings.documents.debtors import debtor_of
from mappings.documents.invoices import invoice_documents, kept_document, removed
from mappings.documents.overpayments import overpayment_documents, unnamed_refund
from mappings.documents.portions import in_force
from mappings.documents.receipts import money_back, overpaid, receipt_documents
from mappings.documents.recording import render_record
from mappings.documents.reductions import reduction_documents
from mappings.documents.schemes import short_paid
from mappings.documents.settlements import render_settlement
from mappings.documents.standing import asked_for
from mappings.documents.view import View
from mappings.documents.wallet import wallet_of


class PerInvoiceRenderer:
    """Contact, invoice, receipts and credits one for one (a bookkeeper's "per invoice" mode)."""

    def cases_of(self, entity: Entity, facts: Facts, config: GroupConfig) -> Sequence[CaseKey]:
        """The cases an entity touches."""
        return cases.cases_of(entity, facts, config)

    def asks(self, case: CaseKey, facts: Facts, config: GroupConfig) -> Sequence[str]:
        """Documents of which its rendering asks whether they stand."""
        connection, _, source_id = case.subject.partition(":")
        view = View(connection, case.target, facts, config)
        return tuple(asked_for(view, case.kind, source_id))

    def render(self, case: CaseKey, facts: Facts, config: GroupConfig) -> Rendered:
        """What should exist for one case."""
        connection, _, source_id = case.subject.partition(":")
        view = View(connection, case.target, facts, config)
        return _RULES[case.kind](view, source_id)


def _contact(view: View, source_id: str) -> Rendered:
    rule = {"payer": render_payer, "supplier": render_supplier}.get(view.connection, render_patient)
    return rule(view, source_id)


def _invoice(view: View, source_id: str) -> Rendered:
    stops = list(view.facts.issues(view.connection, Invoice.kind, source_id))
    invoice = view.invoice(source_id)
    if invoice is None:
        return Rendered(stops=tuple(stops), nothing=None if stops else "The record is not there (any more).")
    for payment in view.payments_of(Invoice.kind, source_id):
        stops += view.facts.issues(view.connection, Payment.kind, payment.source.source_id)
    if removed(invoice):
        stops += _money_of_removed(view, invoice)
        return Rendered(stops=unique(stops), nothing="Removed at the practice system.")
    place = view.place(invoice.location)
    posted = view.delivered(view.invoice_document(invoice)) is not None
    if place is not None and place.target != view.target and not posted:
        return _moved(view.invoice_case(source_id, place.target), unique(stops))
    if place is not None and invoice.issued < place.start:
        return _before_start(view, invoice, stops)
    debtor = debtor_of(view, invoice)
    if debtor.missing and not posted:
        return Rendered(stops=unique(stops), waiting="The patient's record was not read yet.")
    own = invoice_documents(view, invoice, debtor)
    receipts = receipt_documents(view, invoice, before_start=False)
    allocations: list[RenderedDocument] = []
    needs: list[CaseKey] = []
    waiting = None
    if invoice.total > 0:
        allocations, needs, waiting = allocation_documents(view, invoice, debtor)
    if (cents := overpaid(view, invoice)) > 0:
        stops.append(reasons.overpaid(cents))
    cut = reduction_documents(view, invoice, debtor)
    documents = (*own, *receipts, *money_back(view, invoice), *allocations, *cut)
    return Rendered(
        documents,
        unique(stops),
        (*_notes(view, invoice), *short_paid(view, invoice)),
        tuple(dict.fromkeys([*([debtor.case] if debtor.case and documents else []), *needs])),
        None if documents else "Nothing to post: every account and tax type nets to zero.",
        waiting,
    )


def _moved(case: CaseKey, stops: tuple[Reason, ...]) -> Rendered:
    """Never posted here, and of another ledger by the file as it is now."""
    return Rendered(stops=stops, instead=(case,), nothing="Belongs to another organisation's books.")


def _before_start(view: View, invoice: Invoice, stops: list[Reason]) -> Rendered:
    """Not posted; what was posted before it was re-dated stays, and its money goes on being posted."""
    kept = kept_document(view, invoice)
    receipts = receipt_documents(view, invoice, before_start=not kept)
    allocations: list[RenderedDocument] = []
    needs: list[CaseKey] = []
    if kept and invoice.total > 0:
        allocations, needs, _ = allocation_documents(view, invoice, debtor_of(view, invoice))
    documents = (*kept, *receipts, *(money_back(view, invoice) if kept else ()), *allocations)
    nothing = None if documents else "Issued before the location's start date."
    return Rendered(documents, unique(stops), needs=tuple(needs), nothing=nothing)


def _money_of_removed(view: View, invoice: Invoice) -> list[Reason]:
    """Payments that name a removed invoice and something else: the next report says where the money went."""
    sid = invoice.source.source_id
    cents = 0
    for payment in view.payments_of(Invoice.kind, sid):
        here = sum(a.amount for a in payment.allocations if a.invoice == sid)
        elsewhere = [a.invoice for a in payment.allocations if a.invoice != sid]
        rest = payment.amount - sum(a.amount for a in payment.allocations)
        if here > 0 and (rest or any(in_force(view.invoice(other)) for other in elsewhere)):
            cents += here
    return [reasons.removed_with_money(cents)] if cents else []


def _notes(view: View, invoice: Invoice) -> tuple[Reason, ...]:
    """Closed without an explanation (status 30 of Cliniko): never money, but a person should look."""
    if invoice.status is not InvoiceStatus.CLOSED or invoice.total == 0:
        return ()
    if invoice.total > 0:
        credited = sum(-note.total for note in view.notes_of(invoice))
        unexplained = invoice.total - known_paid(view, invoice) - credited
    else:
        day = invoice.closed_on or invoice.issued
        if not view.facts.covered(view.connection, invoice.location, day):
            return ()
        wallet = wallet_of(view, invoice.patient, invoice)
        unexplained = wallet.left(wallet.credits[view.invoice_document(invoice)])
    return (reasons.closed(unexplained),) if unexplained > 0 else ()


def _credit(view: View, source_id: str) -> Rendered:
    stops = tuple(view.facts.issues(view.connection, Payment.kind, source_id))
    payment = view.payment(source_id)
    if payment is None:
        return Rendered(stops=stops, nothing="The payment is not there (any more).")
    place = view.place(payment.location)
    documents, needs = overpayment_documents(view, payment)
    posted = any(view.delivered(d.document) for d in documents)
    if place is not None and place.target != view.target and not posted:
        return _moved(view.credit_case(payment, place.target), stops)
    found = (*documents, *unnamed_refund(view, payment))
    if not found:
        stops = ()  # all of it stands on invoices, whose own cases say what is wrong with it
    nothing = None if found else "Every cent of the payment stands on an invoice of its day."
    # A payment that stands on invoices alone is stopped there, under their numbers.
    return Rendered(found, stops if found else (), needs=tuple(dict.fromkeys(needs)), nothing=nothing)


_RULES = {
    CaseKind.CONTACT: _contact,
    CaseKind.INVOICE: _invoice,
    CaseKind.CREDIT: _credit,
    CaseKind.SETTLEMENT: render_settlement,
    CaseKind.REQUEST: render_request,
    CaseKind.RECORD: render_record,
}
