"""An invoice with its items, in whole cents, checked against its own header.

A line's `total_including_tax` is what the patient owes for it; everything else about prices depends on the
calculation method and is not used. The vendor's own Xero link bridges differences of at most five cents by
a rounding line (vendor's help pages); more means that header and items are not of the same moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hub.canonical import Invoice, InvoiceLine, InvoiceStatus, Provenance, Tax
from hub.contracts import Bundle, Normalised
from hub.errors import BundleIncomplete
from hub.money import parse_minor, round_minor
from mappings.cliniko import wire
from mappings.cliniko.catalogue import item_ref
from mappings.cliniko.people import zone_of
from mappings.wire import plain

STATUS = {
    10: InvoiceStatus.OPEN,
    20: InvoiceStatus.PAID,
    30: InvoiceStatus.CLOSED,
    40: InvoiceStatus.OPEN_CREDIT,
}


def invoice(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """An invoice or, with a negative total, a credit note. Raises Malformed or BundleIncomplete."""
    record = wire.read(wire.Invoice, bundle.root_stream, bundle.root)
    currency = str(settings.get("currency") or "AUD")
    wrong = [name for name in ("status", "business") if not _readable(record, name)]
    if wrong:
        raise wire.malformed(bundle.root_stream, bundle.root, wrong)
    total = _cents(bundle, record, "total_amount", currency)
    lines = tuple(_line(one, currency) for one in _items(bundle, removed=record.removed))
    rounding = total - sum(line.gross for line in lines)
    if not record.removed:
        _check(record, total, rounding, currency, int(settings.get("lines_off_by", 5)))
    return Normalised(
        (
            Invoice(
                source,
                number=str(record.number),
                issued=record.issue_date,
                status=InvoiceStatus.REMOVED if record.removed else STATUS[record.status or 0],
                total=total,
                currency=currency,
                lines=lines,
                location=record.business or "",
                patient=record.patient,
                practitioner=record.practitioner,
                bill_to=record.invoice_to.replace("\r\n", "\n") if record.invoice_to else None,
                reverses=record.original_invoice,
                closed_on=_closed_on(record, bundle, settings),
                rounding=rounding,
                visit=record.attendee,
                remarks=record.patient_extra_information,
            ),
        )
    )


def number_of(record: Mapping[str, Any]) -> str | None:
    """The invoice number people use, where it can be read at all."""
    number = record.get("number")
    shown = str(number).strip() if isinstance(number, (int, str)) and not isinstance(number, bool) else ""
    return shown if shown.isdigit() else None


def amount_of(record: Mapping[str, Any]) -> int:
    """The cents an invoice says it is about, 0 where that cannot be read."""
    total = record.get("total_amount")
    try:
        return parse_minor(total) if isinstance(total, (str, int)) and not isinstance(total, bool) else 0
    except ValueError:
        return 0


def _readable(record: wire.Invoice, name: str) -> bool:
    """An archived invoice keeps whatever status it showed; a living one needs one we know."""
    if name == "status":
        return record.removed or record.status in STATUS
    return record.business is not None


def _items(bundle: Bundle, *, removed: bool) -> list[wire.Item]:
    """The living items in the order made (ids grow); an archived invoice keeps its archived ones."""
    records = [wire.read(wire.Item, "invoice_items", one) for one in bundle.members.get("invoice_items", ())]
    living = [one for one in records if not one.removed]
    chosen = living or (records if removed else [])
    return sorted(chosen, key=lambda one: (len(one.id), one.id))


def _line(item: wire.Item, currency: str) -> InvoiceLine:
    gross = _minor(item, "invoice_items", "total_including_tax", currency)
    tax = None
    if item.tax_name or item.tax_rate:
        tax = Tax(item.tax_name or "", plain(item.tax_rate or Decimal(0)))
    return InvoiceLine(
        source_id=item.id,
        code=item.code or item.name or "",
        description=item.name or item.code or "",
        quantity=plain(item.quantity if item.quantity is not None else Decimal(1)),
        gross=gross,
        tax_cents=contained_tax(gross, tax.rate) if tax else 0,
        tax=tax,
        item=item_ref(item),
        price=None if item.unit_price is None else _minor(item, "invoice_items", "unit_price", currency),
    )


def contained_tax(gross: int, rate: Decimal) -> int:
    """The tax inside a gross amount in cents at `rate` percent: gross less the rounded net."""
    return gross - round_minor(Decimal(gross) / (1 + rate / 100))


def _check(record: wire.Invoice, total: int, rounding: int, currency: str, most: int) -> None:
    if abs(rounding) > most:
        raise BundleIncomplete(
            f"Cliniko invoice {record.number}: its lines miss its total by {abs(rounding)} cents; open it in "
            "Cliniko and save it again."
        )
    if record.net_amount is not None and record.tax_amount is not None:
        parts = parse_minor(record.net_amount, currency) + parse_minor(record.tax_amount, currency)
        if abs(parts - total) > most:
            off = abs(parts - total)
            raise BundleIncomplete(
                f"Cliniko invoice {record.number}: net and tax miss its total by {off} cents."
            )


def _closed_on(record: wire.Invoice, bundle: Bundle, settings: Mapping[str, Any]) -> Any:
    """The business date of the closing moment; unknown until the business was seen."""
    places = bundle.members.get("businesses", ())
    if record.closed_at is None or not places:
        return None
    zone = zone_of(wire.read(wire.Business, "businesses", places[0]), settings)
    return record.closed_at.astimezone(ZoneInfo(zone)).date() if zone else None


def _minor(record: wire.Item, stream: str, field: str, currency: str) -> int:
    try:
        return parse_minor(getattr(record, field), currency)
    except ValueError:
        raise wire.malformed(stream, {"id": record.id}, [field]) from None


def _cents(bundle: Bundle, record: wire.Invoice, field: str, currency: str) -> int:
    try:
        return parse_minor(getattr(record, field), currency)
    except ValueError:
        raise wire.malformed(bundle.root_stream, bundle.root, [field]) from None
