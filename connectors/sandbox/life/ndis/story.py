"""Invoices that the scheme owes, at both practice systems: standing participants, and what goes wrong.

Whatever a step bills is claimed in one file at the end of the step; the scheme pays what it accepted in the
night after (`Claimed` says what, and when). Standing participants come every other step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from connectors.sandbox.life.calendar import STEPS, Month, instant
from connectors.sandbox.life.group import PLACE, PLACES
from connectors.sandbox.life.model import Claimed, Clinic, Invoice, Line, Patient, line
from connectors.sandbox.life.ndis import group
from connectors.sandbox.life.ndis.plants import plant
from connectors.sandbox.life.plants import Planned
from connectors.sandbox.life.plot import Touched
from connectors.sandbox.life.stage import Stage
from connectors.sandbox.life.strand import Facts, Strand
from connectors.sandbox.life.words import Doc


class NdisStory:
    """Made with a whole month planned; further weeks are planned when they are asked for.

    `planned` are the cases that must be held; `mended` the invoices by the step in which the reason for which
    they were refused is gone, so that staff claim them again.
    """

    def __init__(self, facts: Facts, clinic: Clinic, strands: Mapping[str, Strand]) -> None:
        self.clinic, self.month = clinic, Month.of(facts.month)
        self.planned: list[Planned] = []
        self.mended: dict[int, list[Invoice]] = {}
        self._stages = {account: strand.stage("ndis") for account, strand in strands.items()}
        self.places = [place.key for place in PLACES if place.account in self._stages]
        self._standing: dict[str, Patient] = {}
        for n, place in enumerate(self.places):
            self._standing[place] = self.participant(place, self.day(1 + n % 2, 1))
        for step in range(1, STEPS + 1):
            self.week(step)
        for story in (cancelled, cut, refused_then_paid, asked_first):
            story(self)
        if facts.plants:
            plant(self)

    def week(self, step: int) -> None:
        """The visits of a step: of every other participant, in a further week of all."""
        for n, place in enumerate(self.places):
            if step > STEPS or step % 2 == (n + 1) % 2:
                self.visit(place, self.day(step, 1), self._standing[place], step)

    # --- what stories and planted cases are made of

    def stage(self, place: str) -> Stage:
        return self._stages[PLACE[place].account]

    def day(self, step: int, offset: int = 0) -> int:
        """The number of a step's day."""
        return (self.month.step_day(step, offset) - self.month.first).days + 1

    def participant(self, place: str, day: int, **known: object) -> Patient:
        """A new patient, known to the agency as `known` says: its plan (`from`, `to`), recorded provider."""
        stage = self.stage(place)
        patient = stage.patient(place, day, payer=group.PAYER)
        self.enrol(place, day, patient, "07:10", **known)
        return patient

    def enrol(self, place: str, day: int, patient: Patient, clock: str, **known: object) -> None:
        """What the agency knows of a participant from a moment on."""
        plan = {"from": f"{self.month.year - 1}-01-01", "to": f"{self.month.year + 1}-12-31"}
        name = f"{patient.first} {patient.last}"
        said = {"action": "participant", "number": group.member(patient), "name": name, **plan, **known}
        self.portal(place, day, clock, said)

    def portal(self, place: str, day: int, clock: str, said: Doc) -> None:
        """Something done at the portal by hand."""
        stage = self.stage(place)
        moment = stage.at(place, day, clock)
        sent = {**said, "at": moment.isoformat()}
        stage.plot.act(moment, str(said["action"]), lambda: [sent], system=group.SCHEME)

    def hour(self, place: str, patient: Patient, cents: int | None = None) -> list[Line]:
        """An hour at the usual price, or for `cents`; where there is no better place its text names whose."""
        note = f"NDIS {group.member(patient)}"
        code, quantity, unit = group.GOODS[place]
        price = cents // quantity if cents else unit
        made = line(self.stage(place).plot.id(), code, quantity=quantity, unit=price)
        return [replace(made, note=note)]

    def billed(
        self,
        place: str,
        day: int,
        patient: Patient,
        lines: list[Line],
        clock: str = "10:00",
    ) -> Invoice:
        """A visit of an hour, and its invoice."""
        stage, plot = self.stage(place), self.stage(place).plot
        chosen = stage.practitioner(place)
        who = next(one for one in plot.words.practitioners if one.id == chosen)
        at, id, attendee = stage.at(place, day, clock), plot.id(), plot.id()
        before, after = at - timedelta(minutes=90), at + timedelta(minutes=65)
        plot.act(before, "book", lambda: plot.words.booked(id, attendee, who, patient, at))
        plot.act(at, "arrive", lambda: plot.words.came(attendee, "arrive"))
        return plot.invoice(after, place, patient.id, who.id, lines, to=patient.bill_to, attendee=attendee)

    def visit(self, place: str, day: int, patient: Patient, step: int, cents: int | None = None) -> Invoice:
        """An ordinary hour, claimed at the end of the step and paid the night after, up to the limit."""
        invoice = self.billed(place, day, patient, self.hour(place, patient, cents))
        self.paid(invoice, self.after(step), min(invoice.total, group.PAYS_AT_MOST))
        return invoice

    def after(self, step: int, days: int = 1) -> date:
        """The night in which what is uploaded at the end of a step is paid."""
        return self.month.span(step)[1] + timedelta(days=days)

    def paid(self, invoice: Invoice, night: date, cents: int, plant: str | None = None) -> None:
        """The scheme pays an invoice, in whole or up to its limit."""
        claim = Claimed(invoice, cents, night, plant=plant)
        self.clinic.claims.append(claim)

        def effect() -> Touched:
            claim.born = True
            return ()

        at = instant("toowong", night, "00:05")
        self.stage(invoice.place).plot.act(at, "scheme_pays", list, effect, system=group.SCHEME)


def cancelled(story: NdisStory) -> None:
    """A visit cancelled too late is claimed as what it is."""
    place, step = story.places[0], 3
    if place not in group.FEES:
        return
    stage, day = story.stage(place), story.day(step, 2)
    invoice = stage.sell(place, day, story.participant(place, day), group.FEES[place])
    story.paid(invoice, story.after(step), invoice.total)


def cut(story: NdisStory) -> None:
    """A price within the catalogue the clinic has, over the limit the agency has since: the rest is lost."""
    place, step = story.places[-1], 2
    day = story.day(step, 1)
    story.visit(place, day, story.participant(place, day), step, 21000)


def refused_then_paid(story: NdisStory) -> None:
    """The plan had run out; once it is renewed the service is claimed again, and paid. Held meanwhile."""
    place, step, again = story.places[0], 2, 4
    day = story.day(step, 1)
    out = story.month.day(day - 1).isoformat()
    patient = story.participant(place, day, to=out)
    invoice = story.billed(place, day, patient, story.hour(place, patient), "13:00")
    story.enrol(place, story.day(again, 1), patient, "11:30")
    story.mended.setdefault(again, []).append(invoice)
    story.paid(invoice, story.after(again), invoice.total)
    story.planned.append(
        Planned("ndis-plan-ran-out", "claim:refused:C22", invoice.total, invoice, step + 1, mended=again)
    )


def asked_first(story: NdisStory) -> None:
    """The provider is not the recorded one, so the participant is asked: the money comes ten days later."""
    place, step = story.places[-2] if len(story.places) > 1 else story.places[0], 3
    day = story.day(step, 1)
    patient = story.participant(place, day, recorded=False)
    invoice = story.billed(place, day, patient, story.hour(place, patient), "14:30")
    story.paid(invoice, story.after(step, group.OPEN_DAYS), invoice.total)
