"""The invoice or credit note of one case, what holds it, and what stays of it before the start date.

A negative total is a credit note (Xero developer docs: a total below zero is refused). Configuration decides
content and holds only, never which documents are listed once they were posted.
"""

from __future__ import annotations

import re

from hub.canonical import Invoice, InvoiceStatus
from hub.config.model import LocationConfig
from hub.documents import CreditNote, DocKind, Document, Line, SalesInvoice
from hub.errors import Reason
from hub.rendering import RenderedDocument
from mappings.documents import reasons
from mappings.documents.basics import due_on, invoice_basis, number_of
from mappings.documents.coding import given_back, posted_lines, supplier_reason, unique, write_off_entry
from mappings.documents.coverage import known_paid, netted, netted_on_original
from mappings.documents.debtors import Debtor, posted_contact
from mappings.documents.view import View
from mappings.documents.writeoffs import writeoff_reason
from mappings.documents.zero import zero_allocation_document, zero_documents, zero_note_document
from mappings.tables import Scope


def invoice_documents(view: View, invoice: Invoice, debtor: Debtor) -> list[RenderedDocument]:
    """The documents of a living invoice of after the start date; none when there is nothing to post."""
    place = view.place(invoice.location)
    lines: tuple[Line, ...] = ()
    missing: tuple[Reason, ...]
    if place is None:
        missing = (reasons.location(invoice.location, abs(invoice.total)),)
    else:
        lines, missing = posted_lines(view.config, place, invoice)
    if invoice.total == 0:
        return zero_documents(view, invoice, debtor, lines, missing, _holds(view, invoice, debtor, place))
    holds = unique((*missing, *_holds(view, invoice, debtor, place)))
    content: Document | None = None
    if not holds and debtor.contact is not None:
        content = _content(view, invoice, debtor, lines)
    return [_rendered(view, invoice, view.invoice_document(invoice), content, holds)]


def kept_document(view: View, invoice: Invoice) -> list[RenderedDocument]:
    """What was posted, as it stands: for an invoice re-dated to before the start date."""
    found = []
    sid = invoice.source.source_id
    own = [view.document(kind, view.subject(sid)) for kind in (DocKind.INVOICE, DocKind.CREDIT_NOTE)]
    for document in (*own, zero_note_document(view, invoice), zero_allocation_document(view, invoice)):
        if (content := view.delivered(document)) is not None:
            found.append(_rendered(view, invoice, document, content, ()))
    return found


def _holds(view: View, invoice: Invoice, debtor: Debtor, place: LocationConfig | None) -> list[Reason]:
    cents = abs(invoice.total)
    found = list(debtor.reasons)
    if place is not None:
        if place.target != view.target:
            found.append(reasons.moved_organisation(cents))
        if (supplier := supplier_reason(view.config, place, invoice)) is not None:
            found.append(supplier)
        found += _writeoffs(view, invoice, place)
    if invoice.currency != view.config.currency:
        found.append(reasons.currency(invoice.currency, cents))
    if view.config.policy.status != "AUTHORISED":
        found.append(reasons.draft(cents))
    found += _changes(view, invoice, debtor)
    return found


def _writeoffs(view: View, invoice: Invoice, place: LocationConfig) -> list[Reason]:
    if invoice.total < 0:
        reason = writeoff_reason(view, place, invoice)
        return [reason] if reason is not None else []
    scope = Scope(place.key, invoice.issued, invoice.practitioner)
    written = any(
        line.gross < 0 and write_off_entry(view.config, line, scope) is not None for line in invoice.lines
    )
    return [reasons.writeoff_line(abs(invoice.total))] if written else []


def _changes(view: View, invoice: Invoice, debtor: Debtor) -> list[Reason]:
    """Changes of a posted document that are not followed yet: its kind, its number, its debtor once paid."""
    cents = abs(invoice.total)
    subject = view.subject(invoice.source.source_id)
    other = DocKind.INVOICE if invoice.total < 0 else DocKind.CREDIT_NOTE
    found: list[Reason] = []
    if view.delivered(view.document(other, subject)) is not None:
        found.append(reasons.kind_change(cents))
    posted = view.delivered(view.invoice_document(invoice))
    if isinstance(posted, SalesInvoice | CreditNote):
        ours = re.escape(number_of(view, invoice))
        if re.fullmatch(ours + r"(-\d+)?", posted.number) is None:
            found.append(reasons.number_change(cents))
    contact = posted_contact(view, invoice)
    changed = contact is not None and debtor.contact is not None and contact != debtor.contact
    if changed and _has_money(view, invoice):
        found.append(reasons.debtor_change(cents))
    return found


def _has_money(view: View, invoice: Invoice) -> bool:
    """Whether any money or credit is known on an invoice; for a credit note whether any of it is used."""
    if invoice.total < 0:
        return bool(known_paid(view, invoice) or netted_on_original(view, invoice))
    return bool(known_paid(view, invoice)) or any(netted(view, invoice).values())


def _content(view: View, invoice: Invoice, debtor: Debtor, lines: tuple[Line, ...]) -> Document:
    contact, number = debtor.contact or "", number_of(view, invoice)
    reference = _reference(view, invoice, debtor)
    if invoice.total < 0:
        return CreditNote(number, contact, invoice.issued, invoice.currency, given_back(lines), reference)
    due = due_on(view, invoice)
    return SalesInvoice(number, contact, invoice.issued, due, invoice.currency, lines, reference)


def _reference(view: View, invoice: Invoice, debtor: Debtor) -> str:
    """For a payer: which patient it is about, by reference; a patient's own document needs none."""
    if debtor.patient is not None or invoice.patient is None:
        return ""
    return f"{view.prefix}{invoice.patient}"


def _rendered(
    view: View, invoice: Invoice, document: str, content: Document | None, holds: tuple[Reason, ...]
) -> RenderedDocument:
    kind = content.kind if content is not None else _kind(invoice)
    return RenderedDocument(document, kind, invoice_basis(invoice), content, holds, view.entity_of(invoice))


def _kind(invoice: Invoice) -> DocKind:
    return DocKind.CREDIT_NOTE if invoice.total < 0 else DocKind.INVOICE


def removed(invoice: Invoice) -> bool:
    return invoice.status is InvoiceStatus.REMOVED
