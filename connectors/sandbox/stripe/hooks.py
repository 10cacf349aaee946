"""Webhook endpoints' deliveries: signed anew for each try, retried, and spoiled on demand.

Signature: `t=<epoch>,v1=<HMAC-SHA256 of "t.body" under the whole secret>` (Stripe docs: webhooks). Order is
not kept and duplicates happen; the switches below make either on purpose.

`hands/webhook_switches` sets, until changed: duplicate (each success is sent once more), reverse (newest
first), delay (seconds before the first try), drop (never sent, counted as delivered), wrong_secret,
old_timestamp (t an hour ago), api_version (of payloads), livemode (of payloads).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from connectors.sandbox.wire import OutgoingHook

if TYPE_CHECKING:
    from connectors.sandbox.stripe.book import Book
    from connectors.sandbox.stripe.state import StripeState

Doc = dict[str, Any]
SWITCHES = (
    "duplicate",
    "reverse",
    "delay",
    "drop",
    "wrong_secret",
    "old_timestamp",
    "api_version",
    "livemode",
)


def queue(book: Book, event: Doc) -> int:
    """Queue an event for the endpoints that want it; how many. Connect endpoints belong to the platform."""
    state, found = book.state, 0
    homes = [(book.account["id"], False)]
    if book.account["platform"]:
        homes.append((book.account["platform"], True))
    for home, connect in homes:
        for endpoint in state.store.all(f"{home}/webhook_endpoint"):
            wanted = endpoint["enabled_events"]
            if endpoint["status"] != "enabled" or endpoint["_connect"] != connect:
                continue
            if "*" not in wanted and event["type"] not in wanted:
                continue
            found += 1
            if switches(state).get("drop"):
                continue
            send(state, home, endpoint, book.account["id"], event, book.now, connect)
    return found


def send(
    state: StripeState, home: str, endpoint: Doc, account: str, event: Doc, now: int, connect: bool
) -> None:
    """Queue one delivery."""
    number = str(state.store.next("delivery"))
    delivery = {
        "id": number,
        "home": home,
        "endpoint": endpoint["id"],
        "account": account,
        "event": event["id"],
        "connect": connect,
        "due": now + int(switches(state).get("delay") or 0),
        "tries": 0,
        "again": bool(switches(state).get("duplicate")),
    }
    state.store.put("delivery", number, delivery)


def switches(state: StripeState) -> Doc:
    """What `hands/webhook_switches` set (shared)."""
    return state.store.peek("__control__", "webhooks") or {}


def due(state: StripeState, now: int) -> list[OutgoingHook]:
    """What to send now, each delivery at most once at a time."""
    waiting = [d for d in state.store.all("delivery") if d["due"] <= now and d["id"] not in state.in_flight]
    if switches(state).get("reverse"):
        waiting.reverse()
    found = []
    for delivery in waiting:
        endpoint = state.store.peek(f"{delivery['home']}/webhook_endpoint", delivery["endpoint"])
        event = state.store.peek(f"{delivery['account']}/event", delivery["event"])
        if endpoint is None or event is None or endpoint["status"] != "enabled":
            state.store.delete("delivery", delivery["id"])
            continue
        state.in_flight.add(delivery["id"])
        found.append(_signed(state, delivery, endpoint, event, now))
    state.store.commit()
    return found


def settle(state: StripeState, now: int, id: str, status: int | None) -> None:
    """Any 2xx is a success; else the next try comes later, until Stripe gives up."""
    state.in_flight.discard(id)
    delivery = state.store.get("delivery", id)
    if delivery is None:
        return
    delivery["tries"] += 1
    waits = state.switch("retries")
    if status is not None and 200 <= status < 300:
        if delivery["again"]:
            delivery |= {"again": False, "due": now}
            state.store.put("delivery", id, delivery)
            return
        kind = f"{delivery['account']}/event"
        event = state.store.get(kind, delivery["event"])
        if event is not None:
            event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
            state.store.put(kind, event["id"], event)
        state.store.delete("delivery", id)
    elif delivery["tries"] > len(waits):
        state.store.delete("delivery", id)
    else:
        delivery["due"] = now + int(waits[delivery["tries"] - 1])
        state.store.put("delivery", id, delivery)


def sign(body: bytes, secret: str, at: int) -> str:
    """The Stripe-Signature header."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _signed(state: StripeState, delivery: Doc, endpoint: Doc, event: Doc, now: int) -> OutgoingHook:
    set_ = switches(state)
    body = dict(event)
    body["api_version"] = set_.get("api_version") or endpoint["api_version"] or event["api_version"]
    if delivery["connect"]:
        body["account"] = delivery["account"]
    if set_.get("livemode") is not None:
        body["livemode"] = set_["livemode"]
    raw = json.dumps(body, indent=2, ensure_ascii=False).encode()
    secret = endpoint["_secret"] + ("wrong" if set_.get("wrong_secret") else "")
    at = now - 3600 if set_.get("old_timestamp") else now
    headers = (
        ("Content-Type", "application/json; charset=utf-8"),
        ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
        ("Stripe-Signature", sign(raw, secret, at)),
    )
    return OutgoingHook(delivery["id"], endpoint["url"], headers, raw)
