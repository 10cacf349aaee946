"""Xero's webhook scheme: raw bytes, intent to receive, events in either case."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from connectors.xero import WEBHOOK
from connectors.xero.webhook import sign

NOW = datetime(2026, 10, 12, tzinfo=UTC)


def event(category: str, kind: str = "UPDATE", resource: str = "AAAA-1") -> dict[str, str]:
    return {
        "resourceId": resource,
        "eventDateUtc": "2026-10-12T01:02:03.456",
        "eventType": kind,
        "eventCategory": category,
        "tenantId": "tenant-1",
    }


def test_only_the_raw_bytes_under_the_key_verify() -> None:
    body = b'{"events": [ ], "entropy":"x"}'
    good = {"X-Xero-Signature": sign(body, "key")}
    assert WEBHOOK.verify(body, good, "key", NOW)
    assert WEBHOOK.verify(body, {"x-xero-signature": sign(body, "key")}, "key", NOW)
    assert not WEBHOOK.verify(body.replace(b" ", b""), good, "key", NOW)
    assert not WEBHOOK.verify(body, good, "other", NOW)
    assert not WEBHOOK.verify(body, {"x-xero-signature": "ünicode"}, "key", NOW)
    assert not WEBHOOK.verify(body, {}, "key", NOW)


def test_events_become_hints_with_their_tenant() -> None:
    events = [
        event("INVOICE"),
        event("Contact", "Create"),
        event("creditnote", "Update"),
        event("SUBSCRIPTION"),
    ]
    hints = WEBHOOK.hints(json.dumps({"events": events}).encode())
    assert [h.stream for h in hints] == ["invoice", "contact", "credit-note"]
    assert {h.scope for h in hints} == {"tenant-1"}
    assert {h.source_id for h in hints} == {"aaaa-1"}
