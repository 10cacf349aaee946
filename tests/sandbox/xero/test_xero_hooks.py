"""Webhooks: signature, intent to receive, retries, order, switching off."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from connectors.sandbox.shells import deliver_due
from connectors.sandbox.xero import SANDBOX

KEY = "webhook-key"


class Receiver:
    """Answers as a right receiver does, or with `status` when set."""

    def __init__(self):
        self.bodies, self.status = [], None

    def __call__(self, hook):
        right = base64.b64encode(hmac.new(KEY.encode(), hook.body, hashlib.sha256).digest()).decode()
        if dict(hook.headers)["x-xero-signature"] != right:
            return 401
        if self.status is not None:
            return self.status
        self.bodies.append(json.loads(hook.body))
        return 200

    @property
    def events(self):
        return [event for body in self.bodies for event in body["events"]]


@pytest.fixture
def receiver(xero):
    receiver = Receiver()
    xero.hand("register_webhook", {"client_id": "app-1", "url": "http://hub.test/xero", "key": KEY})
    pump(xero, receiver)
    assert [body["events"] for body in receiver.bodies] == [[], []]
    receiver.bodies.clear()
    return receiver


def pump(xero, receiver):
    while deliver_due(SANDBOX, xero.state, xero.clock, receiver):
        pass


def status(xero):
    return xero.hand("webhooks")["webhooks"][0]["status"]


def test_a_receiver_that_believes_wrong_signatures_is_not_enabled(xero):
    xero.hand("register_webhook", {"client_id": "app-1", "url": "http://hub.test/xero", "key": KEY})
    pump(xero, lambda hook: 200)
    xero.contact()
    assert status(xero) == "FAILED"
    assert deliver_due(SANDBOX, xero.state, xero.clock, lambda hook: 200) == 0


def test_events_of_writes_and_of_hands(xero, receiver):
    made = xero.invoice("HH-1")
    xero.pay(made["InvoiceID"], 100)
    xero.hand("rename_contact", {"number": "C-HH-1", "to": "Renamed"})
    xero.hand("reconcile_payment", {"number": "HH-1"})
    pump(xero, receiver)
    seen = [(e["eventCategory"], e["eventType"]) for e in receiver.events]
    assert seen == [
        ("CONTACT", "CREATE"),
        ("INVOICE", "CREATE"),
        ("INVOICE", "UPDATE"),  # a payment has no event of its own
        ("CONTACT", "UPDATE"),
    ]
    event = receiver.events[1]
    assert (event["resourceId"], event["tenantId"]) == (made["InvoiceID"], xero.tenant)
    assert event["eventDateUtc"] == "2026-10-12T01:02:03.456"
    assert (receiver.bodies[0]["firstEventSequence"], receiver.bodies[-1]["lastEventSequence"]) == (1, 4)


def test_credit_note_events_carry_type_and_status(xero, receiver):
    lines = [{"cents": 100, "account": "200"}]
    xero.hand("create_credit_note", {"contact": "Someone", "lines": lines, "date": "2026-10-05"})
    pump(xero, receiver)
    assert receiver.events[-1]["data"] == {"Type": "ACCRECCREDIT", "Status": "AUTHORISED"}


def test_retried_at_once_then_every_15_minutes_then_switched_off(xero, receiver):
    receiver.status = 500
    xero.contact()
    tries = 0
    while status(xero) == "OK":
        tries += deliver_due(SANDBOX, xero.state, xero.clock, receiver)
        if tries >= 2:
            xero.clock.forward(minutes=15)
    assert tries == 2 + 24 * 4 + 1
    assert status(xero) == "OFF"
    xero.login()
    xero.contact("Later", "later")
    receiver.status = None
    xero.hand("enable_webhook", {"client_id": "app-1"})
    pump(xero, receiver)
    assert [e["eventType"] for e in receiver.events] == ["CREATE", "CREATE"]  # the burst of old events


def test_a_lost_answer_brings_the_same_events_again(xero, receiver):
    xero.contact()
    receiver.status = None
    lost = Receiver()
    deliver_due(SANDBOX, xero.state, xero.clock, lambda hook: lost(hook) and None)
    pump(xero, receiver)
    assert receiver.events == lost.events


def test_reverse_order_and_duplicates_by_hand(xero, receiver):
    xero.hand("enable_webhook", {"client_id": "app-1", "reverse": True})
    pump(xero, receiver)
    xero.send("PUT", "Contacts", {"Name": "A"}, {"Name": "B"})
    pump(xero, receiver)
    first = receiver.events
    assert [e["resourceId"] for e in first] == [c["ContactID"] for c in xero.get("/Contacts")["Contacts"]][
        ::-1
    ]
    xero.hand("resend_events", {"client_id": "app-1", "events": first})
    pump(xero, receiver)
    assert sorted(e["resourceId"] for e in receiver.events[2:]) == sorted(e["resourceId"] for e in first)
