"""Patients: households of obviously invented people, some with a third party who pays for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from connectors.sandbox.life.group import PAYERS, PLACE
from connectors.sandbox.life.plot import Plot

_FIRST = (
    "Abby Arlo Bea Benji Cass Colin Dara Dilys Edie Ezra Faye Flynn Gwen Gus Hana Hal Ines Ike Joss Jude "
    "Kit Kara Lola Leif Mabel Milo Nell Ned Orla Otto Pia Perc Quin Rhea Rory Saskia Seb Tess Theo Uma"
)
_LAST = (
    "Testerly Sampleton Mockford Fixtureham Placeholt Dummerston Examplewood Stubbington Fakenham-Grey "
    "Nonesuch Pretendergast Imaginarius Fableton Storybrook Inventley Makebelieve Notreal Fauxley "
    "Demonstrand Trialby Rehearsham Prototypeson Draftwell Sketchley Mirageson Phantomby Figmentov Unrealson"
)
FIRST_NAMES, LAST_NAMES = tuple(_FIRST.split()), tuple(_LAST.split())
CANARIES = ("Quillwhiskerton", "Zyzzyvasson")
"""Surnames that must appear nowhere outside encrypted columns, the practice system and the ledger."""


@dataclass(slots=True)
class Patient:
    """One person of the group's books; `payer` names who is billed instead (key of PAYERS)."""

    id: str
    first: str
    last: str
    place: str
    payer: str | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def bill_to(self) -> str | None:
        """What the practice system prints as the addressee when someone else pays."""
        return PAYERS[self.payer] if self.payer else None

    def payload(self) -> dict[str, Any]:
        """The patient as staff register it."""
        return {
            "id": self.id,
            "first_name": self.first,
            "last_name": self.last,
            "state": PLACE[self.place].state,
            "post_code": PLACE[self.place].postcode,
            **self.details,
        }


class People:
    """Makes patients. Those made without a moment are registered before the story begins."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._count = 0
        self.before: list[Patient] = []

    def patient(
        self, place: str, *, payer: str | None = None, last: str | None = None, plot: Plot | None = None,
        at: datetime | None = None,
    ) -> Patient:  # fmt: skip
        """A new patient of a location; with `plot` and `at` registered in the story, shortly before `at`."""
        self._count += 1
        rng = self._rng
        surname = last or (CANARIES[self._count % 2] if self._count % 37 == 1 else rng.choice(LAST_NAMES))
        made = Patient(f"12711455522341{self._count:05d}", rng.choice(FIRST_NAMES), surname, place, payer)
        number, year = 4_000_000 + self._count, 1940 + self._count * 7 % 70
        made.details = {
            "address_1": f"{1 + self._count % 80} Fiction Street",
            "city": PLACE[place].name.split()[-1],
            "email": f"patient{self._count}@patients.example",
            "date_of_birth": f"{year}-{1 + self._count % 12:02d}-{1 + self._count % 28:02d}",
        }
        if payer:
            extra = f"Claim {number}" if payer == "safework" else f"Member {number}"
            made.details |= {"invoice_default_to": PAYERS[payer], "invoice_extra_information": extra}
        if plot is None or at is None:
            self.before.append(made)
        else:
            plot.add(at - timedelta(minutes=20), "create_patient", made.payload())
        return made

    def household(self, place: str, size: int) -> list[Patient]:
        """Several patients of one surname, all registered before the story."""
        surname = self._rng.choice(LAST_NAMES)
        return [self.patient(place, last=surname) for _ in range(size)]
