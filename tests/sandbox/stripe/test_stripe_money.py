"""The balance and its payouts: every cent has a row, and the clock moves payouts along."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from stripe_world import World


def balanced(world: World) -> dict[str, int]:
    """The balance, once it is the sum of all rows and each row adds up."""
    ledger = world.ledger()
    for row in ledger["rows"]:
        assert row["net"] == row["amount"] - row["fee"]
        assert sum(part["amount"] for part in row["fee_details"]) == row["fee"]
    found = ledger["balance"]
    assert sum(row["net"] for row in ledger["rows"]) == found["available"] + found["pending"]
    return found


def test_a_fee_shows_its_gst(make: Callable[..., World]) -> None:
    world = make()
    row = world.get(f"balance_transactions/{world.charge(10000)['balance_transaction']}")
    assert {part["type"]: part["amount"] for part in row["fee_details"]} == {"stripe_fee": 182, "tax": 18}
    plain = make(split_gst=False, card_fee=[350, 30])
    row = plain.get(f"balance_transactions/{plain.charge(10000)['balance_transaction']}")
    assert [(part["type"], part["amount"]) for part in row["fee_details"]] == [("stripe_fee", 380)]


def test_the_balance_transaction_comes_later(stripe_: World) -> None:
    form = {"amount": 5000, "currency": "aud", "payment_method": "pm_card_visa", "confirm": "true"}
    intent = stripe_.post("payment_intents", **form)
    assert stripe_.get(f"charges/{intent['latest_charge']}")["balance_transaction"] is None
    stripe_.clock.forward(seconds=2)
    assert stripe_.get(f"charges/{intent['latest_charge']}")["balance_transaction"]
    assert stripe_.events()[-1] == "charge.updated"
    (event,) = stripe_.get("events", type="charge.updated")["data"]
    assert event["data"]["previous_attributes"] == {"balance_transaction": None}
    at_once = stripe_.post("payment_intents", capture_method="automatic", **form)
    assert stripe_.get(f"charges/{at_once['latest_charge']}")["balance_transaction"]


def test_staff_take_and_give_back_money_in_the_dashboard(stripe_: World) -> None:
    """A charge without any page, refunded there; and two Event objects made of one change."""
    charge = stripe_.hand("take_charge", cents=6600, description="Telephone")
    assert (charge["amount_captured"], charge["metadata"]) == (6600, {})
    stripe_.clock.forward(seconds=2)
    refund = stripe_.hand("refund", charge=charge["id"], cents=2000)
    assert (refund["amount"], refund["status"]) == (2000, "succeeded")
    assert stripe_.hand("refund", charge=charge["id"])["amount"] == 4600
    assert balanced(stripe_) == {"available": -6600, "pending": 6600 - 142}
    (told,) = stripe_.get("events", type="charge.succeeded")["data"]
    stripe_.hand("repeat_event", event=told["id"])
    again, first = stripe_.get("events", type="charge.succeeded")["data"]
    assert (again["data"], again["id"] != first["id"]) == (first["data"], True)


def test_money_is_booked_by_the_storys_clock(stripe_: World) -> None:
    """A clock that jumps past it has booked it, however little real time went by."""
    story = stripe_.clock.now()
    for moment in (story, story.replace(year=story.year + 1)):
        stripe_.http.post("/__control__/clock", json={"story": moment.isoformat()})
        if moment == story:
            stripe_.hand("take_charge", cents=6600)
    (row,) = [row for row in stripe_.ledger()["rows"] if row["type"] == "charge"]
    assert (row["amount"], row["payout"] is not None) == (6600, True)


def test_a_payout_goes_its_way(stripe_: World) -> None:
    charge = stripe_.charge(10000)
    refund = stripe_.post("refunds", charge=charge["id"], amount=2500)
    assert stripe_.get("payouts")["data"] == []
    stripe_.clock.forward(days=1)  # Tuesday: the refund alone would make the balance negative
    stripe_.clock.at = stripe_.clock.at.replace(day=7, hour=1)
    (first, negative) = stripe_.get("payouts")["data"]
    assert (first["amount"], first["status"]) == (10000 - 200, "pending")
    assert (negative["amount"], negative["status"]) == (-2500, "paid")
    assert datetime.fromtimestamp(first["arrival_date"], UTC).date() == date(2026, 10, 8)
    stripe_.clock.forward(hours=6)
    assert stripe_.get(f"payouts/{first['id']}")["status"] == "in_transit"
    stripe_.clock.forward(hours=17)
    assert stripe_.get(f"payouts/{first['id']}")["status"] == "paid"
    assert len(stripe_.get("balance_transactions", payout=first["id"])["data"]) == 1
    stripe_.clock.forward(hours=1)
    now = stripe_.get(f"payouts/{first['id']}")
    assert (now["reconciliation_status"], now["trace_id"]["status"]) == ("completed", "pending")
    rows = stripe_.get("balance_transactions", payout=first["id"])["data"]
    assert [(row["type"], row["net"]) for row in rows] == [("payout", -9800), ("charge", 9800)]
    assert [row["type"] for row in stripe_.get("balance_transactions", source=refund["id"])["data"]] == [
        "refund"
    ]
    stripe_.clock.forward(days=3)
    assert stripe_.get(f"payouts/{first['id']}")["trace_id"]["status"] == "supported"
    assert balanced(stripe_) == {"available": 0, "pending": 0}


def test_a_failed_payout_comes_back_and_a_later_one_carries_it(stripe_: World) -> None:
    stripe_.charge(10000)
    stripe_.clock.forward(days=4)
    (payout,) = stripe_.get("payouts", status="paid")["data"]
    stripe_.hand("fail_payout", payout=payout["id"])
    failed = stripe_.get(f"payouts/{payout['id']}")
    assert (failed["status"], failed["failure_code"]) == ("failed", "account_closed")
    assert balanced(stripe_)["available"] == 9800
    stripe_.clock.forward(days=5)
    again = stripe_.get("payouts")["data"][0]
    assert again["amount"] == 9800
    rows = stripe_.get("balance_transactions", payout=again["id"])["data"]
    assert sorted(row["type"] for row in rows) == ["payout", "payout_failure"]


def test_a_manual_payout_cannot_be_taken_apart(stripe_: World) -> None:
    stripe_.hand("setup", interval="manual")
    stripe_.charge(10000, "pm_card_bypassPending")
    assert stripe_.refused("POST", "payouts", amount=9801, currency="aud")["code"] == "balance_insufficient"
    payout = stripe_.post("payouts", amount=5000, currency="aud")
    assert (payout["automatic"], payout["reconciliation_status"]) == (False, "not_applicable")
    assert stripe_.refused("GET", "balance_transactions", payout=payout["id"])["param"] == "payout"
    assert stripe_.post(f"payouts/{payout['id']}/cancel")["status"] == "canceled"
    assert balanced(stripe_) == {"available": 9800, "pending": 0}
    second = stripe_.post("payouts", amount=5000, currency="aud")
    stripe_.clock.forward(days=1)
    stripe_.refused("POST", f"payouts/{second['id']}/cancel")
    stripe_.refused("POST", f"payouts/{second['id']}/reverse")


def test_refunds_in_parts_and_too_much(stripe_: World) -> None:
    charge = stripe_.charge(10000)
    stripe_.post("refunds", charge=charge["id"], amount=4000)
    assert "6000" in stripe_.refused("POST", "refunds", charge=charge["id"], amount=6001)["message"]
    rest = stripe_.post("refunds", payment_intent=charge["payment_intent"])
    assert rest["amount"] == 6000
    assert stripe_.get(f"charges/{charge['id']}")["refunded"] is True
    assert stripe_.refused("POST", "refunds", charge=charge["id"])["code"] == "charge_already_refunded"
    stripe_.hand("fail_refund", refund=rest["id"])
    assert stripe_.get(f"refunds/{rest['id']}")["failure_balance_transaction"]
    assert stripe_.get(f"charges/{charge['id']}")["amount_refunded"] == 4000
    assert balanced(stripe_) == {"available": -4000, "pending": 9800}


def test_a_refund_waits_for_money_where_the_bank_is_not_debited(stripe_: World) -> None:
    stripe_.hand("setup", debit_negative_balances=False)
    charge = stripe_.charge(10000)
    refund = stripe_.post("refunds", charge=charge["id"])
    assert (refund["status"], refund["pending_reason"]) == ("pending", "insufficient_funds")
    stripe_.hand("setup", interval="manual")
    stripe_.charge(20000, "pm_card_bypassPending")
    stripe_.clock.forward(days=1)
    assert stripe_.get(f"refunds/{refund['id']}")["status"] == "succeeded"


@pytest.mark.parametrize(("shape", "rows"), [("combined", 1), ("split", 2)])
@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_takes_the_amount_and_a_fee(
    make: Callable[..., World], shape: str, rows: int, won: bool
) -> None:
    world = make(dispute_rows=shape)
    charge = world.charge(10000, "pm_card_createDispute")
    (dispute,) = world.get("disputes", charge=charge["id"])["data"]
    taken = world.get("balance_transactions", source=dispute["id"])["data"]
    assert len(taken) == rows
    assert sum(row["net"] for row in taken) == -12500
    assert world.refused("POST", "refunds", charge=charge["id"])["code"] == "charge_disputed"
    world.hand("close_dispute", dispute=dispute["id"], won=won)
    assert balanced(world) == {"available": -2500 if won else -12500, "pending": 9800}
    assert world.get(f"disputes/{dispute['id']}")["status"] == ("won" if won else "lost")


def test_an_inquiry_moves_no_money(stripe_: World) -> None:
    charge = stripe_.charge(10000, "pm_card_createDisputeInquiry")
    (dispute,) = stripe_.get("disputes")["data"]
    assert dispute["status"] == "warning_needs_response"
    assert stripe_.get(f"charges/{charge['id']}")["disputed"] is False
    assert balanced(stripe_) == {"available": 0, "pending": 9800}


def test_a_story_that_jumps_leaves_what_its_days_would_have_left(stripe_: World) -> None:
    stripe_.http.post("/__control__/clock", json={"story": "2026-05-01T10:00:00+10:00"})
    stripe_.charge(10000)
    stripe_.http.post("/__control__/clock", json={"story": "2026-05-29T10:00:00+10:00"})
    (payout,) = stripe_.get("payouts")["data"]
    assert datetime.fromtimestamp(payout["arrival_date"], UTC).date() == date(2026, 5, 6)
    assert payout["reconciliation_status"] == "completed"
