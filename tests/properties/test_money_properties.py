"""Money to the cent: what is parsed, how it is rounded, and that every split adds up."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.money import MINOR_DIGITS, Money, parse_minor, round_minor, split, split_next
from mappings.cliniko.invoices import contained_tax
from tests.properties.budget import budget

cents = st.integers(-(10**12), 10**12)
currencies = st.sampled_from(sorted(MINOR_DIGITS))
weights = st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=8)
gains = st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any)


def half_up(value: Fraction) -> int:
    """Half away from zero, in exact arithmetic."""
    whole = floor(abs(value) + Fraction(1, 2))
    return whole if value >= 0 else -whole


@given(cents, currencies)
@budget(100)
def test_an_amount_as_shown_is_the_amount(minor: int, currency: str) -> None:
    shown = Money(minor, currency).decimal()
    assert parse_minor(shown, currency) == minor
    assert parse_minor(f" {shown:f} ", currency) == minor


@given(st.decimals(-(10**10), 10**10, places=6), currencies)
@budget(100)
def test_further_decimals_are_rounded_half_away_from_zero_once(value: Decimal, currency: str) -> None:
    exact = Fraction(value) * 10 ** MINOR_DIGITS[currency]
    assert parse_minor(value, currency) == half_up(exact)
    assert parse_minor(str(value), currency) == half_up(exact)
    assert parse_minor(-value, currency) == -parse_minor(value, currency)


@given(st.one_of(st.text(max_size=12), st.decimals(), st.sampled_from(["NaN", "-Infinity", "1e40", "1_000"])))
@budget(150)
def test_anything_else_is_refused_in_one_way(value: str | Decimal) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(parse_minor(value), int)


@pytest.mark.parametrize("odd", [1.5, True, "", "1_000", "1,000.00", "ten", "NaN", "1e40", "１２"])
def test_what_no_person_writes_as_an_amount_is_refused(odd: object) -> None:
    with pytest.raises(ValueError):
        parse_minor(odd)  # type: ignore[arg-type]


@given(cents, weights)
@budget(200)
def test_a_split_adds_up_and_stays_within_a_cent_of_each_share(amount: int, parts: list[int]) -> None:
    found = split(amount, parts)
    assert sum(found) == amount
    if sum(parts):
        exact = [Fraction(amount) * weight / sum(parts) for weight in parts]
        assert all(abs(one - share) <= 1 for one, share in zip(found, exact, strict=True))
        assert all(one == 0 for one, weight in zip(found, parts, strict=True) if weight == 0)


@given(cents, gains)
@example(100, [10_000_000, 1_000_000, 7_000_000])  # two remainders that are equal only in exact arithmetic
@budget(200)
def test_a_split_is_half_up_and_ties_go_to_the_earlier_part(amount: int, parts: list[int]) -> None:
    """The rule again, in exact arithmetic."""
    exact = [Fraction(amount) * weight / sum(parts) for weight in parts]
    rounded = [half_up(share) for share in exact]
    rest = amount - sum(rounded)
    step = 1 if rest > 0 else -1
    order = sorted(range(len(parts)), key=lambda n: (-(exact[n] - rounded[n]) * step, n))
    for n in order[: abs(rest)]:
        rounded[n] += step
    assert split(amount, parts) == tuple(rounded)


@given(st.lists(st.integers(1, 10**7), max_size=6), gains)
@budget(100)
def test_part_payments_add_up_to_the_lines_they_pay(payments: list[int], lines: list[int]) -> None:
    covered, totals = 0, [0] * len(lines)
    for amount in payments:
        share = split_next(covered, amount, lines)
        assert sum(share) == amount
        totals = [one + more for one, more in zip(totals, share, strict=True)]
        covered += amount
    assert tuple(totals) == split(covered, lines)
    assert split_next(covered, sum(lines) - covered, lines) == tuple(
        line - one for line, one in zip(lines, totals, strict=True)
    )


@given(st.integers(-(10**9), 10**9), st.decimals(0, 30, places=2))
@budget(100)
def test_the_tax_inside_an_amount_is_what_is_left_of_the_rounded_net(gross: int, rate: Decimal) -> None:
    net = Fraction(gross) / (1 + Fraction(rate) / 100)
    tax = contained_tax(gross, rate)
    assert gross - tax == half_up(net)
    assert contained_tax(-gross, rate) == -tax
    assert abs(tax) <= abs(gross)


@given(st.integers(-(10**9), 10**9))
@budget(100)
def test_gst_is_an_eleventh(gross: int) -> None:
    assert abs(contained_tax(gross, Decimal(10)) - Fraction(gross, 11)) <= Fraction(1, 2)


@given(st.decimals(-(10**12), 10**12, places=4))
@budget(100)
def test_the_one_rounding_is_half_away_from_zero(value: Decimal) -> None:
    assert round_minor(value) == half_up(Fraction(value))
