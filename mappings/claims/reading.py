"""Whose service a line is, when, how long, and at what price: read where the group's file says it stands."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from hub.canonical import Appointment, Invoice, InvoiceLine
from hub.config.schemes import ReadFrom
from hub.config.schemes import Service as Known
from mappings.documents.view import View

HOUR = 60


def member_of(read: ReadFrom, invoice: Invoice, line: InvoiceLine) -> str:
    """The member's number in plain form; empty where the text does not hold exactly one."""
    texts = {"remarks": invoice.remarks, "bill_to": invoice.bill_to, "line": line.description}
    found = {_digits(m[1] or "") for m in re.finditer(read.member_pattern, texts[read.member] or "")}
    return found.pop() if len(found) == 1 else ""


def day_of(view: View, read: ReadFrom, invoice: Invoice, line: InvoiceLine) -> date | None:
    """The business date of the service, None where the invoice does not say it."""
    if read.day == "issued":
        return invoice.issued
    if read.day == "visit":
        return _visited(view, invoice)
    match = re.search(read.day_pattern, line.description)
    try:
        return date(int(match["y"]), int(match["m"]), int(match["d"])) if match else None
    except ValueError:
        return None


def minutes_of(known: Known, line: InvoiceLine) -> int | None:
    """Whole minutes of an hourly service; None where they are no whole minutes."""
    minutes = Decimal(known.minutes or 0) * line.quantity
    return int(minutes) if minutes == minutes.to_integral_value() else None


def price_of(known: Known, line: InvoiceLine) -> int | None:
    """Cents an hour or a unit; None where the line does not give them exactly."""
    unit = Decimal(line.price) if line.price is not None else _each(line)
    if unit is None:
        return None
    price = unit * HOUR / known.minutes if known.minutes else unit
    return int(price) if price == price.to_integral_value() else None


def _each(line: InvoiceLine) -> Decimal | None:
    return Decimal(line.gross) / line.quantity if line.quantity else None


def _visited(view: View, invoice: Invoice) -> date | None:
    place = view.place(invoice.location)
    visit = view.facts.get(view.connection, Appointment.kind, invoice.visit) if invoice.visit else None
    if place is None or not isinstance(visit, Appointment):
        return None
    return visit.start.astimezone(ZoneInfo(place.zone)).date()


def _digits(text: str) -> str:
    return "".join(text.split())
