"""The diary of ordinary weeks at one practice system: recurring visits, classes, cancellations, no-shows.

Each practitioner has a pool of patients with a weekly or fortnightly slot; a practitioner who leaves stops.
A visit is booked a day ahead (never before its step), then attended and billed, cancelled or missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from connectors.sandbox.life.calendar import Month, instant
from connectors.sandbox.life.group import LEAVER
from connectors.sandbox.life.kinds import Practitioner
from connectors.sandbox.life.model import Patient
from connectors.sandbox.life.people import People
from connectors.sandbox.life.plot import Plot

CLASS_SIZE = 4
ATTENDED, FEE, MISSED, CANCELLED = "attended", "fee", "missed", "cancelled"


@dataclass(frozen=True, slots=True)
class Slot:
    """A standing appointment: weekday (0 = Monday), hour and minute, every `weeks` weeks."""

    who: Practitioner
    patient: Patient
    weekday: int
    clock: str
    weeks: int


@dataclass(frozen=True, slots=True)
class Visit:
    """One patient seen (or not) by one practitioner; an invoice is tied to `attendee`, if to anything."""

    who: Practitioner
    patient: Patient
    at: datetime
    day: date
    attendee: str | None
    outcome: str
    group: bool = False


class Diary:
    """The standing appointments of these practitioners, fixed for the whole story.

    `pool`: patients of each; `payers`: the third parties some of them have.
    """

    def __init__(
        self,
        rng: Random,
        people: People,
        scale: float,
        practitioners: Sequence[Practitioner],
        pool: int,
        payers: Sequence[str],
    ) -> None:
        self.slots: list[Slot] = []
        self.classes: list[tuple[Practitioner, list[Patient], int]] = []
        pool = max(1, round(pool * scale))
        for who in practitioners:
            patients: list[Patient] = []
            while len(patients) < pool:
                if rng.random() < 0.2 and pool - len(patients) > 2:
                    patients += people.household(who.place, 2)
                    continue
                payer = rng.choice(payers) if rng.random() < 0.15 else None
                patients.append(people.patient(who.place, payer=payer))
            for n, patient in enumerate(patients[:pool]):
                clock = f"{8 + n % 10:02d}:{(0, 30)[n % 2]}0"[:5]
                self.slots.append(Slot(who, patient, rng.randrange(6 if n % 4 == 0 else 5), clock, 1 + n % 2))
            if who.classes:
                size = max(1, round(CLASS_SIZE * min(scale, 1.5)))
                self.classes.append((who, [people.patient(who.place) for _ in range(size)], rng.randrange(5)))

    def play(self, plot: Plot, rng: Random, month: Month, step: int) -> list[Visit]:
        """Book and hold the visits of one step; the visits that may be billed."""
        first, last = month.span(step)
        visits: list[Visit] = []
        day = first
        while day <= last:
            week = (day - month.first).days // 7
            for slot in self.slots:
                if slot.weekday == day.weekday() and week % slot.weeks == 0 and _works(slot.who, day, month):
                    visits.append(_visit(plot, rng, slot, day, max(first, day - timedelta(days=1))))
            for who, patients, weekday in self.classes:
                if weekday == day.weekday() and _works(who, day, month):
                    visits += _class(plot, rng, who, patients, day)
            day += timedelta(days=1)
        return visits


def leaving_day(month: Month) -> date:
    """The last working day of the practitioner who leaves."""
    return month.day(19)


def _works(who: Practitioner, day: date, month: Month) -> bool:
    return who.id != LEAVER or day <= leaving_day(month)


def _visit(plot: Plot, rng: Random, slot: Slot, day: date, booked: date) -> Visit:
    who, place = slot.who, slot.who.place
    at = instant(place, day, slot.clock)
    id, attendee = plot.id(), plot.id()
    before = min(instant(place, booked, "07:15"), at - timedelta(minutes=30))
    plot.act(before, "book", lambda: plot.words.booked(id, attendee, who, slot.patient, at))
    drawn = rng.random()
    outcome = ATTENDED if drawn < 0.88 else FEE if drawn < 0.93 else MISSED if drawn < 0.95 else CANCELLED
    if outcome == ATTENDED:
        _becomes(plot, at, attendee, "arrive")
    elif outcome in (MISSED, FEE):
        _becomes(plot, at + timedelta(minutes=20), attendee, "no_show")
    else:
        _becomes(plot, at - timedelta(minutes=25), attendee, "cancel_appointment")
    return Visit(who, slot.patient, at, day, attendee, outcome)


def _class(plot: Plot, rng: Random, who: Practitioner, patients: list[Patient], day: date) -> list[Visit]:
    at = instant(who.place, day, "17:30")
    group = plot.id()
    plot.act(at - timedelta(hours=9), "book_group", lambda: plot.words.class_booked(group, who, at))
    visits = []
    for patient in patients:
        attendee = _joins(plot, at, group, patient) if plot.words.lists_attendees else None
        came = rng.random() < 0.9
        if attendee is not None:
            _becomes(plot, at, attendee, "arrive" if came else "no_show")
        visits.append(Visit(who, patient, at, day, attendee, ATTENDED if came else MISSED, group=True))
    return visits


def _joins(plot: Plot, at: datetime, group: str, patient: Patient) -> str:
    attendee = plot.id()
    before = at - timedelta(hours=8)
    plot.act(before, "add_attendee", lambda: plot.words.joined(attendee, group, patient))
    return attendee


def _becomes(plot: Plot, at: datetime, attendee: str, outcome: str) -> None:
    plot.act(at, outcome, lambda: plot.words.came(attendee, outcome))
