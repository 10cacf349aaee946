"""Planning the story: every act of staff, patients and bookkeepers, with its moment, payload and effect.

A plan is made whole from a seed and played in order; replaying the effects of played acts, without sending
anything, gives the state again. Numbers of the practice system are given out in the order of the story, so
that it is known beforehand which number an invoice will have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from connectors.sandbox.life.calendar import local_day
from connectors.sandbox.life.group import ITEMS, PLACE
from connectors.sandbox.life.model import Clinic, Invoice, Line, Payment, Use

Touched = Iterable[tuple[str, date]]
"""Location and local day whose payment report changes."""
Payload = Callable[[], dict[str, Any]]
Effect = Callable[[], Touched]
PMS, BOOKS = "pms", "books"
FIRST_INVOICE, FIRST_PAYMENT = 10401, 5101


@dataclass(slots=True)
class Act:
    """One action of a person: in which system, when, what is sent, what it changes."""

    at: datetime
    seq: int
    system: str
    action: str
    payload: Payload
    effect: Effect
    mints: Invoice | Payment | Use | None = None
    shows: Invoice | None = None


def nothing() -> Touched:
    """The effect of an act without money."""
    return ()


class Plot:
    """Collects acts. Ids are given here; numbers by `number_until`."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.acts: list[Act] = []
        self._ids = 0
        self._invoice, self._payment = FIRST_INVOICE, FIRST_PAYMENT
        self._numbered: set[int] = set()

    def id(self) -> str:
        """A new id of 19 digits, growing."""
        self._ids += 1
        return str(1860000000000000000 + self._ids * 1009)

    def add(
        self,
        at: datetime,
        action: str,
        payload: dict[str, Any] | Payload,
        effect: Effect = nothing,
        *,
        system: str = PMS,
        mints: Invoice | Payment | Use | None = None,
        shows: Invoice | None = None,
    ) -> None:
        """Plan one act; acts of the same moment keep their order of planning."""
        made = payload if callable(payload) else (lambda: payload)
        self.acts.append(Act(at, len(self.acts), system, action, made, effect, mints, shows))

    def number_until(self, end: datetime) -> None:
        """Give numbers, in the order of the story, to all that is made before `end`."""
        for act in sorted(self.acts, key=lambda a: (a.at, a.seq)):
            if act.at >= end or act.mints is None or act.seq in self._numbered:
                continue
            self._numbered.add(act.seq)
            if isinstance(act.mints, Invoice):
                act.mints.number, self._invoice = self._invoice, self._invoice + 1
            else:
                act.mints.number, self._payment = self._payment, self._payment + 1

    def invoice(
        self,
        at: datetime,
        place: str,
        patient: str,
        practitioner: str | None,
        lines: Iterable[Line],
        *,
        day: date | None = None,
        method: int = 3,
        to: str | None = None,
        default_to: bool = False,
        attendee: str | None = None,
        rounding: int = 0,
        plant: str | None = None,
    ) -> Invoice:
        """Make an invoice; `default_to` leaves the address block to the practice system."""
        made = Invoice(
            self.id(),
            place,
            patient,
            practitioner,
            day or local_day(place, at),
            tuple(lines),
            method=method,
            rounding=rounding,
            invoice_to=to,
            plant=plant,
        )
        self.clinic.invoices.append(made)
        fixed: dict[str, Any] = {
            "id": made.id,
            "patient_id": patient,
            "business_id": PLACE[place].id,
            "issue_date": made.day.isoformat(),
            "calculation_method": method,
            "items": [item_payload(line) for line in made.lines],
            **({} if default_to else {"invoice_to": to}),
            **({"practitioner_id": practitioner} if practitioner else {}),
            **({"attendee_id": attendee} if attendee else {}),
        }

        def effect() -> Touched:
            made.born = True
            return ()

        def payload() -> dict[str, Any]:
            return {**fixed, "number": made.number}

        self.add(at, "create_invoice", payload, effect, mints=made, shows=made)
        return made

    def edit(
        self,
        at: datetime,
        invoice: Invoice,
        *,
        lines: Iterable[Line] | None = None,
        day: date | None = None,
        place: str | None = None,
        practitioner: str | None = None,
        to: str | None = None,
        plant: str | None = None,
    ) -> None:
        """Change an invoice under its number; with `plant` the ledger must keep what it holds."""
        new = tuple(lines) if lines is not None else None
        sent: dict[str, Any] = {"invoice_id": invoice.id}
        if new is not None:
            sent["items"] = [item_payload(line) for line in new]
        sent |= {"issue_date": day.isoformat()} if day else {}
        sent |= {"business_id": PLACE[place].id} if place else {}
        sent |= {"practitioner_id": practitioner} if practitioner else {}
        sent |= {"invoice_to": to} if to else {}

        def effect() -> Touched:
            if plant:
                invoice.freeze(plant)
            invoice.lines = new if new is not None else invoice.lines
            invoice.day, invoice.place = day or invoice.day, place or invoice.place
            invoice.invoice_to = to or invoice.invoice_to
            return ()

        self.add(at, "edit_invoice", sent, effect, shows=invoice)

    def archive(self, at: datetime, invoice: Invoice, *, plant: str | None = None) -> None:
        """Void an invoice; the payments allocated to it alone go with it."""

        def effect() -> Touched:
            if plant:
                invoice.freeze(plant)
            invoice.archived = True
            touched = []
            for payment in self.clinic.payments:
                if payment.alive and payment.puts and all(put is invoice for put, _ in payment.puts):
                    payment.archived = True
                    touched.append((payment.place, payment.day))
            return touched

        self.add(at, "archive_invoice", {"invoice_id": invoice.id}, effect)


def item_payload(line: Line) -> dict[str, Any]:
    """A line as the practice system's hands take it; prices include tax whatever the method."""
    item = ITEMS[line.code]
    return {
        "id": line.id,
        "product_id" if item.product else "billable_item_id": item.id,
        "quantity": line.quantity,
        "unit_price_cents": line.unit,
        "discount_cents": line.discount,
        "tax": {"name": line.tax[0], "rate": line.tax[1]} if line.tax else None,
        "concession_type_name": line.concession,
    }
