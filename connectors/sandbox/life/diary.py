"""The diary of ordinary weeks: recurring visits, group classes, cancellations, no-shows and their fees.

Each practitioner has a pool of patients with a weekly or fortnightly slot; a practitioner who leaves stops.
A visit is booked a day ahead (never before its step), then attended and billed, cancelled or missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from connectors.sandbox.life.calendar import Month, instant
from connectors.sandbox.life.group import LEAVER, PLACE, PRACTITIONERS, Practitioner
from connectors.sandbox.life.people import Patient, People
from connectors.sandbox.life.plot import Plot

POOL = 10
CLASS_SIZE = 4
VISIT_TYPE, CLASS_TYPE = "514810982000000001", "514810982000000002"
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
    """One patient seen (or not) by one practitioner; `attendee` is what an invoice is tied to."""

    who: Practitioner
    patient: Patient
    at: datetime
    day: date
    attendee: str
    outcome: str
    group: bool = False


class Diary:
    """The standing appointments of the group, fixed for the whole story."""

    def __init__(self, rng: Random, people: People, scale: float) -> None:
        self.slots: list[Slot] = []
        self.classes: list[tuple[Practitioner, list[Patient], int]] = []
        pool = max(1, round(POOL * scale))
        for who in PRACTITIONERS[:10]:
            patients: list[Patient] = []
            while len(patients) < pool:
                if rng.random() < 0.2 and pool - len(patients) > 2:
                    patients += people.household(who.place, 2)
                    continue
                payer = rng.choice(("coastline", "safework", "vetcare")) if rng.random() < 0.15 else None
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
    ids = {"id": plot.id(), "attendee_id": plot.id()}
    links = {"practitioner_id": who.id, "business_id": PLACE[place].id, "appointment_type_id": VISIT_TYPE}
    times = {"starts_at": at.isoformat(), "patient_id": slot.patient.id}
    before = instant(place, booked, "07:15")
    plot.add(min(before, at - timedelta(minutes=30)), "book", {**ids, **links, **times})
    drawn = rng.random()
    outcome = ATTENDED if drawn < 0.88 else FEE if drawn < 0.93 else MISSED if drawn < 0.95 else CANCELLED
    own = {"attendee_id": ids["attendee_id"]}
    if outcome == ATTENDED:
        plot.add(at, "arrive", own)
    elif outcome in (MISSED, FEE):
        plot.add(at + timedelta(minutes=20), "no_show", own)
    else:
        plot.add(at - timedelta(minutes=25), "cancel_appointment", {**own, "reason": 30})
    return Visit(who, slot.patient, at, day, ids["attendee_id"], outcome)


def _class(plot: Plot, rng: Random, who: Practitioner, patients: list[Patient], day: date) -> list[Visit]:
    at = instant(who.place, day, "17:30")
    group = plot.id()
    links = {"practitioner_id": who.id, "business_id": PLACE[who.place].id, "appointment_type_id": CLASS_TYPE}
    begins = {"id": group, "starts_at": at.isoformat(), "max_attendees": 8}
    plot.add(at - timedelta(hours=9), "book_group", {**links, **begins})
    visits = []
    for patient in patients:
        attendee = plot.id()
        joined = {"id": attendee, "booking_id": group, "patient_id": patient.id}
        plot.add(at - timedelta(hours=8), "add_attendee", joined)
        came = rng.random() < 0.9
        plot.add(at, "arrive" if came else "no_show", {"attendee_id": attendee})
        visits.append(Visit(who, patient, at, day, attendee, ATTENDED if came else MISSED, group=True))
    return visits
