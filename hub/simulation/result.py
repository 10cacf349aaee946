"""What one schedule showed, and whether it played enough to prove anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.simulation.faults import Cell

FAULTS = 5
"""How many calls must have met one."""
_WHOLE = ("paid_invoices", 20), ("edited_after_payment", 1), ("voided", 1)


@dataclass
class Result:
    """What one schedule showed. `events`: ids of faults, deaths and freezes that came about."""

    seed: int
    profile: str
    violations: list[str]
    events: list[str]
    hit: dict[Cell, int]
    played: Mapping[str, int]
    workers: int
    deaths: int
    freezes: int
    exchanges: int
    steps: int
    digest: str
    trace: list[tuple[int, str, str]] = field(repr=False)
    unnamed: set[str] = field(default_factory=set)

    @property
    def counts(self) -> bool:
        """Whether it played enough to prove something: else it is not counted."""
        return (
            all(self.played.get(name, 0) >= least for name, least in _WHOLE)
            and self.workers >= 2
            and sum(self.hit.values()) >= FAULTS
        )
