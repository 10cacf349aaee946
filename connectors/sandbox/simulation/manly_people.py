"""People of the fourth location where a clerk works at the hub: they bill, and take money."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any, Protocol

from connectors.sandbox.life.nookal.group import ACCOUNT as FOURTH
from connectors.sandbox.simulation.company import Company, Deed, Errand
from connectors.sandbox.simulation.systems import Running, prepared

VISIT, BAND = 9800, 2420
"""Cents of the two things that are sold."""
DAY = "2026-10-08"
PATIENTS = ("1201", "1202", "1203")
FIRST_ID, FIRST_NUMBER = 500_000, 20_400
_METHOD = "EFTPOS"
_CHANGES = ("visit", "make", "add", "pay", "lodge", "reverse", "void")


class Billed(Protocol):
    """An invoice of the practice system."""

    number: str
    id: str
    patient: str


@dataclass(frozen=True, slots=True)
class Step:
    """One act: `what` is a method of the people, with bills and what is said beside them."""

    what: str
    bills: tuple[Any, ...] = ()
    more: Mapping[str, object] = field(default_factory=dict)


def step(what: str, *bills: Billed, **more: object) -> Step:
    return Step(what, bills, more)


def mixed(rng: Random, stories: Sequence[list[Step]]) -> Iterator[Step]:
    """All steps, each story's in order."""
    left = [list(one) for one in stories if one]
    while left:
        story = rng.choice(left)
        yield story.pop(0)
        left = [one for one in left if one]


class ManlyPeople(Company):
    """Who bills and takes money; `wanted` is what a clerk is to type at the hub."""

    def __init__(
        self, running: Mapping[str, Running], steps: Sequence[Step], patients: Collection[str]
    ) -> None:
        super().__init__(running, prepared(FOURTH)[0].xero_tenant_id)
        self.wanted: list[Errand] = []
        self.played = {"edited_after_payment": 0, "voided": 0}
        for number in patients:
            self.practice("create_patient", id=number, first_name="Mira", last_name=f"Fictional-{number}")
        self.acts: Sequence[Deed] = [self._deed(n, one) for n, one in enumerate(steps)]

    def done(self, errand: Errand) -> None:
        """It was typed, and taken."""
        if errand in self.wanted:
            self.wanted.remove(errand)

    def reports(self) -> Iterator[tuple[str, str, date, date, bytes]]:
        """The practice system shows its own payments."""
        return iter(())

    def practice(self, action: str, **body: Any) -> Any:
        """One action in the practice system."""
        told = [{"action": action, **body}]
        return self.running[FOURTH].control.call("POST", "/__control__/hands", told)

    def owing(self, bill: Billed) -> int:
        """Cents still to be paid, by the practice system."""
        found = [one for one in self.ledger_of(FOURTH)["invoices"] if one["id"] == bill.id]
        return sum(one["balance"] for one in found if not one["void"])

    def paid(self, bill: Billed) -> list[dict[str, Any]]:
        """Living payments on an invoice."""
        rows = self.ledger_of(FOURTH)["payments"]
        return [row for row in rows if row["invoice_id"] == bill.id and not row["void"]]

    def paid_invoices(self) -> set[str]:
        """Ids of invoices with money on them."""
        return {row["invoice_id"] for row in self.ledger_of(FOURTH)["payments"] if not row["void"]}

    # --- acts

    def _deed(self, number: int, one: Step) -> Deed:
        told = tuple((FOURTH, "invoices", bill.id) for bill in one.bills) if one.what in _CHANGES else ()
        what: Callable[..., None] = getattr(self, f"_{one.what}")
        return Deed(f"{number}-{one.what}", lambda: what(*one.bills, **one.more), told)

    def _visit(self, *bills: Billed) -> None:
        for bill in bills:
            self._make(bill)
            self._pay(bill, VISIT)

    def _make(self, bill: Billed, **more: object) -> None:
        made = {"id": bill.id, "number": bill.number, "patient_id": bill.patient, "day": DAY}
        said = {"location_id": "1", "practitioner_id": "4", "items": [{"service_id": "12"}], **more}
        self.practice("create_invoice", **made, **said)

    def _add(self, bill: Billed) -> None:
        self.practice("add_item", invoice_id=bill.id, stock_id="7")
        self.played["edited_after_payment"] += bool(self.paid(bill))

    def _pay(self, bill: Billed, cents: int, method: str = _METHOD) -> None:
        self.practice("take_payment", invoice_id=bill.id, cents=cents, method=method, day=DAY)

    def _reverse(self, bill: Billed) -> None:
        for row in self.paid(bill):
            self.practice("void_row", kind="payments", id=row["id"])

    def _void(self, bill: Billed) -> None:
        self.practice("void_invoice", invoice_id=bill.id)
        self.played["voided"] += 1
