"""Chaos of one schedule: drawn per seed (swarm), uniform, or aimed at what once was hard to find."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random

from hub.simulation.fate import Rates
from hub.simulation.faults import KINDS, Chances, Mode
from hub.simulation.scenario import Choice

NEVER = float("inf")
HOURS = "429 hours"
"""Seldom in a swarm: a source that rests for hours meets nothing else."""
_NAMES = tuple(dict.fromkeys(kind.name for kind in KINDS))


@dataclass(frozen=True, slots=True)
class Messages:
    """Chances of what happens to a hint; the rest arrive once, soon. `unanswered`: of a webhook's answer."""

    untold: float = 0.6
    twice: float = 0.06
    early: float = 0.06
    late: float = 0.06
    unanswered: float = 0.1


FEW = Messages(untold=0.95, twice=0.0, early=0.0, late=0.0)
"""Where hints are no matter: each costs as much as a poll."""
UNTOLD = Messages(untold=1.0, twice=0.0, early=0.0, late=0.0)
WRITES = frozenset({Mode.WRITE})


class Ending(StrEnum):
    """How everything is read once more when the chaos is over."""

    BEAT = "beat"  # polled as by day: what changed must be known
    NIGHT = "night"  # read as at night: everything must be kept as it is shown
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Profile:
    """What is drawn beside the systems' story. `span`: virtual seconds the acts are spread over.

    `first`: seconds until the first pull, by which people may have done something already. `every`: seconds
    between two pulls; with NEVER, only hints lead to reading after the first one, and each comes after its
    act. `stories`: which of all that people may do. `insists`: chaos lasts until it is met. `each`: a seed is
    aimed at a cell of every operation that changes something, not at one alone.
    """

    name: str
    workers: int
    chances: Chances
    rates: Rates
    messages: Messages = field(default_factory=Messages)
    span: float = 1200.0
    every: float = 600.0
    first: float = 0.0
    ending: Ending = Ending.BOTH
    stories: Choice = "all"
    insists: bool = False
    each: bool = False

    @property
    def polls(self) -> bool:
        return self.every < NEVER


def swarm(seed: str) -> Profile:
    """A subset of the stories and of the faults, at rates of its own: short schedules, dense with faults."""
    like = wide(seed)
    rng = Random(f"{seed}/short")
    # Nothing is told, since a hint costs as much as a poll; and one poll comes while people work. Of so few
    # calls more must fail.
    return replace(
        like,
        name="swarm",
        stories="few",
        insists=True,
        chances=replace(like.chances, rate=rng.choice((0.2, 0.3, 0.45))),
        messages=UNTOLD,
        every=like.span,
        first=like.span * rng.random(),
        ending=rng.choice((Ending.BEAT, Ending.NIGHT)),
    )


def wide(seed: str) -> Profile:
    """A subset of the faults at rates of its own, mostly two workers; people do all that they may do."""
    rng = Random(f"{seed}/chaos")
    kinds = tuple(name for name in _NAMES if rng.random() < (0.15 if name == HOURS else 0.6))
    chances = Chances(rng.choice((0.15, 0.2, 0.3)), kinds, rng.choice((0.0, 0.05, 0.2)))
    rates = Rates(
        die=rng.choice((0.0, 0.001, 0.003, 0.008)),
        freeze=rng.choice((0.0, 0.001, 0.003)),
        switch=rng.choice((0.05, 0.3, 0.7)),
        notice=rng.choice((0.02, 0.1, 0.5)),
    )
    workers, span = rng.choice((2, 2, 2, 3, 4)), rng.choice((400.0, 600.0, 900.0))
    told = rng.choice((FEW, Messages(untold=0.85, twice=0.03, early=0.03, late=0.03)))
    every, ending = span / rng.choice((1, 2)), rng.choice((Ending.BEAT, Ending.NIGHT, Ending.BOTH))
    return Profile("wide", workers, chances, rates, told, span, every, every * rng.random(), ending)


def filling(seed: str) -> Profile:
    """As wide, with few faults but those that are aimed at cells of the table: many of these.

    It lasts long and is read often, and mistakes are found late, so that the hub has something to take back.
    """
    like = wide(seed)
    span, chances = 900.0, replace(like.chances, rate=0.05)
    return replace(
        like, name="filling", stories="slow", chances=chances, span=span, every=span / 2, each=True
    )


def uniform(seed: str) -> Profile:
    """Every kind of fault at one rate."""
    return Profile("uniform", 2, Chances(0.1, _NAMES, 0.05), Rates(die=0.001, freeze=0.001))


def calm(seed: str) -> Profile:
    """No chaos but the interleaving: what fails here is no matter of faults."""
    return Profile("calm", 3, Chances(), Rates(), Messages(0.6, 0.0, 0.0, 0.0, 0.0))


def stalls(seed: str) -> Profile:
    """Stalls longer than a lease, most of all after limits and lost answers: late outcomes meet new ones."""
    kinds = ("429 seconds", "partial", "timeout", "reset", "slow answer")
    rates = Rates(freeze=0.01, most_freezes=16, shortest=100.0, struck=0.5, notice=0.5)
    return Profile("stalls", 4, Chances(0.2, kinds), rates, span=1800.0)


def deaths(seed: str) -> Profile:
    """Workers that die often, most of all around commits and calls."""
    kinds = ("reset", "timeout", "500")
    return Profile("deaths", 3, Chances(0.1, kinds, 0.3), Rates(die=0.01, most_deaths=16, notice=0.3))


def hints(seed: str) -> Profile:
    """Hints alone, told once or twice and never early: each must lead to what it tells of."""
    kinds = ("reset", "timeout", "503", "429 seconds", "truncated")
    messages = Messages(untold=0.0, twice=0.2, early=0.0, late=0.1)
    rates = Rates(die=0.004, most_deaths=8, freeze=0.001, notice=0.3)
    return Profile("hints", 2, Chances(0.1, kinds, 0.1), rates, messages, every=NEVER)


def haste(seed: str) -> Profile:
    """People change at once what they made; it is read soon, while slow calls are still under way with it."""
    messages = Messages(untold=0.1, twice=0.2, early=0.0, late=0.0)
    rates = Rates(freeze=0.002, notice=0.9)
    return Profile("haste", 3, Chances(0.5, ("slow answer",)), rates, messages, span=150.0)


def paging(seed: str) -> Profile:
    """Processes that die between two transactions, listings that a limit interrupts for hours; few hints.

    Polls are further apart than their listings overlap, so that what one loses is not simply read again.
    """
    kinds = ("429 hours", "reset", "500")
    seams = frozenset({"before begin", "before commit", "committed"})
    rates = Rates(die=0.01, most_deaths=60, points=seams)
    return Profile("paging", 2, Chances(0.03, kinds, 0.2), rates, FEW, span=4200.0, every=700.0)


def rush(seed: str) -> Profile:
    """Hints alone, of acts that follow each other while what one led to is still being read."""
    messages = Messages(untold=0.0, twice=0.1, early=0.0, late=0.0)
    return Profile(
        "rush", 2, Chances(0.5, ("slow request",)), Rates(notice=0.9), messages, span=100.0, every=NEVER
    )


def late(seed: str) -> Profile:
    """Writes whose answers never come, and whose effects may come after somebody looked for them."""
    kinds = ("timeout", "late effect")
    return Profile("late", 2, Chances(0.5, kinds, modes=WRITES), Rates(notice=0.5), FEW, span=3000.0)


def overtaken(seed: str) -> Profile:
    """Processes that stand still between a commit and what they do next, most of all after a limit.

    Meanwhile their leases run out and others send the same: what they come back with is too late.
    """
    seams = frozenset({"committed"})
    rates = Rates(freeze=0.03, most_freezes=30, shortest=150.0, struck=0.8, notice=0.5, points=seams)
    chances = Chances(0.3, ("429 seconds",), modes=WRITES)
    return Profile("overtaken", 3, chances, rates, FEW, span=2400.0, every=800.0)


def gaps(seed: str) -> Profile:
    """Processes that die right after the first commit that follows a page: it must have kept the page.

    Nothing is told, and polls are so far apart that most of what one brings is older than the next goes back.
    """
    rates = Rates(heard=0.12, most_deaths=60)
    return Profile("gaps", 2, Chances(0.01, ("reset",)), rates, UNTOLD, span=5700.0, every=1900.0)


_ALL = (
    swarm,
    wide,
    filling,
    uniform,
    calm,
    stalls,
    deaths,
    hints,
    haste,
    paging,
    rush,
    late,
    overtaken,
    gaps,
)
PROFILES = {one.__name__: one for one in _ALL}
FILLING = {"swarm": "filling"}
"""The profile in which cells that one leaves empty are aimed at again, where it is another."""
