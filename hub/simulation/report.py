"""What many schedules showed together: how many counted, faults by kind, violations, empty cells."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.simulation.faults import Cell, by_kind
from hub.simulation.result import Result


@dataclass
class Report:
    """Sums over schedules. `profiles`: how many of each; `seconds` are of CPU; `failed`: what was wrong, by
    seed and profile; `interrupted`: somebody ended it before all was played.
    """

    profiles: dict[str, int] = field(default_factory=dict)
    interrupted: bool = False
    counted: int = 0
    exchanges: int = 0
    deaths: int = 0
    freezes: int = 0
    seconds: float = 0.0
    hit: dict[Cell, int] = field(default_factory=dict)
    failed: dict[tuple[int, str], Sequence[str]] = field(default_factory=dict)
    unnamed: set[str] = field(default_factory=set)

    def add(self, result: Result, seconds: float = 0.0) -> None:
        """One schedule more. One that did not play enough fails for nothing and proves nothing."""
        self.profiles[result.profile] = self.profiles.get(result.profile, 0) + 1
        self.counted += result.counts
        self.exchanges += result.exchanges
        self.deaths += result.deaths
        self.freezes += result.freezes
        self.seconds += seconds
        self.unnamed |= result.unnamed
        for cell, count in result.hit.items():
            self.hit[cell] = self.hit.get(cell, 0) + count
        if result.violations:
            self.failed[result.seed, result.profile] = result.violations

    @property
    def schedules(self) -> int:
        """How many in all."""
        return sum(self.profiles.values())

    def merge(self, other: Report) -> None:
        """The schedules of another process."""
        for name in ("counted", "exchanges", "deaths", "freezes", "seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for profile, count in other.profiles.items():
            self.profiles[profile] = self.profiles.get(profile, 0) + count
        for cell, count in other.hit.items():
            self.hit[cell] = self.hit.get(cell, 0) + count
        self.failed |= other.failed
        self.unnamed |= other.unnamed

    def empty(self, cells: Collection[Cell]) -> list[Cell]:
        """Cells no schedule met."""
        return [cell for cell in cells if not self.hit.get(cell)]

    def as_json(self, cells: Collection[Cell]) -> dict[str, Any]:
        """The whole report; `table`: operation -> fault -> counts."""
        table: dict[str, dict[str, dict[str, int]]] = {}
        for cell in cells:
            fault = f"{cell.kind} {cell.when}"
            row = table.setdefault(cell.operation, {}).setdefault(fault, {})
            row["dies" if cell.death else "lives"] = self.hit.get(cell, 0)
        per_minute = 60 * self.schedules / self.seconds if self.seconds else 0.0
        return {
            "schedules": self.schedules,
            "profiles": dict(self.profiles),
            "interrupted": self.interrupted,
            "counted": self.counted,
            "violations": [
                {"seed": seed, "profile": profile, "what": list(what)}
                for (seed, profile), what in sorted(self.failed.items())
            ],
            "schedules_per_cpu_minute": round(per_minute, 1),
            "exchanges": self.exchanges,
            "deaths": self.deaths,
            "freezes": self.freezes,
            "faults": by_kind(self.hit),
            "cells": len(cells),
            "empty_cells": [str(cell) for cell in self.empty(cells)],
            "table": table,
        }
