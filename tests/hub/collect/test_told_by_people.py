"""A practice system that takes no payments: staff enter them, and the item closes when they are read back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hub import work
from hub.config.model import Collect
from hub.config.store import store_config
from hub.store.work_items import WorkItem
from tests.support.street import CLEARING, GROUP, STRIPE, WORD, Street


@pytest.fixture
def street(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Street]:
    made = Street(sqlite_engine, tmp_path / "home", role="source")
    yield made
    made.close()


def paid(street: Street, *items: dict[str, str]) -> dict[str, str]:
    """An invoice whose page was paid, as far as the payment system knows."""
    bill = street.bill(*items)
    street.sync()
    street.ask(bill)
    street.cards.pay()
    street.sync()
    return bill


def the_item(street: Street) -> WorkItem:
    (found,) = street.work()
    return found


def test_staff_enter_the_payment_and_the_item_closes_by_itself(street: Street) -> None:
    bill = paid(street)
    item = the_item(street)
    assert item.todo.sentence == (
        f"Enter a payment of $98.00 on invoice {bill['number']} in harbour-nookal, dated 12 Oct 2026, "
        f"method {WORD}: it was taken by harbour-stripe."
    )
    assert (item.todo.kind, item.todo.cents, item.todo.note) == ("record-payment", 9800, None)
    assert (street.receipts(), street.states()) == ([], ["paid"])
    street.practice.pay(bill, 9800, WORD, day="2026-10-12")
    street.sync()
    assert street.work() == []
    (done,) = work.listed(street.kernel, GROUP, closed=True)
    assert (done.closed_by or "").startswith("payment:harbour-nookal:")
    assert street.receipts() == [(CLEARING, 9800)]


def test_what_does_not_fit_leaves_it_open(street: Street) -> None:
    """Another amount, another method, another day before: none of them is this payment."""
    bill = paid(street, {"service_id": "12"}, {"service_id": "12"})
    for cents, method, day in (
        (9800, WORD, "2026-10-11"),
        (500, WORD, "2026-10-12"),
        (700, "EFTPOS", "2026-10-12"),
    ):
        street.practice.pay(bill, cents, method, day=day)
    street.sync()
    note = the_item(street).todo.note
    assert note is not None
    assert "more than is owing" in note


def test_two_that_fit_are_compared_by_a_person(street: Street) -> None:
    bill = paid(street, *[{"service_id": "12"}] * 3)
    for day in ("2026-10-13", "2026-10-14"):
        street.practice.pay(bill, 29400 // 2, WORD, day=day)
    street.sync()
    item = the_item(street)
    assert item.todo.cents == 29400
    for row in street.practice.ledger()["payments"]:
        street.practice.hands("edit_row", id=row["id"], cents=29400)
    street.sync()
    item = the_item(street)
    assert item.todo.note is not None
    assert "more than one payment" in item.todo.note
    work.done(street.kernel, GROUP, item.id, who="anna", why="it is the first one; the other is a mistake")
    street.sync()
    assert street.work() == []


def test_what_evidence_closed_opens_again_when_staff_take_it_back(street: Street) -> None:
    bill = paid(street)
    entered = street.practice.pay(bill, 9800, WORD, day="2026-10-13")
    street.sync()
    assert street.work() == []
    street.practice.hands("void_row", kind="payments", id=entered["id"])
    street.sync()
    assert the_item(street).todo.cents == 9800


def test_money_given_back_is_entered_by_staff_as_well(street: Street) -> None:
    bill = street.bill()
    street.sync()
    street.ask(bill)
    charge = street.cards.pay()
    street.practice.pay(bill, 9800, WORD, day="2026-10-12")
    street.cards.give_back(charge, 2500)
    street.sync()
    item = the_item(street)
    assert (item.todo.kind, item.todo.cents) == ("record-refund", -2500)
    assert item.todo.sentence.startswith(f"Enter a refund of $25.00 on invoice {bill['number']}")
    street.practice.hands("refund", invoice_id=bill["id"], cents=2500, method=WORD, day="2026-10-12")
    street.sync()
    assert street.work() == []


def test_without_a_word_for_it_the_money_is_held_until_somebody_writes_one(street: Street) -> None:
    silent = street.group("source", Collect(connection=STRIPE)).model_copy(update={"version": "silent"})
    store_config(street.kernel, GROUP, silent, "silent", "test")
    bill = paid(street)
    assert street.holds() == [(bill["number"], "unmapped:collect:harbour-nookal")]
    assert street.work() == []
    spoken = street.group("source").model_copy(update={"version": "spoken"})
    store_config(street.kernel, GROUP, spoken, "spoken", "test")
    street.sync()
    assert street.holds() == []
    assert the_item(street).todo.cents == 9800
