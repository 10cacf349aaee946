"""Billing the diary, and how ordinary patients pay: by card, through their fund, in cash, later, or never.

What a visit is billed with is the practice's own: `cliniko.goods`, `nookal.goods`. Every calculation
method occurs; taxed prices and discounts are multiples of eleven cents, so that each method
gives the same gross and the truth needs no rounding rule of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from connectors.sandbox.life.calendar import Month, instant
from connectors.sandbox.life.diary import ATTENDED, FEE, Visit
from connectors.sandbox.life.model import Invoice, Line
from connectors.sandbox.life.plot_money import MoneyPlot

FUND_ITEMS = {"PH1", "PH2", "EP1", "RM1", "500", "505", "RM60"}
"""What a health fund's terminal pays a part of."""
Goods = Callable[[Random, Visit, int], list[Line]]


def bill(
    plot: MoneyPlot, rng: Random, month: Month, step: int, visits: list[Visit], goods: Goods
) -> list[Invoice]:
    """Invoices of a step's visits, with their payments; payments may fall into later steps.

    `goods` says what a visit is billed with.
    """
    made = []
    for visit in visits:
        if visit.outcome not in (ATTENDED, FEE):
            continue
        lines = goods(rng, visit, step)
        at = visit.at + timedelta(minutes=35)
        patient = visit.patient
        invoice = plot.invoice(
            at,
            visit.who.place,
            patient.id,
            visit.who.id,
            lines,
            method=rng.choices((3, 2, 1), (70, 15, 15))[0],
            to=patient.bill_to if rng.random() < 0.5 else None,
            default_to=rng.random() < 0.6,
            attendee=visit.attendee,
        )
        made.append(invoice)
        if invoice.invoice_to or patient.payer:
            _payer_pays(plot, rng, month, invoice)
        else:
            _patient_pays(plot, rng, month, invoice, at)
    return made


def _patient_pays(plot: MoneyPlot, rng: Random, month: Month, invoice: Invoice, billed: datetime) -> None:
    total, place, till = invoice.total, invoice.place, plot.words.till
    desk = billed + timedelta(minutes=3)
    night = instant(place, invoice.day, f"{rng.choice((20, 21, 22, 23))}:{rng.randrange(10, 60)}")
    drawn = rng.random()
    if drawn < 0.42:
        _whole(plot, desk, invoice, till.card)
    elif drawn < 0.60 and invoice.lines[0].code in FUND_ITEMS:
        benefit = total * rng.randrange(35, 70) // 100
        sources = ((till.fund, benefit), (till.card, total - benefit))
        plot.pay(desk, place, invoice.patient, sources, ((invoice, total),))
    elif drawn < 0.68:
        _whole(plot, desk, invoice, till.cash)
    elif drawn < 0.82:
        _whole(plot, max(night, desk), invoice, till.online)
    elif drawn < 0.90:
        later = month.day((invoice.day - month.first).days + 1 + rng.randrange(2, 7))
        _whole(plot, instant(place, later, "10:05"), invoice, till.transfer)
    elif drawn < 0.95:
        _in_parts(plot, rng, month, invoice, desk)


def _whole(plot: MoneyPlot, at: datetime, invoice: Invoice, method: str) -> None:
    plot.pay(at, invoice.place, invoice.patient, ((method, invoice.total),), ((invoice, invoice.total),))


def _in_parts(plot: MoneyPlot, rng: Random, month: Month, invoice: Invoice, desk: datetime) -> None:
    """Two to four parts, the last of them maybe never paid."""
    till = plot.words.till
    parts, left = rng.randrange(2, 5), invoice.total
    day = (invoice.day - month.first).days + 1
    for n in range(parts):
        part = left if n == parts - 1 else left // (parts - n) + rng.randrange(0, 5) * 10
        part = min(part, left)
        if part <= 0 or (n == parts - 1 and rng.random() < 0.3):
            break
        at = desk if n == 0 else instant(invoice.place, month.day(day), "11:20")
        method = rng.choice((till.card, till.cash, till.transfer))
        plot.pay(at, invoice.place, invoice.patient, ((method, part),), ((invoice, part),))
        left -= part
        day += rng.randrange(1, 5)


def _payer_pays(plot: MoneyPlot, rng: Random, month: Month, invoice: Invoice) -> None:
    """A payer's deposit some days later, typed by staff as the patient's payment; sometimes short."""
    if rng.random() < 0.2:
        return
    day = month.day((invoice.day - month.first).days + 1 + rng.randrange(4, 12))
    cents = invoice.total if rng.random() < 0.85 else invoice.total * 9 // 10
    at = instant(invoice.place, day, "15:40")
    plot.pay(at, invoice.place, invoice.patient, ((plot.words.till.transfer, cents),), ((invoice, cents),))
