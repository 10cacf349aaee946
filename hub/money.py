"""Money as integer minor units with a currency, its one parser, its one rounding and its exact splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from math import floor

MOST_DIGITS = 14  # before the decimal point, less one: what the database and exact arithmetic hold
MINOR_DIGITS = {"AUD": 2, "NZD": 2, "GBP": 2, "USD": 2, "EUR": 2, "CAD": 2, "JPY": 0}


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (cents). Adding two currencies raises ValueError."""

    minor: int
    currency: str = "AUD"

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def _same(self, other: Money) -> None:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")

    def decimal(self) -> Decimal:
        """The amount in major units, exact: Money(1050) -> Decimal('10.50')."""
        digits = MINOR_DIGITS[self.currency]
        return Decimal(self.minor).scaleb(-digits)

    def __str__(self) -> str:
        return f"{self.decimal():,.{MINOR_DIGITS[self.currency]}f} {self.currency}"


def round_minor(value: Decimal | Fraction) -> int:
    """Round minor units half up (away from zero), the one rounding rule of the product."""
    if isinstance(value, Fraction):
        whole = floor(abs(value) + Fraction(1, 2))
        return whole if value > 0 else -whole
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def parse_minor(value: str | int | Decimal, currency: str = "AUD") -> int:
    """Major units as text, int or Decimal -> minor units; more decimals are rounded half up once.

    Raises ValueError for floats, NaN, infinities, what no clinic ever charged and anything that is no number.
    """
    if isinstance(value, (float, bool)):
        raise ValueError("money never passes through float")
    if isinstance(value, str) and ("_" in value or not value.isascii()):  # Python's notation, not an amount
        raise ValueError("not an amount")
    try:
        number = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        raise ValueError("not an amount") from None
    if not number.is_finite() or number.adjusted() > MOST_DIGITS:
        raise ValueError("not an amount")
    return round_minor(number.scaleb(MINOR_DIGITS[currency]))


def split(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split `amount` in proportion to `weights`, half up with largest remainder, summing exactly.

    Zero total weight puts everything on the first part. Signs of weights may differ (a discount line);
    ties go to the earlier part, so the result is a function of its arguments only. Shares are exact
    fractions: two equal remainders of large and small parts would differ in the last digits of a Decimal.
    """
    if not weights:
        if amount:
            raise ValueError("nothing to split over")
        return ()
    total = sum(weights)
    if total == 0:
        return (amount, *([0] * (len(weights) - 1)))
    exact = [Fraction(amount * w, total) for w in weights]
    parts = [round_minor(e) for e in exact]
    rest = amount - sum(parts)
    step = 1 if rest > 0 else -1
    order = sorted(range(len(parts)), key=lambda i: (-(exact[i] - parts[i]) * step, i))
    for i in order[: abs(rest)]:
        parts[i] += step
    return tuple(parts)


def split_next(covered: int, amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """The share of one more part payment: split(covered + amount) - split(covered).

    Cumulative, so the payments of one invoice always add up to its lines (a bookkeeper's split(C)).
    """
    before = split(covered, weights)
    after = split(covered + amount, weights)
    return tuple(a - b for a, b in zip(after, before, strict=True))
