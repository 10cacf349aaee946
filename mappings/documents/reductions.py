"""What a funding scheme will never pay of a claimed line, and nobody may be billed for.

Credited to the invoice on the day the rest of it was paid, on the scheme's write-off account under the line's
own tax, so that the invoice closes exactly (a bookkeeper's parts 9 and 11). Which line it is the scheme says;
its number is the invoice's with that of the remittance.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from hub.canonical import Claim, Invoice, InvoiceLine
from hub.config.model import LocationConfig
from hub.documents import Allocation, CreditNote, DocKind, Line
from hub.errors import Reason
from hub.money import split
from hub.rendering import RenderedDocument
from mappings.documents import reasons, reasons_schemes
from mappings.documents.basics import number_of
from mappings.documents.coding import scope_of, tax_type_of, tracking_of, unique
from mappings.documents.debtors import Debtor
from mappings.documents.schemes import claims_on
from mappings.documents.view import View, basis
from mappings.tables import tax_key


def reduction_documents(view: View, invoice: Invoice, debtor: Debtor) -> list[RenderedDocument]:
    """A credit note and its allocation per remittance that completed cut lines of the invoice."""
    cuts: dict[tuple[date, str], list[Claim]] = defaultdict(list)
    for claim in claims_on(view, invoice):
        last = claim.completed_by
        if claim.cut and last is not None:
            cuts[last.on, last.settlement].append(claim)
    found: list[RenderedDocument] = []
    for (day, settlement), claims in sorted(cuts.items()):
        found += _pair(view, invoice, debtor, max(day, invoice.issued), settlement, claims)
    return found


def _pair(
    view: View, invoice: Invoice, debtor: Debtor, day: date, settlement: str, claims: list[Claim]
) -> list[RenderedDocument]:
    subject = view.subject(invoice.source.source_id, "reduced", settlement)
    note = view.document(DocKind.CREDIT_NOTE, subject)
    put = view.document(DocKind.ALLOCATION, subject)
    cents = sum(claim.cut for claim in claims)
    made = basis(
        invoice=invoice.source.source_id,
        settlement=settlement,
        on=day.isoformat(),
        cuts=[[claim.reference, claim.item.invoice_line, claim.cut] for claim in claims],
    )
    lines, holds = _lines(view, invoice, claims)
    content = allocation = None
    if not holds and debtor.contact is not None:
        number = f"{number_of(view, invoice)}-{settlement}"
        content = CreditNote(
            number, debtor.contact, day, invoice.currency, lines, "Price limit of the scheme"
        )
        allocation = Allocation(note, view.invoice_document(invoice), day, cents)
    first = claims[0]
    entity = view.facts.entity_id(first.source.connection, Claim.kind, first.reference)
    return [
        RenderedDocument(note, DocKind.CREDIT_NOTE, made, content, holds, entity),
        RenderedDocument(put, DocKind.ALLOCATION, made, allocation, holds, entity),
    ]


def _lines(view: View, invoice: Invoice, claims: list[Claim]) -> tuple[tuple[Line, ...], tuple[Reason, ...]]:
    found: list[Line] = []
    missing: list[Reason] = []
    place = view.place(invoice.location)
    by_id = {line.source_id: line for line in invoice.lines}
    for claim in claims:
        line = by_id.get(claim.item.invoice_line)
        if line is None or place is None:
            missing.append(reasons_schemes.cut_line_gone(claim.cut))
            continue
        account = next((s.write_off for s in view.config.schemes if s.id == claim.source.connection), None)
        tax_type = tax_type_of(view.config, line, scope_of(place, invoice))
        if account is None:
            missing.append(reasons_schemes.scheme_gone(claim.source.connection, claim.cut))
        if tax_type is None:
            missing.append(reasons.tax(tax_key(line.tax), claim.cut))
        if account is not None and tax_type is not None:
            found.append(_line(view, place, line, claim.cut, account, tax_type))
    return tuple(found), unique(missing)


def _line(
    view: View, place: LocationConfig, line: InvoiceLine, cut: int, account: str, tax_type: str
) -> Line:
    """The cut share of a line with the line's tax in proportion."""
    gst = split(cut, [line.tax_cents, line.gross - line.tax_cents])[0] if line.tax_cents else 0
    return Line("Scheme reduction", account, tax_type, cut, gst, tracking_of(view.config, place))
