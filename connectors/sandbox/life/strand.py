"""One practice system's part of a story: its people, its ordinary weeks, its short stories and planted cases.

A further system joins the story as one more strand, a row of `strands.STRANDS`; all strands share the clinic
they make true and the list of acts. A strand has a random source for each concern, so that what is added to
one changes no other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any, ClassVar

from connectors.sandbox.life.billing import bill
from connectors.sandbox.life.calendar import STEPS, Month
from connectors.sandbox.life.cases import Story
from connectors.sandbox.life.diary import Diary, Visit
from connectors.sandbox.life.kinds import Practitioner
from connectors.sandbox.life.model import Clinic, Invoice, Line
from connectors.sandbox.life.people import People
from connectors.sandbox.life.plants import Planned
from connectors.sandbox.life.plot import Plot
from connectors.sandbox.life.plot_money import MoneyPlot
from connectors.sandbox.life.stage import Stage
from connectors.sandbox.life.week import month_stories, week_stories
from connectors.sandbox.life.words import Words


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a story follows from; `reports` False leaves out what needs imported payments.

    `accounts` are the systems it is played into, besides the books.
    """

    seed: int
    month: str = "2026-10"
    scale: float = 1.0
    plants: bool = True
    reports: bool = True
    accounts: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For keeping between runs."""
        return asdict(self)


class Strand(ABC):
    """Made with a whole month planned; further weeks are planned when they are asked for."""

    words: ClassVar[Words]
    concerns: ClassVar[str] = ""
    """What sets this strand's random sources apart from another's."""
    treating: ClassVar[Sequence[Practitioner]]
    payers: ClassVar[Sequence[str]]
    pool: ClassVar[int]
    stories: ClassVar[Sequence[tuple[Story, float]]]

    def __init__(self, facts: Facts, clinic: Clinic, beside: Plot | None) -> None:
        self.facts, self.clinic = facts, clinic
        self.month = Month.of(facts.month)
        self.people = People(self.rng("people"), self.words.patient_id)
        self.plot = MoneyPlot(clinic, self.words, beside)
        pool = (self.treating, self.pool, self.payers)
        self.diary = Diary(self.rng("diary"), self.people, facts.scale, *pool)
        visits = self.rng("visits")
        made = {step: self._weeks(visits, step) for step in range(1, STEPS + 1)}
        month_stories(self.stage("stories"), facts.scale, self.stories)
        self.also(made)
        self.planned: list[Planned] = self.plants() if facts.plants else []

    def also(self, made: dict[int, list[Invoice]]) -> None:  # noqa: B027 - a strand may have no more
        """What else happens in the month; `made` are the invoices of ordinary visits by step."""

    @abstractmethod
    def goods(self, rng: Random, visit: Visit, step: int) -> list[Line]:
        """The lines of one visit that is billed."""

    @abstractmethod
    def plants(self) -> list[Planned]:
        """Plant the cases that must be held."""

    def week(self, step: int) -> None:
        """Plan a further week."""
        self._weeks(self.rng(f"week {step}"), step)
        week_stories(self.stage(f"week stories {step}"), step, self.stories)

    def stage(self, concern: str) -> Stage:
        return Stage(self.plot, self.people, self.rng(concern), self.month)

    def rng(self, concern: str) -> Random:
        return Random(f"{self.facts.seed}:{self.facts.month}:{self.concerns}{concern}")

    def _weeks(self, rng: Random, step: int) -> list[Invoice]:
        visits = self.diary.play(self.plot, rng, self.month, step)
        return bill(self.plot, rng, self.month, step, visits, self.goods)
