"""Checkout Sessions and PaymentIntents: their states, and who may change them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from stripe_world import World


def test_a_declined_card_leaves_the_session_open(stripe_: World) -> None:
    session = stripe_.session()
    done = stripe_.hand("pay_session", session=session["id"], card="4000000000009995")
    assert done["status"] == "requires_payment_method"
    now = stripe_.get(f"checkout/sessions/{session['id']}")
    assert (now["status"], now["payment_status"]) == ("open", "unpaid")
    intent = stripe_.get(f"payment_intents/{done['payment_intent']}")
    assert intent["last_payment_error"]["decline_code"] == "insufficient_funds"
    assert stripe_.get(f"charges/{done['charge']}")["status"] == "failed"
    assert stripe_.hand("pay_session", session=session["id"])["status"] == "succeeded"
    assert stripe_.ledger()["balance"] == {"available": 0, "pending": 0}
    stripe_.clock.forward(seconds=3)
    assert stripe_.ledger()["balance"]["pending"] == 9900 - 198


def test_a_session_expires_by_the_clock(stripe_: World) -> None:
    expires = int(stripe_.clock.now().timestamp()) + 1800
    session = stripe_.session(expires_at=expires)
    stripe_.clock.forward(minutes=29)
    assert stripe_.get(f"checkout/sessions/{session['id']}")["status"] == "open"
    stripe_.clock.forward(minutes=1)
    assert stripe_.get(f"checkout/sessions/{session['id']}")["url"] is None
    assert stripe_.events()[-1] == "checkout.session.expired"
    answer = stripe_.http.post("/__control__/hands/pay_session", json={"session": session["id"]})
    assert (answer.status_code, answer.json()["error"]) == (400, "This Checkout Session is expired.")


def test_expiring_is_refused_once_it_was_paid(stripe_: World) -> None:
    session = stripe_.session()
    stripe_.hand("pay_session", session=session["id"])
    assert "complete" in stripe_.refused("POST", f"checkout/sessions/{session['id']}/expire")["message"]


def test_expiring_cancels_the_intent_and_nobody_else_may(make: Callable[..., World]) -> None:
    world = make(intent_shown=True)
    session = world.session()
    intent = session["payment_intent"]
    world.refused("POST", f"payment_intents/{intent}/cancel")
    world.refused("POST", f"payment_intents/{intent}/confirm", payment_method="pm_card_visa")
    assert world.post(f"checkout/sessions/{session['id']}/expire")["status"] == "expired"
    assert world.get(f"payment_intents/{intent}")["status"] == "canceled"


def test_metadata_goes_where_stripe_copies_it(stripe_: World) -> None:
    done = stripe_.paid()
    assert stripe_.get(f"charges/{done['charge']}")["metadata"] == {"hub_invoice_id": "inv-1"}
    refund = stripe_.post("refunds", charge=done["charge"], amount=100)
    assert refund["metadata"] == {}


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"success_url": ""}, "success_url"),
        ({"mode": "gift"}, "mode"),
        ({"expires_at": 1}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"line_items[0][price_data][unit_amount]": 49}, "line_items"),
        ({"line_items[0][price_data][unit_amount]": "12.50"}, "line_items[0][price_data][unit_amount]"),
        ({"line_items[0][price_data][colour]": "red"}, "line_items[0][price_data][colour]"),
        ({"metadata[k]": "v" * 501}, "metadata[k]"),
        ({"customer": "cus_nobody"}, "customer"),
        ({"payment_method_types[0]": "card"}, "payment_method_types"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_session_is_named(stripe_: World, change: dict[str, Any], param: str) -> None:
    line = "line_items[0]"
    form = {
        "mode": "payment",
        "success_url": "https://clinic.example/thanks",
        f"{line}[price_data][currency]": "aud",
        f"{line}[price_data][unit_amount]": 9900,
        f"{line}[price_data][product_data][name]": "Invoice",
        **change,
    }
    assert stripe_.refused("POST", "checkout/sessions", **form)["param"] == param
    assert stripe_.ledger()["sessions"] == []


def test_only_allowed_methods_are_offered(stripe_: World) -> None:
    session = stripe_.session(**{"allowed_payment_method_types[]": "card"})
    assert session["payment_method_types"] == ["card"]
    answer = stripe_.http.post(
        "/__control__/hands/pay_session", json={"session": session["id"], "method": "au_becs_debit"}
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("failed", [False, True])
def test_a_direct_debit_settles_days_later(stripe_: World, failed: bool) -> None:
    session = stripe_.session()
    done = stripe_.hand("pay_session", session=session["id"], method="au_becs_debit")
    now = stripe_.get(f"checkout/sessions/{session['id']}")
    assert (done["status"], now["status"], now["payment_status"]) == ("processing", "complete", "unpaid")
    if failed:
        stripe_.hand("settle_debit", payment_intent=done["payment_intent"], failed=True)
        assert stripe_.events()[-1] == "checkout.session.async_payment_failed"
        return
    stripe_.clock.forward(days=2)
    assert stripe_.get(f"checkout/sessions/{session['id']}")["payment_status"] == "paid"
    stripe_.clock.forward(seconds=3)
    (row,) = stripe_.get("balance_transactions")["data"]
    assert (row["type"], row["fee"]) == ("payment", 99 + 30)
    stripe_.hand("bounce_debit", charge=done["charge"])
    assert [row["type"] for row in stripe_.ledger()["rows"]] == ["payment", "payment_failure_refund"]


def test_authentication_and_capture(stripe_: World) -> None:
    form = {"amount": 5000, "currency": "aud", "confirm": "true"}
    intent = stripe_.post("payment_intents", payment_method="pm_card_authenticationRequired", **form)
    assert intent["status"] == "requires_action"
    error = stripe_.refused(
        "POST",
        "payment_intents",
        402,
        payment_method="pm_card_authenticationRequired",
        off_session="true",
        **form,
    )
    assert error["code"] == "authentication_required"
    assert error["payment_intent"]["status"] == "requires_payment_method"
    held = stripe_.post("payment_intents", payment_method="pm_card_visa", capture_method="manual", **form)
    assert held["status"] == "requires_capture"
    taken = stripe_.post(f"payment_intents/{held['id']}/capture", amount_to_capture=3000)
    assert (taken["status"], taken["amount_received"]) == ("succeeded", 3000)
    other = stripe_.post("payment_intents", amount=5000, currency="aud")
    assert stripe_.post(f"payment_intents/{other['id']}/cancel")["status"] == "canceled"
    stripe_.refused("POST", f"payment_intents/{other['id']}/confirm", payment_method="pm_card_visa")
