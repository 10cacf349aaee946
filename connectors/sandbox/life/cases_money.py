"""Short stories of money: mistyped payments, deposits and credit, refunds, write-offs. As in `cases`.

A patient here has at most one open credit at a time, since a payment report says that credit was used, not
whose; and credit is used only on invoices dated after it, where every reading of the rule agrees.
"""

from __future__ import annotations

from connectors.sandbox.life.cases import Story
from connectors.sandbox.life.model import line
from connectors.sandbox.life.stage import Stage


def wrong_method(stage: Stage, place: str, day: int) -> None:
    """Typed as card, was a bank transfer."""
    invoice = stage.sell(place, day, stage.patient(place, day), "PH2")
    payment = stage.pay(day, invoice)
    stage.plot.correct(stage.at(place, day + 2, "15:15"), payment, sources=(("Direct deposit", 9500),))


def wrong_amount(stage: Stage, place: str, day: int) -> None:
    """59 typed for 95."""
    invoice = stage.sell(place, day, stage.patient(place, day), "PH2")
    payment = stage.pay(day, invoice, 5900, method="Cash")
    at = stage.at(place, day + 1, "08:20")
    stage.plot.correct(at, payment, sources=(("Cash", 9500),), puts=((invoice, 9500),))


def wrong_day(stage: Stage, place: str, day: int) -> None:
    """Entered under the day it was typed instead of the evening before."""
    invoice = stage.sell(place, day, stage.patient(place, day), "EP1")
    payment = stage.pay(day + 1, invoice, method="Online card", clock="08:05")
    stage.plot.correct(stage.at(place, day + 3, "08:25"), payment, paid_at=stage.at(place, day, "23:40"))


def wrong_invoice(stage: Stage, place: str, day: int) -> None:
    """A payment put on another patient's invoice, archived and entered where it belongs."""
    other = stage.sell(place, day, stage.patient(place, day), "PS1")
    mine = stage.sell(place, day, stage.patient(place, day), "PS1", clock="10:10")
    mistake = stage.pay(day, other, method="Direct deposit")
    stage.plot.drop(stage.at(place, day + 3, "12:45"), mistake)
    stage.pay(day + 3, mine, method="Direct deposit", clock="12:50", paid_on=day + 1)


def several_with_rest(stage: Stage, place: str, day: int) -> None:
    """One payment for three invoices, the rest kept as credit and used on the next."""
    patient = stage.patient(place, day)
    bought = [stage.sell(place, day + n, patient, code) for n, code in enumerate(("PH1", "PH2", "RM1"))]
    puts = tuple((invoice, invoice.total) for invoice in bought)
    payment = stage.plot.pay(stage.at(place, day + 3, "11:35"), place, patient.id, (("EFTPOS", 35000),), puts)
    last = stage.sell(place, day + 5, patient, "PH2")
    stage.plot.use(stage.at(place, day + 5, "09:30"), payment, last, 2500)
    stage.pay(day + 5, last, 7000, clock="09:40")


def two_by_two(stage: Stage, place: str, day: int) -> None:
    """Two invoices paid at once by two methods: sources meet invoices in their order."""
    patient = stage.patient(place, day)
    first, second = stage.sell(place, day, patient, "PH2"), stage.sell(place, day + 1, patient, "PH2", "PR1")
    sources = (("HICAPS", 6000), ("EFTPOS", 17400))
    puts = ((first, 9500), (second, 13900))
    stage.plot.pay(stage.at(place, day + 1, "09:45"), place, patient.id, sources, puts)


def deposit(stage: Stage, place: str, day: int) -> None:
    """A deposit by card late in the evening, used on the visit."""
    patient = stage.patient(place, day)
    paid = stage.plot.pay(stage.at(place, day, "23:35"), place, patient.id, (("Online card", 5000),))
    visit = stage.sell(place, day + 3, patient, "PS1")
    stage.plot.use(stage.at(place, day + 3, "09:12"), paid, visit, 5000)
    stage.pay(day + 3, visit, 16000)


def deposit_kept(stage: Stage, place: str, day: int) -> None:
    """A deposit not used yet."""
    patient = stage.patient(place, day)
    stage.plot.pay(stage.at(place, day, "12:10"), place, patient.id, (("Online card", 4000),))


def paid_ahead(stage: Stage, place: str, day: int) -> None:
    """A transfer that came before its invoice, entered with it."""
    patient = stage.patient(place, day)
    visit = stage.sell(place, day + 2, patient, "EP1")
    stage.pay(day + 2, visit, method="Direct deposit", paid_on=day)


def refunded(stage: Stage, place: str, day: int) -> None:
    """R1: a paid visit reversed and paid back by another method."""
    patient = stage.patient(place, day)
    invoice = stage.sell(place, day, patient, "PS1")
    stage.pay(day, invoice)
    note = stage.plot.reverse(stage.at(place, day + 3, "13:30"), invoice)
    at = stage.at(place, day + 4, "13:35")
    stage.plot.refund(at, place, patient.id, "Direct deposit", 21000, note=note)


def product_returned(stage: Stage, place: str, day: int) -> None:
    """R1 of one line: a foam roller brought back, money returned at once."""
    patient = stage.patient(place, day)
    invoice = stage.sell(place, day, patient, "PH2", "PR1")
    stage.pay(day, invoice)
    at = stage.at(place, day + 2, "14:10")
    note = stage.plot.reverse(at, invoice, only=invoice.lines[1:])
    stage.plot.refund(stage.at(place, day + 2, "14:12"), place, patient.id, "EFTPOS", 4400, note=note)


def reversed_to_credit(stage: Stage, place: str, day: int) -> None:
    """R2: a paid visit reversed, the credit used on the next one."""
    patient = stage.patient(place, day)
    invoice = stage.sell(place, day, patient, "PH2")
    stage.pay(day, invoice)
    note = stage.plot.reverse(stage.at(place, day + 2, "10:20"), invoice)
    visit = stage.sell(place, day + 4, patient, "PH1")
    stage.plot.use(stage.at(place, day + 4, "09:15"), note, visit, 9500)
    stage.pay(day + 4, visit, 2500)


def reversed_and_kept(stage: Stage, place: str, day: int) -> None:
    """R2 with the credit still open."""
    invoice = stage.sell(place, day, stage.patient(place, day), "RM1")
    stage.pay(day, invoice)
    stage.plot.reverse(stage.at(place, day + 3, "10:25"), invoice)


def goodwill(stage: Stage, place: str, day: int) -> None:
    """A credit note that reverses nothing, used on the next visit."""
    patient = stage.patient(place, day)
    gift = [line(stage.plot.id(), "PH2", unit=-3000)]
    note = stage.sell(place, day, patient, lines=gift)
    visit = stage.sell(place, day + 3, patient, "PH2")
    stage.plot.use(stage.at(place, day + 3, "09:14"), note, visit, 3000)
    stage.pay(day + 3, visit, 6500)


def reversed_unpaid(stage: Stage, place: str, day: int) -> None:
    """An unpaid invoice taken back by a credit note instead of being archived."""
    invoice = stage.sell(place, day, stage.patient(place, day), "RM1", "PR2")
    stage.plot.reverse(stage.at(place, day + 2, "16:40"), invoice)


def written_off(stage: Stage, place: str, day: int) -> None:
    """A visit and a product never paid, written off with the tax of each."""
    invoice = stage.sell(place, day, stage.patient(place, day), "PH2", "PR1")
    off = {"WO1": 9500, "WO2": 4400}
    stage.plot.reverse(stage.at(place, day + 5, "18:00"), invoice, write_off=off)


def rest_written_off(stage: Stage, place: str, day: int) -> None:
    """Half paid, the rest written off."""
    invoice = stage.sell(place, day, stage.patient(place, day), "PS1")
    stage.pay(day + 1, invoice, 11000, method="Cash")
    stage.plot.reverse(stage.at(place, day + 4, "18:05"), invoice, write_off={"WO1": 10000})


MONEY_STORIES: tuple[tuple[Story, float], ...] = (
    (wrong_method, 4), (wrong_amount, 2), (wrong_day, 2), (wrong_invoice, 1), (several_with_rest, 4),
    (two_by_two, 2), (deposit, 7), (deposit_kept, 1), (paid_ahead, 2), (refunded, 2), (product_returned, 1),
    (reversed_to_credit, 1), (reversed_and_kept, 1), (goodwill, 1), (reversed_unpaid, 1), (written_off, 2),
    (rest_written_off, 1),
)  # fmt: skip
"""Each story with its times a month at scale 1."""
