"""What a simulation needs of a scenario plugin: systems, people's acts, and the systems' own word on the end.

The plugin is found by entry point and imports nothing of the kernel: it speaks as the outside world.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, cast

import httpx

from hub.errors import Misconfigured

Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Report:
    """A payment report as staff save it: complete for a location (its id at the source) and days."""

    connection: str
    location: str
    first: date
    last: date
    data: bytes


class Act(Protocol):
    """One thing people do. `hints`: (connection, stream, id) a source would tell about it."""

    name: str
    hints: Sequence[tuple[str, str, str]]

    def do(self) -> None: ...


class Hook(Protocol):
    """A webhook a system wants delivered now."""

    id: str
    body: bytes
    headers: Sequence[tuple[str, str]]


class Cast(Protocol):
    """One played schedule: fresh systems, the acts in order, and witnesses."""

    acts: Sequence[Act]
    systems: Mapping[str, httpx.BaseTransport]

    def hooks(self, connection: str) -> Sequence[Hook]: ...

    def settle_hook(self, connection: str, hook: str, status: int | None) -> None: ...

    def limited(self, connection: str, seconds: float) -> Mapping[str, str]:
        """The headers of that vendor's 429."""
        ...

    def reports(self) -> Sequence[tuple[str, str, date, date, bytes]]:
        """Every payment report as it would be saved now: connection, location, first, last day, file."""
        ...

    def moment(self) -> Sequence[str]:
        """What must not be at any moment, and is: two live objects of one document."""
        ...

    def verdict(self, held: Iterable[tuple[str, str]]) -> Sequence[str]:
        """What is wrong at the end, by the systems' own books. `held`: (case number, cause)."""
        ...

    def counts(self) -> Mapping[str, int]:
        """What was played: at least `paid_invoices`, `edited_after_payment`, `voided`."""
        ...

    def objects(self, connection: str) -> Collection[tuple[str, str]]:
        """(kind of document, id) of every live object that the hub made at a target."""
        ...


class Excluding(Protocol):
    connection: str
    kind: str
    why: str


class Scenario(Protocol):
    """The plugin: its group's mapping file and what a person would type in, the same for every schedule."""

    mapping: Path
    secrets: Mapping[str, Mapping[str, str]]
    tenants: Mapping[str, str]
    budgets: Mapping[str, Mapping[str, int]]
    hinted: Mapping[str, Collection[str]]
    excluded: Sequence[Excluding]
    unplayed: Mapping[str, Collection[str]]
    """Kinds of documents by connection that no story leads to: they have no cells."""

    def cast(self, seed: str, clocks: Mapping[str, Now]) -> Cast:
        """Fresh systems with the acts of one seed; `clocks` by connection."""
        ...


def find(name: str | None = None) -> Scenario:
    """The installed scenario of that name (or the first). Raises Misconfigured where there is none."""
    points: dict[str, Any] = {point.name: point for point in entry_points(group="clinic_hub.simulations")}
    chosen = name if name is not None else min(points, default=None)
    if chosen is None or chosen not in points:
        known = ", ".join(sorted(points)) or "none"
        raise Misconfigured(f"No simulation is called {name!r}; installed: {known}.", code="config:plugin")
    return cast(Scenario, points[chosen].load())
