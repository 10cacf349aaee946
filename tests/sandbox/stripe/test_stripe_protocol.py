"""The wire: keys, forms, lists, expansion, idempotency, limits, isolation, faults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from stripe_world import World

INTENT = {"amount": 5000, "currency": "aud"}


def test_keys_by_bearer_and_basic(stripe_: World) -> None:
    assert stripe_.http.get("/v1/balance", auth=(stripe_.key, "")).status_code == 200
    for headers in ({}, {"Authorization": "Bearer sk_test_wrong"}, {"Authorization": "Bearer pk_test_x"}):
        answer = stripe_.http.get("/v1/balance", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["type"] == "invalid_request_error"
        assert answer.headers["Request-Id"].startswith("req_")
    stripe_.hand("add_key", key="rk_test_1", permissions={"charge": "read", "refund": "write"})
    stripe_.key = "rk_test_1"
    stripe_.get("charges")
    stripe_.get("refunds")
    assert "rak_payout_read" in stripe_.refused("GET", "payouts", 403)["message"]
    assert "rak_charge_write" in stripe_.refused("POST", "charges/ch_1", 403)["message"]


def test_forms_in_either_bracket_style(stripe_: World) -> None:
    charge = stripe_.charge()
    for name in ("expand[]", "expand[0]"):
        found = stripe_.get(f"charges/{charge['id']}", **{name: "payment_intent"})
        assert found["payment_intent"]["object"] == "payment_intent"
    assert stripe_.refused("POST", "payment_intents", amount=5000)["code"] == "parameter_missing"
    error = stripe_.refused("POST", "payment_intents", currency="aud", amount="five")
    assert (error["code"], error["param"]) == ("parameter_invalid_integer", "amount")
    assert stripe_.refused("GET", "charges", colour="red")["code"] == "parameter_unknown"
    json_body = stripe_.http.post(
        "/v1/payment_intents", json=INTENT, headers={"Authorization": f"Bearer {stripe_.key}"}
    )
    assert json_body.status_code == 415


def test_metadata_merges_and_clears(stripe_: World) -> None:
    form: dict[str, Any] = {**INTENT, "metadata[a]": "1", "metadata[b]": "2"}
    id = stripe_.post("payment_intents", **form)["id"]
    assert stripe_.post(f"payment_intents/{id}", **{"metadata[a]": "", "metadata[c]": "3"})["metadata"] == {
        "b": "2",
        "c": "3",
    }
    assert stripe_.post(f"payment_intents/{id}", metadata="")["metadata"] == {}


def test_lists_are_newest_first_and_paged_both_ways(stripe_: World) -> None:
    ids = [stripe_.post("payment_intents", **INTENT)["id"] for _ in range(12)]
    first = stripe_.get("payment_intents")
    assert ([doc["id"] for doc in first["data"]], first["has_more"]) == (ids[:1:-1], True)
    rest = stripe_.get("payment_intents", starting_after=first["data"][-1]["id"])
    assert ([doc["id"] for doc in rest["data"]], rest["has_more"]) == ([ids[1], ids[0]], False)
    newer = stripe_.get("payment_intents", ending_before=ids[0], limit=3)
    assert ([doc["id"] for doc in newer["data"]], newer["has_more"]) == ([ids[3], ids[2], ids[1]], True)
    assert stripe_.refused("GET", "payment_intents", limit=101)["param"] == "limit"
    assert stripe_.refused("GET", "payment_intents", starting_after="pi_no")["code"] == "resource_missing"
    assert stripe_.get("payment_intents", **{"created[gt]": 99_999_999_999})["data"] == []


def test_expansion_in_lists_goes_four_deep(stripe_: World) -> None:
    stripe_.paid()
    path = "data.source.payment_intent.customer"
    (row,) = stripe_.get("balance_transactions", **{"expand[]": path})["data"]
    assert row["source"]["payment_intent"]["customer"] is None
    assert (
        stripe_.refused("GET", "balance_transactions", **{"expand[]": f"{path}.email"})["param"] == "expand"
    )
    assert stripe_.refused("GET", "charges", **{"expand[]": "payment_intent"})["param"] == "expand"
    assert stripe_.refused("GET", "charges", **{"expand[]": "data.amount"})["param"] == "expand"
    session = stripe_.ledger()["sessions"][0]["id"]
    found = stripe_.get(f"checkout/sessions/{session}", **{"expand[]": "line_items"})
    assert found["line_items"]["data"][0]["amount_total"] == 9900


def test_a_key_replays_its_first_answer_for_a_day(stripe_: World) -> None:
    head = {"Idempotency-Key": "k-1"}
    first = stripe_.call("POST", "payment_intents", head, **INTENT)
    again = stripe_.call("POST", "payment_intents", head, **INTENT)
    assert again.json() == first.json()
    assert (again.headers["Idempotent-Replayed"], again.headers["Original-Request"]) == (
        "true",
        first.headers["Request-Id"],
    )
    other = stripe_.call("POST", "payment_intents", head, amount=5001, currency="aud")
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    refused = {"Idempotency-Key": "k-2"}
    assert stripe_.call("POST", "payment_intents", refused, amount=1, currency="aud").status_code == 400
    assert stripe_.call("POST", "payment_intents", refused, **INTENT).status_code == 200
    declined = {**INTENT, "payment_method": "pm_card_chargeDeclined", "confirm": "true"}
    for _ in range(2):
        assert (
            stripe_.call("POST", "payment_intents", {"Idempotency-Key": "k-3"}, **declined).status_code == 402
        )
    assert len(stripe_.ledger()["charges"]) == 1
    stripe_.clock.forward(hours=25)
    assert stripe_.call("POST", "payment_intents", head, **INTENT).json()["id"] != first.json()["id"]


def test_a_cut_answer_had_its_effect_and_the_key_finds_it(stripe_: World) -> None:
    stripe_.http.post("/__control__/faults", json={"kind": "reset_after", "match": {"method": "POST"}})
    with pytest.raises(httpx.ReadError):
        stripe_.call("POST", "payment_intents", {"Idempotency-Key": "k-1"}, **INTENT)
    assert stripe_.post("payment_intents", {"Idempotency-Key": "k-1"}, **INTENT)["id"]
    assert len(stripe_.ledger()["payment_intents"]) == 1


def test_limits_name_their_reason_and_no_wait(stripe_: World) -> None:
    stripe_.http.post("/__control__/limits", json={"second": 2, "endpoint": 25})
    assert [stripe_.call("GET", "balance").status_code for _ in range(3)] == [200, 200, 429]
    limited = stripe_.call("GET", "balance")
    assert limited.headers["Stripe-Rate-Limited-Reason"] == "global-rate"
    assert "Retry-After" not in limited.headers
    stripe_.clock.forward(seconds=1)
    stripe_.get("balance")


def test_accounts_are_apart(stripe_: World) -> None:
    stripe_.hand("setup", id="acct_clinic", name="Clinic", platform="acct_1Sandbox")
    stripe_.hand("setup", id="acct_stranger", name="Stranger")
    head = {"Stripe-Account": "acct_clinic"}
    id = stripe_.post("payment_intents", head, **INTENT)["id"]
    assert stripe_.refused("GET", f"payment_intents/{id}", 404)["code"] == "resource_missing"
    assert stripe_.call("GET", f"payment_intents/{id}", head).status_code == 200
    answer = stripe_.call("GET", "charges", {"Stripe-Account": "acct_stranger"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "account_invalid")


def test_what_is_not_there_and_what_is_not_imitated(stripe_: World) -> None:
    assert stripe_.call("GET", "nothing").status_code == 404
    for path in ("subscriptions", "payment_links", "charges/search"):
        assert stripe_.call("GET", path).status_code == 501
    assert stripe_.call("GET", "balance", {"Stripe-Version": "yesterday"}).status_code == 400
    assert stripe_.call("GET", "balance").headers["Stripe-Version"] == "2026-10-28.endive"


def test_everything_is_on_disk_before_the_answer(tmp_path: Path, make: Any) -> None:
    first = make(tmp_path / "stripe.db")
    session = first.session()
    again = make(tmp_path / "stripe.db")
    assert again.get(f"checkout/sessions/{session['id']}")["status"] == "open"
