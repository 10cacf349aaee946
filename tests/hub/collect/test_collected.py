"""Money asked for by a page: one card payment is one receipt, whatever comes first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from hub import asking, overdue, reconcile
from hub.cli.demo.flow import settle
from hub.config.model import Collect
from hub.config.store import store_config
from hub.errors import Misconfigured
from hub.store.tables import inbox_message, link
from tests.support.street import CLEARING, CONNECTION, GROUP, STRIPE, TARGET, WORD, Street

ONE_RECEIPT = [(CLEARING, 9800)]


@pytest.fixture
def street(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Street]:
    made = Street(sqlite_engine, tmp_path / "home")
    yield made
    made.close()


def standing(street: Street) -> list[bool]:
    """Whether the pages that were opened are believed to stand."""
    query = select(link.c.live).where(link.c.target_id == STRIPE).order_by(link.c.document_id)
    with street.kernel.store.read(GROUP) as unit:
        return list(unit.db.execute(query).scalars())


def test_a_page_is_paid_and_the_money_stands_once_everywhere(street: Street) -> None:
    bill = street.bill()
    street.sync()
    street.ask(bill)
    page = street.cards.page()
    assert (page["amount_total"], page["metadata"]["hub_invoice"]) == (9800, str(bill["id"]))
    (asked,) = street.asks()
    assert (asked.state, asked.cents, asked.url) == ("open", 9800, page["url"])
    street.cards.pay(page)
    street.sync()
    assert street.noted() == [(WORD, 9800)]
    assert street.receipts() == ONE_RECEIPT
    assert street.states() == ["paid"]
    assert (street.holds(), street.work()) == ([], [])
    found = reconcile.reconcile(street.kernel, GROUP)
    assert (found.agrees, found.unread) == (True, ())
    street.sync()
    assert (street.noted(), street.receipts()) == ([(WORD, 9800)], ONE_RECEIPT)


def test_it_is_the_same_on_postgres(postgres_engine: Engine, tmp_path: Path) -> None:
    """The whole way, and a page that runs out: what is marked for later, asks and work as rows."""
    street = Street(postgres_engine, tmp_path / "home")
    bill, late = street.bill(), street.bill()
    street.sync()
    street.ask(late, hours=1)
    street.clock.advance(3700)
    street.ask(bill)
    charge = street.cards.pay()
    street.sync()
    assert (street.noted(), street.receipts()) == ([(WORD, 9800)], ONE_RECEIPT)
    assert street.states() == ["paid", "over"]
    street.cards.give_back(charge, 2500)
    street.sync()
    (item,) = street.work()
    assert (item.todo.kind, item.todo.cents) == ("record-refund", -2500)
    assert street.holds() == []
    street.close()


def test_while_a_page_stands_everything_is_at_rest(street: Street) -> None:
    """Its case wants to be looked at again when it runs out: nobody waits for that."""
    bill = street.bill()
    street.sync()
    street.ask(bill)
    before = street.clock.now()
    settle(street.kernel, GROUP)
    assert street.clock.now() - before < timedelta(seconds=5)
    assert street.states() == ["open"]


def test_paid_at_the_desk_first_the_page_is_ended(street: Street) -> None:
    bill = street.bill()
    street.sync()
    street.ask(bill)
    street.practice.pay(bill, 9800, "EFTPOS", day="2026-10-12")
    street.sync()
    assert [one["status"] for one in street.cards.sessions()] == ["expired"]
    assert street.receipts() == [("1101", 9800)]
    (asked,) = street.asks()
    assert asked.state == "idle"
    assert "Nothing is owing" in asked.says
    assert street.holds() == []


def test_paid_in_part_at_the_desk_another_page_asks_for_the_rest(street: Street) -> None:
    bill = street.bill()
    street.sync()
    street.ask(bill)
    street.practice.pay(bill, 3000, "EFTPOS", day="2026-10-12")
    street.sync()
    assert [(one["status"], one["amount_total"]) for one in street.cards.sessions()] == [
        ("expired", 9800),
        ("open", 6800),
    ]
    street.cards.pay()
    street.sync()
    assert street.receipts() == [("1101", 3000), (CLEARING, 6800)]


def test_paid_twice_is_named_and_not_guessed_away(street: Street) -> None:
    """At the desk and by the page before the hub could end it."""
    bill = street.bill()
    street.sync()
    street.ask(bill)
    street.practice.pay(bill, 9800, "EFTPOS", day="2026-10-12")
    street.cards.pay()
    street.sync()
    assert street.receipts() == [("1101", 9800)]
    assert street.noted() == [("EFTPOS", 9800)]
    assert street.holds() == [(bill["number"], "nookal:balance")]
    assert street.states() == ["paid"]


def test_paid_just_before_another_page_would_open(street: Street) -> None:
    """The first page was paid when its amount changed: the rest is asked for once that payment was read."""
    bill = street.bill()
    street.sync()
    street.ask(bill)
    street.practice.hands("add_item", invoice_id=bill["id"], stock_id="7")
    street.cards.pay()
    street.pull(CONNECTION)
    street.deliver(STRIPE)
    assert street.holds() == [(bill["number"], "request:paid-meanwhile")]
    assert [one["status"] for one in street.cards.sessions()] == ["complete"]
    street.pull(STRIPE)
    street.deliver()
    assert street.noted() == [(WORD, 9800)]
    assert "request:paid-meanwhile" not in [cause for _, cause in street.holds()]
    street.ask(bill)
    assert street.cards.page()["amount_total"] == 1210


def test_another_ask_ends_the_page_of_the_one_before(street: Street) -> None:
    bill = street.bill()
    street.sync()
    street.ask(bill, hours=2)
    street.ask(bill, hours=5)
    assert [one["status"] for one in street.cards.sessions()] == ["expired", "open"]
    assert street.states() == ["open", "withdrawn"]
    asking.withdraw(street.kernel, GROUP, bill["number"], who="person:test", why="a mistake")
    street.deliver(STRIPE)
    assert [one["status"] for one in street.cards.sessions()] == ["expired", "expired"]
    assert street.states() == ["withdrawn", "withdrawn"]


def test_a_page_that_runs_out_is_over_and_nothing_is_wrong(street: Street) -> None:
    bill = street.bill()
    street.sync()
    street.ask(bill, hours=1)
    street.clock.advance(3700)
    street.sync()
    assert [one["status"] for one in street.cards.sessions()] == ["expired"]
    assert street.states() == ["over"]
    assert street.holds() == []
    street.ask(bill)
    street.cards.pay()
    street.sync()
    assert street.states() == ["paid", "over"]
    assert street.receipts() == ONE_RECEIPT


def test_when_a_page_runs_out_it_is_looked_at_without_being_told(street: Street) -> None:
    """Nothing is read from the payment system: the case itself was to be planned again then."""
    bill = street.bill()
    street.sync()
    street.ask(bill, hours=1)
    assert standing(street) == [True]
    street.clock.advance(3601)
    street.deliver(STRIPE)
    assert standing(street) == [False]
    assert street.states() == ["over"]


def test_a_page_paid_in_its_last_moment_is_read_late(street: Street) -> None:
    bill = street.bill()
    street.sync()
    street.ask(bill, hours=1)
    street.clock.advance(3590)
    street.cards.pay()
    street.clock.advance(7200)
    street.deliver(STRIPE)
    assert street.holds() == []
    street.sync()
    assert (street.noted(), street.receipts()) == ([(WORD, 9800)], ONE_RECEIPT)
    assert street.states() == ["paid"]


def test_an_invoice_that_is_void_is_asked_for_no_longer(street: Street) -> None:
    bill = street.bill()
    street.sync()
    street.ask(bill)
    street.practice.hands("void_invoice", invoice_id=bill["id"])
    street.sync()
    assert [one["status"] for one in street.cards.sessions()] == ["expired"]
    assert street.holds() == []


def test_nobody_asks_for_what_is_not_owed(street: Street) -> None:
    bill = street.bill()
    street.practice.pay(bill, 9800, "EFTPOS", day="2026-10-12")
    street.sync()
    for number, code in ((bill["number"], "ask:nothing"), ("999", "missing")):
        with pytest.raises(Misconfigured) as raised:
            asking.ask(street.kernel, GROUP, number, who="person:test", why="overdue")
        assert raised.value.code == code
    assert street.asks() == []


def test_webhooks_doubled_and_out_of_order_are_one_payment(street: Street) -> None:
    street.listen()
    street.cards.hand("webhook_switches", duplicate=True, reverse=True)
    bill = street.bill()
    street.sync()
    street.ask(bill)
    street.cards.pay()
    assert street.hear() > 0
    street.deliver()
    assert street.noted() == [(WORD, 9800)]
    street.sync()
    assert (street.noted(), street.receipts()) == ([(WORD, 9800)], ONE_RECEIPT)


def test_a_page_that_a_person_ends_at_the_payment_system_is_looked_at_when_it_says_so(street: Street) -> None:
    """Read and written: the same event names a record and our own document. Nothing is polled here."""
    street.listen()
    bill = street.bill()
    street.sync()
    street.ask(bill)
    assert standing(street) == [True]
    street.clock.advance(600)
    street.cards.post(f"checkout/sessions/{street.cards.page()['id']}/expire")
    assert street.hear() > 0
    street.deliver(STRIPE)
    assert standing(street) == [False]
    with street.kernel.store.read(GROUP) as unit:
        heard = unit.db.execute(select(inbox_message.c.stream, inbox_message.c.state)).all()
    assert sorted(map(tuple, heard)) == [("checkout_sessions", "handled"), ("payment-request", "handled")]


@pytest.mark.parametrize("readable", [False, True])
def test_a_write_back_whose_answer_was_lost_is_written_once(
    sqlite_engine: Engine, tmp_path: Path, readable: bool
) -> None:
    street = Street(sqlite_engine, tmp_path / "home", payment_ref_readable=readable)
    bill = street.bill()
    street.sync()
    street.ask(bill)
    street.cards.pay()
    street.practice.control("faults", match={"path": "addPaymentToInvoice"}, kind="reset_after", times=1)
    street.sync()
    street.sync()
    calls = street.practice.http.get("/__control__/requests").json()
    assert [one["fault"] for one in calls if "addPaymentToInvoice" in one["path"]] == ["reset_after"]
    assert street.noted() == [(WORD, 9800)]
    assert street.receipts() == ONE_RECEIPT
    assert street.holds() == []
    street.close()


@pytest.mark.parametrize("first", [CONNECTION, STRIPE])
@pytest.mark.parametrize("ledger_first", [True, False])
def test_one_card_payment_is_one_receipt_in_any_order(street: Street, first: str, ledger_first: bool) -> None:
    bill = street.bill()
    street.sync()
    street.ask(bill)
    street.cards.pay()
    other = STRIPE if first == CONNECTION else CONNECTION
    for connection in (first, other, first, other):
        street.pull(connection)
        street.deliver(*((TARGET, CONNECTION, STRIPE) if ledger_first else (STRIPE, CONNECTION, TARGET)))
    street.sync()
    assert (street.noted(), street.receipts()) == ([(WORD, 9800)], ONE_RECEIPT)
    assert street.holds() == []
    assert street.clock.now() < street.asks()[0].ask.asked_at + timedelta(hours=2)


def test_two_equal_payments_of_one_day_are_two(street: Street) -> None:
    """Two asks for two halves: written one after the other, none of them twice."""
    bill = street.bill({"service_id": "12"}, {"service_id": "12"})
    street.sync()
    street.practice.pay(bill, 9800, "EFTPOS", day="2026-10-12")
    street.sync()
    street.ask(bill)
    street.cards.pay()
    street.pull(STRIPE)
    street.practice.hands("void_row", kind="payments", id=street.practice.ledger()["payments"][0]["id"])
    street.pull(CONNECTION)
    street.ask(bill)
    street.cards.pay()
    street.sync()
    street.sync()
    assert street.noted() == [(WORD, 9800), (WORD, 9800)]
    assert street.receipts() == [(CLEARING, 9800), (CLEARING, 9800)]
    assert street.holds() == []


def test_the_groups_rule_asks_once_for_what_is_certain(street: Street) -> None:
    """Old enough, not too old, owed by the patient, never asked for before."""
    due = street.bill(day="2026-10-05")
    street.bill(day="2026-10-11")
    street.bill(day="2026-09-20")
    settled = street.bill(day="2026-10-05")
    street.practice.pay(settled, 9800, "EFTPOS", day="2026-10-06")
    street.sync()
    until = street.clock.now() + timedelta(hours=1)
    assert overdue.ask_due(street.kernel, GROUP, CONNECTION, until) == 0
    ruled = street.group("both", Collect(connection=STRIPE, methods={CONNECTION: WORD}, after_days=7))
    store_config(street.kernel, GROUP, ruled.model_copy(update={"version": "ruled"}), "ruled", "test")
    assert overdue.ask_due(street.kernel, GROUP, CONNECTION, until) == 1
    assert overdue.ask_due(street.kernel, GROUP, CONNECTION, until) == 0
    street.deliver(STRIPE)
    (asked,) = street.asks()
    assert (asked.ask.number, asked.ask.who, asked.state) == (due["number"], "rule:collect", "open")


def test_nobody_can_be_asked_without_a_payment_system(street: Street) -> None:
    bill = street.bill()
    street.sync()
    bare = street.group("both").model_copy(update={"version": "bare", "collect": None})
    store_config(street.kernel, GROUP, bare, "bare", "test")
    with pytest.raises(Misconfigured) as raised:
        asking.ask(street.kernel, GROUP, bill["number"], who="person:test", why="overdue")
    assert raised.value.code == "collect:none"
