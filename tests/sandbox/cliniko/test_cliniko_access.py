"""Keys, the User-Agent rule, the rate limit, and the paths that do not exist."""

from __future__ import annotations

import httpx
import pytest

from connectors.sandbox.cliniko import SANDBOX
from connectors.sandbox.cliniko.state import DEFAULT_KEY
from connectors.sandbox.shells import InProcessTransport, serve


@pytest.mark.parametrize(
    ("user", "password", "status"),
    [
        (DEFAULT_KEY, "", 200),
        (f"{DEFAULT_KEY}-au1", "", 200),
        (f"{DEFAULT_KEY}-AU1", "", 200),
        (f"{DEFAULT_KEY}-uk1", "", 401),
        (DEFAULT_KEY, "x", 401),
        ("another-key", "", 401),
    ],
)
def test_key(clinic, user, password, status):
    assert clinic.http.get("/v1/user", auth=(user, password)).status_code == status


def test_no_key_is_401(clinic):
    transport = InProcessTransport(SANDBOX, clinic.state, clinic.clock)
    with httpx.Client(transport=transport, base_url="http://cliniko.test") as bare:
        assert bare.get("/v1/user").status_code == 401


def test_wrong_shard_by_switch(clinic):
    clinic.switch(wrong_shard=404)
    assert clinic.http.get("/v1/user", auth=(f"{DEFAULT_KEY}-uk1", "")).status_code == 404


def test_two_accounts_by_key(tmp_path):
    settings = {
        "accounts": [
            {
                "id": "1",
                "name": "One",
                "subdomain": "one",
                "users": [{"id": "9", "key": "key-one", "role": "bookkeeper"}],
            },
            {
                "id": "2",
                "name": "Two",
                "subdomain": "two",
                "shard": "uk1",
                "users": [{"id": "9", "key": "key-two", "role": "administrator"}],
            },
        ]
    }
    state = SANDBOX.open(tmp_path / "two.db", 0, settings)
    running = serve(SANDBOX, state)
    try:
        with httpx.Client(base_url=running.url, headers={"User-Agent": "T (t@example.com)"}) as http:
            made = http.post(
                "/__control__/hands/create_patient",
                params={"account": "2"},
                json={"first_name": "Only", "last_name": "Two"},
            )
            assert made.status_code == 200
            counts = {
                key: http.get("/v1/patients", auth=(key, "")).json()["total_entries"]
                for key in ("key-one", "key-two-uk1")
            }
            settings_of_two = http.get("/v1/settings", auth=("key-two-uk1", "")).json()
            refused = http.get("/v1/settings", auth=("key-one", "")).status_code
    finally:
        running.stop()
        state.close()
    assert counts == {"key-one": 0, "key-two-uk1": 1}
    assert settings_of_two["account"]["id"] == "2"
    assert refused == 403


def test_settings_public_shows_the_native_xero_sync(clinic):
    assert clinic.get("settings/public").json()["integrations"]["xero"] == {"enabled": False}
    clinic.switch(native_xero=True)
    assert clinic.get("settings/public").json()["integrations"]["xero"] == {"enabled": True}


def test_user_agent(clinic):
    anonymous = {"User-Agent": "python-httpx/0.28"}
    assert clinic.http.get("/v1/user", headers=anonymous).status_code == 200
    assert clinic.http.get("/__control__/warnings").json()
    clinic.switch(user_agent=403)
    assert clinic.http.get("/v1/user", headers=anonymous).status_code == 403
    assert clinic.get("user").status_code == 200


def test_rate_limit_names_the_reset(clinic):
    clinic.http.post("/__control__/limits", json={"per_minute": 3})
    clinic.clock.pass_seconds(120)
    start = clinic.clock.now()
    assert [clinic.get("user").status_code for _ in range(3)] == [200, 200, 200]
    clinic.clock.pass_seconds(20)
    refused = clinic.get("user")
    assert refused.status_code == 429
    assert int(refused.headers["X-RateLimit-Reset"]) == int(start.timestamp()) + 60
    assert "Retry-After" not in refused.headers
    clinic.switch(retry_after="present")
    assert clinic.get("user").headers["Retry-After"] == "40"
    clinic.clock.pass_seconds(40)
    assert clinic.get("user").status_code == 200


def test_documented_limit_is_200(clinic):
    statuses = [clinic.get("user").status_code for _ in range(201)]
    assert statuses == [200] * 200 + [429]


@pytest.mark.parametrize(
    "path",
    ["payments", "patient_payments", "invoices/1/payments", "payments/5", "invoices/1/patient_payments"],
)
def test_payments_do_not_exist(clinic, path):
    invoice = clinic.invoice(9500)
    assert clinic.get(path.replace("1", invoice["id"])).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "invoices"),
        ("PATCH", "invoices/{id}"),
        ("POST", "invoices/{id}/archive"),
        ("DELETE", "invoices/{id}"),
        ("POST", "invoice_items"),
        ("POST", "payments"),
    ],
)
def test_no_write_touches_money(clinic, method, path):
    invoice = clinic.invoice(9500)
    before = clinic.ledger()
    answer = clinic.http.request(method, f"/v1/{path.format(id=invoice['id'])}", json={"total_amount": "1.0"})
    assert answer.status_code in (404, 405)
    assert clinic.ledger() == before


def test_error_bodies_by_switch(clinic):
    assert clinic.get("nothing").json() == {"message": "Not found"}
    clinic.switch(error_body="html")
    assert clinic.get("nothing").text.startswith("<!DOCTYPE html>")
    clinic.switch(error_body="empty")
    assert clinic.get("nothing").content == b""
