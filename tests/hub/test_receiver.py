"""The receiver: who gets 200, 401 and 404, what is stored, and what an answer must not contain."""

from __future__ import annotations

import dataclasses
import json

import pytest

from connectors.xero import WEBHOOK
from connectors.xero.webhook import sign as xero_signature
from hub import hints, receiver
from hub.config.model import ConnectionConfig, GroupConfig, Tables
from hub.config.store import store_config
from hub.kernel import Kernel
from hub.plugins import Plugins
from hub.store import connections
from hub.store.session import open_engine
from hub.store.tables import inbox_message
from tests.support.breaking import cut, no_room
from tests.support.posting import Poster as Client
from tests.support.world import FakeClock

GROUP, SOURCE, LEDGER, SISTER = "harbour", "harbour-cliniko", "harbour-xero", "harbour-xero-2"
OTHER, FOREIGN = "hills", "hills-xero"
KEY, HINT_KEY = "xero-webhook-key", "whsec_aGludC1rZXk="
TENANT, SISTERS, ELSEWHERE = "tenant-1", "tenant-2", "tenant-3"


def config(group: str, *made: ConnectionConfig) -> GroupConfig:
    return GroupConfig(
        id=group, name=group, currency="AUD", connections=made, locations=(), tables=Tables(), version=group
    )


def connection(id: str, system: str, tenant: str | None = None) -> ConnectionConfig:
    role = "target" if system == "xero" else "source"
    return ConnectionConfig(id=id, system=system, role=role, tenant=tenant)


@pytest.fixture
def hub(kernel: Kernel) -> Kernel:
    """Two clinic groups; the first has two organisations of one Xero app."""
    made = dataclasses.replace(kernel, plugins=Plugins(webhooks={"xero": WEBHOOK}))
    made.store.create_group(OTHER)
    own = (
        connection(SOURCE, "cliniko"),
        connection(LEDGER, "xero", TENANT),
        connection(SISTER, "xero", SISTERS),
    )
    store_config(made, GROUP, config(GROUP, *own), GROUP, "test")
    store_config(made, OTHER, config(OTHER, connection(FOREIGN, "xero", ELSEWHERE)), OTHER, "test")
    with made.store.write(GROUP) as unit:
        connections.store_secret(unit, LEDGER, "xero", "target", {"webhook_key": KEY})
        connections.store_secret(unit, SOURCE, "cliniko", "source", {"hint_key": HINT_KEY, "api_key": "k"})
    return made


@pytest.fixture
def client(hub: Kernel) -> Client:
    return Client(receiver.application(hub))


def stored(hub: Kernel, group: str = GROUP) -> list[tuple[str, str, str]]:
    m = inbox_message.c
    with hub.store.read(group) as unit:
        rows = unit.db.execute(inbox_message.select().where(m.group_id == group).order_by(m.id))
        return [(row.connection_id, row.stream, row.source_id) for row in rows]


def events(*tenants: str, category: str = "INVOICE") -> bytes:
    rows = [
        {
            "resourceId": f"ABC-{n}",
            "eventDateUtc": "2026-10-05T00:00:00.000",
            "eventType": "UPDATE",
            "eventCategory": category,
            "tenantId": tenant,
            "tenantType": "ORGANISATION",
        }
        for n, tenant in enumerate(tenants)
    ]
    return json.dumps(
        {"events": rows, "firstEventSequence": 1, "lastEventSequence": 1, "entropy": "S"}
    ).encode()


def hook(client: Client, body: bytes, *, key: str = KEY, path: str = f"/hooks/{GROUP}/{LEDGER}") -> int:
    answer = client.post(path, content=body, headers={"x-xero-signature": xero_signature(body, key)})
    assert answer.content == b""
    assert "set-cookie" not in answer.headers
    return answer.status_code


def hint(client: Client, clock: FakeClock, body: bytes, *, key: str = HINT_KEY, to: str = SOURCE) -> int:
    signed = hints.sign(key, "msg-1", clock.now(), body)
    return client.post(f"/hints/{GROUP}/{to}", content=body, headers=signed).status_code


def test_events_are_stored_for_the_organisation_they_name(client: Client, hub: Kernel) -> None:
    assert hook(client, events(TENANT, SISTERS)) == 200
    assert stored(hub) == [(LEDGER, "invoice", "abc-0"), (SISTER, "invoice", "abc-1")]


def test_what_cannot_be_stored_is_answered_with_an_error_so_that_the_sender_comes_back(
    client: Client, hub: Kernel, clock: FakeClock
) -> None:
    """Never accepted without being stored; the sender's next try is."""
    seven = b'{"stream": "invoices", "id": 7}'
    with no_room(hub.world.engine):
        assert hook(client, events(TENANT)) == 503
        assert hint(client, clock, seven) == 503
    assert stored(hub) == []
    assert hook(client, events(TENANT)) == 200
    assert hint(client, clock, seven) == 200
    assert len(stored(hub)) == 2


def test_a_message_meets_connections_that_were_cut(client: Client, hub: Kernel) -> None:
    """Answered with an error or stored, and the next one is stored."""
    engine = hub.world.engine
    if engine.dialect.name == "postgresql":
        other = open_engine(engine.url.render_as_string(False))
        cut(other)
        other.dispose()
    first = hook(client, events(TENANT))
    assert (first, len(stored(hub))) in ((200, 1), (503, 0))
    assert hook(client, events(TENANT)) == 200
    assert len(stored(hub)) == 1


@pytest.mark.parametrize(
    "path",
    [
        f"/hooks/{GROUP}/nobody",
        f"/hooks/nobody/{LEDGER}",
        f"/hooks/{GROUP}/{SOURCE}",
        f"/hooks/{GROUP}/{SISTER}",
        f"/hooks/{OTHER}/{FOREIGN}",
    ],
)
def test_an_unknown_connection_or_one_without_a_secret_is_closed(client: Client, path: str) -> None:
    assert hook(client, events(TENANT), path=path) == 404


def test_another_group_is_reached_only_where_it_shares_the_app(client: Client, hub: Kernel) -> None:
    assert hook(client, events(ELSEWHERE)) == 200
    assert stored(hub, OTHER) == []
    with hub.store.write(OTHER) as unit:
        connections.store_secret(unit, FOREIGN, "xero", "target", {"webhook_key": KEY})
    assert hook(client, events(ELSEWHERE)) == 200
    assert stored(hub, OTHER) == [(FOREIGN, "invoice", "abc-0")]
    assert stored(hub) == []


def test_a_signed_hint_is_stored(client: Client, hub: Kernel, clock: FakeClock) -> None:
    assert hint(client, clock, b'{"stream": "invoices", "id": 7}') == 200
    assert stored(hub) == [(SOURCE, "invoices", "7")]


def test_a_hint_needs_the_right_key_connection_and_body(
    client: Client, hub: Kernel, clock: FakeClock
) -> None:
    body = b'{"stream": "invoices", "id": 7}'
    assert hint(client, clock, body, key="whsec_b3RoZXI=") == 401
    assert hint(client, clock, body, to="nobody") == 404
    assert hint(client, clock, body, to=LEDGER) == 404
    assert hint(client, clock, b"{}") == 400
    assert stored(hub) == []


def test_a_body_beyond_the_limit_is_cut_off(client: Client, hub: Kernel) -> None:
    assert hook(client, b" " * (receiver.LARGEST_BODY + 1)) == 413
    assert hook(client, events(TENANT) + b" " * (receiver.LARGEST_BODY - 400)) == 200


def test_only_posting_is_allowed(client: Client) -> None:
    assert client.get(f"/hooks/{GROUP}/{LEDGER}").status_code == 405
    alive = client.get("/alive")
    assert (alive.status_code, alive.content) == (204, b"")


def test_a_database_that_fails_lets_the_sender_come_back(
    client: Client, hub: Kernel, caplog: pytest.LogCaptureFixture
) -> None:
    with hub.store.shared() as db:
        db.exec_driver_sql("DROP TABLE inbox_message")
    assert hook(client, events(TENANT)) == 503
    assert "a message was not stored" in caplog.text
    assert "ABC-0" not in caplog.text
