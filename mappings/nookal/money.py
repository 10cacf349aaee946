"""Payments, account credit and refunds as canonical payments, each with the method staff wrote.

A credit is money received without an invoice, or (with one) credit put on it; whether a method means money or
use of credit is the group's table of methods to say. What came from an adjustment is no money.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.canonical import (
    CreditApplication,
    Evidence,
    Payment,
    PaymentAllocation,
    PaymentSource,
    Provenance,
)
from hub.contracts import Bundle, Normalised
from mappings.nookal import wire
from mappings.nookal.standing import cents


def payment(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """A payment on an invoice; a reversed one is no longer there."""
    record = wire.read(wire.Payment, bundle.root_stream, bundle.root)
    if not record.live:
        return Normalised()
    return _payment(bundle, source, record, 1, settings)


def credit(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """Account credit received, or put on an invoice."""
    record = wire.read(wire.Credit, bundle.root_stream, bundle.root)
    own = _named(source, "credit")
    if not record.live:
        return Normalised()
    if record.from_adjustment and record.invoice is None:
        return Normalised(ignored="credit from an adjustment: no money; it is held once it is used")
    if not record.from_adjustment:
        return _payment(bundle, own, record, 1, settings)
    place = _place(bundle, record.location)
    amount = cents(record.amount, _currency(settings))
    use = CreditApplication(
        own, record.day, place, record.patient, record.invoice or "", amount, evidence=Evidence.RECORDED
    )
    return Normalised((use,))


def refund(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """Money that went back: of an invoice, whose debt revives, or of a patient's credit."""
    record = wire.read(wire.Refund, bundle.root_stream, bundle.root)
    if record.void:
        return Normalised()
    return _payment(bundle, _named(source, "refund"), record, -1, settings)


def _payment(
    bundle: Bundle,
    source: Provenance,
    record: wire.Money | wire.Correction,
    sign: int,
    settings: Mapping[str, Any],
) -> Normalised:
    amount = sign * cents(record.amount, _currency(settings))
    if not amount:
        return Normalised()
    put = (PaymentAllocation(0, record.invoice, amount),) if record.invoice else ()
    return Normalised(
        (
            Payment(
                source,
                number=source.source_id,
                paid_on=record.day,
                location=_place(bundle, record.location),
                patient=record.patient,
                currency=_currency(settings),
                sources=(PaymentSource(record.method, amount),),
                allocations=put,
                evidence=Evidence.RECORDED,
            ),
        )
    )


def _place(bundle: Bundle, location: str | None) -> str:
    """Who took the money; its invoice's location where the row names none. Raises Malformed."""
    for one in bundle.members.get("invoices", ()):
        location = location or wire.read(wire.Invoice, "invoices", one).location
    if location is None:
        raise wire.malformed(bundle.root_stream, bundle.root, ["locationID"])
    return location


def _named(source: Provenance, word: str) -> Provenance:
    """Ids are unique per kind of row only."""
    own = f"{word}:{source.source_id}"
    return Provenance(source.connection, source.stream, own, source.raw_record, source.mapping_version)


def _currency(settings: Mapping[str, Any]) -> str:
    return str(settings.get("currency") or "AUD")
