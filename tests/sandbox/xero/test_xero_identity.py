"""Tokens, connections, rate limits, idempotency keys."""

from __future__ import annotations

import base64
import hashlib

from xero_world import SETUP, payment

IMPOSSIBLE = {"error": "invalid_grant"}


def renew(world, token):
    return world.token(grant_type="refresh_token", refresh_token=token)


def test_refresh_rotates_with_a_grace_for_the_previous_token(xero):
    first = xero.refresh_token
    second = renew(xero, first).json()
    assert second["refresh_token"] != first
    assert second["expires_in"] == 1800
    assert "sandbox_new_field" in second
    xero.clock.forward(minutes=29)
    third = renew(xero, first)  # the answer with `second` was lost
    assert third.status_code == 200
    assert renew(xero, second["refresh_token"]).json() == IMPOSSIBLE
    fourth = renew(xero, third.json()["refresh_token"])
    assert fourth.status_code == 200
    assert renew(xero, first).json() == IMPOSSIBLE
    xero.clock.forward(minutes=31)
    assert renew(xero, third.json()["refresh_token"]).json() == IMPOSSIBLE
    xero.clock.forward(days=61)
    assert renew(xero, fourth.json()["refresh_token"]).json() == IMPOSSIBLE


def test_access_tokens_expire_and_secrets_are_checked(xero):
    xero.clock.forward(seconds=1800)
    answer = xero.call("GET", "/Organisation")
    assert answer.status_code == 401
    assert answer.json()["Detail"].startswith("TokenExpired")
    xero.login()
    assert xero.get("/Organisation")["Organisations"][0]["Name"] == "Fable & Ferret Pty Ltd"
    xero.hand("expire_tokens")
    assert xero.call("GET", "/Organisation").status_code == 401
    wrong = xero.http.post(
        "/identity/connect/token", data={"grant_type": "refresh_token"}, auth=("app-1", "no")
    )
    assert wrong.json() == {"error": "invalid_client"}


def test_a_grant_covers_organisations_kept_apart_by_tenant(xero):
    other = xero.hand("setup", {**SETUP, "organisation": {"name": "Second Pty Ltd"}})["tenant_id"]
    xero.refresh_token = xero.hand("grant", {"client_id": "app-1", "tenants": [xero.tenant, other]})[
        "refresh_token"
    ]
    xero.login()
    shown = xero.http.get("/connections", headers=xero.headers).json()
    assert [c["tenantName"] for c in shown] == ["Fable & Ferret Pty Ltd", "Second Pty Ltd"]
    assert len({c["authEventId"] for c in shown}) == 1
    xero.contact()
    there = {"xero-tenant-id": other}
    assert xero.call("GET", "/Contacts", headers=there).json()["Contacts"] == []
    gone = xero.http.delete(f"/connections/{shown[1]['id']}", headers=xero.headers)
    again = xero.http.delete(f"/connections/{shown[1]['id']}", headers=xero.headers)
    assert (gone.status_code, again.status_code) == (204, 404)
    refused = xero.call("GET", "/Contacts", headers=there)
    assert (refused.status_code, refused.json()["Detail"]) == (403, "AuthenticationUnsuccessful")


def test_disconnected_in_xero_or_revoked_means_reconnect(xero):
    assert xero.hand("disconnect") == {"removed": 1}
    assert xero.call("GET", "/Organisation").status_code == 403
    xero.refresh_token = xero.hand("grant", {"client_id": "app-1"})["refresh_token"]
    xero.login()
    assert xero.call("GET", "/Organisation").status_code == 200
    xero.http.post("/connect/revocation", data={"token": xero.refresh_token}, auth=("app-1", "shh"))
    assert renew(xero, xero.refresh_token).json() == IMPOSSIBLE
    assert xero.call("GET", "/Organisation").status_code == 403


def test_code_flow_with_pkce_and_client_credentials(xero):
    apps = [{"client_id": "public"}, {"client_id": "one-org", "client_secret": "s", "custom": True}]
    xero.hand("setup", {**SETUP, "apps": apps})
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).rstrip(b"=").decode()
    form = {"grant_type": "authorization_code", "client_id": "public", "redirect_uri": "http://localhost/cb"}
    code = xero.hand("code", {"client_id": "public", "challenge": challenge})["code"]
    wrong = xero.http.post("/connect/token", data={**form, "code": code, "code_verifier": "other"})
    assert wrong.json() == IMPOSSIBLE
    right = xero.http.post("/connect/token", data={**form, "code": code, "code_verifier": "verifier"})
    assert right.json()["refresh_token"]
    assert (
        xero.http.post("/connect/token", data={**form, "code": code, "code_verifier": "verifier"}).status_code
        == 400
    )
    late = xero.hand("code", {"client_id": "public"})["code"]
    xero.clock.forward(minutes=6)
    assert xero.http.post("/connect/token", data={**form, "code": late}).json() == IMPOSSIBLE
    custom = xero.http.post(
        "/connect/token", data={"grant_type": "client_credentials"}, auth=("one-org", "s")
    ).json()
    assert "refresh_token" not in custom
    headers = {"Authorization": f"Bearer {custom['access_token']}", "Accept": "application/json"}
    assert xero.http.get("/api.xro/2.0/Organisation", headers=headers).status_code == 200


def test_scopes_bind(xero):
    scope = "accounting.contacts.read accounting.invoices"
    xero.refresh_token = xero.hand("grant", {"client_id": "app-1", "scope": scope})["refresh_token"]
    xero.login()
    assert xero.call("GET", "/Contacts").status_code == 200
    assert xero.call("PUT", "/Contacts", {"Contacts": [{"Name": "A"}]}).status_code == 403
    assert xero.call("GET", "/Payments").status_code == 403
    assert xero.call("GET", "/Accounts").status_code == 403


def test_minute_and_day_windows_are_fixed_with_odd_offsets(xero):
    xero.limits(minute=3, day=5)
    xero.clock.forward(minutes=2)
    answers = [xero.call("GET", "/Organisation") for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert [a.headers["X-MinLimit-Remaining"] for a in answers] == ["2", "1", "0", "0"]
    assert int(answers[0].headers["X-AppMinLimit-Remaining"]) > 9000
    assert answers[3].headers["X-Rate-Limit-Problem"] == "minute"
    wait = int(answers[3].headers["Retry-After"])
    assert 1 <= wait <= 60
    assert (xero.clock.at.second + wait) % 60 != 0  # not on the full minute
    xero.clock.forward(seconds=wait)
    assert [xero.call("GET", "/Organisation").status_code for _ in range(3)] == [200, 200, 429]
    daily = xero.call("GET", "/Organisation")
    assert daily.headers["X-Rate-Limit-Problem"] == "day"
    assert int(daily.headers["Retry-After"]) > 60
    assert daily.headers["X-DayLimit-Remaining"] == "0"


def test_size_limit(xero):
    xero.limits(bytes=1000)
    assert xero.call("PUT", "/Contacts", {"Contacts": [{"Name": "x" * 1000}]}).status_code == 413


def test_idempotency_key_lives_six_minutes_per_app(xero):
    made = xero.invoice("HH-1")
    key = {"Idempotency-Key": "k1"}
    body = {"Payments": [payment(made["InvoiceID"], 100)]}
    first = xero.call("PUT", "/Payments", body, headers=key)
    replay = xero.call("PUT", "/Payments", body, headers=key)
    assert (replay.status_code, replay.content) == (200, first.content)
    assert int(replay.headers["X-MinLimit-Remaining"]) == int(first.headers["X-MinLimit-Remaining"]) - 1
    other = xero.call("PUT", "/Payments", {"Payments": [payment(made["InvoiceID"], 200)]}, headers=key)
    assert other.status_code == 400
    assert "used with a different request" in other.text
    xero.clock.forward(minutes=6)
    assert xero.call("PUT", "/Payments", body, headers=key).content != first.content
    assert len(xero.get("/Payments")["Payments"]) == 2
    bad = xero.call("PUT", "/Contacts", {"Contacts": [{"Name": ""}]}, headers={"Idempotency-Key": "k2"})
    again = xero.call("PUT", "/Contacts", {"Contacts": [{"Name": ""}]}, headers={"Idempotency-Key": "k2"})
    assert (bad.status_code, again.content) == (400, bad.content)
    long = xero.call(
        "PUT", "/Contacts", {"Contacts": [{"Name": "A"}]}, headers={"Idempotency-Key": "k" * 129}
    )
    assert long.status_code == 400


def test_one_organisations_answer_is_replayed_to_another(xero):
    """The trap: the key is per app, so it must contain the tenant."""
    other = xero.hand("setup", {**SETUP, "organisation": {"name": "Second Pty Ltd"}})["tenant_id"]
    xero.refresh_token = xero.hand("grant", {"client_id": "app-1", "tenants": [xero.tenant, other]})[
        "refresh_token"
    ]
    xero.login()
    body, key = {"Contacts": [{"Name": "A"}]}, {"Idempotency-Key": "k"}
    first = xero.call("PUT", "/Contacts", body, headers=key)
    second = xero.call("PUT", "/Contacts", body, headers={**key, "xero-tenant-id": other})
    assert second.content == first.content
    assert xero.call("GET", "/Contacts", headers={"xero-tenant-id": other}).json()["Contacts"] == []
