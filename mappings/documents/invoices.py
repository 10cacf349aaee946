"""The invoice or credit note of one case, or the pair an invoice of zero needs.

Zero in total is nothing only if every account and tax type nets to zero; else the positive part is invoiced
and the negative part credited against it (a bookkeeper's part 11). A negative total is a credit note (Xero
developer docs: a total below zero is refused). Numbers are `{prefix}{number}`, the credit half `-Z`.
Configuration decides content and holds only, never which documents are listed once they were posted.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from hub.canonical import Invoice, InvoiceStatus
from hub.config.model import LocationConfig
from hub.documents import Allocation, CreditNote, DocKind, Document, Line, SalesInvoice
from hub.errors import Reason
from hub.rendering import RenderedDocument
from mappings.documents import reasons
from mappings.documents.coding import (
    given_back,
    posted_lines,
    split_by_key,
    supplier_reason,
    unique,
    write_off_entry,
)
from mappings.documents.coverage import known_paid, netted, netted_on_original
from mappings.documents.debtors import Debtor, identity_of, posted_contact
from mappings.documents.view import View, basis
from mappings.documents.writeoffs import writeoff_reason
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
        return _zero(view, invoice, debtor, place, lines, missing)
    holds = unique((*missing, *_holds(view, invoice, debtor, place)))
    content: Document | None = None
    if not holds and debtor.contact is not None:
        content = _content(view, invoice, debtor, lines)
    return [_rendered(view, invoice, view.invoice_document(invoice), content, holds)]


def number_of(view: View, invoice: Invoice) -> str:
    return f"{view.prefix}{invoice.number}"


def kept_document(view: View, invoice: Invoice) -> list[RenderedDocument]:
    """What was posted, as it stands: for an invoice re-dated to before the start date."""
    found = []
    sid = invoice.source.source_id
    own = [view.document(kind, view.subject(sid)) for kind in (DocKind.INVOICE, DocKind.CREDIT_NOTE)]
    for document in (*own, zero_note_document(view, invoice), zero_allocation_document(view, invoice)):
        if (content := view.delivered(document)) is not None:
            found.append(_rendered(view, invoice, document, content, ()))
    return found


def invoice_basis(invoice: Invoice) -> str:
    """What an invoice is made of: no name, no wording, no configuration."""
    lines = [
        [line.code, line.gross, line.tax_cents, str(line.tax.name) if line.tax else None,
         str(line.tax.rate.normalize()) if line.tax else None]
        for line in invoice.lines
    ]  # fmt: skip
    return basis(
        number=invoice.number,
        issued=invoice.issued.isoformat(),
        currency=invoice.currency,
        location=invoice.location,
        practitioner=invoice.practitioner,
        rounding=invoice.rounding,
        debtor=identity_of(invoice),
        lines=lines,
    )


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
    due = _due(view, invoice)
    return SalesInvoice(number, contact, invoice.issued, due, invoice.currency, lines, reference)


def _reference(view: View, invoice: Invoice, debtor: Debtor) -> str:
    """For a payer: which patient it is about, by reference; a patient's own document needs none."""
    if debtor.patient is not None or invoice.patient is None:
        return ""
    return f"{view.prefix}{invoice.patient}"


def _due(view: View, invoice: Invoice) -> date:
    return invoice.issued + timedelta(days=view.config.policy.due_days)


def _rendered(
    view: View, invoice: Invoice, document: str, content: Document | None, holds: tuple[Reason, ...]
) -> RenderedDocument:
    kind = content.kind if content is not None else _kind(invoice)
    return RenderedDocument(document, kind, invoice_basis(invoice), content, holds, view.entity_of(invoice))


def _kind(invoice: Invoice) -> DocKind:
    return DocKind.CREDIT_NOTE if invoice.total < 0 else DocKind.INVOICE


# --- an invoice of zero --------------------------------------------------------------------------------


def zero_note_document(view: View, invoice: Invoice) -> str:
    return view.document(DocKind.CREDIT_NOTE, view.subject(invoice.source.source_id, "Z"))


def zero_allocation_document(view: View, invoice: Invoice) -> str:
    return view.document(DocKind.ALLOCATION, view.subject(invoice.source.source_id, "Z"))


def _zero(
    view: View,
    invoice: Invoice,
    debtor: Debtor,
    place: LocationConfig | None,
    lines: tuple[Line, ...],
    missing: tuple[Reason, ...],
) -> list[RenderedDocument]:
    """Invoice, credit note and allocation; nothing if all nets to zero and nothing was ever posted."""
    invoice_id, note_id = view.invoice_document(invoice), zero_note_document(view, invoice)
    posted = view.delivered(note_id) is not None
    nets = [line for line in split_by_key(lines) if line.gross]
    size = sum(line.gross for line in nets if line.gross > 0)
    if not moves_money(invoice) and not posted:
        return []
    holds = list(missing)
    if not missing and not nets:
        if not posted:
            return []
        holds.append(reasons.zero_change(0))
    holds += _holds(view, invoice, debtor, place)
    made, entity = invoice_basis(invoice), view.entity_of(invoice)
    allocation_id = zero_allocation_document(view, invoice)
    contents: dict[str, Document] = {}
    if not holds:
        contact, number = debtor.contact or "", number_of(view, invoice)
        plus = tuple(line for line in nets if line.gross > 0)
        minus = given_back([line for line in nets if line.gross < 0])
        day, money = invoice.issued, invoice.currency
        contents = {
            invoice_id: SalesInvoice(number, contact, day, _due(view, invoice), money, plus),
            note_id: CreditNote(f"{number}-Z", contact, day, money, minus),
            allocation_id: Allocation(note_id, invoice_id, day, size),
        }
    kinds = (
        (invoice_id, DocKind.INVOICE),
        (note_id, DocKind.CREDIT_NOTE),
        (allocation_id, DocKind.ALLOCATION),
    )
    return [RenderedDocument(id, kind, made, contents.get(id), unique(holds), entity) for id, kind in kinds]


def moves_money(invoice: Invoice) -> bool:
    """False for an invoice whose every line is zero: there is nothing to post, whatever the mapping."""
    return bool(invoice.total) or any(line.gross or line.tax_cents for line in invoice.lines)


def removed(invoice: Invoice) -> bool:
    return invoice.status is InvoiceStatus.REMOVED
