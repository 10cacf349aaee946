"""Line and invoice arithmetic of the three calculation methods, as the vendor's documentation and help state
it.

Legacy (1): prices without tax, a monetary discount comes off the gross, net shown with three decimals.
Tax exclusive (2): prices and line totals without tax, tax on the subtotal, so lines may miss by a cent.
Tax inclusive (3): prices include tax, lines add up. Amounts here are Decimal dollars unless named cents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

METHODS = {1: "Legacy", 2: "Tax exclusive", 3: "Tax inclusive"}
_CENT = Decimal("0.01")


def rounded(value: Decimal, unit: Decimal = _CENT) -> Decimal:
    """Half up, as a till rounds."""
    return value.quantize(unit, rounding=ROUND_HALF_UP)


def cents(value: Decimal) -> int:
    """Whole cents of a dollar amount, rounded half up."""
    return int(rounded(value) * 100)


def dollars(amount_cents: int) -> Decimal:
    """Dollars of whole cents."""
    return Decimal(amount_cents).scaleb(-2)


def text(value: Decimal) -> str:
    """Decimal text as the vendor writes it: at least one decimal, no trailing zeros beyond ("50.0")."""
    plain = format(value.normalize(), "f")
    return plain if "." in plain else f"{plain}.0"


@dataclass(frozen=True, slots=True)
class Line:
    """One line worked out: what is shown, and the exact net used for the header in method 2."""

    unit: Decimal
    net: Decimal
    total: Decimal
    discount: Decimal
    percentage: Decimal | None
    rate: Decimal

    @property
    def tax(self) -> Decimal:
        """The tax contained in the line's total, to the cent."""
        return self.total - rounded(self.total / (1 + self.rate / 100))


def work_out(
    method: int, quantity: Decimal, unit: Decimal, discount: Decimal, rate: Decimal, *, with_tax: bool
) -> Line:
    """One line. `unit` and `discount` include tax when `with_tax`; else as methods 1 and 2 show prices.

    A method 1 discount comes off the gross in either case (official example: 100.0 at 10 % less 20.0 = 90.0).
    """
    factor = 1 + rate / 100
    gross_unit = unit if with_tax or method == 3 else unit * factor
    gross_discount = discount if with_tax or method != 2 else discount * factor
    gross = gross_unit * quantity
    if method == 2:
        net = rounded((gross - gross_discount) / factor)
        total = rounded(net * factor)
        shown_discount = rounded(gross_discount / factor)
    else:
        total = rounded(gross - gross_discount)
        net = rounded(total / factor, Decimal("0.001"))
        shown_discount = gross_discount
    percentage = (
        rounded(gross_discount / gross * 100, Decimal("0.0001")) if gross_discount and gross else None
    )
    shown_unit = gross_unit if method == 3 else rounded(gross_unit / factor, Decimal("0.0001"))
    return Line(shown_unit, net, total, shown_discount, percentage, rate)


def header(method: int, lines: Sequence[Line]) -> tuple[Decimal, Decimal, Decimal]:
    """(net, tax, total) of an invoice in dollars, to the cent."""
    if method != 2:
        total = sum((line.total for line in lines), Decimal(0))
        tax = sum((line.tax for line in lines), Decimal(0))
        return total - tax, tax, total
    net, tax = Decimal(0), Decimal(0)
    for rate in sorted({line.rate for line in lines}):
        part = sum((line.net for line in lines if line.rate == rate), Decimal(0))
        net += part
        tax += rounded(part * rate / 100)
    return net, tax, net + tax


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """Split whole cents over weights exactly: cumulative, so that the shares sum to `total`."""
    whole, done, seen, parts = sum(weights), 0, 0, []
    for weight in weights:
        seen += weight
        upto = cents(dollars(total) * seen / whole) if whole else 0
        parts.append(upto - done)
        done = upto
    return parts
