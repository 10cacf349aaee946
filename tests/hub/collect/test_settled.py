"""The whole way of card money: asked for, paid, written back, in clearing, paid out, at the bank."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hub import reconcile
from hub.config.store import store_config
from tests.support.payouts import payouts_rule
from tests.support.street import CLEARING, GROUP, STRIPE, TARGET, Street

BANK = "1001"


@pytest.fixture
def street(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Street]:
    """With payouts each day, and a rule for them."""
    made = Street(sqlite_engine, tmp_path / "home")
    rule = payouts_rule(STRIPE, TARGET, {"manly": CLEARING})
    group = made.group("both").model_copy(update={"settlements": (rule,), "version": "settled"})
    store_config(made.kernel, GROUP, group, "settled", "test")
    made.cards.hand("setup", interval="daily")
    yield made
    made.close()


def paid(street: Street) -> str:
    """A bill whose page was asked for and paid; the charge."""
    bill = street.bill()
    street.sync()
    street.ask(bill)
    charge = street.cards.pay()
    street.sync()
    return charge


def wait(street: Street, days: int) -> None:
    for _ in range(days):
        street.clock.advance(86_400)
        street.cards.http.get("/__control__/ledger")
    street.sync()


def balance(street: Street) -> tuple[int, int]:
    """Cents in clearing and at the bank, by the ledger's own trial balance."""
    found = street.xero.ledger()["trial_balance"]
    return found.get(CLEARING, 0), found.get(BANK, 0)


def test_from_the_page_to_the_bank(street: Street) -> None:
    paid(street)
    assert balance(street) == (9800, 0)
    found = reconcile.reconcile(street.kernel, GROUP)
    assert [(one.account, one.cents) for one in found.in_transit] == [(CLEARING, 9800)]
    wait(street, 8)
    (payout,) = street.cards.http.get("/__control__/ledger").json()["payouts"]
    assert balance(street) == (0, payout["amount"])
    assert (street.holds(), street.work()) == ([], [])
    found = reconcile.reconcile(street.kernel, GROUP)
    assert (found.agrees, found.in_transit, found.named) == (True, (), ())


def test_a_refund_staff_have_not_entered_is_work_for_them_and_named_in_clearing(street: Street) -> None:
    """One refund, told in both places where somebody looks: what to do, and what the account lacks."""
    first, _ = paid(street), paid(street)
    street.cards.hand("setup", interval="manual")  # the refund alone would be a payout of its own
    street.cards.give_back(first, 2500)
    wait(street, 4)
    street.cards.hand("pay_out")
    wait(street, 1)
    (payout,) = street.cards.http.get("/__control__/ledger").json()["payouts"]
    assert [item.todo.kind for item in street.work()] == ["record-refund"]
    assert street.holds() == [(payout["id"], "settlement:refund-unknown")]
    assert balance(street) == (2500, payout["amount"])
    found = reconcile.reconcile(street.kernel, GROUP)
    assert [(one.cents, one.cause) for one in found.named] == [(2500, "settlement:refund-unknown")]
    assert not found.unexplained
