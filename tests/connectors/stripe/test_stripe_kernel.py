"""Stripe through the real kernel: money in, payouts taken apart, what a person must decide, webhooks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from account_world import PMS, StripeWorld, request
from sqlalchemy import Engine
from stripe_bench import source_bench

from connectors.sandbox.shells import deliver_due
from connectors.sandbox.stripe import SANDBOX
from connectors.sandbox.stripe.state import DEFAULT_KEY
from connectors.sandbox.wire import OutgoingHook
from connectors.stripe import WEBHOOK
from hub import inbox, normalise
from hub.canonical import PartKind, Payment, Ref, Settlement, SettlementStatus
from hub.kernel import Kernel
from hub.receiver import vendor_hook
from hub.settings import Settings
from hub.store import connections, entities, issues
from tests.conformance.source_house import CONNECTION, GROUP, House, open_house


@dataclass
class Hub:
    """A hub connected to the account, with short names for what tests ask it."""

    house: House
    kernel: Kernel

    def sync(self, *, nightly: bool = False) -> None:
        reports = self.house.pull(nightly=nightly)
        assert not [report.error for report in reports.values() if report.error]
        self.normalise()

    def normalise(self) -> None:
        normalise.normalise(self.kernel, GROUP, CONNECTION, self.kernel.world.now() + timedelta(hours=1))

    def payments(self) -> list[Payment]:
        with self.kernel.store.read(GROUP) as unit:
            found = entities.all_of(unit, CONNECTION, Payment.kind)
            return [one for one in found if isinstance(one, Payment)]

    def settlements(self) -> list[Settlement]:
        with self.kernel.store.read(GROUP) as unit:
            found = entities.all_of(unit, CONNECTION, Settlement.kind)
            return [one for one in found if isinstance(one, Settlement)]

    def issues(self) -> list[tuple[str, int]]:
        """(cause, cents) of what is open."""
        with self.kernel.store.read(GROUP) as unit:
            return [(one.reason.code, one.reason.cents) for one in issues.list_open(unit)]


@pytest.fixture
def hub(world: StripeWorld, quick_engine: Engine, settings: Settings) -> Hub:
    bench = source_bench(world)
    world.hand("setup", interval="daily")
    house = open_house(bench, quick_engine, settings)
    kernel = replace(house.kernel, plugins=replace(house.kernel.plugins, webhooks={"stripe": WEBHOOK}))
    house.kernel = kernel
    return Hub(house, kernel)


def test_a_paid_session_is_a_payment_on_the_invoice_its_keys_name(world: StripeWorld, hub: Hub) -> None:
    charge = world.paid(request())
    hub.sync()
    (paid,) = hub.payments()
    assert (paid.source.source_id, paid.amount, paid.paid_on) == (charge, 9900, date(2026, 10, 5))
    assert (paid.pms, paid.location, paid.patient) == (PMS, "7", "88")
    assert [(a.invoice, a.amount) for a in paid.allocations] == [("514810", 9900)]
    with hub.kernel.store.read(GROUP) as unit:
        asked = Ref("invoice", "514810")
        assert entities.pointing_at(unit, PMS, asked, Payment.kind, anywhere=True) == [paid]
        assert entities.pointing_at(unit, PMS, asked, Payment.kind) == []


def test_an_automatic_payout_is_a_settlement_exact_to_the_cent(world: StripeWorld, hub: Hub) -> None:
    charges = [world.paid(request(f"HH-{n}", 9900 + n)) for n in range(3)]
    refund = world.post("refunds", charge=charges[0], amount=2500)["id"]
    world.hand("setup", interval="manual")  # the refund alone would be a payout of its own
    world.until(7)
    world.hand("setup", interval="daily")
    hub.sync()
    assert hub.settlements() == []
    world.until(9)
    hub.sync()
    (made,) = hub.settlements()
    gross, fees = 3 * 9900 + 3, 3 * 198
    assert (made.amount, made.status) == (gross - fees - 2500, SettlementStatus.ARRIVED)
    assert made.total(PartKind.CHARGE) == gross
    assert made.total(PartKind.FEE) == -fees
    assert sum(part.tax_cents or 0 for part in made.of(PartKind.FEE)) == -3 * 18
    assert {part.about for part in made.of(PartKind.CHARGE)} == {Ref("payment", one) for one in charges}
    assert [part.about for part in made.of(PartKind.REFUND)] == [Ref("payment", refund)]
    assert hub.issues() == []
    known = {paid.source.source_id: paid.amount for paid in hub.payments()}
    for part in made.of(PartKind.CHARGE, PartKind.REFUND):
        assert part.about is not None
        assert known[part.about.source_id] == part.amount


def test_a_payout_short_by_one_refund_is_held_and_not_guessed(world: StripeWorld, hub: Hub) -> None:
    world.paid(request())
    world.paid(request("HH-2", 4400))
    world.until(9)
    payout = world.ledger()["payouts"][0]["id"]
    listed = world.control.get(
        "/v1/balance_transactions", params={"payout": payout}, auth=(DEFAULT_KEY, "")
    ).json()
    listed["data"] = [row for row in listed["data"] if row["amount"] != 4400]
    spoilt = {"kind": "status", "status": 200, "times": None, "body": json.dumps(listed)}
    world.fault(match={"path": "^/v1/balance_transactions$"}, **spoilt)
    hub.sync()
    assert hub.settlements() == []
    ((cause, cents),) = hub.issues()
    assert (cause, cents) == ("bundle:incomplete", 9900 + 4400 - 198 - 104)


def test_a_dispute_waits_for_a_person_until_it_is_won(world: StripeWorld, hub: Hub) -> None:
    world.paid(request(), card="4000000000000259")
    world.clock.advance(3)
    hub.sync()
    assert hub.issues() == [("stripe:dispute", 9900)]
    assert [paid.amount for paid in hub.payments()] == [9900]
    dispute = world.ledger()["disputes"][0]["id"]
    world.hand("close_dispute", dispute=dispute, won=True)
    hub.sync()
    assert hub.issues() == []


def test_a_lost_dispute_and_the_payout_that_holds_it_say_what_to_post(world: StripeWorld, hub: Hub) -> None:
    world.hand("setup", interval="manual")
    world.paid(request("HH-0", 50_000))
    world.paid(request(), card="4000000000000259")
    world.until(8)
    world.hand("close_dispute", dispute=world.ledger()["disputes"][0]["id"], won=False)
    world.hand("pay_out")
    hub.sync()
    assert sorted(hub.issues()) == [("stripe:dispute-lost", 9900), ("stripe:payout-dispute", -9900)]
    (made,) = hub.settlements()
    assert made.total(PartKind.DISPUTE) == -9900


def test_a_payout_that_fails_after_it_was_paid(world: StripeWorld, hub: Hub) -> None:
    world.paid(request())
    world.until(9)
    hub.sync()
    (before,) = hub.settlements()
    world.hand("fail_payout", payout=before.number)
    hub.sync()
    (now,) = hub.settlements()
    assert (now.status, now.parts) == (SettlementStatus.FAILED, before.parts)
    assert hub.issues() == [("stripe:payout-failed", 9702)]
    world.until(15)
    hub.sync()
    assert sorted(hub.issues()) == [("stripe:payout-earlier", 9702), ("stripe:payout-failed", 9702)]
    again = next(one for one in hub.settlements() if one.number != now.number)
    assert [part.about for part in again.parts] == [Ref("settlement", now.number)]


def test_a_manual_payout_is_shown_with_its_amount_and_not_taken_apart(world: StripeWorld, hub: Hub) -> None:
    world.hand("setup", interval="manual")
    world.paid(request(), card="4000000000000077")
    payout = world.post("payouts", amount=5000, currency="aud")["id"]
    hub.sync()
    (made,) = hub.settlements()
    assert [(part.kind, part.amount) for part in made.parts] == [(PartKind.UNKNOWN, 5000)]
    assert hub.issues() == [("stripe:payout-manual", 5000)]
    world.post(f"payouts/{payout}/cancel")
    hub.sync()
    assert (hub.settlements(), hub.issues()) == ([], [])


def test_a_refund_that_comes_back_is_no_payment_any_more(world: StripeWorld, hub: Hub) -> None:
    charge = world.paid(request())
    refund = world.post("refunds", charge=charge, amount=2500)["id"]
    hub.sync()
    assert sorted(paid.amount for paid in hub.payments()) == [-2500, 9900]
    world.hand("fail_refund", refund=refund)
    hub.sync()
    assert [paid.amount for paid in hub.payments()] == [9900]
    assert hub.issues() == [("stripe:refund-failed", 2500)]


def test_a_feed_that_is_lost_is_listed_anew(world: StripeWorld, hub: Hub) -> None:
    hub.sync()
    world.paid(request())
    hub.sync()
    world.clock.advance(40 * 86_400)
    late = world.paid(request("HH-2", 4400))
    first = hub.house.pull()
    assert {report.error.code for report in first.values() if report.error} == {"feed-lost"}
    hub.sync()
    assert late in [paid.source.source_id for paid in hub.payments()]


@pytest.mark.parametrize("switches", [{}, {"duplicate": True}, {"reverse": True}, {"drop": True}], ids=str)
def test_webhooks_only_say_where_to_look(world: StripeWorld, hub: Hub, switches: dict[str, bool]) -> None:
    """Doubled, in any order or never delivered: the payment is the same, with a webhook only sooner."""
    hub.sync()
    secret = world.post("webhook_endpoints", url="http://hub.test/", **{"enabled_events[]": "*"})["secret"]
    with hub.kernel.store.write(GROUP, "test") as unit:
        kept = {"api_key": "rk_test_reader_canary", "webhook_key": secret}
        connections.store_secret(unit, CONNECTION, "stripe", "source", kept)
    world.hand("webhook_switches", **switches)
    charge = world.paid(request())

    def receive(hook: OutgoingHook) -> int:
        return vendor_hook(hub.kernel, GROUP, CONNECTION, hook.body, dict(hook.headers))

    send: Callable[[], int] = lambda: deliver_due(SANDBOX, world.state, world.clock, receive)  # noqa: E731
    while send():
        pass
    inbox.handle(hub.kernel, GROUP, world.clock.now() + timedelta(hours=1))
    assert [paid.source.source_id for paid in hub.payments()] == ([] if "drop" in switches else [charge])
    hub.sync()
    (paid,) = hub.payments()
    assert (paid.source.source_id, paid.amount) == (charge, 9900)


def test_a_webhook_signed_by_somebody_else_is_refused(world: StripeWorld, hub: Hub) -> None:
    with hub.kernel.store.write(GROUP, "test") as unit:
        kept = {"api_key": "rk_test_reader_canary", "webhook_key": "whsec_ours"}
        connections.store_secret(unit, CONNECTION, "stripe", "source", kept)
    world.post("webhook_endpoints", url="http://hub.test/", **{"enabled_events[]": "*"})
    world.paid(request())
    statuses: list[int] = []

    def receive(hook: OutgoingHook) -> int:
        statuses.append(vendor_hook(hub.kernel, GROUP, CONNECTION, hook.body, dict(hook.headers)))
        return statuses[-1]

    deliver_due(SANDBOX, world.state, world.clock, receive)
    assert set(statuses) == {401}
    assert inbox.handle(hub.kernel, GROUP, world.clock.now() + timedelta(hours=1)).handled == 0
