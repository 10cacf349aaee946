"""What can go wrong with one exchange, as a table; and the seeded plan that says where it does.

A kind says whether the effect has happened when it strikes (`when`), and on which calls it makes sense. The
cells of the report are all operations that connectors declare, times the kinds that apply to them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from types import MappingProxyType


class Mode(StrEnum):
    """What kind of call an operation makes."""

    READ = "read"
    WRITE = "write"
    RENEW = "renew"  # a grant's token exchange


@dataclass(frozen=True, slots=True, order=True)
class Operation:
    """One thing a connector declares that it does at a system. `several`: a call may carry more than one."""

    connection: str
    name: str
    mode: Mode
    several: bool = False

    def __str__(self) -> str:
        return f"{self.connection} {self.name}"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault. `when`: before or after the effect at the other system."""

    name: str
    when: str
    modes: frozenset[Mode]
    note: str

    def applies(self, operation: Operation) -> bool:
        return operation.mode in self.modes and (self.name != "partial" or operation.several)


_ALL = frozenset(Mode)
_CHANGING = frozenset({Mode.WRITE, Mode.RENEW})
_TOKEN = frozenset({Mode.READ, Mode.WRITE})
BEFORE, AFTER = "before", "after"

REFUSED = "401"
KINDS: tuple[Kind, ...] = (
    Kind("slow request", BEFORE, _ALL, "the effect comes late, the answer in time"),
    Kind("slow answer", AFTER, _CHANGING, "the answer comes late, but in time"),
    Kind("unreachable", BEFORE, _ALL, "no connection: surely not sent"),
    Kind("reset", BEFORE, _ALL, "the connection breaks, nothing happened"),
    Kind("reset", AFTER, _CHANGING, "the connection breaks, it had happened"),
    Kind("timeout", BEFORE, _ALL, "never arrives; the client gives up"),
    Kind("timeout", AFTER, _CHANGING, "happened; the answer never arrives"),
    Kind("late effect", AFTER, _CHANGING, "happens after the client gave up"),
    Kind("429 seconds", BEFORE, _ALL, "a limit, for seconds"),
    Kind("429 hours", BEFORE, _ALL, "a limit, for hours"),
    Kind("500", BEFORE, _ALL, "nothing happened"),
    Kind("500", AFTER, _CHANGING, "it had happened"),
    Kind("503", BEFORE, _ALL, "nothing happened"),
    Kind("503", AFTER, _CHANGING, "it had happened"),
    Kind(REFUSED, BEFORE, _TOKEN, "the token is refused; it has to be renewed"),
    Kind("truncated", AFTER, _ALL, "half of the body"),
    Kind("malformed", AFTER, _ALL, "a page of HTML with status 200"),
    Kind("partial", AFTER, frozenset({Mode.WRITE}), "some elements of a batch are saved, then a reset"),
)


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One cell of the report: an operation met a fault, and its worker lived or died of it."""

    operation: str
    kind: str
    when: str
    death: bool

    def __str__(self) -> str:
        end = ", the worker dies" if self.death else ""
        return f"{self.operation}: {self.kind} {self.when} the effect{end}"


@dataclass(frozen=True, slots=True)
class Excluded:
    """Cells that cannot be, with the reason: a connection and a kind (None: any)."""

    connection: str
    kind: str
    why: str


def cells(operations: Collection[Operation], excluded: Collection[Excluded]) -> list[Cell]:
    """Every cell that must be met, in a fixed order."""
    out = {(one.connection, one.kind) for one in excluded}
    return [
        Cell(str(operation), kind.name, kind.when, death)
        for operation in sorted(operations)
        for kind in KINDS
        if kind.applies(operation) and (operation.connection, kind.name) not in out
        for death in (False, True)
    ]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault at one exchange. `size` in 0..1 scales what it scales; `death`: the worker dies of it."""

    id: str
    kind: Kind
    size: float
    death: bool


@dataclass(frozen=True, slots=True)
class Chances:
    """Chaos of one schedule: the chance that an exchange is struck, the kinds that may, deaths among them.

    `modes`: the calls that may be struck at all.
    """

    rate: float = 0.0
    kinds: tuple[str, ...] = ()
    death: float = 0.0
    modes: frozenset[Mode] = _ALL


class FaultPlan:
    """Says for each exchange what befalls it: by seed, operation and how often that was called before.

    `aims`: by operation, a cell this schedule must meet, and which exchange of it that strikes, be it after
    chaos: a connection may have rested until then. A token is refused once at each connection: one that was
    just renewed and is refused again waits for a person to connect anew, whom nobody plays.
    """

    def __init__(
        self,
        seed: str,
        chances: Chances,
        excluded: Collection[Excluded],
        aims: Mapping[str, tuple[Cell, int]] = MappingProxyType({}),
        without: Collection[str] = (),
    ) -> None:
        self.on = True
        self.hit: dict[Cell, int] = {}
        self.happened: list[str] = []
        self._seed, self._chances, self._without = seed, chances, without
        self._aims = aims
        self._excluded = {(one.connection, one.kind) for one in excluded}
        self._seen: dict[Operation, int] = {}
        refused = (cell for cell, _ in aims.values() if cell.kind == REFUSED)
        self._refused = {cell.operation.split(" ")[0] for cell in refused}

    def strike(self, operation: Operation) -> Fault | None:
        """The fault of this exchange, if any."""
        nth = self._seen[operation] = self._seen.get(operation, 0) + 1
        fault = self._aimed(operation, nth)
        if fault is None and self.on:
            fault = self._drawn(operation, nth)
        return None if fault is None or fault.id in self._without else fault

    def note(self, operation: Operation, fault: Fault) -> None:
        """It did strike."""
        cell = Cell(str(operation), fault.kind.name, fault.kind.when, fault.death)
        self.hit[cell] = self.hit.get(cell, 0) + 1
        self.happened.append(fault.id)

    def _aimed(self, operation: Operation, nth: int) -> Fault | None:
        cell, at = self._aims.get(str(operation), (None, 0))
        if cell is None or nth != at:
            return None
        kind = next(k for k in KINDS if (k.name, k.when) == (cell.kind, cell.when))
        return self._fault(operation, nth, kind, 0.5, death=cell.death)

    def _drawn(self, operation: Operation, nth: int) -> Fault | None:
        rng = Random(f"{self._seed}/fault/{operation}/{nth}")
        if operation.mode not in self._chances.modes or rng.random() >= self._chances.rate:
            return None
        fitting = [
            kind
            for kind in KINDS
            if kind.name in self._chances.kinds
            and kind.applies(operation)
            and (operation.connection, kind.name) not in self._excluded
        ]
        if not fitting:
            return None
        kind = fitting[int(rng.random() * len(fitting))]
        if kind.name == REFUSED:
            if operation.connection in self._refused:
                return None
            self._refused.add(operation.connection)
        return self._fault(operation, nth, kind, rng.random(), death=rng.random() < self._chances.death)

    def _fault(self, operation: Operation, nth: int, kind: Kind, size: float, *, death: bool) -> Fault:
        return Fault(f"fault:{operation}#{nth}:{kind.name} {kind.when}", kind, size, death)


def by_kind(hit: Mapping[Cell, int]) -> dict[str, int]:
    """Counts of faults by kind."""
    found: dict[str, int] = {}
    for cell, count in sorted(hit.items()):
        name = f"{cell.kind} {cell.when}"
        found[name] = found.get(name, 0) + count
    return found
