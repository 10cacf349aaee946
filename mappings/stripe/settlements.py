"""A payout and its balance transactions as a settlement whose parts sum to it to the cent.

Rules of Stripe's payout reconciliation: only an automatic payout can be taken apart, once its
reconciliation is completed; its list holds its own row, which is no part; each row is gross, with its fee
beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.canonical import (
    PartKind,
    Payment,
    Provenance,
    Ref,
    Settlement,
    SettlementPart,
    SettlementStatus,
)
from hub.contracts import Bundle, Normalised
from hub.errors import BundleIncomplete, Malformed, Reason, Who
from mappings.stripe import wire
from mappings.stripe.wire import Payout, Row, dollars

STATUS = {
    "pending": SettlementStatus.EXPECTED,
    "in_transit": SettlementStatus.IN_TRANSIT,
    "paid": SettlementStatus.ARRIVED,
    "failed": SettlementStatus.FAILED,
    "canceled": SettlementStatus.CANCELLED,
}
# reporting_category -> what it is, and the canonical kind of its source (Stripe docs: reporting categories).
CATEGORIES: dict[str, tuple[PartKind, str | None]] = {
    "charge": (PartKind.CHARGE, Payment.kind),
    "refund": (PartKind.REFUND, Payment.kind),
    "refund_failure": (PartKind.ADJUSTMENT, Payment.kind),
    "charge_failure": (PartKind.ADJUSTMENT, Payment.kind),
    "dispute": (PartKind.DISPUTE, None),
    "dispute_reversal": (PartKind.DISPUTE, None),
    "fee": (PartKind.FEE, None),
    "tax": (PartKind.FEE, None),
    "payout": (PartKind.SETTLEMENT, Settlement.kind),
    "payout_reversal": (PartKind.SETTLEMENT, Settlement.kind),
}
HELD = (PartKind.DISPUTE, PartKind.ADJUSTMENT, PartKind.SETTLEMENT, PartKind.UNKNOWN)
TAX = "tax"


def payout(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """One payout. Raises BundleIncomplete while its rows do not sum to it."""
    found = wire.parse(Payout, bundle.root)
    status = STATUS.get(found.status)
    if status is None:
        raise Malformed("A payout of Stripe has a status that the hub does not know.", who=Who.DEVELOPER)
    if status is SettlementStatus.CANCELLED:
        return Normalised()  # the money stayed at Stripe
    told = found.automatic and found.reconciliation_status == "completed"
    if found.automatic and not told and status is not SettlementStatus.FAILED:
        return Normalised(ignored="Stripe does not tell its parts yet")
    rows = [wire.parse(Row, row) for row in bundle.members.get("balance_transactions", ())] if told else []
    parts = tuple(_parts(found, rows, settings)) if told else (_whole(found),)
    entity = Settlement(
        source=source,
        number=found.id,
        amount=found.amount,
        currency=wire.currency(found.currency, settings),
        arrives_on=wire.utc_day(found.arrival_date),
        status=status,
        parts=parts,
        account=found.destination or "",
        reference=(found.trace_id.value if found.trace_id else None) or "",
    )
    return Normalised((entity,), notes=tuple(_notes(found, entity)))


def _whole(found: Payout) -> SettlementPart:
    """The one part of a payout whose rows Stripe does not tell."""
    return SettlementPart(found.id, PartKind.UNKNOWN, found.amount, label="not told by Stripe")


def _parts(found: Payout, rows: Sequence[Row], settings: Mapping[str, Any]) -> Iterator[SettlementPart]:
    rest = [row for row in rows if row.source != found.id]
    for row in rows:
        if row.net != row.amount - row.fee or sum(d.amount for d in row.fee_details) != row.fee:
            raise Malformed("A balance transaction of Stripe does not add up.", who=Who.VENDOR)
        wire.currency(row.currency, settings)
    # A payout that failed has a second row of its own, by which the money came back.
    mine = [row for row in rows if row.source == found.id and row.reporting_category == "payout"]
    own = sum(row.net + row.fee for row in mine)
    if sum(row.net for row in rest) != found.amount or (rows and own != -found.amount):
        raise BundleIncomplete(
            f"The balance transactions of a payout of {dollars(found.amount)} do not sum to it.",
            who=Who.BOOKKEEPER,
        )
    fees = _dispute_fees(rest)
    for row in sorted(rest, key=lambda one: (one.created, one.id)):
        yield from _of_row(row, row.id in fees, settings)


def _dispute_fees(rows: Sequence[Row]) -> set[str]:
    """Rows that are the fee of a dispute: all that it withdrew but the largest row (two shapes occur)."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.reporting_category == "dispute" and row.source:
            found.setdefault(row.source, []).append(row)
    return {
        row.id
        for same in found.values()
        for row in sorted(same, key=lambda one: (abs(one.amount), one.id))[:-1]
    }


def _of_row(row: Row, dispute_fee: bool, settings: Mapping[str, Any]) -> Iterator[SettlementPart]:
    kind, points = CATEGORIES.get(row.reporting_category, (PartKind.UNKNOWN, None))
    on = wire.day(row.created, settings)
    label = row.reporting_category
    if dispute_fee:
        kind, label = PartKind.FEE, "dispute fee"
    about = Ref(points, row.source) if points and row.source else None
    tax = row.amount if row.reporting_category == TAX else None
    yield SettlementPart(row.id, kind, row.amount, on, about, tax, row.source or "", label)
    if row.fee:
        inside = [detail.amount for detail in row.fee_details if detail.type == TAX]
        gst = -sum(inside) if inside else None
        name = "dispute fee" if kind is PartKind.DISPUTE else "processing fee"
        yield SettlementPart(f"{row.id}:fee", PartKind.FEE, -row.fee, on, about, gst, row.source or "", name)


def _notes(found: Payout, made: Settlement) -> Iterator[Reason]:
    amount = dollars(found.amount)
    if made.status is SettlementStatus.FAILED:
        why = f" ({found.failure_code})" if found.failure_code else ""
        text = (
            f"The payout of {amount} failed{why}: the money is back at Stripe and a later payout carries it. "
            "Check the bank account in Stripe."
        )
        yield Reason("stripe:payout-failed", text, Who.CLINIC, found.amount)
    if not found.automatic:
        text = (
            f"The payout of {amount} was made by hand, so Stripe does not tell what it holds. Match it by "
            "hand, or switch Stripe to automatic payouts."
        )
        yield Reason("stripe:payout-manual", text, Who.BOOKKEEPER, found.amount)
    for kind, name, words in (
        (PartKind.DISPUTE, "payout-dispute", "disputed payments"),
        (PartKind.ADJUSTMENT, "payout-adjustment", "payments or refunds that came back"),
        (PartKind.SETTLEMENT, "payout-earlier", "other payouts (failed, or made by hand)"),
        (PartKind.UNKNOWN, "payout-unknown", "items that the hub does not know"),
    ):
        if found.automatic and made.of(kind) and (kind is not PartKind.UNKNOWN or len(made.parts) > 1):
            cents = made.total(kind)
            text = f"The payout of {amount} holds {dollars(cents)} of {words}: post these by hand."
            yield Reason(f"stripe:{name}", text, Who.BOOKKEEPER, cents)
