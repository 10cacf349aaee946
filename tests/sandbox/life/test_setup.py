"""Setting both sandboxes up, and the witness on what the real Xero sandbox then shows."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connectors.sandbox.life import HttpControl, Life, receivables, target_books
from connectors.sandbox.life.group import ACCOUNT, LEDGER
from connectors.sandbox.life.nookal.group import ACCOUNT as FOURTH
from connectors.sandbox.shells_inprocess import InProcessTransport
from connectors.sandbox.xero import SANDBOX as XERO
from tests.sandbox.life.playing import Standing, cliniko, whole

HANDS = "/__control__/hands/"


@pytest.fixture
def books() -> HttpControl:
    """A fresh Xero sandbox in this process."""
    transport = InProcessTransport(XERO, XERO.open(None, 0, {}), Standing())
    return HttpControl(httpx.Client(base_url="http://xero", transport=transport))


def test_setup_answers_what_a_hub_needs(books: HttpControl) -> None:
    made = Life({**whole(), LEDGER: books}, seed=1, scale=0.1).setup()
    assert set(made.secrets) == {ACCOUNT, FOURTH, LEDGER}
    assert made.start == "2026-10-01"
    assert all(made.as_json().values())
    ledger = books.call("GET", "/__control__/ledger")
    codes = {account["code"]: account for account in ledger["accounts"]}
    tills = [base + n for base in (1101, 1201, 1301, 1401) for n in range(6)]
    assert {codes[str(code)]["type"] for code in tills} == {"BANK"}
    assert codes["610"]["system"] == "DEBTORS"
    assert not any(target_books(ledger).as_json().values())


def test_the_witness_reads_the_real_ledger(books: HttpControl) -> None:
    Life({ACCOUNT: cliniko(), LEDGER: books}, seed=1, scale=0.1).setup()

    def do(action: str, **body: Any) -> None:
        books.call("POST", HANDS + action, body)

    massage = {"cents": 11000, "account": "203", "tax_type": "OUTPUT", "option": "Geelong"}
    off = {"cents": 4000, "account": "260", "tax_type": "OUTPUT", "option": "Geelong"}
    do("create_invoice", contact="Somebody", number="HH-1", date="2026-10-02", lines=[massage])
    do("pay_invoice", number="HH-1", account="1102", cents=7000, date="2026-10-03")
    do("create_credit_note", contact="Somebody", number="HH-2", date="2026-10-05", lines=[off])
    do("allocate_credit", credit_number="HH-2", number="HH-1", cents=4000, date="2026-10-05")
    ledger = books.call("GET", "/__control__/ledger")
    found = target_books(ledger)
    day = {"location": "geelong", "day": "2026-10-03", "method": "HICAPS", "cents": 7000}
    assert found.money == [day]
    gross = [(row["location"], row["account"], row["gross"], row["gst"]) for row in found.billed]
    assert gross == [("geelong", "203", 11000, 1000), ("geelong", "260", -4000, -364)]
    assert [row["closing"] for row in found.debtors] == [11000, 4000, 0]
    assert found.debtors[-1]["written_off"] == 4000
    assert found.credits[-1]["applied"] == 4000
    assert receivables(ledger) == 0


def test_a_person_who_cannot_act_is_reported_not_fatal(books: HttpControl) -> None:
    life = Life({ACCOUNT: cliniko(), LEDGER: books}, seed=1, scale=0.1)
    life.setup()
    refused = [life.play(step).refused for step in range(1, 6)]
    assert [len(one) for one in refused[:2]] == [0, 0]
    assert any("archive_contact" in text for text in refused[4])
