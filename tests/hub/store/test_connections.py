"""Connections: secrets unreadable at rest, pauses that never get shorter, freezing, the cached chart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from hub import audit
from hub.store import connections
from hub.store.session import Store, Unit
from hub.store.tables import connection, grant
from hub.targets import Account, Chart, TaxRate

SECRETS = {"client_id": "c", "refresh_token": "canary-refresh", "webhook_key": "canary-hook"}


@pytest.fixture
def unit(store: Store) -> Iterator[Unit]:
    with store.write("harbour", agent="person:test") as made:
        yield made


def test_secrets_come_back_and_are_not_readable(unit: Unit) -> None:
    assert connections.secret(unit, "xero") == {}
    connections.store_secret(unit, "xero", "xero", "target", SECRETS, grant="g1")
    assert connections.secret(unit, "xero") == SECRETS
    row = unit.db.execute(select(connection)).one()
    kept = unit.db.execute(select(grant)).one()
    assert b"canary" not in row.secret_enc + kept.secret_enc


def test_a_target_gets_a_grant_without_the_webhook_key(unit: Unit) -> None:
    connections.store_secret(unit, "xero", "xero", "target", SECRETS)
    connections.store_secret(unit, "cliniko", "cliniko", "source", {"api_key": "k"})
    row = unit.db.execute(select(grant)).one()
    stored = json.loads(unit.vault.open("oauth_grant", "secret_enc", row.id, row.secret_enc))
    assert row.id == "xero"
    assert set(stored["secret"]) == {"client_id", "refresh_token"}


def test_the_same_secrets_again_leave_a_rotated_grant_alone(unit: Unit) -> None:
    connections.store_secret(unit, "xero", "xero", "target", SECRETS, grant="g1")
    unit.db.execute(grant.update().values(version=7, dead=True))
    connections.store_secret(unit, "xero-2", "xero", "target", {**SECRETS, "webhook_key": "k2"}, grant="g1")
    assert unit.db.execute(select(grant.c.version)).scalar_one() == 7
    connections.store_secret(unit, "xero", "xero", "target", {**SECRETS, "refresh_token": "new"}, grant="g1")
    assert tuple(unit.db.execute(select(grant.c.version, grant.c.dead)).one()) == (8, False)


def test_a_pause_ends_by_itself_and_never_gets_shorter(unit: Unit) -> None:
    later = unit.now + timedelta(minutes=5)
    connections.pause(unit, "xero", later, "rate-limited", "Xero asks to wait.")
    connections.pause(unit, "xero", unit.now + timedelta(minutes=1), "rate-limited", "Shorter.")
    assert not connections.is_open(unit, "xero", unit.now)
    assert connections.state(unit, "xero").sentence == "Xero asks to wait."
    assert connections.is_open(unit, "xero", later)


def test_a_pause_without_an_end_or_with_one_in_the_past_still_is_one(unit: Unit) -> None:
    for until, rests in ((unit.now - timedelta(hours=1), connections.SHORTEST), (None, connections.UNSAID)):
        connections.pause(unit, "xero", until, "rate-limited", "Xero asks to wait.")
        assert connections.state(unit, "xero").paused_until == unit.now + rests
    connections.pause(unit, "xero", unit.now, "rate-limited", "Shorter.")
    assert connections.state(unit, "xero").paused_until == unit.now + connections.UNSAID


def test_a_dead_grant_waits_for_a_person(unit: Unit) -> None:
    connections.pause(unit, "xero", None, "reconnect", "Reconnect Xero.", reconnect=True)
    connections.pause(unit, "xero", unit.now, "rate-limited", "No matter.")
    far = unit.now + timedelta(days=365)
    assert not connections.is_open(unit, "xero", far)
    assert [row[2:] for row in audit.history(unit, "connection", "xero")] == [("pause", "reconnect")]
    connections.resume(unit, "xero")
    assert connections.is_open(unit, "xero", unit.now)


def test_freezing_stops_writes_and_is_audited(unit: Unit) -> None:
    connections.freeze(unit, "xero", why="month end")
    assert connections.is_open(unit, "xero", unit.now)
    assert not connections.may_write(unit, "xero", unit.now)
    assert connections.may_write(unit, "other", unit.now)
    connections.freeze(unit, None, why="moving house")
    assert not connections.may_write(unit, "other", unit.now)
    connections.freeze(unit, None, frozen=False, why="moved")
    assert connections.may_write(unit, "other", unit.now)
    assert not connections.may_write(unit, "xero", unit.now), "its own freeze stays"
    assert [row[1:] for row in audit.history(unit, "group", "harbour")] == [
        ("person:test", "freeze", "frozen"),
        ("person:test", "thaw", "open"),
    ]


def test_the_chart_is_kept_as_read(unit: Unit) -> None:
    chart = Chart(
        "Harbour Physio Pty Ltd",
        "AUD",
        "Australia/Melbourne",
        date(2026, 6, 30),
        {"200": Account("200", "a1", "Sales", "REVENUE", True, False)},
        {"OUTPUT": TaxRate("OUTPUT", "GST", "10", True, frozenset({"revenue"}))},
        {"Location": frozenset({"Geelong", "Toowong"})},
        {"shortCode": "!x"},
    )
    assert connections.chart(unit, "xero") is None
    connections.store_chart(unit, "xero", chart)
    assert connections.chart(unit, "xero") == (chart, unit.now)
