"""Xero's own scheme does what every way in for hints must do: an invoice of ours, edited by a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import pytest
from ledger_world import LedgerWorld
from sqlalchemy import Engine
from xero_bench import xero_bench

from connectors.xero import WEBHOOK
from connectors.xero.webhook import sign
from hub.documents import DocKind
from hub.settings import Settings
from hub.store.tables import link
from tests.conformance.target_office import open_office
from tests.conformance.webhook import HookBench, Scene, Thing, WebhookSuite, hooked, read_inbox
from tests.support.office import GROUP, TARGET

KEY = "xero-webhook-key"


def signed(body: bytes, key: str, now: datetime) -> Mapping[str, str]:
    return {"x-xero-signature": sign(body, key)}


def worded(things: Sequence[Thing], tenant: str, category: str | None = None) -> bytes:
    """Events about objects of one organisation, as Xero words them."""
    events = [
        {
            "resourceId": id.upper(),
            "eventDateUtc": "2026-10-12T01:02:03.456",
            "eventType": "UPDATE",
            "eventCategory": category or stream.upper(),
            "tenantId": tenant,
            "tenantType": "ORGANISATION",
        }
        for stream, id in things
    ]
    numbers = {"firstEventSequence": 1, "lastEventSequence": len(events), "entropy": "S0"}
    return json.dumps({"events": events, **numbers}).encode()


class TestXeroHooks(WebhookSuite):
    @pytest.fixture
    def open_scene(self, settings: Settings, xero: LedgerWorld) -> Callable[[Engine], Scene]:
        return lambda engine: opened(xero, engine, settings)


def opened(xero: LedgerWorld, engine: Engine, settings: Settings) -> Scene:
    """An invoice that we wrote, and the reference a person writes on it."""
    bench = xero_bench(xero)
    bench.secret = {**bench.secret, "webhook_key": KEY}
    office = open_office(bench, engine, settings)
    office.kernel = hooked(office.kernel, WEBHOOK)
    example = office.of(DocKind.INVOICE, 0)[0]
    office.want(example)
    office.settle()
    xero.clock.advance(3600)
    (row,) = office.rows(link, kind=DocKind.INVOICE.value)
    tenant = xero.config["tenant"]
    texts = (f"text {n}" for n in range(100))

    def work() -> None:
        read_inbox(office.kernel, GROUP, xero.clock)
        office.once()

    def latest() -> bool:
        (shown,) = xero.look("Invoices")
        (known,) = office.rows(link, kind=DocKind.INVOICE.value)
        return bool(known.stamp == shown["UpdatedDateUTC"])

    return Scene(
        kernel=office.kernel,
        group=GROUP,
        connection=TARGET,
        clock=xero.clock,
        wire=office.wire,
        hooks=HookBench(
            path=f"/hooks/{GROUP}/{TARGET}",
            key=KEY,
            sign=signed,
            body=lambda things: worded(things, tenant),
            strange=worded([("x", row.external_id)], tenant, "SUBSCRIPTION"),
            elsewhere=worded([("invoice", row.external_id)], "nobody"),
            empty=worded([], tenant),
            unreadable=(b"not json", b"[1]", b'{"events": ["x"]}', b"\xff\xfe"),
        ),
        thing=(DocKind.INVOICE.value, row.external_id),
        change=lambda: xero.hand("edit_invoice", number=row.number, reference=next(texts)),
        work=work,
        latest=latest,
        nobody="99999999-9999-9999-9999-999999999999",
    )
