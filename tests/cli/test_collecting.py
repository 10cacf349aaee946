"""Asking for money at the keyboard: the page, the payment, and the work left where none is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import select

from connectors.sandbox.life.people import CANARIES
from connectors.sandbox.shells import serve
from connectors.sandbox.stripe import SANDBOX as STRIPE
from connectors.sandbox.stripe.state import DEFAULT_KEY
from hub.cli.context import kernel
from hub.store.tables import audit_event, payment_ask, work_item
from tests.cli.town import PRACTICE, Town

CARDS, WORD = "harbour-stripe", "Online card"
SURNAME, OTHER = CANARIES


@pytest.fixture
def cards(live: Town) -> Iterator[httpx.Client]:
    """A Stripe account beside the town, connected."""
    server = serve(STRIPE, STRIPE.open(None, 1, {}))
    client = httpx.Client(base_url=server.url, timeout=60.0)
    # Commands follow one another faster here than an account for tests allows in a second (25 calls).
    client.post("/__control__/limits", json={"second": 1000, "endpoint": 1000}).raise_for_status()

    def collect(text: dict[str, Any]) -> None:
        text["connections"][CARDS] = {
            "system": "stripe", "role": "both", "base_url": server.url,
            "settings": {"return_url": "https://clinic.example/", "zone": "Australia/Melbourne"},
        }  # fmt: skip
        text["collect"] = {"connection": CARDS, "methods": {PRACTICE: WORD}}

    live.configure(collect)
    live.hub("connect", CARDS, stdin=json.dumps({"api_key": DEFAULT_KEY}))
    yield client
    kernel().world.transport(CARDS).close()
    client.close()
    server.stop()


def today() -> date:
    return datetime.now(UTC).astimezone(ZoneInfo("Australia/Melbourne")).date()


def pay(cards: httpx.Client) -> None:
    """The payer opens the page and pays, under a name of their own."""
    (page,) = cards.get("/v1/checkout/sessions", auth=(DEFAULT_KEY, "")).json()["data"]
    answer = cards.post(
        "/__control__/hands/pay_session", json={"session": page["id"], "name": f"Abby {OTHER}"}
    )
    assert answer.status_code == 200, answer.text


def test_from_the_ask_to_the_receipt_without_a_name_anywhere(live: Town, cards: httpx.Client) -> None:
    patient = live.patient(SURNAME)
    bill = live.bill(patient, "PH2", day=(today() - timedelta(days=3)).isoformat())
    live.hub("pull")
    live.hub("deliver")
    assert live.ask("check")["ok"]
    assert live.ask("ask", "99999", "--why", "x", code=2)["error"] == "missing"
    page = live.hub("ask", str(bill["number"]), "--why", "three days overdue", "--deliver").out.strip()
    assert page.startswith("https://")
    (asked,) = live.ask("asks")
    assert (asked["state"], asked["cents"], asked["url"]) == ("open", bill["total_cents"], page)
    assert asked["who"] == "person:test"

    pay(cards)
    live.hub("pull")
    live.hub("deliver")
    (item,) = live.ask("work", "list")
    assert (item["kind"], item["cents"], item["number"]) == (
        "record-payment",
        bill["total_cents"],
        str(bill["number"]),
    )
    assert live.ask("asks")[0]["state"] == "paid"
    assert live.ask("ask", str(bill["number"]), "--why", "again", code=2)["error"] == "ask:nothing"
    assert live.posted("payments") == {}

    live.pay(patient, bill, bill["total_cents"], WORD, day=today().isoformat())
    live.hub("pull")
    live.import_reports(date(2026, 10, 1), today() + timedelta(days=1))
    live.hub("deliver")
    assert live.ask("work", "list") == []
    (done,) = live.ask("work", "list", "--all")
    assert done["closed_by"].startswith(f"payment:{PRACTICE}:")
    (receipt,) = live.posted("payments").values()
    assert receipt["cents"] == bill["total_cents"]
    assert live.hub("work", "list").out.strip() == "Nothing waits for anybody."

    shown = "\n".join(live.everything)
    with kernel().store.look() as db:
        kept = [
            str(row) for table in (payment_ask, work_item, audit_event) for row in db.execute(select(table))
        ]
    asked_of = cards.get("/__control__/requests").text
    for text in (shown, "\n".join(kept), asked_of):
        assert SURNAME not in text
        assert OTHER not in text


def test_an_ask_is_taken_back_and_work_is_done_by_a_word(live: Town, cards: httpx.Client) -> None:
    bill = live.bill(live.patient(), "PH2", day=(today() - timedelta(days=3)).isoformat())
    number = str(bill["number"])
    live.hub("pull")
    live.hub("ask", number, "--why", "overdue", "--hours", "2", "--deliver")
    live.hub("ask", number, "--off", "--why", "asked by mistake", "--deliver")
    assert [row["state"] for row in live.ask("asks")] == ["withdrawn"]
    assert "Nobody asks" in live.hub("ask", number, "--off", "--why", "again").out
    live.hub("ask", number, "--why", "overdue", "--hours", "3", code=0)
    assert live.ask("ask", number, "--why", "overdue", "--hours", "30", code=2)["error"] == "usage"
    assert "Asked for" in live.hub("asks").out


def test_a_check_says_that_payers_must_come_back_somewhere(live: Town, cards: httpx.Client) -> None:
    def forget(text: dict[str, Any]) -> None:
        del text["connections"][CARDS]["settings"]["return_url"]

    live.configure(forget)
    found = live.ask("check", code=2)["problems"]
    assert [(one["connection"], one["code"]) for one in found] == [(CARDS, "stripe:no-return-url")]
