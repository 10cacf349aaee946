"""What a simulation needs of a scenario plugin: systems, people's acts, and the systems' own word on the end.

The plugin is found by entry point and imports nothing of the kernel: it speaks as the outside world.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal, Protocol, cast

import httpx

from hub.errors import Misconfigured

Now = Callable[[], datetime]
Choice = Literal["all", "few", "slow"]
"""Of what people may do: all that a schedule has room for, a few of it, or all of it with mistakes that are
found late: what they led to was written long before."""


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
        """What must not be at any moment and came about since last asked: two live objects of a document."""
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


@dataclass(frozen=True, slots=True)
class Errand:
    """Something a person is to do at the hub: `what` as hub.simulation.clerk calls it, `about` whom or which.

    `options` are what is typed beside it.
    """

    what: str
    about: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """What the hub asks people for in a work item; `cents` signed as the item has it."""

    kind: str
    subject: str
    number: str
    cents: int


class Served(Protocol):
    """A cast in which people also work at the hub. What succeeded is reported to it; until then they try."""

    def errands(self) -> Sequence[Errand]:
        """What people want to do there now, in the order in which they do it."""
        ...

    def done(self, errand: Errand) -> None:
        """It was done."""
        ...

    def refused(self, errand: Errand, code: str) -> None:
        """The hub did not take it, for a reason of this code; it is tried again while it is wanted."""
        ...

    def linked(self, number: str, url: str) -> None:
        """The payer of an invoice is told where it can be paid."""
        ...

    def asked(self, request: Request) -> None:
        """Staff read what the hub asks them for."""
        ...

    def carried(self, name: str, data: bytes) -> bool:
        """A file was taken where it belongs; False: not now."""
        ...

    def waits(self) -> bool:
        """Whether anybody outside still waits for the hub, or goes on before the day is over."""
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
    """Operations, or kinds of documents, by connection that no story leads to: they have no cells."""
    aims: Mapping[str, Collection[str]] | None
    """The operations whose cells this scenario fills, by connection and name or kind; None: all."""
    silent: Mapping[str, Collection[str]]
    """Streams by connection whose records begin without an event that tells of them."""
    served: bool
    """Whether its casts are `Served`: a clerk works at the hub, and what the hub wrote is read back."""

    def cast(self, seed: str, clocks: Mapping[str, Now], *, choice: Choice = "all") -> Cast:
        """Fresh systems with the acts of one seed; `clocks` by connection. A scenario may have one choice."""
        ...


def find(name: str | None = None) -> Scenario:
    """The installed scenario of that name (or the default). Raises Misconfigured where there is none."""
    points: dict[str, Any] = {point.name: point for point in entry_points(group="clinic_hub.simulations")}
    chosen = name if name is not None else "default"
    if chosen not in points:
        known = ", ".join(sorted(points)) or "none"
        raise Misconfigured(f"No simulation is called {chosen!r}; installed: {known}.", code="config:plugin")
    return cast(Scenario, points[chosen].load())
