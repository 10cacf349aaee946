"""The pair of documents an invoice of zero needs.

Zero in total is nothing only if every account and tax type nets to zero; else the positive part is invoiced
and the negative part credited against it under the number `-Z`, since it moves income or tax between accounts
(a bookkeeper's part 11).
"""

from __future__ import annotations

from hub.canonical import Invoice
from hub.documents import Allocation, CreditNote, DocKind, Document, Line, SalesInvoice
from hub.errors import Reason
from hub.rendering import RenderedDocument
from mappings.documents import reasons
from mappings.documents.basics import due_on, invoice_basis, moves_money, number_of
from mappings.documents.coding import given_back, split_by_key, unique
from mappings.documents.debtors import Debtor
from mappings.documents.view import View


def zero_note_document(view: View, invoice: Invoice) -> str:
    return view.document(DocKind.CREDIT_NOTE, view.subject(invoice.source.source_id, "Z"))


def zero_allocation_document(view: View, invoice: Invoice) -> str:
    return view.document(DocKind.ALLOCATION, view.subject(invoice.source.source_id, "Z"))


def zero_documents(
    view: View,
    invoice: Invoice,
    debtor: Debtor,
    lines: tuple[Line, ...],
    missing: tuple[Reason, ...],
    others: list[Reason],
) -> list[RenderedDocument]:
    """Invoice, credit note and allocation; nothing if all nets to zero and nothing was ever posted.

    `missing` are entries nobody wrote down (then `lines` are not all), `others` further reasons to hold.
    """
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
    holds += others
    made, entity = invoice_basis(invoice), view.entity_of(invoice)
    allocation_id = zero_allocation_document(view, invoice)
    contents: dict[str, Document] = {}
    if not holds:
        contact, number = debtor.contact or "", number_of(view, invoice)
        plus = tuple(line for line in nets if line.gross > 0)
        minus = given_back([line for line in nets if line.gross < 0])
        day, money = invoice.issued, invoice.currency
        contents = {
            invoice_id: SalesInvoice(number, contact, day, due_on(view, invoice), money, plus),
            note_id: CreditNote(f"{number}-Z", contact, day, money, minus),
            allocation_id: Allocation(note_id, invoice_id, day, size),
        }
    kinds = (
        (invoice_id, DocKind.INVOICE),
        (note_id, DocKind.CREDIT_NOTE),
        (allocation_id, DocKind.ALLOCATION),
    )
    return [RenderedDocument(id, kind, made, contents.get(id), unique(holds), entity) for id, kind in kinds]
