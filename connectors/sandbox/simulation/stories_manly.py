"""What people do at the fourth location in a schedule: its own short stories, as acts in order."""

from __future__ import annotations

from connectors.sandbox.life.model import line
from connectors.sandbox.life.nookal import cases
from connectors.sandbox.life.nookal.group import NO_CODE, VOUCHER
from connectors.sandbox.life.nookal.words import NOOKAL
from connectors.sandbox.life.plants import Planter
from connectors.sandbox.life.stage import Stage
from connectors.sandbox.simulation.company import Choice
from connectors.sandbox.simulation.stories import Row, Told, told

ORDINARY = ("500", "505", "RM60", "BAND-M", "Class", "REPORT")


def visit(stage: Stage, place: str, day: int) -> None:
    """A visit, paid on the spot."""
    sold = stage.sell(place, day, stage.patient(place, day), stage.rng.choice(ORDINARY))
    stage.pay(day, sold, method=stage.rng.choice(NOOKAL.till.names()))


def reversed_and_moved(stage: Stage, place: str, day: int) -> None:
    """A payment put on the wrong one of two invoices is reversed and entered where it belongs."""
    patient = stage.patient(place, day)
    wrong, right = stage.sell(place, day, patient, "505"), stage.sell(place, day, patient, "505")
    mistake = stage.pay(day, wrong, method="Bank Transfer")
    stage.plot.drop(stage.at(place, day + 2, "12:45"), mistake)
    stage.pay(day + 2, right, method="Bank Transfer", clock="12:50", paid_on=day)


STORIES: tuple[Row, ...] = (
    Row(reversed_and_moved, 1),
    Row(cases.dearer_after_payment, 1, 0.3, kept=True),
    Row(cases.recoded, 1),
    Row(cases.voided_paid, 1, kept=True),
    Row(cases.voided_unpaid, 1),
    Row(cases.wrong_method, 1),
    Row(cases.deposit, 1),
    Row(cases.given_up, 1),
    *(
        Row(story, 0, 0.15)
        for story, _ in cases.STORIES
        if story not in (cases.dearer_after_payment, cases.recoded, cases.voided_paid, cases.voided_unpaid,
                         cases.wrong_method, cases.deposit, cases.given_up)
    ),
)  # fmt: skip


def held(to: Planter, place: str, day: int) -> None:
    """A line typed by hand and a voucher: neither can be posted, and the rest goes on."""
    stage = to.stage
    id = "fee-by-hand"
    typed = [line(stage.plot.id(), NO_CODE, unit=3500), *stage.lines("505")]
    fee = stage.sell(place, day, stage.patient(place, day), lines=typed, plant=id)
    to.hold(id, "unmapped:item:none", fee.total, fee, 0)
    id = "voucher"
    part = stage.sell(place, day, stage.patient(place, day), "RM60")
    stage.pay(day, part, 5000, method=VOUCHER, plant=id)
    stage.pay(day + 2, part, 7100)
    to.hold(id, f"unmapped:method:{VOUCHER}", 5000, part, 0)


def tell_manly(seed: str, choice: Choice = "all") -> Told:
    """The stories of one seed at the fourth location."""
    return told(seed, NOOKAL, STORIES, visit, (held,), choice)
