"""What becomes of a task at each of its points: nothing, a hand-over, a freeze, or death.

One draw per point from the task's own random source, so that leaving one death out (shrinking) changes
nothing that was drawn before it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import Enum
from random import Random

from hub.simulation.tasks import Task

LONGEST_FREEZE = 400.0
"""Seconds; more than four leases."""


class Verdict(Enum):
    """What happens at a point."""

    STAY = "stay"
    SWITCH = "switch"
    FREEZE = "freeze"
    DIE = "die"


@dataclass(frozen=True, slots=True)
class Rates:
    """Chances at one point. `notice`: that idle tasks see a commit at once.

    `points`: the kinds of points at which a task may die or freeze, none: all of them. `shortest`: seconds a
    freeze lasts at least. `struck`: the chance of a freeze at the first commit after a fault struck a write,
    before its outcome is written; `heard`: of a death at the commit that should keep what was read.
    """

    die: float = 0.0
    freeze: float = 0.0
    switch: float = 0.3
    notice: float = 0.1
    most_deaths: int = 4
    most_freezes: int = 4
    points: frozenset[str] = frozenset()
    shortest: float = 1.0
    struck: float = 0.0
    heard: float = 0.0


@dataclass
class Fate:
    """Decides for every task of one schedule. `without`: ids of deaths and freezes left out.

    `happened` lists the ids of what came about, as `death:pull.0@17:committed`.
    """

    seed: str
    rates: Rates
    without: Collection[str] = ()
    on: bool = True
    happened: list[str] = field(default_factory=list)
    deaths: int = 0
    freezes: int = 0

    @property
    def notice(self) -> float:
        return self.rates.notice

    def decide(self, task: Task, kind: str) -> tuple[Verdict, int]:
        """Verdict and milliseconds to rest."""
        draw = self._draw(task)
        die, freeze = self._chances(task, kind)
        if draw < die:
            if self._may_die(task, kind):
                return Verdict.DIE, 0
        elif draw < die + freeze:
            event = f"freeze:{task.id}@{task.points}:{kind}"
            if self.freezes < self.rates.most_freezes and event not in self.without:
                self.freezes += 1
                self.happened.append(event)
                return Verdict.FREEZE, self._frozen(event)
        return (Verdict.SWITCH, 0) if draw > 1 - self.rates.switch else (Verdict.STAY, 0)

    def dies(self, task: Task, kind: str) -> bool:
        """Whether a task dies at a point where it can do nothing else."""
        draw = self._draw(task)
        return draw < self._chances(task, kind)[0] and self._may_die(task, kind)

    def _chances(self, task: Task, kind: str) -> tuple[float, float]:
        """Of death and of a freeze, at this point."""
        rates, struck, heard = self.rates, False, False
        if kind == "committed":
            struck, heard = task.struck, task.heard == 1
            task.struck, task.heard = False, max(0, task.heard - 1)
        if not self.on or (rates.points and kind not in rates.points):
            return 0.0, 0.0
        die = max(rates.die, rates.heard) if heard else rates.die
        return die, max(rates.freeze, rates.struck) if struck else rates.freeze

    def _draw(self, task: Task) -> float:
        task.points += 1
        return task.fate.random()

    def _may_die(self, task: Task, kind: str) -> bool:
        event = f"death:{task.id}@{task.points}:{kind}"
        if self.deaths >= self.rates.most_deaths or event in self.without:
            return False
        self.deaths += 1
        self.happened.append(event)
        return True

    def _frozen(self, event: str) -> int:
        """Some are short, some outlast every lease."""
        rng = Random(f"{self.seed}/{event}")
        longest = LONGEST_FREEZE if rng.random() < 0.6 else max(45.0, self.rates.shortest)
        return int(1000 * rng.uniform(self.rates.shortest, longest))
