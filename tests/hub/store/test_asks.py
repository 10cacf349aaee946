"""Asks as rows: one stands per invoice and payment system, and each keeps its own end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hub.asking import expiry
from hub.errors import Misconfigured
from hub.store import asks
from hub.store.facts import StoreFacts
from hub.store.session import Store, Unit

PMS, TARGET, INVOICE = "practice", "stripe", "17"


@pytest.fixture
def unit(store: Store) -> Iterator[Unit]:
    with store.write("harbour", agent="person:anna") as made:
        yield made


def put(unit: Unit, hours: int = 24, target: str = TARGET) -> str:
    until = unit.now + timedelta(hours=hours)
    return asks.put(unit, target, PMS, INVOICE, "10432", why="overdue", expires=until).id


def test_another_ask_takes_the_place_of_the_one_before(unit: Unit) -> None:
    first, second = put(unit), put(unit, 2)
    (row,) = asks.standing(unit, PMS, INVOICE)
    assert (row.id, row.who, row.why, row.number) == (second, "person:anna", "overdue", "10432")
    ended = {one.id: one.ended_why for one in asks.listed(unit)}
    assert ended == {first: "another one took its place", second: None}


def test_each_payment_system_has_its_own(unit: Unit) -> None:
    put(unit)
    put(unit, target="stripe-2")
    assert [one.target for one in asks.standing(unit, PMS, INVOICE)] == ["stripe", "stripe-2"]
    assert asks.end(unit, "stripe-2", PMS, INVOICE, "paid at the desk") is True
    assert asks.end(unit, "stripe-2", PMS, INVOICE, "again") is False
    assert asks.ever(unit, "stripe-2", PMS, INVOICE) is True
    assert asks.ever(unit, "stripe-3", PMS, INVOICE) is False


def test_facts_tell_whether_its_time_is_over(unit: Unit) -> None:
    put(unit)
    put(unit, hours=0, target="stripe-2")
    found = StoreFacts(unit).asked(PMS, INVOICE)
    assert [(one.target, one.over) for one in found] == [("stripe", False), ("stripe-2", True)]


def test_a_page_can_be_paid_for_less_than_the_payment_systems_day(unit: Unit) -> None:
    assert expiry(unit.now, 1) - unit.now <= timedelta(hours=1)
    assert timedelta(hours=23) < expiry(unit.now, 24) - unit.now < timedelta(hours=24)
    for hours in (0, 25):
        with pytest.raises(Misconfigured):
            expiry(unit.now, hours)
