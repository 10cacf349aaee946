"""Webhooks: events, signature, intent to receive, retries, switching off.

One URL per app for all its organisations. Categories as Xero has them; none for payments, accounts or
organisations: a payment shows as an INVOICE UPDATE (Xero developer docs: webhooks). Retried at once, then
every 15 minutes for 24 hours, then off until a person enables it; events kept meanwhile come in order.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta

from connectors.sandbox.wire import OutgoingHook
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.state import XeroState
from connectors.sandbox.xero.values import Doc, moment, ms

CATEGORIES = {
    "contact": ("CONTACT", "Contacts"),
    "invoice": ("INVOICE", "Invoices"),
    "credit": ("CREDITNOTE", "CreditNotes"),
    "overpayment": ("OVERPAYMENT", "Overpayments"),
}
# Intent to receive: which of the bodies without events are signed correctly.
INTENT = (True, False, True, False)
RETRY = timedelta(minutes=15)
GIVE_UP = timedelta(hours=24)
KEPT = timedelta(days=31)
LARGEST = 200


def register(state: XeroState, client: str, url: str, key: str) -> Doc:
    """Set an app's webhook and start the intent-to-receive check; events wait until it is passed."""
    hook = state.store.get("webhook", client) or {"id": client, "sequence": 0}
    hook |= {"url": url, "key": key, "status": "INTENT", "intent": 0, "tries": 0, "failing": None, "next": 0}
    state.store.put("webhook", client, hook)
    return hook


def note(state: XeroState, call: Call, tenant: str) -> None:
    """Queue the events of one action for every app that is connected to the organisation."""
    if not call.events or not state.store.count("webhook"):
        return
    first: dict[tuple[str, str], str] = {}
    for kind, id_, event in call.events:
        first.setdefault((kind, id_), event)
    for hook in list(state.store.all("webhook")):
        if not _connected(state, hook["id"], tenant):
            continue
        hook = dict(hook)
        for (kind, id_), event in first.items():
            hook["sequence"] += 1
            body = _event(call, tenant, kind, id_, event)
            seq = hook["sequence"]
            key = f"{hook['id']}|{seq}"
            state.store.put(
                "event", key, {"id": key, "hook": hook["id"], "seq": seq, "at": call.now, "body": body}
            )
        state.store.put("webhook", hook["id"], hook)
    call.events.clear()


def due(state: XeroState, now: datetime) -> list[OutgoingHook]:
    """What to send now: at most one request for each app, and none while one is on its way."""
    found = []
    for hook in state.store.all("webhook"):
        if hook["id"] in state.in_flight or hook["next"] > ms(now):
            continue
        if hook["status"] == "INTENT":
            body = _body(state, [], hook["sequence"], hook["sequence"])
            found.append(_signed(hook, body, INTENT[hook["intent"]]))
        elif hook["status"] == "OK" and (events := _waiting(state, hook, now)):
            if hook.get("reverse"):
                events = events[::-1]
            numbers = [event["seq"] for event in events]
            body = _body(state, [event["body"] for event in events], min(numbers), max(numbers))
            found.append(_signed(hook, body, True))
            state.in_flight[hook["id"]] = max(numbers)
    for outgoing in found:
        state.in_flight.setdefault(outgoing.id, 0)
    return found


def settle(state: XeroState, now: datetime, hook_id: str, status: int | None) -> None:
    """Note the outcome of one request: step on, retry later, or switch off."""
    through = state.in_flight.pop(hook_id, 0)
    hook = state.store.get("webhook", hook_id)
    if hook is None:
        return
    if hook["status"] == "INTENT":
        right = status == (200 if INTENT[hook["intent"]] else 401)
        hook["intent"] += 1
        if not right:
            hook["status"] = "FAILED"
        elif hook["intent"] == len(INTENT):
            hook["status"] = "OK"
    elif hook["status"] == "OK" and status == 200:
        for event in state.store.all("event"):
            if event["hook"] == hook_id and event["seq"] <= through:
                state.store.delete("event", event["id"])
        hook |= {"tries": 0, "failing": None, "next": 0}
    elif hook["status"] == "OK":
        hook["tries"] += 1
        hook["failing"] = hook["failing"] or ms(now)
        hook["next"] = 0 if hook["tries"] == 1 else ms(now + RETRY)
        if ms(now) - hook["failing"] > GIVE_UP / timedelta(milliseconds=1):
            hook["status"] = "OFF"
    state.store.put("webhook", hook_id, hook)


def listed(state: XeroState) -> list[Doc]:
    """Every webhook with its status (INTENT, OK, FAILED, OFF) and how many events wait."""
    waiting = [event["hook"] for event in state.store.all("event")]
    return [
        {
            "client_id": hook["id"],
            "url": hook["url"],
            "status": hook["status"],
            "sequence": hook["sequence"],
            "waiting": waiting.count(hook["id"]),
        }
        for hook in state.store.all("webhook")
    ]


def _connected(state: XeroState, client: str, tenant: str) -> bool:
    for found in state.store.all("connection"):
        grant = state.store.peek("grant", found["grant"])
        if found["tenant"] == tenant and grant and grant["client"] == client:
            return True
    return False


def _event(call: Call, tenant: str, kind: str, id_: str, event: str) -> Doc:
    category, plural = CATEGORIES[kind]
    body = {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/{plural}/{id_}",
        "resourceId": id_,
        "tenantId": tenant,
        "tenantType": "ORGANISATION",
        "eventCategory": category,
        "eventType": event,
        "eventDateUtc": moment(call.now).replace(tzinfo=None).isoformat(timespec="milliseconds"),
    }
    doc = call.books.peek(kind, id_)
    if kind == "credit" and doc:
        body["data"] = {"Type": doc["type"], "Status": doc["status"]}  # type: ignore[assignment]
    return body


def _waiting(state: XeroState, hook: Doc, now: datetime) -> list[Doc]:
    oldest = ms(now - KEPT)
    mine = [
        event for event in state.store.all("event") if event["hook"] == hook["id"] and event["at"] >= oldest
    ]
    return mine[:LARGEST]


def _body(state: XeroState, events: list[Doc], first: int, last: int) -> bytes:
    entropy = hashlib.sha256(state.uuid("entropy").encode()).hexdigest()[:20].upper()
    value = {"events": events, "firstEventSequence": first, "lastEventSequence": last, "entropy": entropy}
    return json.dumps(value).encode()


def _signed(hook: Doc, body: bytes, right: bool) -> OutgoingHook:
    key = str(hook["key"]) if right else str(hook["key"]) + "-wrong"
    signature = base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()
    headers = (("Content-Type", "application/json; charset=utf-8"), ("x-xero-signature", signature))
    return OutgoingHook(hook["id"], hook["url"], headers, body)
