"""Webhooks: signed, retried, doubled, in any order, and spoiled on demand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import stripe
from stripe_world import World

SDK = stripe.StripeClient("sk_test_none")


def endpoint(world: World, *events: str, **more: Any) -> Any:
    form = {f"enabled_events[{n}]": event for n, event in enumerate(events or ("*",))}
    return world.post("webhook_endpoints", url="http://hub.test/hooks/stripe", **form, **more)


def types(world: World) -> list[str]:
    return [json.loads(hook.body)["type"] for hook in world.received]


def signed(hook: Any, secret: str) -> bool:
    try:
        SDK.construct_event(hook.body, dict(hook.headers)["Stripe-Signature"], secret, tolerance=0)
    except stripe.SignatureVerificationError:
        return False
    return True


def test_deliveries_verify_with_the_secret_that_is_shown_once(stripe_: World) -> None:
    made = endpoint(stripe_, api_version="2026-10-28.endive")
    assert "secret" not in stripe_.get(f"webhook_endpoints/{made['id']}")
    stripe_.paid()
    assert stripe_.deliver() == 5
    assert types(stripe_)[:4] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    assert all(signed(hook, made["secret"]) for hook in stripe_.received)
    assert not any(signed(hook, "whsec_other") for hook in stripe_.received)
    assert {json.loads(hook.body)["api_version"] for hook in stripe_.received} == {"2026-10-28.endive"}


def test_only_wanted_events_are_sent(stripe_: World) -> None:
    endpoint(stripe_, "charge.updated", "payout.paid")
    stripe_.paid()
    stripe_.deliver()
    assert types(stripe_) == ["charge.updated"]


def test_a_failed_delivery_is_sent_again_with_a_new_signature(stripe_: World) -> None:
    endpoint(stripe_, "charge.succeeded")
    stripe_.charge()
    stripe_.answers = [500, None]
    assert stripe_.deliver() == 1
    (event,) = stripe_.get("events", type="charge.succeeded", delivery_success="false")["data"]
    assert event["pending_webhooks"] == 1
    assert stripe_.deliver() == 0
    stripe_.clock.forward(seconds=61)
    stripe_.deliver()
    stripe_.clock.forward(seconds=301)
    stripe_.deliver()
    bodies = {hook.body for hook in stripe_.received}
    assert len(stripe_.received) == 3
    assert len(bodies) == 1
    assert len({dict(hook.headers)["Stripe-Signature"] for hook in stripe_.received}) == 3
    assert stripe_.get("events", type="charge.succeeded", delivery_success="false")["data"] == []


def test_it_gives_up_after_three_days(stripe_: World) -> None:
    endpoint(stripe_, "charge.succeeded")
    stripe_.charge()
    for _ in range(20):
        stripe_.answers = [500]
        stripe_.deliver()
        stripe_.clock.forward(days=1)
    assert len(stripe_.received) == 9
    assert stripe_.deliver() == 0


@pytest.mark.parametrize(
    ("switch", "check"),
    [
        ({"duplicate": True}, lambda w, before: len(before) == 1 and w.deliver() == 1),
        ({"drop": True}, lambda w, before: before == [] and w.events().count("charge.succeeded") == 1),
        ({"delay": 900}, lambda w, before: before == []),
        ({"livemode": True}, lambda w, before: json.loads(before[0].body)["livemode"] is True),
        (
            {"api_version": "2020-08-27"},
            lambda w, before: json.loads(before[0].body)["api_version"] == "2020-08-27",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_switches_spoil_deliveries(stripe_: World, switch: Any, check: Callable[[World, Any], bool]) -> None:
    endpoint(stripe_, "charge.succeeded")
    stripe_.hand("webhook_switches", **switch)
    stripe_.charge()
    stripe_.deliver()
    assert check(stripe_, list(stripe_.received))


def test_order_secret_and_time_can_be_wrong(stripe_: World) -> None:
    made = endpoint(stripe_, "charge.succeeded", "payment_intent.succeeded")
    stripe_.hand("webhook_switches", reverse=True, wrong_secret=True)
    stripe_.charge()
    stripe_.deliver()
    assert types(stripe_) == ["payment_intent.succeeded", "charge.succeeded"]
    assert not any(signed(hook, made["secret"]) for hook in stripe_.received)
    stripe_.received.clear()
    stripe_.hand("webhook_switches", old_timestamp=True)
    stripe_.charge()
    stripe_.deliver()
    at = dict(stripe_.received[0].headers)["Stripe-Signature"].split(",")[0]
    assert int(at[2:]) < stripe_.clock.now().timestamp() - 3000


def test_a_connect_endpoint_hears_of_connected_accounts(stripe_: World) -> None:
    stripe_.hand("setup", id="acct_clinic", name="Clinic", platform="acct_1Sandbox")
    endpoint(stripe_, "charge.succeeded", connect="true")
    stripe_.charge()
    assert stripe_.deliver() == 0
    form = {"amount": 4000, "currency": "aud", "payment_method": "pm_card_visa", "confirm": "true"}
    stripe_.post("payment_intents", {"Stripe-Account": "acct_clinic"}, **form)
    assert stripe_.deliver() == 1
    assert json.loads(stripe_.received[0].body)["account"] == "acct_clinic"
