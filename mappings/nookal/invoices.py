"""An invoice with its lines, checked against its own totals, and the credit notes its corrections become.

`total` of a line is net plus tax; void lines count for nothing. The balance must be what lines, payments,
credits and corrections make of it: real accounts show balances that are not (clinics' data), and what does
not add up is never posted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hub.canonical import Invoice, InvoiceLine, InvoiceStatus, Provenance, Tax
from hub.contracts import Bundle, Normalised
from hub.errors import BundleIncomplete
from hub.money import parse_minor
from mappings.nookal import wire
from mappings.nookal.corrections import notes
from mappings.nookal.people import item_ref
from mappings.nookal.standing import Standing, cents, standing
from mappings.wire import plain


def invoice(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """An invoice and the credit notes of its corrections. Raises Malformed or BundleIncomplete."""
    record = wire.read(wire.Invoice, bundle.root_stream, bundle.root)
    if record.number is None:
        return Normalised(ignored="a draft: it has no number yet")
    if record.location is None:
        raise wire.malformed(bundle.root_stream, bundle.root, ["locationID"])
    currency = str(settings.get("currency") or "AUD")
    entries = [wire.read(wire.Entry, "entries", one) for one in bundle.members.get("entries", ())]
    living = sorted((e for e in entries if not e.void), key=lambda e: (len(e.id), e.id))
    lines = tuple(_line(record, one, currency, settings) for one in living)
    total = cents(record.total, currency)
    made = Invoice(
        source,
        number=record.number,
        issued=record.issued,
        status=InvoiceStatus.REMOVED,
        total=total,
        currency=currency,
        lines=lines,
        location=record.location,
        patient=record.patient,
        practitioner=_practitioner(record, living, settings),
        bill_to=_bill_to(record),
        rounding=total - sum(line.gross for line in lines),
        visit=record.visit,
    )
    if record.void:
        return Normalised((made,))
    there = standing(bundle, currency)
    _check(record, made, there, currency)
    status = InvoiceStatus.OPEN if cents(record.balance, currency) > 0 else InvoiceStatus.PAID
    status = InvoiceStatus.OPEN_CREDIT if total < 0 else status
    whole = replace(made, status=status, money_shown=True)
    return Normalised((whole, *notes(whole, there)))


def number_of(record: Mapping[str, Any]) -> str | None:
    """The invoice number people use, where there is one."""
    number = record.get("invoiceNumber")
    return str(number).strip() or None if isinstance(number, (str, int)) else None


def amount_of(record: Mapping[str, Any], field: str) -> int:
    """The cents a record says it is about, 0 where that cannot be read."""
    value = record.get(field)
    try:
        return parse_minor(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else 0
    except ValueError:
        return 0


def _line(record: wire.Invoice, entry: wire.Entry, currency: str, settings: Mapping[str, Any]) -> InvoiceLine:
    net, tax, gross = (cents(v, currency) for v in (entry.subtotal, entry.tax, entry.total))
    if net + tax != gross:
        raise _off(record, f"the parts of line {entry.id} miss its total by {abs(net + tax - gross)} cents")
    return InvoiceLine(
        source_id=entry.id,
        code=entry.code or entry.kind or "",
        description=entry.name or entry.code or entry.kind or "",
        quantity=plain(entry.quantity if entry.quantity is not None else Decimal(1)),
        gross=gross,
        tax_cents=tax,
        tax=_tax(record, entry.id, net, tax, settings),
        item=item_ref(entry, record.location or ""),
    )


def _tax(record: wire.Invoice, line: str, net: int, tax: int, settings: Mapping[str, Any]) -> Tax | None:
    """The tax of a line. The API shows an amount and no rate: the rate is a setting the amount must fit."""
    if not tax:
        return None
    rate = Decimal(str(settings.get("tax_rate", 10)))
    if abs(Decimal(tax) - net * rate / 100) > 1:
        raise _off(record, f"the tax of line {line} is not {rate} %")
    return Tax(str(settings.get("tax_name", "GST")), plain(rate))


def _practitioner(record: wire.Invoice, entries: list[wire.Entry], settings: Mapping[str, Any]) -> str | None:
    """Whose work an invoice is. Lines of others are a hold unless the clinic says that they do not matter."""
    named = {entry.practitioner for entry in entries if entry.practitioner}
    own = record.practitioner or (next(iter(named)) if len(named) == 1 else None)
    if named - {own} and not record.void and settings.get("several_practitioners") != "first":
        raise _off(record, "its lines name several practitioners, so whose income it is cannot be told")
    return own


def _bill_to(record: wire.Invoice) -> str | None:
    """Who owes, if it is not the patient. Payers' names repeat, so the payer's id stands in a line below."""
    if not record.third_party_invoice:
        return None
    payer = record.third_party or wire.ThirdParty()
    key = record.recipient or payer.id
    return "\n".join(part for part in (payer.name, f"Nookal payer {key or 'unknown'}") if part)


def _check(record: wire.Invoice, made: Invoice, there: Standing, currency: str) -> None:
    if made.rounding:
        raise _off(record, f"its lines miss its total by {abs(made.rounding)} cents")
    paid, balance = cents(record.paid, currency), cents(record.balance, currency)
    if paid not in (there.payments, there.payments + there.credits):
        raise _off(record, f"its payments miss its own sum of them by {abs(paid - there.payments)} cents")
    off = balance - (made.total - there.covered - there.corrected)
    if off:
        raise _off(record, f"its balance is {abs(off)} cents from what its lines and payments make")


def _off(record: wire.Invoice, what: str) -> BundleIncomplete:
    return BundleIncomplete(f"Nookal invoice {record.number}: {what}; open it in Nookal.")
