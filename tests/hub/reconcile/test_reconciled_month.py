"""A month with every planted trouble: the target's side is what the ledger itself says, to the cent, and
every difference has a cause."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from connectors.sandbox.life.books import CREDIT_FLOWS, DEBTOR_FLOWS
from tests.hub.reconcile.conftest import Played

ELSEWHERE = "elsewhere"
"""What a person made in the ledger by hand is nobody's document."""


@pytest.fixture(scope="module")
def found(month: Played) -> dict[str, Any]:
    result: dict[str, Any] = month.town.ask("reconcile")
    return result


def sums(rows: list[dict[str, Any]], keys: tuple[str, ...], value: Any) -> dict[tuple[Any, ...], int]:
    total: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        if row["location"] != ELSEWHERE:
            total[tuple(row[key] for key in keys)] += value(row)
    return {key: cents for key, cents in total.items() if cents}


def test_deliver_sent_exactly_what_plan_named(month: Played) -> None:
    assert len(month.steps) == month.life.steps
    for number, (planned, sent) in enumerate(month.steps, start=1):
        assert planned == sent, f"step {number}"
    assert sum(len(sent) for _, sent in month.steps) > 100


def test_money_and_billed_are_the_ledgers(month: Played, found: dict[str, Any]) -> None:
    keys = ("location", "day", "method")
    assert sums(found["money"], keys, lambda r: r["target"]) == sums(
        month.there.money, keys, lambda r: r["cents"]
    )
    by_account = ("location", "day", "account", "tax_type")
    there = month.there.billed
    assert sums(found["billed"], by_account, lambda r: r["target"]) == sums(
        there, by_account, lambda r: r["gross"]
    )
    assert sums(found["billed"], by_account, lambda r: r["target_gst"]) == sums(
        there, by_account, lambda r: r["gst"]
    )


@pytest.mark.parametrize(("table", "columns"), [("debtors", DEBTOR_FLOWS), ("credits", CREDIT_FLOWS)])
def test_the_rolls_are_the_ledgers(
    month: Played, found: dict[str, Any], table: str, columns: dict[str, int]
) -> None:
    for column in columns:
        if column == "revived":
            continue  # a debt that revives is held, so the ledger never shows one
        ours = sums(found[table], ("location", "day"), lambda r, c=column: r["target"][c])
        assert ours == sums(getattr(month.there, table), ("location", "day"), lambda r, c=column: r[c]), (
            column
        )


def test_every_difference_has_the_cause_that_holds_it(month: Played, found: dict[str, Any]) -> None:
    assert found["unexplained"] == 0
    held = {(number, cause) for cause, numbers in month.town.causes().items() for number in numbers}
    assert {(d["number"], d["cause"]) for d in found["differences"]} <= held
    planted = {plant.number for plant in month.life.planted()}
    assert {d["number"] for d in found["differences"]} <= planted


def test_the_differences_are_the_tables(found: dict[str, Any]) -> None:
    """Nothing differs in sum that is not listed, and nothing is listed that does not differ."""
    money = sum(r["here"] - r["target"] for r in found["money"])
    assert money == sum(d["here"] - d["target"] for d in found["differences"] if "money" in d["tables"])
    billed = sum(r["here"] - r["target"] for r in found["billed"])
    assert billed == sum(d["here"] - d["target"] for d in found["differences"] if "billed" in d["tables"])


def test_a_roll_carries_forward(found: dict[str, Any]) -> None:
    for table, signs in (("debtors", DEBTOR_FLOWS), ("credits", CREDIT_FLOWS)):
        balance: dict[tuple[str, str], int] = {}
        for row in found[table]:
            assert row["pms"] is None
            for side in ("here", "target"):
                cells = row[side]
                key = (row["location"], side)
                assert cells["opening"] == balance.get(key, 0)
                moved = sum(sign * cells.get(column, 0) for column, sign in signs.items())
                assert cells["closing"] == cells["opening"] + moved
                balance[key] = cells["closing"]


def test_one_day_of_one_location(month: Played, found: dict[str, Any]) -> None:
    some = next(row for row in found["money"] if row["target"])
    day, place = some["day"], some["location"]
    part = month.town.ask("reconcile", "--day", day, "--location", place)
    for table in ("money", "billed", "debtors", "credits"):
        assert part[table] == [r for r in found[table] if (r["day"], r["location"]) == (day, place)]
    assert all(d["day"] == day and d["location"] == place for d in part["differences"])


def test_few_calls(month: Played) -> None:
    month.town.forget_requests()
    month.town.hub("reconcile")
    listed = month.town.ledger.call("GET", "/__control__/requests")
    documents = len(month.there.items)
    assert len(listed) <= 6 + documents / 12


def test_what_people_read(month: Played) -> None:
    said = month.town.hub("reconcile").out
    assert "No practice system shows balances to compare with." in said
    assert "each with its cause above" in said
    assert max(map(len, said.splitlines())) <= 110
    assert "Debtors" in month.town.hub("reconcile", "--days").out
