"""Clinic life: plans a month of the fictional group, plays it step by step, and knows the truth of it.

The whole plan follows from (seed, month, scale, plants, reports); what was played is a short history that can
be kept in a file, so that a later process replays it in memory and goes on with a further week.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from connectors.sandbox.life.billing import bill
from connectors.sandbox.life.books import Books
from connectors.sandbox.life.calendar import STEPS, Month, instant
from connectors.sandbox.life.client import ControlClient, ControlRefused, hands
from connectors.sandbox.life.compare import Plant
from connectors.sandbox.life.desk import by_hand
from connectors.sandbox.life.diary import Diary, leaving_day
from connectors.sandbox.life.group import ACCOUNT, LEAVER, PLACE, PLACES
from connectors.sandbox.life.model import Clinic, Invoice
from connectors.sandbox.life.people import People
from connectors.sandbox.life.plants import Planned
from connectors.sandbox.life.plants_all import plant
from connectors.sandbox.life.plot import BOOKS, Act
from connectors.sandbox.life.plot_money import MoneyPlot, unpaid
from connectors.sandbox.life.setup import Setup, before_the_story
from connectors.sandbox.life.stage import Stage
from connectors.sandbox.life.truth import expected_books, residues, truth_books
from connectors.sandbox.life.unknown import unknown_paid
from connectors.sandbox.life.week import month_stories, week_stories


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step did. `reports`: complete files to import, (business id, first day, last day).

    `by_hand`: what a person did in the books; `refused`: what they could not do, with the books' words (a
    document of an earlier step is not there), which leaves its planted case unplanted in the books.
    """

    step: int
    first: date
    last: date
    counts: dict[str, int]
    by_hand: tuple[str, ...]
    refused: tuple[str, ...]
    reports: tuple[tuple[str, date, date], ...]


class Life:
    """One group's story on two sandboxes. `reports` False leaves out what needs imported payments."""

    def __init__(
        self,
        cliniko: ControlClient,
        xero: ControlClient,
        *,
        seed: int,
        month: str = "2026-10",
        scale: float = 1.0,
        plants: bool = True,
        reports: bool = True,
        file: Path | None = None,
    ) -> None:
        self._cliniko, self._xero, self._file = cliniko, xero, file
        self._facts = {"seed": seed, "month": month, "scale": scale, "plants": plants, "reports": reports}
        self._history: list[str] = []
        self._month = Month.of(month)
        self.clinic = Clinic(self._month.first)
        self._people = People(self._rng("people"))
        self._plot = MoneyPlot(self.clinic)
        self._played: set[int] = set()
        self._planned: list[Planned] = []
        self._diary = Diary(self._rng("diary"), self._people, scale)
        self._plan_month(scale, plants, reports)
        self._setup: dict[str, Any] | None = None

    @classmethod
    def load(cls, file: Path, cliniko: ControlClient, xero: ControlClient) -> Life:
        """Go on with a story kept in a file: the same plan, what was played replayed without sending."""
        kept = json.loads(file.read_text())
        life = cls(cliniko, xero, **kept["facts"], file=None)
        life._setup = kept["setup"]
        for entry in kept["history"]:
            kind, _, what = entry.partition(":")
            list(life._enact(life._acts_of(int(what)) if kind == "step" else life._payment_acts(what)))
            life._history.append(entry)
        life._file = file
        return life

    @property
    def steps(self) -> int:
        """Steps of the month; further steps are weeks after it."""
        return STEPS

    @property
    def played(self) -> int:
        """Steps played so far."""
        return sum(1 for entry in self._history if entry.startswith("step:"))

    @property
    def setup_facts(self) -> Setup | None:
        """What `setup` returned, also after `load`."""
        return Setup(**self._setup) if self._setup else None

    def setup(self) -> Setup:
        """Seed both sandboxes; once."""
        made = before_the_story(self._cliniko, self._xero, self._month.first, self._people.before)
        self._setup = made.as_json()
        self._keep()
        return made

    def play(self, step: int) -> StepReport:
        """Play the next step: first what a person does in the books, then the practice system's acts."""
        if step != self.played + 1:
            raise ValueError(f"step {self.played + 1} is next, not {step}")
        return self._send(f"step:{step}", step, self._acts_of(step))

    def pay_old_invoice(self) -> StepReport:
        """Let a payment arrive on the oldest ordinary unpaid invoice, dated the last day played."""
        ours = [i for i in self.clinic.invoices if i.alive and not i.plant and i.total > 0]
        open_ = [i for i in ours if i.day >= self.clinic.start]
        spoken = {str(p.of.number) for p in self._planned if isinstance(p.of, Invoice)}
        later = {id(put) for p in self.clinic.payments if not p.born for put, _ in p.puts}
        free = [
            i
            for i in sorted(open_, key=lambda i: (i.day, i.number))
            if str(i.number) not in spoken and id(i) not in later and unpaid(self.clinic, i) == i.total
        ]
        return self._send(f"pay:{free[0].id}", self.played, self._payment_acts(free[0].id))

    def report_csv(self, business_id: str, first: date, last: date) -> bytes:
        """The practice system's payment report for a location and range, as staff save it."""
        path = f"/__control__/report?kind=payment_summary&business_id={business_id}&from={first}&to={last}"
        answer = self._cliniko.call("GET", path)
        return answer if isinstance(answer, bytes) else str(answer).encode()

    def planted(self) -> list[Plant]:
        """The planted cases that stand by now, with the rows the ledger must differ by."""
        found = residues(self.clinic)
        standing = []
        for case in self._planned:
            if case.from_step <= self.played:
                rows, absent, extra = found.get(case.id, ([], [], []))
                standing.append(
                    Plant(
                        case.id, ACCOUNT, case.number, case.cause, case.cents,
                        tuple(rows), tuple(absent), tuple(extra),
                    )
                )  # fmt: skip
        return standing

    def truth(self) -> Books:
        """The books by the group's own records."""
        return truth_books(self.clinic)

    def expected(self) -> Books:
        """The books the ledger should show with every planted case held."""
        return expected_books(self.clinic)

    def unknown(self) -> tuple[dict[str, set[int]], set[str]]:
        """Without reports: right amounts by number that must stand under unknown; numbers that may."""
        return unknown_paid(self.clinic)

    def _plan_month(self, scale: float, plants: bool, reports: bool) -> None:
        visits = self._rng("visits")
        for step in range(1, STEPS + 1):
            bill(
                self._plot, visits, self._month, step, self._diary.play(self._plot, visits, self._month, step)
            )
        month_stories(self._stage("stories"), scale)
        gone = instant("geelong", leaving_day(self._month) + timedelta(days=1), "07:00")
        self._plot.add(gone, "deactivate_practitioner", {"practitioner_id": LEAVER})
        if plants:
            self._planned = plant(self._stage("plants"), reports)

    def _plan_week(self, step: int) -> None:
        rng = self._rng(f"week {step}")
        bill(self._plot, rng, self._month, step, self._diary.play(self._plot, rng, self._month, step))
        week_stories(self._stage(f"week stories {step}"), step)

    def _stage(self, concern: str) -> Stage:
        return Stage(self._plot, self._people, self._rng(concern), self._month)

    def _rng(self, concern: str) -> Random:
        return Random(f"{self._facts['seed']}:{self._facts['month']}:{concern}")

    def _acts_of(self, step: int) -> list[Act]:
        if step > STEPS:
            self._plan_week(step)
        return self._due(self._month.span(step)[1])

    def _payment_acts(self, invoice_id: str) -> list[Act]:
        invoice = next(i for i in self.clinic.invoices if i.id == invoice_id)
        day = self._month.span(self.played)[1]
        at = instant(invoice.place, day, "23:50")
        cents = unpaid(self.clinic, invoice)
        self._plot.pay(at, invoice.place, invoice.patient, (("EFTPOS", cents),), ((invoice, cents),))
        return self._due(day)

    def _due(self, last: date) -> list[Act]:
        end = instant("toowong", last + timedelta(days=1), "00:00")
        self._plot.number_until(end)
        due = [act for act in self._plot.acts if act.at < end and act.seq not in self._played]
        return sorted(due, key=lambda act: (act.system != BOOKS, act.at, act.seq))

    def _enact(
        self, acts: list[Act]
    ) -> Iterator[tuple[Act, dict[str, Any], int | None, list[tuple[str, date]]]]:
        """Apply effects in order; (act, payload as of then, total that should show, days touched)."""
        for act in acts:
            payload = act.payload()
            touched = list(act.effect())
            self._played.add(act.seq)
            yield act, payload, act.shows.total if act.shows else None, touched

    def _send(self, entry: str, step: int, acts: list[Act]) -> StepReport:
        first, last = self._month.span(step)
        days: dict[str, list[date]] = {place.key: [first, last] for place in PLACES}
        actions, totals, person, refused = [], [], [], []
        for act, payload, total, touched in self._enact(acts):
            for place, day in touched:
                days[place].append(max(day, self._month.first))
            if act.system == BOOKS:
                try:
                    by_hand(self._xero, act.action, payload)
                except ControlRefused as error:
                    refused.append(f"{act.action}: {error}")
                else:
                    person.append(act.action)
            else:
                actions.append({"action": act.action, "at": act.at.isoformat(), **payload})
                totals.append(total)
        for action, total, result in zip(actions, totals, hands(self._cliniko, actions), strict=True):
            if total is not None and result["total_cents"] != total:
                raise ControlRefused(f"{action['action']} shows {result['total_cents']} cents, not {total}")
        self._tell_time(last)
        self._history.append(entry)
        self._keep()
        return StepReport(
            step,
            first,
            last,
            dict(Counter(action["action"] for action in actions)),
            tuple(person),
            tuple(refused),
            tuple((PLACE[key].id, min(seen), max(seen)) for key, seen in days.items()),
        )

    def _tell_time(self, last: date) -> None:
        now: datetime = instant("toowong", last, "23:59")
        self._cliniko.call("POST", "/__control__/clock", {"story": now.isoformat()})

    def _keep(self) -> None:
        if self._file is not None:
            kept = {"facts": self._facts, "setup": self._setup, "history": self._history}
            new = self._file.with_suffix(".new")
            new.write_text(json.dumps(kept))
            new.replace(self._file)
