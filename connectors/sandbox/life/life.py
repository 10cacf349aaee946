"""Clinic life: plays a month of the fictional group step by step on sandboxes, and knows the truth of it.

The whole plan follows from its facts (`strand.Facts`); what was played is a short history that can be kept
in a file, so that a later process replays it in memory and goes on with a further week.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from connectors.sandbox.life.books import Books, Row
from connectors.sandbox.life.calendar import STEPS, instant
from connectors.sandbox.life.client import ControlClient, ControlRefused, hands
from connectors.sandbox.life.compare import Plant
from connectors.sandbox.life.desk import by_hand
from connectors.sandbox.life.group import ACCOUNT, LEDGER, PLACE
from connectors.sandbox.life.model import Clinic
from connectors.sandbox.life.plan import Plan
from connectors.sandbox.life.plot import BOOKS, Act
from connectors.sandbox.life.setup import Setup, before_the_story
from connectors.sandbox.life.strand import Facts
from connectors.sandbox.life.stripe import desk as cards
from connectors.sandbox.life.stripe import group as stripe
from connectors.sandbox.life.stripe import traps
from connectors.sandbox.life.stripe.settled import Settled
from connectors.sandbox.life.truth import expected_books, residues, truth_books
from connectors.sandbox.life.unknown import unknown_paid


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step did. `reports`: complete files to import, (business id, first day, last day).

    `by_hand`: what a person did in the books; `refused`: what they could not do, with the books' words (a
    document of an earlier step is not there), which leaves its planted case unplanted in the books; `asks`:
    numbers of invoices whose link to pay by is sent now.
    """

    step: int
    first: date
    last: date
    counts: dict[str, int]
    by_hand: tuple[str, ...]
    refused: tuple[str, ...]
    reports: tuple[tuple[str, date, date], ...]
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Done:
    """An act whose effect is in: what to send, the total that should show, the report days it touched."""

    act: Act
    hands: list[dict[str, Any]]
    total: int | None
    touched: list[tuple[str, date]]


class Life:
    """One group's story on the sandboxes of its practice systems and of its books, by connection.

    Only what these systems have is played. `reports` False leaves out what needs imported payments.
    """

    def __init__(
        self,
        systems: Mapping[str, ControlClient],
        *,
        seed: int,
        month: str = "2026-10",
        scale: float = 1.0,
        plants: bool = True,
        reports: bool = True,
        file: Path | None = None,
    ) -> None:
        self.systems, self._file = systems, file
        accounts = tuple(account for account in systems if account != LEDGER)
        self._facts = Facts(seed, month, scale, plants, reports, accounts)
        self._plan = Plan(self._facts)
        self._history: list[str] = []
        self._begun: str | None = None
        self._sprung: set[str] = set()
        self._setup: dict[str, Any] | None = None

    @classmethod
    def load(cls, file: Path, systems: Mapping[str, ControlClient]) -> Life:
        """Go on with a story kept in a file: the same plan, what was played replayed without sending."""
        kept = json.loads(file.read_text("utf-8"))
        facts = kept["facts"]
        ordered = {account: systems[account] for account in (*facts.pop("accounts"), LEDGER)}
        life = cls(ordered, **facts)
        life._setup = kept["setup"]
        life._sprung = set(kept["sprung"])
        for entry in kept["history"]:
            kind, _, what = entry.partition(":")
            acts = life._plan.step(int(what)) if kind == "step" else life._payment(what)
            list(_enact(acts))
            life._history.append(entry)
        life._file, life._begun = file, kept["begun"]
        return life

    @property
    def clinic(self) -> Clinic:
        """The present state of the group's own records."""
        return self._plan.clinic

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
        """Seed the sandboxes; once."""
        made = before_the_story(self.systems, self.clinic.start, self._plan.before)
        self._setup = made.as_json()
        self._keep()
        return made

    def play(self, step: int) -> StepReport:
        """Play the next step: first what a person does in the books, then the practice system's acts."""
        if step != self.played + 1:
            raise ValueError(f"step {self.played + 1} is next, not {step}")
        return self._send(f"step:{step}", step, self._plan.step(step))

    def pay_old_invoice(self) -> StepReport:
        """Let a payment arrive on the oldest ordinary unpaid invoice, dated the last day played."""
        invoice = self._plan.oldest_open()
        return self._send(f"pay:{invoice.id}", self.played, self._payment(invoice.id))

    def report_csv(self, business_id: str, first: date, last: date) -> bytes:
        """The practice system's payment report for a location and range, as staff save it."""
        path = f"/__control__/report?kind=payment_summary&business_id={business_id}&from={first}&to={last}"
        answer = self.systems[ACCOUNT].call("GET", path)
        return answer if isinstance(answer, bytes) else str(answer).encode()

    def planted(self) -> list[Plant]:
        """The planted cases that stand by now, with the rows the ledger must differ by."""
        found = residues(self.clinic)
        standing = []
        for case in self._plan.planned:
            if case.stands(self.played):
                rows, absent, extra = found.get(case.id, ([], [], []))
                named = (case.id, case.account, case.number, case.cause, case.cents)
                standing.append(Plant(*named, tuple(rows), tuple(absent), tuple(extra)))
        settled = self._settled()
        return [*standing, *(settled.plants() if settled else ())]

    def traps(self) -> dict[str, bool]:
        """What should have happened by now and must leave the books as they are: whether it did."""
        due = [name for name, step in self._plan.traps.items() if step <= self.played]
        if due:
            self._sprung |= traps.sprung(self.systems)
            self._keep()
        return {name: name in self._sprung for name in due}

    def truth(self) -> Books:
        """The books by the group's own records, and its payment system's."""
        self._bank()
        return truth_books(self.clinic)

    @property
    def reported(self) -> set[str]:
        """Locations whose payments are known by imported reports alone."""
        return {place.key for place in self._plan.reported}

    def mended(self) -> list[str]:
        """Numbers of invoices that a scheme refused for a reason that the last step played mended."""
        return [invoice.number for invoice in self._plan.mended(self.played)]

    def in_transit(self) -> list[Row]:
        """Money the books still expect: {account, item, cents, expected_by}."""
        settled = self._settled()
        return settled.in_transit() if settled else []

    def _settled(self) -> Settled | None:
        """What the payment system's own ledger says by now."""
        system = self.systems.get(stripe.ACCOUNT)
        return None if system is None else Settled(system.call("GET", "/__control__/ledger"), self.clinic)

    def _bank(self) -> None:
        settled = self._settled()
        self.clinic.banked = list(settled.flows()) if settled else []

    def expected(self) -> Books:
        """The books the ledger should show with every planted case held."""
        self._bank()
        return expected_books(self.clinic)

    def unknown(self) -> tuple[dict[str, set[int]], set[str]]:
        """Without reports: right amounts by number that must stand under unknown; numbers that may."""
        return unknown_paid(self.clinic)

    def _payment(self, invoice_id: str) -> list[Act]:
        return self._plan.payment(invoice_id, self._plan.month.span(self.played)[1])

    def _send(self, entry: str, step: int, acts: list[Act]) -> StepReport:
        again = self._begun == entry
        self._begun = entry
        self._keep()
        first, last = self._plan.month.span(step)
        days = {place.key: [first, last] for place in self._plan.reported}
        person, refused = [], []
        acted: dict[str, list[_Done]] = {account: [] for account in self._facts.accounts}
        for done in _enact(acts):
            for place, day in done.touched:
                if place in days:
                    days[place].append(max(day, self.clinic.start))
            if done.act.system != BOOKS:
                acted[done.act.system].append(done)
                continue
            try:
                by_hand(self.systems[LEDGER], done.act.action, done.hands[0])
                person.append(done.act.action)
            except ControlRefused as error:
                refused.append(f"{done.act.action}: {error}")
        now = instant("toowong", last, "23:59").isoformat()
        for account, mine in acted.items():
            if account == stripe.ACCOUNT:
                cards.play(self.systems[account], [(d.act.at, h) for d in mine for h in d.hands], again)
            else:
                _record(self.systems[account], mine, again)
            self.systems[account].call("POST", "/__control__/clock", {"story": now})
        if entry == f"step:{self._plan.lost}":
            traps.lose_answer(self.systems)
        self._history.append(entry)
        self._begun = None
        self._keep()
        return StepReport(
            step,
            first,
            last,
            dict(Counter(done.act.action for mine in acted.values() for done in mine)),
            tuple(person),
            tuple(refused),
            tuple((PLACE[key].id, min(seen), max(seen)) for key, seen in days.items()),
            tuple(invoice.number for invoice in self._plan.asks(step)) if entry.startswith("step:") else (),
        )

    def _keep(self) -> None:
        if self._file is not None:
            facts = {"facts": self._facts.as_json(), "setup": self._setup}
            kept = {**facts, "history": self._history, "begun": self._begun, "sprung": sorted(self._sprung)}
            new = self._file.with_suffix(".new")
            new.write_text(json.dumps(kept), "utf-8")
            new.replace(self._file)


def _record(system: ControlClient, acted: list[_Done], again: bool) -> None:
    """Send a practice system's acts: one call, so that a step begun before and cut off is in or not.

    Raises ControlRefused when the practice system shows other totals than ours.
    """
    sent = [{"at": d.act.at.isoformat(), **hand} for d in acted for hand in d.hands]
    try:
        results = iter(hands(system, sent))
    except ControlRefused as error:
        if again and "is taken" in str(error):
            return
        raise
    for done in acted:
        shown = [next(results) for _ in done.hands]
        total = shown[-1].get("total_cents", done.total) if shown else done.total
        if done.total is not None and total != done.total:
            raise ControlRefused(f"{done.act.action} shows {total} cents, not {done.total}")


def _enact(acts: list[Act]) -> Iterator[_Done]:
    """Apply effects in order; what is said and totals as of each act."""
    for act in acts:
        said = act.hands()
        touched = list(act.effect())
        yield _Done(act, said, act.shows.total if act.shows else None, touched)
