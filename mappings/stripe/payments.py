"""Charges and refunds as payments, disputes as notes.

A charge carries the keys of the payment request that it answers, since Stripe copies an intent's metadata
to its charge once; a refund or dispute carries none, so its charge is asked (Stripe docs: metadata). The
money is booked gross; fees are parts of the payout.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub import paying
from hub.canonical import Evidence, Payment, PaymentAllocation, PaymentSource, Provenance
from hub.contracts import Bundle, Normalised
from hub.errors import BundleIncomplete, Reason, Who
from mappings.stripe import wire
from mappings.stripe.wire import Charge, Dispute, Refund, dollars

METHODS = {"card": "Stripe"}
OVER = {"won", "warning_closed", "prevented"}


def charge(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """Money received: one payment, on the invoice its keys name."""
    found = wire.parse(Charge, bundle.root)
    returned = found.failure_balance_transaction is not None
    if found.status == "pending":
        return Normalised(ignored="not confirmed yet: no money moved")
    if found.status != "succeeded" and not returned:
        return Normalised()  # no money moved
    if not found.captured:
        return Normalised(ignored="authorised only: no money moved")
    notes = []
    if returned:
        text = f"A payment of {dollars(found.amount_captured)} came back after it was confirmed: it is owed."
        notes.append(_note("payment-returned", text, found.amount_captured))
    keys = paying.read(found.metadata)
    if keys is None:
        text = (
            f"A Stripe charge of {dollars(found.amount_captured)} names no invoice: it was not asked for by "
            "the hub. Record it at the practice, or match it by hand."
        )
        notes.append(_note("charge-unmatched", text, found.amount_captured))
    entity = _payment(found, keys, source, found.created, found.amount_captured, settings)
    return Normalised((entity,), notes=tuple(notes))


def refund(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """Money given back: one negative payment, with the keys of its charge."""
    found = wire.parse(Refund, bundle.root)
    if found.status == "failed" and found.failure_balance_transaction is not None:
        text = f"A refund of {dollars(found.amount)} came back to Stripe: the patient is still owed it."
        note = _note("refund-failed", text, found.amount, Who.CLINIC)
        return Normalised(notes=(note,))
    if found.status != "succeeded":
        return Normalised()  # not done (any more): no money moved
    members = bundle.members.get("charges", ())
    if not members:
        raise BundleIncomplete("The charge of a refund was not read.")
    charged = wire.parse(Charge, members[0])
    keys = paying.read(charged.metadata)
    entity = _payment(charged, keys, source, found.created, -found.amount, settings)
    return Normalised((entity,))


def dispute(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """A dispute is recognised and never decided: its money waits for a person until it is won."""
    found = wire.parse(Dispute, bundle.root)
    amount = dollars(found.amount)
    if found.status in OVER:
        return Normalised(ignored=f"over: {found.status}")
    if found.status.startswith("warning"):
        text = f"A bank asks about a payment of {amount}; no money has moved. Answer in Stripe."
        return Normalised(ignored="an inquiry", notes=(_note("inquiry", text, found.amount, Who.CLINIC),))
    if found.status == "lost":
        text = (
            f"A disputed payment of {amount} is lost: decide whether it is owed again or bad debt. Post it."
        )
        return Normalised(ignored="lost", notes=(_note("dispute-lost", text, found.amount),))
    text = f"A payment of {amount} is disputed: Stripe took it back, and a fee. Answer in Stripe by its date."
    return Normalised(ignored="open", notes=(_note("dispute", text, found.amount, Who.CLINIC),))


def session(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """A session only asks for money; what was paid is told by its charge."""
    return Normalised(ignored="told by its charge")


def _payment(
    charged: Charge,
    keys: paying.Keys | None,
    source: Provenance,
    at: int,
    cents: int,
    settings: Mapping[str, Any],
) -> Payment:
    names = {**METHODS, **(settings.get("methods") or {})}
    method = names.get(charged.method, f"Stripe {charged.method}")
    return Payment(
        source=source,
        number=source.source_id,
        paid_on=wire.day(at, settings),
        location=keys.location if keys else "",
        patient=keys.patient if keys else None,
        currency=wire.currency(charged.currency, settings),
        sources=(PaymentSource(method, cents),),
        allocations=(PaymentAllocation(0, keys.invoice, cents),) if keys else (),
        evidence=Evidence.RECORDED,
        pms=keys.pms if keys else "",
    )


def _note(name: str, sentence: str, cents: int, who: Who = Who.BOOKKEEPER) -> Reason:
    return Reason(f"stripe:{name}", sentence, who, cents)
