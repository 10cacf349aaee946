"""Tokens: the one exchange, what kills a grant, and that a dead one pauses instead of failing items."""

from __future__ import annotations

import httpx
import pytest
from ledger_world import DeadTokens, LedgerWorld, card, invoice

from connectors.xero import TARGET
from hub.errors import NotProcessed, RateLimited, ReadFailed, ReconnectNeeded


def test_a_dead_grant_asks_for_a_reconnect(xero: LedgerWorld) -> None:
    with pytest.raises(ReconnectNeeded):
        TARGET.refresh(xero.config, {**xero.secret, "refresh_token": "gone"}, xero.http)
    with pytest.raises(ReconnectNeeded):
        TARGET.refresh(xero.config, {**xero.secret, "client_secret": "wrong"}, xero.http)
    session = TARGET.open(xero.config, DeadTokens(), xero.http)
    with pytest.raises(ReconnectNeeded):
        session.send(xero.batch(xero.out_of(card())))


def test_an_identity_server_in_trouble_is_no_dead_grant(xero: LedgerWorld) -> None:
    xero.fault(match={"path": "token"}, kind="status", status=503, body="<html>", times=1)
    with pytest.raises(ReadFailed):
        TARGET.refresh(xero.config, xero.secret, xero.http)
    xero.fault(match={"path": "token"}, kind="reset_after", times=1)
    with pytest.raises(ReadFailed):
        TARGET.refresh(xero.config, xero.secret, xero.http)
    # The answer was lost after the rotation: the old token is good for a grace.
    assert TARGET.refresh(xero.config, xero.secret, xero.http)["access_token"]


def test_a_disconnected_organisation_asks_for_a_reconnect(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    xero.hand("disconnect")
    with pytest.raises(ReconnectNeeded):
        xero.create(invoice=invoice())
    with pytest.raises(ReconnectNeeded):
        xero.see("contact", card())


def test_an_expired_token_is_renewed_once_and_the_call_repeated(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    xero.clock.advance(31 * 60)
    xero.create(invoice=invoice())
    assert xero.tokens.renewed == 2
    assert len(xero.look("Invoices")) == 1


def test_a_custom_connection_needs_no_refresh_token() -> None:
    asked: list[bytes] = []

    def http(*, base_url: str, headers: object, auth: httpx.Auth | None = None) -> httpx.Client:
        def handle(request: httpx.Request) -> httpx.Response:
            asked.append(request.read())
            return httpx.Response(200, json={"access_token": "a", "expires_in": 1800, "new": {"x": 1}})

        return httpx.Client(transport=httpx.MockTransport(handle), base_url=base_url, auth=auth)

    token = TARGET.refresh({}, {"client_id": "app", "client_secret": "shh"}, http)
    assert token == {"access_token": "a", "expires_in": 1800}
    assert asked == [b"grant_type=client_credentials"]


def test_a_limit_without_a_clock_waits_by_backoff(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    xero.fault(match={"path": "Invoices"}, kind="status", status=429, headers={}, times=1)
    with pytest.raises((NotProcessed, RateLimited)):
        xero.create(invoice=invoice())
