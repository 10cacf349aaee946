"""The plan of a whole story, made from its facts: ordinary weeks, short stories of trouble, planted cases."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from connectors.sandbox.life.billing import bill
from connectors.sandbox.life.calendar import STEPS, Month, instant
from connectors.sandbox.life.diary import Diary, leaving_day
from connectors.sandbox.life.group import LEAVER, PREFIX
from connectors.sandbox.life.model import Clinic, Invoice
from connectors.sandbox.life.people import People
from connectors.sandbox.life.plants import Planned
from connectors.sandbox.life.plants_all import plant
from connectors.sandbox.life.plot import BOOKS, Act
from connectors.sandbox.life.plot_money import MoneyPlot, unpaid
from connectors.sandbox.life.stage import Stage
from connectors.sandbox.life.week import month_stories, week_stories

RECONCILED = 3
"""Payments that a bookkeeper reconciles and nobody touches afterwards."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a story follows from; `reports` False leaves out what needs imported payments."""

    seed: int
    month: str = "2026-10"
    scale: float = 1.0
    plants: bool = True
    reports: bool = True

    def as_json(self) -> dict[str, Any]:
        """For keeping between runs."""
        return asdict(self)


class Plan:
    """Every act of the story, in order, and the clinic they make. One random source for each concern."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.month = Month.of(facts.month)
        self.clinic = Clinic(self.month.first)
        self.people = People(self._rng("people"))
        self._plot = MoneyPlot(self.clinic)
        self._diary = Diary(self._rng("diary"), self.people, facts.scale)
        self._done: set[int] = set()
        visits = self._rng("visits")
        early: list[Invoice] = []
        for step in range(1, STEPS + 1):
            made = self._weeks(visits, step)
            early += made if step == 2 else []
        month_stories(self._stage("stories"), facts.scale)
        gone = instant("geelong", leaving_day(self.month) + timedelta(days=1), "07:00")
        self._plot.add(gone, "deactivate_practitioner", {"practitioner_id": LEAVER})
        if facts.reports:
            self._reconcile(early)
        self.planned: list[Planned] = plant(self._stage("plants"), facts.reports) if facts.plants else []

    def step(self, step: int) -> list[Act]:
        """The acts of a step, to be asked for once and in order; steps after the month are weeks."""
        if step > STEPS:
            self._weeks(self._rng(f"week {step}"), step)
            week_stories(self._stage(f"week stories {step}"), step)
        return self._due(self.month.span(step)[1])

    def payment(self, invoice_id: str, day: date) -> list[Act]:
        """A payment of all that is unpaid of an invoice, late on a day that was played."""
        invoice = next(i for i in self.clinic.invoices if i.id == invoice_id)
        cents = unpaid(self.clinic, invoice)
        at = instant(invoice.place, day, "23:50")
        self._plot.pay(at, invoice.place, invoice.patient, (("EFTPOS", cents),), ((invoice, cents),))
        return self._due(day)

    def oldest_open(self) -> Invoice:
        """The oldest ordinary invoice that is wholly unpaid and that no later act pays or changes."""
        spoken = {id(case.of) for case in self.planned}
        spoken |= {id(put) for p in self.clinic.payments if not p.born for put, _ in p.puts}
        ours = [i for i in self.clinic.invoices if i.alive and not i.plant and i.day >= self.clinic.start]
        free = [i for i in ours if i.total > 0 and id(i) not in spoken and unpaid(self.clinic, i) == i.total]
        return min(free, key=lambda i: (i.day, i.number))

    def _weeks(self, rng: Random, step: int) -> list[Invoice]:
        visits = self._diary.play(self._plot, rng, self.month, step)
        return bill(self._plot, rng, self.month, step, visits)

    def _reconcile(self, invoices: list[Invoice]) -> None:
        """A bookkeeper ticks off card payments of the second step, two steps later."""
        paid = {id(p.puts[0][0]) for p in self.clinic.payments if p.puts and p.sources[0][0] == "EFTPOS"}
        whole = [i for i in invoices if id(i) in paid and self._paid_at_once(i)]
        start = instant("toowong", self.month.span(4)[0], "00:02")
        for invoice in whole[:RECONCILED]:
            self._plot.add(start, "reconcile", self._numbered(invoice), system=BOOKS)

    def _numbered(self, invoice: Invoice) -> Any:
        return lambda: {"number": f"{PREFIX}{invoice.number}"}

    def _paid_at_once(self, invoice: Invoice) -> bool:
        return any(
            p.day == invoice.day and p.puts == ((invoice, invoice.total),) for p in self.clinic.payments
        )

    def _stage(self, concern: str) -> Stage:
        return Stage(self._plot, self.people, self._rng(concern), self.month)

    def _rng(self, concern: str) -> Random:
        return Random(f"{self._facts.seed}:{self._facts.month}:{concern}")

    def _due(self, last: date) -> list[Act]:
        end = instant("toowong", last + timedelta(days=1), "00:00")
        self._plot.number_until(end)
        due = [act for act in self._plot.acts if act.at < end and act.seq not in self._done]
        self._done |= {act.seq for act in due}
        return sorted(due, key=lambda act: (act.system != BOOKS, act.at, act.seq))
