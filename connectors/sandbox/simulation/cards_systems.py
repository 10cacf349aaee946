"""The systems of the scenario of card payments: the fourth location's practice, a card account, the books.

The card account has a story clock of its own, so that its banking days pass while a schedule lasts minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import httpx

from connectors.sandbox.life.group import BANK_ACCOUNT
from connectors.sandbox.life.nookal.group import ACCOUNT as FOURTH
from connectors.sandbox.simulation import systems
from connectors.sandbox.simulation.systems import Running, System
from connectors.sandbox.store import State
from connectors.sandbox.stripe import SANDBOX
from connectors.sandbox.stripe.state import DEFAULT_KEY

STRIPE = "harbour-stripe"
CARDS = System(STRIPE, SANDBOX, lambda wait, now: {"Stripe-Rate-Limited-Reason": "global-rate"})
CLEARING, TILL, BANK = "1405", "1401", BANK_ACCOUNT
DAYS = tuple(datetime(2026, 10, day, 2, tzinfo=UTC) for day in (12, 14, 16, 19))
"""The business days on which cards are charged: by the second one the first day's money is on its way, by the
third it arrived."""
_SEED = 7


def at(running: Running, story: datetime) -> None:
    """It is another business day at the card account."""
    running.control.call("POST", "/__control__/clock", {"story": story.isoformat()})


@cache
def prepared() -> tuple[Mapping[str, str], State]:
    """What a person types in to connect the card account, and the account before every schedule."""
    morning = DAYS[0] - timedelta(days=1)
    one = systems.opened(CARDS, lambda: morning)
    at(one, DAYS[0])
    one.control.call("POST", "/__control__/limits", {"second": 100_000})
    endpoint = {"url": "http://hub.test/", "enabled_events[]": "*"}
    with httpx.Client(transport=one.transport(), base_url="http://cards.test") as client:
        made = client.post("/v1/webhook_endpoints", data=endpoint, auth=(DEFAULT_KEY, "")).json()
    return {"api_key": DEFAULT_KEY, "webhook_key": made["secret"]}, one.state


def started(clocks: Mapping[str, Callable[[], datetime]], seed: str) -> dict[str, Running]:
    """Fresh copies, with what the seed decides about them."""
    found, rng = systems.started(clocks, seed, FOURTH), Random(f"{seed}/cards")
    settings: dict[str, Any] = {"intent_shown": rng.random() < 0.5, "split_gst": rng.random() < 0.5}
    cards = systems.opened(CARDS, clocks[STRIPE], settings)
    cards.state.store = prepared()[1].store.copy()
    cards.state.reload()
    readable = rng.random() < 0.3
    found[FOURTH].control.call("POST", "/__control__/switches", {"payment_ref_readable": readable})
    return {**found, STRIPE: cards}
