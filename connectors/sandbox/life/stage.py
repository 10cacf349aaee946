"""What a short story needs at hand: people, lines, local times, one-line billing and paying."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from connectors.sandbox.life.calendar import Month, instant
from connectors.sandbox.life.model import Invoice, Line, Patient, Payment, line
from connectors.sandbox.life.people import People
from connectors.sandbox.life.plot_money import MoneyPlot

NEVER_USED = 10
"""Practitioners from this index on belong to planted cases alone."""
LEAVES = 3
"""Index of the one who leaves."""


@dataclass(slots=True)
class Stage:
    """One plan under way. Days are numbers of the month (1 = first); codes are catalogue codes."""

    plot: MoneyPlot
    people: People
    rng: Random
    month: Month

    def day(self, number: int) -> date:
        """The date of day `number`."""
        return self.month.day(number)

    def at(self, place: str, number: int, clock: str) -> datetime:
        """A local time on day `number`."""
        return instant(place, self.day(number), clock)

    def patient(
        self, place: str, number: int, *, payer: str | None = None, last: str | None = None
    ) -> Patient:
        """A new patient, registered early on day `number`."""
        at = self.at(place, number, "07:40")
        made = self.people.stranger(place, payer=payer, last=last)
        self.plot.register(at, made)
        return made

    def lines(self, *codes: str) -> list[Line]:
        """Lines at catalogue prices."""
        return [line(self.plot.id(), code) for code in codes]

    def practitioner(self, place: str) -> str:
        """Somebody who treats at a location and never leaves."""
        all_ = self.plot.words.practitioners[:NEVER_USED]
        pool = [p.id for n, p in enumerate(all_) if p.place == place and n != LEAVES]
        return self.rng.choice(pool)

    def sell(
        self,
        place: str,
        number: int,
        patient: Patient,
        *codes: str,
        lines: list[Line] | None = None,
        clock: str = "09:10",
        dated: int | None = None,
        practitioner: str | None = "",
        to: str | None = None,
        plant: str | None = None,
    ) -> Invoice:
        """An invoice entered on day `number` (dated `dated` if given), method 3."""
        who = self.practitioner(place) if practitioner == "" else practitioner
        return self.plot.invoice(
            self.at(place, number, clock),
            place,
            patient.id,
            who,
            lines or self.lines(*codes),
            day=self.day(dated) if dated else None,
            to=to or patient.bill_to,
            plant=plant,
        )

    def pay(
        self,
        number: int,
        invoice: Invoice,
        cents: int | None = None,
        *,
        method: str | None = None,
        clock: str = "09:20",
        paid_on: int | None = None,
        place: str | None = None,
        plant: str | None = None,
    ) -> Payment:
        """A payment on one invoice (all of its present total unless told), entered on day `number`."""
        amount = invoice.total if cents is None else cents
        where = place or invoice.place
        return self.plot.pay(
            self.at(where, number, clock),
            where,
            invoice.patient,
            ((method or self.plot.words.till.card, amount),),
            ((invoice, amount),),
            paid_at=self.at(where, paid_on, "16:10") if paid_on else None,
            plant=plant,
        )
