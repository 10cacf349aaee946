"""The running systems of one schedule as a simulation asks for them: ways in, webhooks, words for a limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from connectors.sandbox.simulation import watch
from connectors.sandbox.simulation.systems import LEDGER, Running
from connectors.sandbox.wire import OutgoingHook
from connectors.sandbox.xero.books import Books

DATED = ("adjustments", "credits", "discounts", "refunds")
"""What Nookal lists by its own day alone: what is entered under an old one only the night's reading finds."""

Choice = Literal["all", "few", "slow"]
"""Which stories are played: as many as a month has, a few of them, or as many with mistakes found late."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One act of people: `do` plays it, `hints` is what a source would tell of it."""

    name: str
    do: Callable[[], None]
    hints: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Errand:
    """What somebody is to type at the hub, about whom or which, with what beside it."""

    what: str
    about: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Excluded:
    """A kind of fault that cannot befall a connection, with the reason."""

    connection: str
    kind: str
    why: str


class Company:
    """Systems by connection; `tenant` is the organisation behind the ledger."""

    def __init__(self, running: Mapping[str, Running], tenant: str) -> None:
        self.running, self._tenant = running, tenant
        self._watched = -1
        self.systems: Mapping[str, httpx.BaseTransport] = {
            name: one.transport() for name, one in running.items()
        }

    def hooks(self, connection: str) -> Sequence[OutgoingHook]:
        """Webhooks a system wants sent now."""
        one = self.running[connection]
        return one.system.handler.due_hooks(one.state, one.clock)

    def settle_hook(self, connection: str, hook: str, status: int | None) -> None:
        """What became of one."""
        one = self.running[connection]
        one.system.handler.settle_hook(one.state, one.clock, hook, status)

    def limited(self, connection: str, seconds: float) -> Mapping[str, str]:
        """That vendor's way of saying how long to wait."""
        one = self.running[connection]
        return one.system.limited(seconds, one.clock.now())

    def act(self, connection: str, action: str, **body: Any) -> Any:
        """One action of a person in a system."""
        return self.running[connection].control.call("POST", f"/__control__/hands/{action}", body)

    def ledger_of(self, connection: str) -> Any:
        """A system's own word on everything in it."""
        return self.running[connection].control.call("GET", "/__control__/ledger")

    def books(self) -> Books:
        """The organisation's books."""
        found: Books = self.running[LEDGER].state.books(self._tenant)
        return found

    def twice_in_the_books(self) -> list[str]:
        """What came to stand twice in the ledger; nothing can have, where no document there was touched."""
        changes = self.running[LEDGER].state.store.changes
        if changes == self._watched:
            return []
        self._watched = changes
        return watch.twice(self.books())
