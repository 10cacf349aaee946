"""Money taken by Stripe for invoices of Nookal, through the hub into Xero: payouts bring clearing to zero.

The comparison is with Xero's own trial balance and with Stripe's own balance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from account_world import READER, StripeWorld, request
from sqlalchemy import Engine

from connectors.stripe import SOURCE as STRIPE
from connectors.xero import TARGET as XERO
from hub import deliver, ingest, normalise, plan, reconcile
from hub.config.model import ConnectionConfig, Entry, Tables
from hub.config.store import store_config
from hub.reconcile import Reconciliation
from hub.store import connections
from mappings.documents import RENDERER
from mappings.stripe import NORMALISER
from tests.connectors.xero.ledger_world import LedgerWorld
from tests.support.nookal import GROUP, INES, MANLY, TARGET, Hub, Practice, config, open_hub
from tests.support.office import FakeRenderer, Office
from tests.support.payouts import payouts_rule

CARDS = "harbour-stripe"
CLEARING, BANK, FEES = "1105", "1001", "400"
TABLES = Tables(
    items=(Entry(key="505", value={"account": "200"}),),
    taxes=(Entry(key="none", value={"tax_type": "EXEMPTOUTPUT"}),),
    methods=(
        Entry(key="Online card", value={"kind": "money", "account": CLEARING}, location="manly"),
        Entry(key="Cash", value={"kind": "money", "account": "1103"}, location="manly"),
    ),
    suppliers=(Entry(key=INES, value={"supplier": "clinic"}),),
    write_offs=(Entry(key="Adjustment", value={"account": "207"}),),
)
RULE = payouts_rule(CARDS, TARGET, {"manly": CLEARING}, fees=FEES)


class Town:
    """A practice on Nookal that takes cards by Stripe, and its organisation in Xero."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self.xero = LedgerWorld()
        self.clock = self.xero.clock
        self.practice = Practice(self.clock)
        self.cards = StripeWorld(self.clock)
        self.cards.hand("setup", interval="daily")
        ledger = ConnectionConfig(
            id=TARGET,
            system="xero",
            role="target",
            base_url=self.xero.config["base_url"],
            tenant=self.xero.config["tenant"],
            budget={"per_minute": 1000},
        )
        cards = ConnectionConfig(
            id=CARDS,
            system="stripe",
            role="both",
            base_url="http://stripe.test",
            budget={"per_minute": 100_000},
            settings={"zone": "Australia/Sydney", "currency": "AUD"},
        )
        group = config(ledger, cards, tables=TABLES)
        place = group.locations[0].model_copy(update={"tracking": {"Location": "Geelong"}})
        self.hub: Hub = open_hub(
            engine,
            home,
            self.practice,
            group.model_copy(update={"locations": (place,), "settlements": (RULE,)}),
            targets={"xero": XERO},
            transports={TARGET: self.xero.transport, CARDS: self.cards.transport},
            renderer=RENDERER,
        )
        old = self.hub.kernel.plugins
        plugins = replace(
            old,
            sources={**old.sources, "stripe": STRIPE},
            normalisers={**old.normalisers, "stripe": NORMALISER},
        )
        self.hub.kernel = replace(self.hub.kernel, plugins=plugins)
        with self.hub.kernel.store.write(GROUP) as unit:
            connections.store_secret(unit, TARGET, "xero", "target", self.xero.secret)
            connections.store_secret(unit, CARDS, "stripe", "source", {"api_key": READER})

    def close(self) -> None:
        self.practice.close()
        self.cards.close()
        self.xero.control.close()
        self.xero.state.close()

    # --- what people do

    def charged(self, cents: int = 9800, **how: Any) -> tuple[dict[str, Any], str]:
        """An invoice and the charge that paid its page; nobody wrote it down yet."""
        invoice = self.practice.invoice(day=self.today)
        where = {"invoice": str(invoice["id"]), "location": MANLY, "patient": self.practice.patient}
        return invoice, self.cards.paid(request(invoice["number"], cents, **where), **how)

    def paid(self, cents: int = 9800, **how: Any) -> tuple[dict[str, Any], str]:
        """The same, and the desk recorded it."""
        invoice, charge = self.charged(cents, **how)
        self.record(invoice, cents)
        return invoice, charge

    def record(self, invoice: dict[str, Any], cents: int = 9800) -> None:
        self.practice.pay(invoice, cents, "Online card", day=self.today)

    @property
    def today(self) -> str:
        return self.clock.now().date().isoformat()

    def wait(self, days: int) -> None:
        self.cards.until(self.clock.now().day + days)

    # --- the hub

    def sync(self, *, nightly: bool = False) -> None:
        """Pull both, interpret, deliver until nothing is due."""
        self.clock.advance(60)
        self.hub.sync(nightly=nightly)
        kernel, until = self.hub.kernel, self.clock.now() + timedelta(hours=1)
        for report in ingest.pull_connection(kernel, GROUP, CARDS, until, nightly=nightly):
            assert report.error is None, report
        normalise.normalise(kernel, GROUP, CARDS, until)
        for _ in range(40):
            report = deliver.deliver(kernel, GROUP, TARGET, self.clock.now() + timedelta(hours=1))
            if report.next_due is None:
                return
            self.clock.advance(max((report.next_due - self.clock.now()).total_seconds(), 0.001))
        raise AssertionError("it never came to rest")

    def holds(self) -> list[tuple[str, str]]:
        kernel = self.hub.kernel
        return Office(kernel, FakeRenderer(), self.clock, kernel.connection(GROUP, TARGET)).holds()

    # --- what stands where

    def writes(self) -> list[dict[str, Any]]:
        """Requests that were to change the ledger, with the fault that struck each."""
        found = self.xero.requests()
        return [one for one in found if one["method"] != "GET" and one["path"].startswith("/api.xro/")]

    def balance(self, *codes: str) -> dict[str, int]:
        """Cents per account, as the ledger's own trial balance has them."""
        found = self.xero.ledger()["trial_balance"]
        return {code: found.get(code, 0) for code in codes or (CLEARING, BANK, FEES)}

    def books(self) -> Reconciliation:
        """Both books agree, and the clearing account is what is in transit and what is named, to the cent."""
        found = reconcile.reconcile(self.hub.kernel, GROUP)
        assert not found.unexplained, found.unexplained
        stands = sum(one.cents for one in found.in_transit) + sum(one.cents for one in found.named)
        (row,) = [r for r in found.clearing if r.account == CLEARING]
        assert (row.here, row.location) == (stands, "manly")
        assert row.target == self.balance()[CLEARING]
        return found


@pytest.fixture
def town(quick_engine: Engine, tmp_path: Path) -> Iterator[Town]:
    made = Town(quick_engine, tmp_path / "home")
    yield made
    made.close()


def test_a_payout_brings_clearing_to_zero(engine: Engine, tmp_path: Path) -> None:
    town = Town(engine, tmp_path / "home")
    invoice, _ = town.paid()
    town.sync()
    assert town.balance() == {CLEARING: 9800, BANK: 0, FEES: 0}
    found = town.books()
    assert [(one.item, one.cents) for one in found.in_transit] == [(f"NK-{invoice['number']}", 9800)]
    town.wait(4)
    town.sync()
    (payout,) = town.cards.ledger()["payouts"]
    assert town.holds() == []
    assert town.balance(CLEARING, BANK) == {CLEARING: 0, BANK: payout["amount"]}
    assert town.balance(FEES, "820") == {FEES: 179, "820": 17}  # told; of 1.96 the ledger would compute 18
    found = town.books()
    assert (found.agrees, found.in_transit, found.named) == (True, (), ())
    town.close()


def test_nothing_is_posted_twice_and_a_payout_read_again_changes_nothing(town: Town) -> None:
    """Its trace arrives days after the money: another version of the record, the same documents."""
    town.paid()
    town.sync()
    town.wait(4)
    town.sync()
    town.xero.forget_requests()
    town.wait(7)
    town.sync(nightly=True)
    (payout,) = town.cards.ledger()["payouts"]
    assert payout["trace_id"]["value"]
    town.cards.post(f"payouts/{payout['id']}", **{"metadata[words]": "read again"})
    town.sync()
    assert town.writes() == []
    assert town.books().agrees


def test_a_payout_on_its_way_is_expected_by_its_day(town: Town) -> None:
    town.paid()
    town.wait(2)
    town.sync()
    (payout,) = town.cards.ledger()["payouts"]
    assert payout["status"] != "paid"
    assert town.balance() == {CLEARING: 9800, BANK: 0, FEES: 0}
    assert len(town.books().in_transit) == 1
    assert town.holds() == []


def test_a_deposit_that_matches_nothing_is_named_until_the_practice_knows_it(town: Town) -> None:
    invoice, _ = town.charged()
    town.wait(4)
    town.sync()
    (payout,) = town.cards.ledger()["payouts"]
    assert town.holds() == [(payout["id"], "settlement:charge-unknown")]
    assert town.balance() == {CLEARING: -9800, BANK: payout["amount"], FEES: town.balance()[FEES]}
    found = town.books()
    assert [(one.item, one.cents, one.cause) for one in found.named] == [
        (payout["id"], -9800, "settlement:charge-unknown")
    ]
    town.record(invoice)
    town.sync()
    assert town.holds() == []
    assert (town.balance()[CLEARING], town.books().named) == (0, ())


def test_a_payout_short_by_a_refund_that_nobody_recorded(town: Town) -> None:
    (_, first), _ = town.paid(), town.paid()
    refund = town.cards.post("refunds", charge=first, amount=2500)
    assert refund["status"] == "succeeded"
    town.cards.hand("setup", interval="manual")  # the refund alone would be a payout of its own
    town.wait(3)
    town.cards.hand("setup", interval="daily")
    town.wait(5)
    town.sync()
    (payout,) = town.cards.ledger()["payouts"]
    assert town.holds() == [(payout["id"], "settlement:refund-unknown")]
    assert town.balance(CLEARING, BANK) == {CLEARING: 2500, BANK: payout["amount"]}
    (named,) = town.books().named
    assert (named.cents, named.cause) == (2500, "settlement:refund-unknown")


def test_a_negative_payout_takes_money_back_from_the_bank(town: Town) -> None:
    _, charge = town.paid()
    town.wait(4)
    town.sync()
    town.cards.post("refunds", charge=charge, amount=2500)
    town.wait(4)
    town.sync()
    amounts = [one["amount"] for one in town.cards.ledger()["payouts"]]
    assert min(amounts) == -2500
    assert town.balance(CLEARING, BANK) == {CLEARING: 2500, BANK: sum(amounts)}
    assert [one.cause for one in town.books().named] == ["settlement:refund-unknown"]


@pytest.mark.parametrize("way", ["dispute", "unknown", "manual"])
def test_what_a_person_decides_is_held_whole_with_its_amount(town: Town, way: str) -> None:
    town.cards.hand("setup", interval="manual")
    town.paid(9800, **({"card": "4000000000000259"} if way == "dispute" else {}))
    town.paid(9800)
    if way == "unknown":
        town.cards.hand("adjust", cents=-700, category="anticipation_repayment")
    town.wait(5)
    if way == "manual":
        town.cards.post("payouts", amount=5000, currency="aud")
        town.wait(3)
    else:
        town.cards.hand("pay_out")
    town.sync()
    (payout,) = town.cards.ledger()["payouts"]
    causes = {
        "dispute": "stripe:payout-dispute",
        "unknown": "stripe:payout-unknown",
        "manual": "stripe:payout-manual",
    }
    assert town.holds() == [(payout["id"], causes[way])]
    assert town.balance() == {CLEARING: 19600, BANK: 0, FEES: 0}
    found = town.books()
    held = [(one.item, one.cause) for one in found.named]
    assert held == ([(payout["id"], causes[way])] if way != "manual" else [])
    assert len(found.in_transit) == (0 if way != "manual" else 2)


def test_a_payout_that_fails_before_it_was_posted_posts_nothing(town: Town) -> None:
    town.paid()
    town.wait(4)
    (payout,) = town.cards.ledger()["payouts"]
    town.cards.hand("fail_payout", payout=payout["id"])
    town.sync()
    assert town.holds() == [(payout["id"], "stripe:payout-failed")]
    assert town.balance() == {CLEARING: 9800, BANK: 0, FEES: 0}
    assert [one.cents for one in town.books().named] == [9800]


def test_a_payout_that_fails_after_it_was_posted_is_held_as_it_stands(town: Town) -> None:
    town.paid()
    town.wait(4)
    town.sync()
    (payout,) = town.cards.ledger()["payouts"]
    before = town.balance()
    town.cards.hand("fail_payout", payout=payout["id"])
    town.sync()
    assert town.holds() == [(payout["id"], "stripe:payout-failed")]
    assert town.balance() == before
    found = reconcile.reconcile(town.hub.kernel, GROUP)
    assert not found.unexplained
    assert {one.cause for one in found.differences} == {"stripe:payout-failed"}


def test_settlements_are_held_until_somebody_writes_down_where_they_go(town: Town) -> None:
    kernel = town.hub.kernel
    whole = kernel.config(GROUP)
    store_config(
        kernel, GROUP, whole.model_copy(update={"settlements": (), "version": "less"}), "less", "test"
    )
    town.paid()
    town.wait(4)
    town.sync()
    (payout,) = town.cards.ledger()["payouts"]
    assert set(town.holds()) == {(payout["id"], f"unmapped:settlements:{CARDS}")}
    assert town.balance() == {CLEARING: 9800, BANK: 0, FEES: 0}
    store_config(kernel, GROUP, whole.model_copy(update={"version": "more"}), "more", "test")
    shown = plan.preview(kernel, GROUP, TARGET).steps
    assert town.balance()[BANK] == 0
    town.sync()
    assert town.holds() == []
    assert town.balance(CLEARING, BANK) == {CLEARING: 0, BANK: payout["amount"]}
    assert sorted((step.kind, step.cents) for step in shown) == [
        ("bank-payment", 196),
        ("contact", 0),
        ("transfer", payout["amount"]),
    ]


def test_the_tax_in_fees_is_what_the_payer_told_of_each_not_the_ledgers_of_their_sum(town: Town) -> None:
    for _ in range(4):
        town.paid()
    town.wait(5)
    town.sync()
    assert town.balance(FEES, "820") == {FEES: 4 * 179, "820": 4 * 17}  # a ledger's own of 7.84: 71
    assert town.books().agrees


def test_a_ledger_that_keeps_another_tax_is_held(town: Town) -> None:
    town.xero.state.settings["accept_tax_amount"] = False
    town.paid()
    town.wait(4)
    town.sync()
    (payout,) = town.cards.ledger()["payouts"]
    assert town.holds() == [(payout["id"], "target:total-differs")]
    assert town.balance(CLEARING, BANK, "820") == {CLEARING: 0, BANK: payout["amount"], "820": 18}


@pytest.mark.parametrize("path", ["BankTransactions", "BankTransfers"])
def test_a_lost_answer_is_looked_up_and_made_once(town: Town, path: str) -> None:
    town.paid()
    town.sync()
    town.wait(4)
    town.xero.fault(match={"path": f"/{path}$", "method": "PUT"}, kind="reset_after", times=1)
    town.sync()
    assert [one["fault"] for one in town.writes() if one["path"].endswith(path)] == ["reset_after"]
    (payout,) = town.cards.ledger()["payouts"]
    assert town.balance(CLEARING, BANK) == {CLEARING: 0, BANK: payout["amount"]}
    assert len(town.xero.look("BankTransfers")) == 1
    assert len(town.xero.look("BankTransactions", 'Type=="SPEND"')) == 1
    assert town.books().agrees
