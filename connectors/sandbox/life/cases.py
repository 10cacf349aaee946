"""Short stories of ordinary trouble that a hub must follow by itself: edits, voids, corrections, dates.

Each takes a stage, a location and the day it begins on, uses patients of its own, and ends within `SPAN`
days, so that it lies wholly on one side of a lock date. Money stories are in `cases_money`.
"""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox.life.group import GST_TAX
from connectors.sandbox.life.model import Line, line
from connectors.sandbox.life.stage import Stage

Story = Callable[[Stage, str, int], None]
SPAN = 6


def edited_unpaid(stage: Stage, place: str, day: int) -> None:
    """A product forgotten on an unpaid invoice, which is then paid."""
    patient = stage.patient(place, day)
    invoice = stage.sell(place, day, patient, "PH2")
    lines = stage.lines("PH2", "PR2")
    stage.plot.edit(stage.at(place, day + 2, "12:15"), invoice, lines=lines)
    stage.plot.pay(
        stage.at(place, day + 3, "10:00"), place, patient.id, (("EFTPOS", 11150),), ((invoice, 11150),)
    )


def edited_after_payment(stage: Stage, place: str, day: int) -> None:
    """An initial consultation billed as a standard one and paid; the difference is paid later in cash."""
    invoice = stage.sell(place, day, stage.patient(place, day), "PH2")
    stage.pay(day, invoice)
    stage.plot.edit(stage.at(place, day + 3, "12:30"), invoice, lines=stage.lines("PH1"))
    stage.pay(day + 4, invoice, 2500, method="Cash", clock="17:45")


def recoded_after_payment(stage: Stage, place: str, day: int) -> None:
    """The wrong service at the right price, paid by two methods: only account and text change."""
    patient = stage.patient(place, day)
    invoice = stage.sell(place, day, patient, "PH2")
    sources = (("HICAPS", 5200), ("EFTPOS", 4300))
    stage.plot.pay(stage.at(place, day, "09:25"), place, patient.id, sources, ((invoice, 9500),))
    other = [line(stage.plot.id(), "EP1", unit=9500)]
    stage.plot.edit(stage.at(place, day + 3, "13:05"), invoice, lines=other)


def moved_place(stage: Stage, place: str, day: int) -> None:
    """An unpaid invoice made at the wrong location, moved, then paid where it belongs."""
    right = "richmond" if place == "geelong" else "geelong"
    invoice = stage.sell(place, day, stage.patient(place, day), "EP1")
    who = stage.practitioner(right)
    stage.plot.edit(stage.at(place, day + 2, "14:00"), invoice, place=right, practitioner=who)
    stage.pay(day + 3, invoice, place=right, method="Cash")


def voided_unpaid(stage: Stage, place: str, day: int) -> None:
    """An invoice made by mistake."""
    invoice = stage.sell(place, day, stage.patient(place, day), "RM1", "PR1")
    stage.plot.archive(stage.at(place, day + 2, "18:10"), invoice)


def voided_paid(stage: Stage, place: str, day: int) -> None:
    """Invoice and payment entered for the wrong person, both archived."""
    invoice = stage.sell(place, day, stage.patient(place, day), "PS1")
    stage.pay(day, invoice)
    stage.plot.archive(stage.at(place, day + 3, "08:50"), invoice)


def moved_day(stage: Stage, place: str, day: int) -> None:
    """An unpaid invoice dated a day too late."""
    invoice = stage.sell(place, day + 1, stage.patient(place, day + 1), "PH2", "PR1")
    stage.plot.edit(stage.at(place, day + 3, "09:40"), invoice, day=stage.day(day))
    stage.pay(day + 4, invoice, 6000)


def moved_day_paid(stage: Stage, place: str, day: int) -> None:
    """A paid invoice dated a day too late."""
    invoice = stage.sell(place, day + 1, stage.patient(place, day + 1), "EP1")
    stage.pay(day + 1, invoice, method="Online card", clock="22:40")
    stage.plot.edit(stage.at(place, day + 4, "09:45"), invoice, day=stage.day(day))


def entered_late(stage: Stage, place: str, day: int) -> None:
    """A home visit entered days afterwards under its own date."""
    invoice = stage.sell(place, day + 3, stage.patient(place, day + 3), "PH1", dated=day)
    stage.pay(day + 3, invoice, clock="09:50")


def paid_earlier(stage: Stage, place: str, day: int) -> None:
    """A bank transfer entered days after it arrived, under its own date."""
    invoice = stage.sell(place, day, stage.patient(place, day), "PS1")
    stage.pay(day + 4, invoice, method="Direct deposit", paid_on=day + 1)


def zero_discount(stage: Stage, place: str, day: int) -> None:
    """A courtesy visit: discounted to nothing."""
    free = [line(stage.plot.id(), "PH2", discount=9500)]
    stage.sell(place, day, stage.patient(place, day), lines=free)


def zero_exchange(stage: Stage, place: str, day: int) -> None:
    """A massage given for a visit taken back: zero in total, not by account and tax."""
    lines = [line(stage.plot.id(), "RM1"), line(stage.plot.id(), "EP1", unit=-11000)]
    stage.sell(place, day, stage.patient(place, day), lines=lines)


def counter_sale(stage: Stage, place: str, day: int) -> None:
    """A product sold at the desk, without practitioner."""
    invoice = stage.sell(
        place, day, stage.patient(place, day), "PR1", "PR2", practitioner=None, clock="16:30"
    )
    stage.pay(day, invoice, method="Cash", clock="16:33")


def off_by_a_cent(stage: Stage, place: str, day: int) -> None:
    """Tax on the subtotal: two lines of 33.06 make 66.11."""
    lines = [Line(stage.plot.id(), "PL1", 3306, GST_TAX, 1, 3305) for _ in range(2)]
    patient, who = stage.patient(place, day), stage.practitioner(place)
    at = stage.at(place, day, "17:05")
    invoice = stage.plot.invoice(at, place, patient.id, who, lines, method=2, rounding=-1)
    stage.pay(day, invoice, clock="17:08")


def insurer_report(stage: Stage, place: str, day: int) -> None:
    """A taxable report beside a GST-free visit, billed to an insurer that pays by transfer."""
    invoice = stage.sell(place, day, stage.patient(place, day, payer="safework"), "PH1", "RP1")
    stage.pay(day + 5, invoice, method="Direct deposit")


def renamed(stage: Stage, place: str, day: int, later: int = 2) -> None:
    """A patient who marries."""
    patient = stage.patient(place, day)
    stage.pay(day, stage.sell(place, day, patient, "PH2"))
    new = {"patient_id": patient.id, "last_name": f"{patient.last}-Wedlock"}
    stage.plot.add(stage.at(place, day + later, "10:30"), "edit_patient", new)
    stage.sell(place, day + later + 2, patient, "PH2")


def merged(stage: Stage, place: str, day: int) -> None:
    """One patient registered twice; the second file is merged into the first."""
    keep, lose = stage.patient(place, day), stage.patient(place, day)
    stage.pay(day, stage.sell(place, day, lose, "EP1"))
    stage.sell(place, day + 1, keep, "EP1")
    pair = {"loser_id": lose.id, "winner_id": keep.id}
    stage.plot.add(stage.at(place, day + 3, "11:10"), "merge_patients", pair)
    stage.pay(day + 5, stage.sell(place, day + 5, keep, "EP1"))


def archived_patient(stage: Stage, place: str, day: int) -> None:
    """A patient who moves away, paid up."""
    patient = stage.patient(place, day)
    stage.pay(day, stage.sell(place, day, patient, "PH2"), method="Cash")
    stage.plot.add(stage.at(place, day + 3, "17:20"), "archive_patient", {"patient_id": patient.id})


STORIES: tuple[tuple[Story, float], ...] = (
    (edited_unpaid, 5), (edited_after_payment, 3), (recoded_after_payment, 2), (moved_place, 1),
    (voided_unpaid, 3), (voided_paid, 2), (moved_day, 2), (moved_day_paid, 1), (entered_late, 2),
    (paid_earlier, 2), (zero_discount, 2), (zero_exchange, 1), (counter_sale, 4), (off_by_a_cent, 2),
    (insurer_report, 3), (renamed, 3), (merged, 2), (archived_patient, 2),
)  # fmt: skip
"""Each story with its times a month at scale 1."""
