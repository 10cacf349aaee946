"""Card money of the story: pages are paid, payouts leave, and every cent is in transit, at the bank or named.

No hub takes part: pages are opened here as one would, and nobody writes payments back.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import httpx
import pytest

from connectors.sandbox.life import HttpControl, Life
from connectors.sandbox.life.client import ControlRefused
from connectors.sandbox.life.compare import clearing_differences, differences, with_traps
from connectors.sandbox.life.group import LEDGER
from connectors.sandbox.life.nookal.group import ACCOUNT as FOURTH
from connectors.sandbox.life.stripe.group import ACCOUNT, KEY, NUMBER
from connectors.sandbox.life.stripe.traps import EXPIRED, LOST, TWICE
from connectors.sandbox.nookal import SANDBOX as NOOKAL
from connectors.sandbox.shells_inprocess import InProcessTransport
from connectors.sandbox.stripe import SANDBOX
from tests.sandbox.life.playing import Listener, Standing, practice, whole


class Pages:
    """The payment system, and whoever opens pages there."""

    def __init__(self) -> None:
        transport = InProcessTransport(SANDBOX, SANDBOX.open(None, 0, {}), Standing())
        self.http = httpx.Client(base_url="http://stripe", transport=transport)
        self.control = HttpControl(self.http)
        self.control.call("POST", "/__control__/limits", {"second": 100_000, "endpoint": 100_000})

    def open(self, number: str, cents: int) -> None:
        line, keys = "line_items[0]", {NUMBER: number}
        form = {
            "mode": "payment",
            "success_url": "https://clinic.example/thanks",
            f"{line}[quantity]": 1,
            f"{line}[price_data][currency]": "aud",
            f"{line}[price_data][unit_amount]": cents,
            f"{line}[price_data][product_data][name]": f"Invoice {number}",
        }
        for name, value in keys.items():
            form |= {f"metadata[{name}]": value, f"payment_intent_data[metadata][{name}]": value}
        answer = self.http.post("/v1/checkout/sessions", data=form, auth=(KEY, ""))
        assert answer.status_code == 200, answer.text


def play(life: Life, pages: Pages) -> None:
    """The whole month; what is asked for gets its page."""
    life.setup()
    for step in range(1, life.steps + 1):
        report = life.play(step)
        totals = {invoice.number: invoice.total for invoice in life.clinic.invoices if invoice.number}
        for number in report.asks:
            pages.open(number, totals[number])


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages()


@pytest.fixture(scope="module")
def carded(pages: Pages) -> Life:
    """A small month with every system; not to be changed by a test."""
    life = Life({**whole(), ACCOUNT: pages.control}, seed=3, scale=0.1)
    play(life, pages)
    return life


def stripe(pages: Pages) -> dict[str, Any]:
    found: dict[str, Any] = pages.control.call("GET", "/__control__/ledger")
    return found


def test_charges_and_payouts_fall_into_the_played_month(carded: Life, pages: Pages) -> None:
    """Money follows the story's clock, though the server's own clock is weeks later."""
    ledger = stripe(pages)
    days = {payment.day for payment in carded.clinic.payments if payment.born}
    assert len(ledger["charges"]) > 12
    assert {one["status"] for one in ledger["payouts"]} >= {"paid"}
    last = max(days).toordinal()
    for one in (*ledger["charges"], *ledger["payouts"]):
        assert abs(one["created"] // 86_400 + 719_163 - last) < 31
    assert all(row["fee_details"] for row in ledger["rows"] if row["reporting_category"] == "charge")


def test_every_cent_is_in_transit_at_the_bank_or_named(carded: Life, pages: Pages) -> None:
    books = carded.expected()
    rows = clearing_differences(books, carded.in_transit(), carded.planted())
    assert [row["unexplained"] for row in rows if row["unexplained"]] == []
    moved = sum(row["moved"] for row in books.clearing)
    paid = sum(one["amount"] for one in stripe(pages)["payouts"] if one["status"] == "paid")
    assert moved == paid != 0
    assert carded.in_transit()
    causes = Counter(plant.cause for plant in carded.planted() if plant.account == ACCOUNT)
    assert causes == {
        "stripe:charge-unmatched": 1,
        "settlement:charge-unknown": 1,
        "settlement:refund-unknown": 1,
    }


def test_a_cent_of_the_tax_in_fees_is_a_cent(carded: Life) -> None:
    truth = carded.expected()
    taxed = next(row for row in truth.clearing if row["fee_gst"])
    rows = [{**row, "fee_gst": row["fee_gst"] + (row is taxed)} for row in truth.clearing]
    found = [row for row in differences(truth, replace(truth, clearing=rows), {}) if row["unexplained"]]
    assert [(row["column"], row["unexplained"]) for row in found] == [("fee_gst", -1)]


def test_money_missing_or_too_much_in_clearing_is_found(carded: Life) -> None:
    books, plants = carded.expected(), carded.planted()
    (first, *rest) = carded.in_transit()
    gaps = clearing_differences(books, rest, plants)
    assert sum(row["unexplained"] for row in gaps) == -first["cents"]
    unnamed = [plant for plant in plants if not plant.left]
    assert sum(abs(row["unexplained"]) for row in clearing_differences(books, [first, *rest], unnamed)) > 0


def test_a_trap_that_did_not_spring_is_as_good_as_not_held(carded: Life) -> None:
    """Nobody wrote a payment back here, so no answer could be lost."""
    assert carded.traps() == {EXPIRED: True, TWICE: True, LOST: False}
    found = with_traps(
        {"planted": 2, "planted_not_held": 0, "lists": {"planted_not_held": []}}, carded.traps()
    )
    assert (found["planted"], found["planted_not_held"]) == (5, 1)
    assert found["lists"]["planted_not_held"] == [[LOST, "did not happen"]]


def test_a_page_nobody_opened_is_told() -> None:
    life = Life({FOURTH: practice(NOOKAL), ACCOUNT: Pages().control, LEDGER: Listener()}, seed=3, scale=0.1)
    life.setup()
    life.play(1)
    with pytest.raises(ControlRefused, match="not one page but 0"):
        life.play(2)
