"""Playing a story in tests: on the real practice systems' sandboxes, with a ledger that only listens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx

from connectors.sandbox.cliniko import SANDBOX as CLINIKO
from connectors.sandbox.life import HttpControl, Life
from connectors.sandbox.life.group import ACCOUNT, LEDGER
from connectors.sandbox.life.ndis.group import SCHEME
from connectors.sandbox.life.nookal.group import ACCOUNT as FOURTH
from connectors.sandbox.ndis import SANDBOX as NDIS
from connectors.sandbox.nookal import SANDBOX as NOOKAL
from connectors.sandbox.shells_inprocess import InProcessTransport
from connectors.sandbox.store import Handler


class Standing:
    """A clock that stands still, after the story."""

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 22, 0, tzinfo=UTC)


class Listener:
    """A control endpoint that accepts everything a person does and remembers it."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []

    def call(self, method: str, path: str, body: Any = None) -> Any:
        self.calls.append((path.rsplit("/", 1)[-1], body))
        return {"tenant_id": "tenant", "grant_id": "grant", "refresh_token": "refresh"}


class Recorder:
    """A control endpoint that passes on to another and keeps the actions."""

    def __init__(self, inner: HttpControl) -> None:
        self.inner = inner
        self.actions: list[dict[str, Any]] = []

    def call(self, method: str, path: str, body: Any = None) -> Any:
        if path.endswith("/hands"):
            self.actions += body
        return self.inner.call(method, path, body)


def practice(sandbox: Handler) -> Recorder:
    """A fresh practice system in this process."""
    transport = InProcessTransport(sandbox, sandbox.open(None, 0, {}), Standing())
    return Recorder(HttpControl(httpx.Client(base_url="http://practice", transport=transport)))


def cliniko() -> Recorder:
    """A fresh Cliniko sandbox in this process."""
    return practice(CLINIKO)


def whole() -> dict[str, Any]:
    """Every system of the group."""
    systems = {ACCOUNT: practice(CLINIKO), FOURTH: practice(NOOKAL), SCHEME: practice(NDIS)}
    return {**systems, LEDGER: Listener()}


def month(seed: int, **facts: Any) -> Life:
    """A whole month played."""
    life = Life(whole(), seed=seed, **facts)
    life.setup()
    for step in range(1, life.steps + 1):
        life.play(step)
    return life
