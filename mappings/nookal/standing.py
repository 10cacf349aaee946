"""What stands on an invoice besides its lines: money, credit, refunds and corrections, in cents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hub.contracts import Bundle
from hub.money import parse_minor
from mappings.nookal import wire
from mappings.wire import W

WORDS = {"adjustments": "Adjustment", "discounts": "Discount"}


@dataclass(frozen=True, slots=True)
class Correction:
    """A balance lowered without money. `word` is the code a mapping knows it by."""

    id: str
    word: str
    day: date
    amount: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Live rows only. `covered`: what money and credit cover; `corrected`: what corrections took off."""

    payments: int
    credits: int
    refunds: int
    corrections: tuple[Correction, ...]

    @property
    def covered(self) -> int:
        return self.payments + self.credits - self.refunds

    @property
    def corrected(self) -> int:
        return sum(one.amount for one in self.corrections)


def standing(bundle: Bundle, currency: str) -> Standing:
    """Read the members of an invoice's bundle. Raises Malformed."""

    def members(stream: str, model: type[W]) -> Iterator[W]:
        return (wire.read(model, stream, one) for one in bundle.members.get(stream, ()))

    payments = sum(cents(one.amount, currency) for one in members("payments", wire.Payment) if one.live)
    credits = sum(cents(one.amount, currency) for one in members("credits", wire.Credit) if one.live)
    refunds = sum(cents(one.amount, currency) for one in members("refunds", wire.Refund) if not one.void)
    models: dict[str, type[wire.Correction]] = {"adjustments": wire.Adjustment, "discounts": wire.Discount}
    found = [
        Correction(f"{stream}:{one.id}", WORDS[stream], one.day, cents(one.amount, currency))
        for stream, model in models.items()
        for one in members(stream, model)
        if not one.void
    ]
    ordered = tuple(sorted(found, key=lambda one: (one.day, one.id)))
    return Standing(payments, credits, refunds, ordered)


def cents(value: Decimal, currency: str) -> int:
    """An amount in minor units."""
    return parse_minor(value, currency)
