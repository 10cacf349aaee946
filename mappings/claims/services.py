"""The lines of an invoice as services of the scheme whose payer owes it."""

from __future__ import annotations

from collections.abc import Sequence

from hub.canonical import Invoice, InvoiceLine, InvoiceStatus
from hub.claiming.billing import Service
from hub.claims import ClaimItem
from hub.config.model import GroupConfig, Payer
from hub.config.schemes import SchemeConfig
from hub.errors import Reason
from hub.rendering import Facts
from mappings.claims import reading, reasons
from mappings.documents.debtors import debtor_of, payer_of
from mappings.documents.homes import home_target
from mappings.documents.schemes import money_of_others
from mappings.documents.view import View, basis
from mappings.tables import NO_CODE


class InvoiceBilling:
    """hub.claiming.billing.Billing over the payer table and the schemes of a group's file."""

    def scheme_of(self, invoice: Invoice, facts: Facts, config: GroupConfig) -> str | None:
        """The scheme of the one payer who owes an invoice of after its location's start."""
        payer = _payer(_view(invoice, facts, config), invoice)
        return payer.scheme if payer is not None else None

    def services(self, invoice: Invoice, scheme: str, facts: Facts, config: GroupConfig) -> Sequence[Service]:
        """Its lines of money, each with its item or with what is missing."""
        view = _view(invoice, facts, config)
        if invoice.status is InvoiceStatus.REMOVED or invoice.total <= 0:
            return ()
        place = view.place(invoice.location)
        against = tuple(_against(view, invoice))
        lines = [line for line in invoice.lines if line.gross]
        entry = config.scheme(scheme)
        return [_service(view, entry, invoice, line, place.key if place else None, against) for line in lines]


def _view(invoice: Invoice, facts: Facts, config: GroupConfig) -> View:
    connection = invoice.source.connection
    target = home_target(config, connection, invoice.location) or ""
    return View(connection, target, facts, config)


def _payer(view: View, invoice: Invoice) -> Payer | None:
    if not (invoice.bill_to or "").strip():
        return None  # the patient's own
    place = view.place(invoice.location)
    if place is None or invoice.issued < place.start:
        return None
    return payer_of(view, debtor_of(view, invoice))


def _against(view: View, invoice: Invoice) -> list[Reason]:
    """What speaks against claiming any line of an invoice."""
    found = []
    if view.notes_of(invoice):
        found.append(reasons.credited(invoice.total))
    if money_of_others(view, invoice):
        found.append(reasons.paid_otherwise(invoice.total))
    return found


def _service(
    view: View,
    scheme: SchemeConfig,
    invoice: Invoice,
    line: InvoiceLine,
    place: str | None,
    against: tuple[Reason, ...],
) -> Service:
    read, missing, cents = scheme.read.get(view.connection), list(against), abs(line.gross)
    made = basis(code=line.code, gross=line.gross, quantity=str(line.quantity), price=line.price)
    day = reading.day_of(view, read, invoice, line) if read is not None else None
    known = scheme.service(line.code, day or invoice.issued)
    if line.gross < 0:
        missing.append(reasons.negative(cents))
    if known is None:
        missing.append(reasons.service(line.code or NO_CODE, cents))
    if read is None:
        missing.append(reasons.unread(view.connection, cents))
    if known is None or read is None:
        return Service(line.source_id, cents, made, place, None, tuple(missing))
    member = reading.member_of(read, invoice, line)
    minutes = reading.minutes_of(known, line) if known.minutes else None
    price = reading.price_of(known, line)
    missing += [reasons.member(cents)] if not member else []
    missing += [reasons.day(cents)] if day is None else []
    missing += [reasons.hours(cents)] if known.minutes and minutes is None else []
    missing += [reasons.price(cents)] if price is None else []
    if day is None or price is None or (known.minutes and minutes is None):
        return Service(line.source_id, cents, made, place, None, tuple(missing))
    item = ClaimItem(
        reference="",
        member=member,
        service=known.item,
        served_from=day,
        served_to=day,
        unit_price=price,
        minutes=minutes,
        quantity=None if known.minutes else line.quantity,
        tax=known.tax,
        kind=known.kind,
        cancelled=known.cancelled,
        invoice_line=line.source_id,
    )
    if item.total != line.gross:
        missing.append(reasons.price(cents))
    return Service(line.source_id, cents, made, place, item, tuple(missing))
