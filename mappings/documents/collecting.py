"""What is still owing on an invoice, and the page on which it can be paid while somebody asks for it.

A page is desired while the ask stands, its time is not over and something is owing by what the practice
system and the payment system tell; what is paid elsewhere meanwhile takes it back.
"""

from __future__ import annotations

from hub import paying
from hub.canonical import Invoice, InvoiceStatus
from hub.documents import DocKind, PaymentRequest
from hub.rendering import Asked, Rendered, RenderedDocument
from mappings.documents.coverage import known_paid, netted
from mappings.documents.taken import Taken, taken_for
from mappings.documents.view import View, basis


def owing(view: View, invoice: Invoice, taken: list[Taken]) -> int:
    """Cents still to be asked for: never what money that the practice system does not show yet has paid."""
    if invoice.status is InvoiceStatus.REMOVED or invoice.total <= 0:
        return 0
    if not invoice.money_shown and invoice.status is not InvoiceStatus.OPEN:
        return 0  # closed by money or credit that only a report will tell
    covered = known_paid(view, invoice) + sum(netted(view, invoice).values())
    untold = sum(one.cents for one in taken if one.told is None and one.cents > 0)
    return max(0, invoice.total - covered - untold)


def render_request(view: View, source_id: str) -> Rendered:
    """The page of one invoice at one payment system (the view's target)."""
    stops = tuple(view.facts.issues(view.connection, Invoice.kind, source_id))
    asked = [one for one in view.facts.asked(view.connection, source_id) if one.target == view.target]
    if not asked:
        return Rendered(nothing="Nobody asks for it.")
    ask = asked[0]
    invoice = view.invoice(source_id)
    if ask.over:
        return Rendered(nothing="The time to pay by a page is over; ask again if it is still owing.")
    if invoice is None:
        nothing = None if stops else "The record is not there (any more)."
        return Rendered(stops=stops, nothing=nothing, again=ask.expires)
    taken = taken_for(view, source_id)
    cents = owing(view, invoice, taken)
    if not cents:
        return Rendered(stops=stops, nothing="Nothing is owing (any more).", again=ask.expires)
    return Rendered((_page(view, invoice, ask, cents, taken),), stops, again=ask.expires)


def _page(view: View, invoice: Invoice, ask: Asked, cents: int, taken: list[Taken]) -> RenderedDocument:
    sid = invoice.source.source_id
    answered = [one for one in taken if one.payment.source.connection == view.target and one.cents > 0]
    content = PaymentRequest(
        number=invoice.number,
        pms=view.connection,
        invoice=sid,
        location=invoice.location,
        patient=invoice.patient,
        amount=cents,
        currency=invoice.currency,
        expires=ask.expires,
        answered=len(answered),
    )
    return RenderedDocument(
        view.document(DocKind.PAYMENT_REQUEST, paying.subject(view.connection, sid, ask.id)),
        DocKind.PAYMENT_REQUEST,
        basis(ask=ask.id, number=invoice.number, owing=cents, answered=len(answered)),
        content,
        entity=view.facts.entity_id(view.connection, Invoice.kind, sid),
    )
