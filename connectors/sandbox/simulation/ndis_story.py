"""What people do where a scheme is claimed from by file: short stories of a few acts each, mixed by seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from connectors.sandbox.simulation.manly_people import (
    FIRST_ID,
    FIRST_NUMBER,
    PATIENTS,
    VISIT,
    Step,
    mixed,
    step,
)

PRICE, LIMIT, OVER = 19_399, 19_399, 20_500
"""Cents of an hour: what is billed mostly, what the scheme pays at most, and what is billed by mistake."""


@dataclass
class Bill:
    """An invoice; `member` is whose plan pays it (one invoice each), `price` what the hour costs."""

    number: str
    id: str
    patient: str
    member: str = ""
    price: int = VISIT
    void: bool = False


class _Desk:
    """Numbers bills and members."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.bills: list[Bill] = []

    def bill(self) -> Bill:
        count = len(self.bills)
        number, id_ = f"INV-{FIRST_NUMBER + count}", str(FIRST_ID + 10 * count)
        self.bills.append(Bill(number, id_, self.rng.choice(PATIENTS)))
        return self.bills[-1]

    def claimed(self, price: int = PRICE) -> Bill:
        made = self.bill()
        made.member, made.price = f"43010{len(self.bills):04}", price
        return made


def tell(rng: Random) -> tuple[list[Bill], list[Step]]:
    """The bills of a seed and what happens: claims paid, cut, refused and mended; visits paid at the desk."""
    desk = _Desk(rng)
    stories: list[list[Step]] = [[step("visit", *(desk.bill() for _ in range(3)))] for _ in range(5)]
    dearer = desk.bill()
    stories.append([step("make", dearer), step("pay", dearer, cents=VISIT), step("add", dearer)])
    for price in (PRICE, PRICE, PRICE, OVER):
        one = desk.claimed(price)
        noted = [step("lodge", one)] if rng.random() < 0.4 else []
        stories.append([step("claimed", one), *noted])
    refused = desk.claimed()
    stories.append([step("claimed", refused, planned=False)])
    mistake = desk.claimed()
    mistake.void = True
    stories.append([step("claimed", mistake, withheld=True), step("void", mistake)])
    files: Sequence[Step] = [step("file") for _ in range(2)]
    return desk.bills, [step("catalogue"), *mixed(rng, [*stories, list(files)])]
