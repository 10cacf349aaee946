"""The simulated systems of a schedule: copies of a prepared state in memory, each under its own clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from types import MappingProxyType
from typing import Any

import httpx

from connectors.sandbox import control
from connectors.sandbox.cliniko import SANDBOX as CLINIKO
from connectors.sandbox.life.calendar import Month, instant
from connectors.sandbox.life.client import ControlRefused, hands
from connectors.sandbox.life.cliniko.words import catalogue
from connectors.sandbox.life.nookal.group import ACCOUNT as FOURTH
from connectors.sandbox.life.setup import CLIENT_ID, Setup, before_the_story
from connectors.sandbox.nookal import SANDBOX as NOOKAL
from connectors.sandbox.shells_inprocess import InProcessTransport
from connectors.sandbox.store import Handler, State
from connectors.sandbox.wire import Clock, Request
from connectors.sandbox.xero import SANDBOX as XERO

PRACTICE, LEDGER = "harbour-cliniko", "harbour-xero"
MONTH = Month.of("2026-10")
WEBHOOK_KEY = "sandbox-webhook-key"
_SEED = 7
_PAGES = (100, 100, 4)
"""Records a page of the practice system holds, drawn per schedule: short ones make listings take several."""
_ORDERS = ("sent", "sent", "reversed")
"""Order of the elements in the ledger's answers, drawn per schedule."""
_MANNERS: Mapping[str, tuple[Any, ...]] = {
    "credit_use": ("payment", "row"),
    "expired_status": (401, 200),
    "no_rows": ("list", "null"),
    "v2_lists": ("list", "map"),
}
"""What nobody published of the fourth location's practice system, drawn per schedule."""
_OLD_TAXES = tuple(
    {"id": f"51481098100000001{n}", "name": f"Old tax {n}", "rate": str(n)} for n in range(1, 6)
)
"""Taxes nobody uses any more: with them even the taxes take more than one short page."""
_GROWN = ("businesses", "billable_items", "products")
"""What a practice adds to over the years: each of these stands under a date of its own."""


@dataclass(frozen=True, slots=True)
class System:
    """One row: a connection of the group and the simulated system behind it.

    `limited` words its 429: headers for a wait of so many seconds from an instant.
    """

    connection: str
    handler: Handler
    limited: Callable[[float, datetime], Mapping[str, str]]


SYSTEMS: tuple[System, ...] = (
    System(PRACTICE, CLINIKO, lambda wait, now: {"X-RateLimit-Reset": str(int(now.timestamp() + wait) + 1)}),
    System(FOURTH, NOOKAL, lambda wait, now: {"Retry-After": str(int(wait) + 1)}),
    System(
        LEDGER, XERO, lambda wait, now: {"Retry-After": str(int(wait) + 1), "X-Rate-Limit-Problem": "minute"}
    ),
)


class Readings:
    """A clock of a simulated system: whatever the simulation says it is."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now


class Direct:
    """A ControlClient without HTTP in between."""

    def __init__(self, handler: Handler, state: State, clock: Clock) -> None:
        self._handler, self._state, self._clock = handler, state, clock

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One control call; JSON parsed, other content as bytes. Raises ControlRefused."""
        plain, _, query = path.partition("?")
        pairs = tuple((name, value) for name, _, value in (part.partition("=") for part in query.split("&")))
        sent = b"" if body is None else json.dumps(body).encode()
        request = Request(method, plain, pairs if query else (), {}, sent, "http://simulated.test")
        answer = control.exchange(self._handler, self._state, self._clock, request).response
        assert answer is not None
        if answer.status >= 400:
            raise ControlRefused(f"{method} {plain}: {answer.status} {answer.body[:300].decode()}")
        kinds = dict(answer.headers).get("Content-Type", "")
        return json.loads(answer.body) if "json" in kinds else answer.body


@dataclass(frozen=True, slots=True)
class Running:
    """One system of one schedule."""

    system: System
    state: Any
    clock: Clock
    control: Direct

    def transport(self) -> httpx.BaseTransport:
        """The way in for clients."""
        return InProcessTransport(self.system.handler, self.state, self.clock)


def opened(
    system: System, now: Callable[[], datetime], settings: Mapping[str, Any] = MappingProxyType({})
) -> Running:
    """A system in memory under the clock it is given."""
    state = system.handler.open(None, _SEED, settings)
    clock = Readings(now)
    return Running(system, state, clock, Direct(system.handler, state, clock))


def _systems(practice: str) -> list[System]:
    """One practice system and the ledger: a schedule plays no other, so that it stays short."""
    return [system for system in SYSTEMS if system.connection in (practice, LEDGER)]


@cache
def prepared(account: str) -> tuple[Setup, Mapping[str, State]]:
    """What stands before every schedule, made once: catalogue, chart of accounts, app, grant, webhook."""
    morning = instant("geelong", MONTH.first, "00:00")
    running = {system.connection: opened(system, lambda: morning) for system in _systems(account)}
    practice, ledger = running[account].control, running[LEDGER].control
    made = before_the_story({name: one.control for name, one in running.items()}, MONTH.first, {})
    practice.call("POST", "/__control__/clock", {"story": None})
    practice.call("POST", "/__control__/limits", {"per_minute": 0})
    if account == PRACTICE:
        practice.call("POST", "/__control__/switches", {"leaving_bumps_updated_at": False})
        hands(practice, [{"action": "put", "resource": "taxes", "fields": fields} for fields in _OLD_TAXES])
        hands(practice, _grown(morning))
    ledger.call("POST", "/__control__/limits", {"minute": 60_000, "app_minute": 60_000, "day": 1_000_000})
    hook = {"client_id": CLIENT_ID, "url": "http://hub.test/hooks", "key": WEBHOOK_KEY}
    ledger.call("POST", "/__control__/hands/register_webhook", hook)
    return made, {name: one.state for name, one in running.items()}


def _grown(morning: datetime) -> list[dict[str, Any]]:
    """The catalogue again, each record as of an earlier day."""
    return [
        {
            "action": "put",
            "resource": one["resource"],
            "fields": {"id": one["fields"]["id"]},
            "at": (morning - timedelta(days=20 + n)).isoformat(),
        }
        for n, one in enumerate(catalogue())
        if one["resource"] in _GROWN
    ]


def started(clocks: Mapping[str, Callable[[], datetime]], seed: str, account: str) -> dict[str, Running]:
    """Fresh copies of the prepared systems, with what the seed decides about them."""
    _, states = prepared(account)
    found, rng = {}, Random(f"{seed}/systems")
    for system in _systems(account):
        one = opened(system, clocks[system.connection], {"answer_order": rng.choice(_ORDERS)})
        one.state.store = states[system.connection].store.copy()
        one.state.reload()
        found[system.connection] = one
    if account == PRACTICE:
        found[account].control.call("POST", "/__control__/limits", {"per_page": rng.choice(_PAGES)})
    else:
        drawn = {name: rng.choice(ways) for name, ways in _MANNERS.items()}
        found[account].control.call("POST", "/__control__/switches", drawn)
    return found
