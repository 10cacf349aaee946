"""Stripe's webhook scheme: raw bytes, a tolerance either way, rolled secrets, and what an event hints at."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from account_world import StripeWorld, request

from connectors.sandbox.shells import deliver_due
from connectors.sandbox.stripe import SANDBOX
from connectors.sandbox.wire import OutgoingHook
from connectors.stripe import WEBHOOK
from connectors.stripe.webhook import TOLERANCE, sign
from hub.contracts import Hint
from hub.errors import Malformed

NOW = datetime(2026, 10, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
BODY = b'{"id": "evt_1",  "type": "charge.updated"}'


def verify(header: str, *, body: bytes = BODY, secret: str = "whsec_1", now: datetime = NOW) -> bool:
    return WEBHOOK.verify(body, {"Stripe-Signature": header}, secret, now)


def test_only_the_raw_bytes_under_the_secret_verify() -> None:
    good = sign(BODY, "whsec_1", AT)
    assert verify(good)
    assert WEBHOOK.verify(BODY, {"stripe-signature": good}, "whsec_1", NOW)
    assert not verify(good, body=json.dumps(json.loads(BODY)).encode())
    assert not verify(good, secret="whsec_2")
    assert not WEBHOOK.verify(BODY, {}, "whsec_1", NOW)


def test_it_is_the_scheme_of_the_sdk() -> None:
    theirs = stripe.WebhookSignature.generate_signature_header(BODY.decode(), "whsec_1", timestamp=AT)
    assert verify(theirs)
    assert stripe.WebhookSignature.verify_header(BODY, sign(BODY, "whsec_1", AT), "whsec_1", tolerance=0)


def test_either_of_two_signatures_passes_while_a_secret_is_rolled() -> None:
    old, new = (sign(BODY, secret, AT).partition("v1=")[2] for secret in ("whsec_old", "whsec_1"))
    assert verify(f"t={AT},v1={old},v1={new},v0={old}")
    assert not verify(f"t={AT},v0={new}")


@pytest.mark.parametrize(("seconds", "passes"), [(0, True), (TOLERANCE, True), (TOLERANCE + 1, False)])
@pytest.mark.parametrize("direction", [1, -1])
def test_a_time_too_far_away_is_refused_before_and_after(seconds: int, passes: bool, direction: int) -> None:
    assert verify(sign(BODY, "whsec_1", AT), now=NOW + timedelta(seconds=seconds * direction)) is passes


@pytest.mark.parametrize(
    "header", ["", "t=,v1=", "t=now,v1=aa", f"v1=aa,t={AT},t={AT}", "t=²,v1=aa", "t=" + "9" * 400, "=,=", "ü"]
)
def test_odd_headers_are_refused(header: str) -> None:
    assert verify(header) is False


def event(kind: str, object_id: str = "ch_1", **more: Any) -> bytes:
    return json.dumps({"id": "evt_1", "type": kind, "data": {"object": {"id": object_id}}, **more}).encode()


def test_events_become_hints() -> None:
    assert WEBHOOK.hints(event("charge.updated")) == [Hint("charges", "ch_1", "evt_1", None)]
    assert WEBHOOK.hints(event("charge.dispute.created", "dp_1"))[0].stream == "disputes"
    assert WEBHOOK.hints(event("payout.reconciliation_completed", "po_1"))[0].stream == "payouts"
    assert WEBHOOK.hints(event("refund.failed", "re_1", account="acct_2"))[0].scope == "acct_2"
    session = WEBHOOK.hints(event("checkout.session.expired", "cs_1"))
    assert [hint.stream for hint in session] == ["checkout_sessions", "payment-request"]
    assert WEBHOOK.hints(event("customer.created", "cus_1")) == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"not json", b'{"data": {}}', b'{"type": "x", "data": []}', b'"\xff"']
)
def test_what_is_no_event_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        WEBHOOK.hints(body)


@pytest.mark.parametrize("switch", ["", "wrong_secret", "old_timestamp"])
def test_deliveries_of_the_sandbox_verify_unless_they_are_spoiled(world: StripeWorld, switch: str) -> None:
    form = {"url": "http://hub.test/hooks/harbour/stripe", "enabled_events[]": "*"}
    secret = world.post("webhook_endpoints", **form)["secret"]
    world.hand("webhook_switches", **({switch: True} if switch else {}))
    world.paid(request())
    received: list[OutgoingHook] = []
    deliver_due(SANDBOX, world.state, world.clock, lambda hook: received.append(hook) or 200)
    assert len(received) == 5
    verified = {WEBHOOK.verify(one.body, dict(one.headers), secret, world.clock.now()) for one in received}
    assert verified == {not switch}
    hinted = {hint.stream for one in received for hint in WEBHOOK.hints(one.body)}
    assert hinted == {"charges", "checkout_sessions", "payment-request"}
