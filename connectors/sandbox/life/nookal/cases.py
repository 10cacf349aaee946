"""Short stories of the fourth location: what its practice system does in its own way. As in `cases`.

Lines are voided and added, never changed; money is a row per method and invoice; a debt given up has no lines
of its own. A patient has at most one open credit at a time, since the system takes the oldest.
"""

from __future__ import annotations

from connectors.sandbox.life.cases import Story
from connectors.sandbox.life.group import GST_TAX
from connectors.sandbox.life.model import line
from connectors.sandbox.life.stage import Stage


def line_added(stage: Stage, place: str, day: int) -> None:
    """A band forgotten on an unpaid invoice, which is then paid by two methods."""
    patient = stage.patient(place, day)
    sold = stage.sell(place, day, patient, "505")
    lines = [*sold.lines, *stage.lines("BAND-M")]
    stage.plot.edit(stage.at(place, day + 1, "12:15"), sold, lines=lines)
    sources = (("HealthPoint", 5220), ("EFTPOS", 7000))
    stage.plot.pay(stage.at(place, day + 2, "10:00"), place, patient.id, sources, ((sold, 12220),))


def dearer_after_payment(stage: Stage, place: str, day: int) -> None:
    """A standard consultation paid that was an initial one: the line is voided, the difference paid later."""
    sold = stage.sell(place, day, stage.patient(place, day), "505")
    stage.pay(day, sold)
    stage.plot.edit(stage.at(place, day + 2, "12:30"), sold, lines=stage.lines("500"))
    stage.pay(day + 4, sold, 3000, method="Cash")


def cheaper_before_payment(stage: Stage, place: str, day: int) -> None:
    """Two bands billed, one taken."""
    sold = stage.sell(place, day, stage.patient(place, day), "505", "BAND-M", "BAND-M")
    stage.plot.edit(stage.at(place, day + 1, "09:30"), sold, lines=sold.lines[:2])
    stage.pay(day + 1, sold, 12220, method="Bank Transfer")


def recoded(stage: Stage, place: str, day: int) -> None:
    """The wrong service at the right price, paid: only account and text change."""
    sold = stage.sell(place, day, stage.patient(place, day), lines=[line(stage.plot.id(), "500", unit=4900)])
    stage.pay(day, sold)
    stage.plot.edit(stage.at(place, day + 3, "13:05"), sold, lines=stage.lines("DNAF"))


def moved_day(stage: Stage, place: str, day: int) -> None:
    """An unpaid invoice dated a day too late."""
    sold = stage.sell(place, day + 1, stage.patient(place, day + 1), "RM60")
    stage.plot.edit(stage.at(place, day + 3, "09:40"), sold, day=stage.day(day))
    stage.pay(day + 4, sold)


def entered_late(stage: Stage, place: str, day: int) -> None:
    """A home visit entered days afterwards under its own date, and paid then."""
    sold = stage.sell(place, day + 3, stage.patient(place, day + 3), "500", dated=day)
    stage.pay(day + 3, sold, method="Card by link", clock="21:50")


def voided_unpaid(stage: Stage, place: str, day: int) -> None:
    """An invoice made by mistake."""
    sold = stage.sell(place, day, stage.patient(place, day), "RM60", "ROLLER")
    stage.plot.archive(stage.at(place, day + 2, "18:10"), sold)


def voided_paid(stage: Stage, place: str, day: int) -> None:
    """Billed and paid for the wrong person: void, and its payment is reversed with it."""
    sold = stage.sell(place, day, stage.patient(place, day), "505")
    stage.pay(day, sold)
    stage.plot.archive(stage.at(place, day + 3, "08:50"), sold)


def wrong_method(stage: Stage, place: str, day: int) -> None:
    """Typed as card, was cash: corrected."""
    sold = stage.sell(place, day, stage.patient(place, day), "505")
    payment = stage.pay(day, sold)
    stage.plot.correct(stage.at(place, day + 2, "15:15"), payment, sources=(("Cash", 9800),))


def wrong_amount(stage: Stage, place: str, day: int) -> None:
    """89 typed for 98, reversed, and entered again."""
    sold = stage.sell(place, day, stage.patient(place, day), "505")
    mistake = stage.pay(day, sold, 8900)
    stage.plot.drop(stage.at(place, day + 1, "08:20"), mistake)
    stage.pay(day + 1, sold, clock="08:21", paid_on=day)


def in_parts(stage: Stage, place: str, day: int) -> None:
    """Three parts by three methods, the last one late in the evening."""
    sold = stage.sell(place, day, stage.patient(place, day), "500", "ROLLER")
    stage.pay(day, sold, 6000, method="HealthPoint")
    stage.pay(day, sold, 5000, method="Cash", clock="09:22")
    stage.pay(day + 3, sold, 6750, method="Card by link", clock="23:15")


def one_receipt(stage: Stage, place: str, day: int) -> None:
    """One receipt for three invoices."""
    patient = stage.patient(place, day)
    bought = [stage.sell(place, day + n, patient, code) for n, code in enumerate(("500", "505", "RM60"))]
    puts = tuple((invoice, invoice.total) for invoice in bought)
    money = (("EFTPOS", sum(cents for _, cents in puts)),)
    stage.plot.pay(stage.at(place, day + 3, "11:35"), place, patient.id, money, puts)


def deposit(stage: Stage, place: str, day: int) -> None:
    """A deposit late in the evening, used on the visit; the rest is paid there."""
    patient = stage.patient(place, day)
    paid = stage.plot.pay(stage.at(place, day, "23:35"), place, patient.id, (("Card by link", 5000),))
    visit = stage.sell(place, day + 3, patient, "500")
    stage.plot.use(stage.at(place, day + 3, "09:12"), paid, visit, 5000)
    stage.pay(day + 3, visit, 7800)


def deposit_in_two(stage: Stage, place: str, day: int) -> None:
    """A deposit used in part on one visit and in part on the next, a rest left."""
    patient = stage.patient(place, day)
    paid = stage.plot.pay(stage.at(place, day, "12:05"), place, patient.id, (("EFTPOS", 20000),))
    for n in (2, 4):
        visit = stage.sell(place, day + n, patient, "505")
        stage.plot.use(stage.at(place, day + n, "09:12"), paid, visit, 9800)


def deposit_kept(stage: Stage, place: str, day: int) -> None:
    """A deposit not used yet."""
    patient = stage.patient(place, day)
    stage.plot.pay(stage.at(place, day, "12:10"), place, patient.id, (("Cash", 4000),))


def paid_ahead(stage: Stage, place: str, day: int) -> None:
    """A transfer that came before its invoice, entered with it."""
    visit = stage.sell(place, day + 2, stage.patient(place, day + 2), "505")
    stage.pay(day + 2, visit, method="Bank Transfer", paid_on=day)


def given_up(stage: Stage, place: str, day: int) -> None:
    """Half of a mixed invoice is paid and the rest given up: half of each line, under its own tax."""
    sold = stage.sell(place, day, stage.patient(place, day), "505", "BAND-M")
    stage.pay(day, sold, 6110, method="Cash")
    lines = [
        line(stage.plot.id(), "Adjustment", unit=-4900),
        line(stage.plot.id(), "Adjustment", unit=-1210, tax=GST_TAX),
    ]
    stage.plot.reverse(stage.at(place, day + 5, "18:00"), sold, given_up=lines)


def discounted(stage: Stage, place: str, day: int) -> None:
    """A tenth less, told after the invoice was made; then paid."""
    sold = stage.sell(place, day, stage.patient(place, day), "RM60")
    lines = [line(stage.plot.id(), "Discount", unit=-1210, tax=GST_TAX)]
    stage.plot.reverse(stage.at(place, day, "09:15"), sold, given_up=lines)
    stage.pay(day, sold, 10890)


def counter_sale(stage: Stage, place: str, day: int) -> None:
    """Goods sold at the desk, without practitioner."""
    patient = stage.patient(place, day)
    sold = stage.sell(place, day, patient, "ROLLER", "BAND-M", practitioner=None, clock="16:30")
    stage.pay(day, sold, method="Cash", clock="16:33")


def insurer_report(stage: Stage, place: str, day: int) -> None:
    """A taxable report beside a GST-free visit, owed by an insurer that pays by transfer."""
    sold = stage.sell(place, day, stage.patient(place, day, payer="icare"), "500", "REPORT")
    stage.pay(day + 5, sold, method="Bank Transfer")


def renamed(stage: Stage, place: str, day: int) -> None:
    """A patient who marries."""
    patient = stage.patient(place, day)
    stage.pay(day, stage.sell(place, day, patient, "505"))
    new = {"patient_id": patient.id, "last_name": f"{patient.last}-Wedlock"}
    stage.plot.add(stage.at(place, day + 2, "10:30"), "edit_patient", new)
    stage.sell(place, day + 4, patient, "505")


STORIES: tuple[tuple[Story, float], ...] = (
    (line_added, 2), (dearer_after_payment, 2), (cheaper_before_payment, 1), (recoded, 1), (moved_day, 1),
    (entered_late, 1), (voided_unpaid, 1), (voided_paid, 1), (wrong_method, 2), (wrong_amount, 1),
    (in_parts, 2), (one_receipt, 1), (deposit, 3), (deposit_in_two, 1), (deposit_kept, 1), (paid_ahead, 1),
    (given_up, 1), (discounted, 1), (counter_sale, 2), (insurer_report, 2), (renamed, 1),
)  # fmt: skip
"""Each story with its times a month at scale 1."""
