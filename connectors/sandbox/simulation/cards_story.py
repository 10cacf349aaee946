"""What people do where invoices are paid by a link: short stories of a few acts each, mixed by seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from connectors.sandbox.simulation.manly_people import (
    BAND,
    FIRST_ID,
    FIRST_NUMBER,
    PATIENTS,
    VISIT,
    Step,
    mixed,
    step,
)


@dataclass
class Bill:
    """An invoice, and what whoever pays it has in mind.

    `by_link`: it is paid by the page that was told, once `time_come` and the page asks for what is owing.
    `card` is tried first and declined. `back`: cents that the clinic gives back afterwards.
    """

    number: str
    id: str
    patient: str
    by_link: bool = False
    time_come: bool = False
    declined: bool = False
    back: int = 0
    url: str | None = None
    charge: str | None = None
    refund: str | None = None
    entered: bool = False

    @property
    def waits(self) -> bool:
        """Whether its payer or the clinic still goes on with it."""
        return self.by_link and (not self.charge or bool(self.back and not self.entered))


Story = Callable[["Desk"], list[Step]]


class Desk:
    """Numbers bills; `rng` is the seed's."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.bills: list[Bill] = []

    def bill(self, **more: bool | int) -> Bill:
        count = len(self.bills)
        made = Bill(f"INV-{FIRST_NUMBER + count}", str(FIRST_ID + 10 * count), self.rng.choice(PATIENTS))
        for name, value in more.items():
            setattr(made, name, value)
        self.bills.append(made)
        return made


def at_the_desk(desk: Desk) -> list[Step]:
    """Three visits, paid on the spot."""
    return [step("visit", *(desk.bill() for _ in range(3)))]


def by_link(desk: Desk) -> list[Step]:
    """Asked for and paid by the link, perhaps after a card that was declined."""
    one = desk.bill(by_link=True, declined=desk.rng.random() < 0.3)
    return [step("make", one), step("ask", one), step("pay_by_link", one)]


def elsewhere(desk: Desk) -> list[Step]:
    """Asked for, and paid at the desk instead: the page is to be ended."""
    one = desk.bill()
    return [step("make", one), step("ask", one), step("pay", one, cents=VISIT)]


def in_part(desk: Desk) -> list[Step]:
    """A part is paid at the desk while the page stands: another page asks for the rest."""
    one = desk.bill(by_link=True)
    first = [step("make", one), step("ask", one)]
    return [*first, step("pay", one, cents=4000), step("pay_by_link", one)]


def dearer(desk: Desk) -> list[Step]:
    """Paid at the desk, then something is added; the rest is paid by the link."""
    one = desk.bill(by_link=True)
    first = [step("make", one), step("pay", one, cents=VISIT), step("add", one)]
    return [*first, step("ask", one), step("pay_by_link", one)]


def reversed_payment(desk: Desk) -> list[Step]:
    """A payment at the desk was a mistake and is reversed while a page asks for the rest."""
    one = desk.bill(by_link=True)
    first = [step("make", one), step("add", one), step("pay", one, cents=BAND), step("ask", one)]
    return [*first, step("reverse", one), step("pay_by_link", one)]


def void(desk: Desk) -> list[Step]:
    """Asked for by mistake: the invoice is void."""
    one = desk.bill()
    return [step("make", one), step("ask", one), step("void", one)]


def called_off(desk: Desk) -> list[Step]:
    """The patient calls: they will pay at the desk."""
    one = desk.bill()
    return [step("make", one), step("ask", one), step("call_off", one), step("pay", one, cents=VISIT)]


def asked_again(desk: Desk) -> list[Step]:
    """Asked for twice: the second page takes the place of the first."""
    one = desk.bill(by_link=True)
    first = [step("make", one), step("ask", one, hours=12), step("ask", one)]
    return [*first, step("pay_by_link", one)]


def given_back(desk: Desk) -> list[Step]:
    """Paid by the link; the clinic gives a part back in the card account, and staff enter it."""
    one = desk.bill(by_link=True, back=2500)
    return [step("make", one), step("ask", one), step("pay_by_link", one)]


def runs_out(desk: Desk) -> list[Step]:
    """Nobody pays, and the page runs out."""
    one = desk.bill()
    return [step("make", one), step("ask", one, hours=1)]


ALWAYS: Sequence[tuple[Story, int]] = (
    (at_the_desk, 4),
    (by_link, 2),
    (elsewhere, 1),
    (in_part, 1),
    (dearer, 1),
    (void, 1),
    (called_off, 1),
    (asked_again, 1),
    (given_back, 1),
)
SOMETIMES: Sequence[tuple[Story, float]] = ((reversed_payment, 0.4), (runs_out, 0.25), (by_link, 0.4))


def tell(rng: Random, nights: int) -> tuple[list[Bill], list[Step]]:
    """The bills of a seed and what happens, each story in its own order; `nights` pass meanwhile."""
    desk = Desk(rng)
    stories = [story(desk) for story, times in ALWAYS for _ in range(times)]
    stories += [story(desk) for story, chance in SOMETIMES if rng.random() < chance]
    stories.append([step("night") for _ in range(nights)])
    return desk.bills, list(mixed(rng, stories))
