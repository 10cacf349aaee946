"""What people do in a schedule: short stories of clinic life, chosen by seed, as acts in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random

from connectors.sandbox.life import cases, cases_money
from connectors.sandbox.life.calendar import instant
from connectors.sandbox.life.cases import SPAN, Story
from connectors.sandbox.life.cliniko.words import CLINIKO
from connectors.sandbox.life.group import LEAVER, METHODS, UNMAPPED_METHOD
from connectors.sandbox.life.model import Clinic, line
from connectors.sandbox.life.people import People
from connectors.sandbox.life.plants import Planned, Planter
from connectors.sandbox.life.plants_books import take_number
from connectors.sandbox.life.plot import Act
from connectors.sandbox.life.plot_money import MoneyPlot
from connectors.sandbox.life.stage import Stage
from connectors.sandbox.life.words import Words
from connectors.sandbox.simulation.company import Choice
from connectors.sandbox.simulation.systems import MONTH

LEAST_PAID = 20
"""Invoices with a payment that every schedule has: visits are added until there are as many, and no more."""
PLACES = 2
"""Locations a schedule plays at, drawn by seed: each has a report of its own that is read again and again."""
RARER = 4
"""How much rarer a story is where a few are enough: about two beside those every schedule must have."""
LAST_DAY = 17
"""Stories end on or before this day of the month; virtual time begins a little later."""
Sow = Callable[[Planter, str, int], None]
"""Plants a case that must be held at a location, from a day on."""
ORDINARY = ("PH1", "PH2", "PS1", "RM1", "EP1", "PR1", "RP1")


def visits(stage: Stage, place: str, day: int) -> None:
    """Two visits of one patient, each paid on the spot."""
    patient = stage.patient(place, day)
    for later in (0, 3):
        invoice = stage.sell(place, day + later, patient, stage.rng.choice(ORDINARY))
        stage.pay(day + later, invoice, method=stage.rng.choice(METHODS))


def regular(stage: Stage, place: str, day: int) -> None:
    """Two visits of one patient, the second paid later and in two parts."""
    patient = stage.patient(place, day)
    stage.pay(day, stage.sell(place, day, patient, "PH2"))
    second = stage.sell(place, day + 2, patient, "PS1")
    stage.pay(day + 2, second, 11000, method="HICAPS")
    stage.pay(day + 4, second, 10000, method="Cash")


def note_recoded(stage: Stage, place: str, day: int, later: int = 2) -> None:
    """A gift is entered under the wrong service and put right before it is used."""
    patient = stage.patient(place, day)
    note = stage.sell(place, day, patient, lines=[line(stage.plot.id(), "PH2", unit=-3000)])
    right = [line(stage.plot.id(), "EP1", unit=-3000)]
    stage.plot.edit(stage.at(place, day + later, "12:00"), note, lines=right)


def note_taken_back(stage: Stage, place: str, day: int, later: int = 2) -> None:
    """A gift is entered by mistake and archived."""
    patient = stage.patient(place, day)
    note = stage.sell(place, day, patient, lines=[line(stage.plot.id(), "PH2", unit=-2500)])
    stage.plot.archive(stage.at(place, day + later, "12:10"), note)


def refund_mistyped(stage: Stage, place: str, day: int, later: int = 1) -> None:
    """A refund paid out by the wrong method in the books, archived and entered again."""
    patient = stage.patient(place, day)
    invoice = stage.sell(place, day, patient, "PS1")
    stage.pay(day, invoice)
    note = stage.plot.reverse(stage.at(place, day + 2, "13:00"), invoice)
    wrong = stage.plot.refund(stage.at(place, day + 2, "13:05"), place, patient.id, "Cash", 21000, note=note)
    stage.plot.drop(stage.at(place, day + 2 + later, "09:00"), wrong)
    at = stage.at(place, day + 2 + later, "09:05")
    stage.plot.refund(at, place, patient.id, "Direct deposit", 21000, note=note)


def settled_then_edited(stage: Stage, place: str, day: int, later: int = 2) -> None:
    """An invoice settled by a deposit and cash is coded anew: what was put on it comes off first."""
    patient = stage.patient(place, day)
    paid = stage.plot.pay(stage.at(place, day, "09:00"), place, patient.id, (("Online card", 5000),))
    bought = stage.sell(place, day + 1, patient, "PH2")
    stage.plot.use(stage.at(place, day + 1, "09:12"), paid, bought, 5000)
    stage.pay(day + 1, bought, 4500, method="Cash")
    other = [line(stage.plot.id(), "EP1", unit=9500)]
    stage.plot.edit(stage.at(place, day + 1 + later, "10:00"), bought, lines=other)


def left_and_returned(stage: Stage, place: str, day: int) -> None:
    """Somebody who treats leaves and comes back: the record is what it was, to the last character."""
    for away, clock in ((day, "17:30"), (day + SPAN, "07:30")):
        gone = {"practitioner_id": LEAVER, "active": away != day}
        stage.plot.add(stage.at(place, away, clock), "deactivate_practitioner", gone)


def withdrawn_beside_unmapped(to: Planter, place: str, day: int) -> None:
    """Of two payments one is by a method nobody mapped; the other is archived, and must not be taken away."""
    id, stage = "withdrawn-beside-unmapped", to.stage
    invoice = stage.sell(place, day, stage.patient(place, day), "PH2")
    payment = stage.pay(day, invoice, 5000)
    stage.pay(day + 1, invoice, 4500, method=UNMAPPED_METHOD, plant=id)
    stage.plot.drop(stage.at(place, day + 5, "15:25"), payment, plant=id)
    to.hold(id, f"unmapped:method:{UNMAPPED_METHOD}", 4500, invoice, 0)


def number_taken(to: Planter, place: str, day: int) -> None:
    """Somebody's own invoice carries the number that the practice system is going to use."""
    id, stage = "number-taken", to.stage
    held = stage.sell(place, day, stage.patient(place, day), "PH1", plant=id)
    take_number(to, id, held, stage.at(place, day, "00:01"))
    to.hold(id, "number:taken", held.total, held, 0)


@dataclass(frozen=True, slots=True)
class Row:
    """One story with how often every schedule plays it, and the chance of one time more.

    `kept`: also where a few are enough; the others then are `RARER` times as rare. `slow`: what is played
    beside it where mistakes are found late.
    """

    story: Story
    always: int
    chance: float = 0.0
    kept: bool = False
    slow: Story | None = None

    def times(self, rng: Random, choice: Choice) -> int:
        """How often it is played."""
        if choice != "few":
            return self.always + (rng.random() < self.chance)
        drawn = rng.random() < (self.always + self.chance) / RARER
        return 1 if self.kept else int(drawn)


STORIES: tuple[Row, ...] = (
    Row(regular, 1),
    Row(cases.edited_after_payment, 1, 0.2, kept=True),
    Row(cases.recoded_after_payment, 0, 0.5),
    Row(cases.voided_unpaid, 0, 0.4),
    Row(cases.voided_paid, 1, kept=True),
    Row(cases.renamed, 0, 0.5, slow=partial(cases.renamed, later=SPAN - 2)),
    Row(cases_money.wrong_method, 1),
    Row(cases_money.several_with_rest, 1),
    Row(cases_money.refunded, 0, 0.5),
    Row(note_recoded, 0, 0.4, slow=partial(note_recoded, later=SPAN)),
    Row(note_taken_back, 0, 0.4, slow=partial(note_taken_back, later=SPAN)),
    Row(refund_mistyped, 0, 0.5, slow=partial(refund_mistyped, later=SPAN - 2)),
    Row(settled_then_edited, 0, 0.6, slow=partial(settled_then_edited, later=SPAN - 1)),
    Row(left_and_returned, 0, 0.5),
    *(
        Row(story, 0, 0.06)
        for story in (
            cases.edited_unpaid,
            cases.moved_place,
            cases.moved_day,
            cases.moved_day_paid,
            cases.entered_late,
            cases.paid_earlier,
            cases.zero_discount,
            cases.zero_exchange,
            cases.counter_sale,
            cases.off_by_a_cent,
            cases.insurer_report,
            cases.merged,
            cases.archived_patient,
            cases_money.wrong_amount,
            cases_money.wrong_day,
            cases_money.wrong_invoice,
            cases_money.two_by_two,
            cases_money.deposit,
            cases_money.deposit_kept,
            cases_money.paid_ahead,
            cases_money.product_returned,
            cases_money.reversed_to_credit,
            cases_money.reversed_and_kept,
            cases_money.goodwill,
            cases_money.reversed_unpaid,
            cases_money.written_off,
            cases_money.rest_written_off,
        )
    ),
)


def _paid(clinic: Clinic) -> int:
    return len({id(put) for payment in clinic.payments for put, _ in payment.puts})


@dataclass(frozen=True, slots=True)
class Told:
    """A whole plot: the clinic it makes true, its acts in order, what must be held at the end."""

    clinic: Clinic
    acts: tuple[Act, ...]
    planned: tuple[Planned, ...]


def tell(seed: str, choice: Choice = "all") -> Told:
    """The stories of one seed at the first practice system."""
    return told(seed, CLINIKO, STORIES, visits, (withdrawn_beside_unmapped, number_taken), choice)


def told(
    seed: str, words: Words, stories: Sequence[Row], filler: Story, held: Sequence[Sow], choice: Choice
) -> Told:
    """The stories of one seed in a practice system's own words, each at one of its locations.

    `filler` is played until enough invoices are paid. A few stories are played at one location.
    """
    rng = Random(f"{seed}/stories")
    clinic = Clinic(MONTH.first)
    plot = MoneyPlot(clinic, words)
    stage = Stage(plot, People(Random(f"{seed}/people"), words.patient_id), rng, MONTH)
    few = choice == "few"
    places = rng.sample([place.key for place in words.places], min(1 if few else PLACES, len(words.places)))

    def day() -> int:
        return 1 + int(rng.random() * (LAST_DAY - SPAN))

    for row in stories:
        for _ in range(row.times(rng, choice)):
            row.story(stage, rng.choice(places), day())
        if choice == "slow" and row.slow is not None:
            row.slow(stage, rng.choice(places), day())
    planter = Planter(stage, reports=True)
    for sow in [rng.choice(held)] if few else held:
        sow(planter, rng.choice(places), day())
    while _paid(clinic) < LEAST_PAID:
        filler(stage, rng.choice(places), day())
    plot.number_until(instant("toowong", MONTH.day(LAST_DAY) + timedelta(days=2), "00:00"))
    acts = tuple(sorted(plot.acts, key=lambda act: (act.at, act.seq)))
    return Told(clinic, acts, tuple(planter.planned))
