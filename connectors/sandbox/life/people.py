"""Patients: households of obviously invented people, some with a third party who pays for them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from connectors.sandbox.life.model import Patient

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


class People:
    """Makes the patients of one practice system. Those of `before` are registered before the story begins.

    `id_of` gives the id of the n-th.
    """

    def __init__(self, rng: Random, id_of: Callable[[int], str]) -> None:
        self._rng, self._id_of = rng, id_of
        self._count = 0
        self.before: list[Patient] = []

    def patient(self, place: str, *, payer: str | None = None, last: str | None = None) -> Patient:
        """A new patient of a location, to be registered before the story."""
        made = self.stranger(place, payer=payer, last=last)
        self.before.append(made)
        return made

    def stranger(self, place: str, *, payer: str | None = None, last: str | None = None) -> Patient:
        """A new patient whom the story itself has to register."""
        self._count += 1
        rng = self._rng
        surname = last or (CANARIES[self._count % 2] if self._count % 37 == 1 else rng.choice(LAST_NAMES))
        id = self._id_of(self._count)
        return Patient(id, rng.choice(FIRST_NAMES), surname, place, self._count, payer)

    def household(self, place: str, size: int) -> list[Patient]:
        """Several patients of one surname, all registered before the story."""
        surname = self._rng.choice(LAST_NAMES)
        return [self.patient(place, last=surname) for _ in range(size)]
