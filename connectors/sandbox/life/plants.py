"""Cases planted so that a hub must hold them: each alone on its patients, each with the cause it must name.

The cause vocabulary is the hub's published one. What a held case makes the ledger differ by is not written
here: objects are tagged with the plant, and the truth ledgers derive the residue from the tags.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from connectors.sandbox.life.books import Flow, Item
from connectors.sandbox.life.group import (
    OWN_SUPPLIER,
    PAYERS,
    PLACE,
    STRANGE_PAYER,
    STRANGE_TAX,
    UNMAPPED_METHOD,
    UNSET_SUPPLIER,
)
from connectors.sandbox.life.model import Invoice, Payment, line
from connectors.sandbox.life.plot import Effect, Payload, Touched
from connectors.sandbox.life.stage import Stage


class Elsewhere(Protocol):
    """A case of a system that is no practice system."""

    @property
    def number(self) -> str: ...

    @property
    def account(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Planned:
    """A case to be held: `of` is what its number comes from, `from_step` the step it stands from.

    `mended` is the step in which the reason goes, None where it stays. A case of a system that is no practice
    system says its account itself.
    """

    id: str
    cause: str
    cents: int
    of: Invoice | Payment | Elsewhere
    from_step: int
    mended: int | None = None

    def stands(self, played: int) -> bool:
        """Whether it is to be held after so many steps."""
        return self.from_step <= played and (self.mended is None or played < self.mended)

    @property
    def number(self) -> str:
        """The case number: the invoice's, payment:<number>, or as the other system numbers it."""
        return f"payment:{self.of.number}" if isinstance(self.of, Payment) else self.of.number

    @property
    def account(self) -> str:
        """The system it stands in."""
        if isinstance(self.of, (Invoice, Payment)):
            return PLACE[self.of.place].account
        return self.of.account


class Planter:
    """Plants cases on a stage; `planned` lists them."""

    def __init__(self, stage: Stage, reports: bool) -> None:
        self.stage, self.reports = stage, reports
        self.planned: list[Planned] = []

    def day(self, step: int, offset: int = 0) -> int:
        """The number of a step's day."""
        return (self.stage.month.step_day(step, offset) - self.stage.month.first).days + 1

    def hold(self, id: str, cause: str, cents: int, of: Invoice | Payment, step: int) -> None:
        """List a case as planted."""
        self.planned.append(Planned(id, cause, cents, of, step))

    def by_hand(self, step: int, action: str, payload: Payload, effect: Effect) -> None:
        """A person acts in the books before anything else happens in a step."""
        start = self.stage.at("toowong", self.day(step), "00:01")
        self.stage.plot.by_hand(start, action, payload, effect)

    def hand_flows(self, id: str, *what: Flow | Item) -> None:
        """What a person's act left in the ledger alone."""
        self.stage.plot.clinic.hands += [(id, one) for one in what]


def unmapped(to: Planter) -> None:
    """Item, method, tax, payer and suppliers that nobody wrote down."""
    stage, plot = to.stage, to.stage.plot
    day = to.day(2, 1)
    id = "unmapped-item"
    held = stage.sell("geelong", day, stage.patient("geelong", day), "PH2", "EX30", plant=id)
    stage.pay(day, held, plant=id)
    to.hold(id, "unmapped:item:EX30", held.total, held, 2)

    id = "unmapped-method"
    part = stage.sell("richmond", day, stage.patient("richmond", day), "PH1")
    stage.pay(day, part, 5000, method=UNMAPPED_METHOD, plant=id)
    stage.pay(to.day(3), part, 4000)
    to.hold(id, f"unmapped:method:{UNMAPPED_METHOD}", 5000, part, 2)

    id, day = "unknown-tax", to.day(3, 1)
    lines = [line(plot.id(), "PR1", unit=4600, tax=STRANGE_TAX)]
    held = stage.sell("toowong", day, stage.patient("toowong", day), lines=lines, plant=id)
    to.hold(id, f"unmapped:tax:{STRANGE_TAX[0]}@15", held.total, held, 3)

    id = "unknown-payer"
    held = stage.sell("geelong", day, stage.patient("geelong", day), "PH2", to=STRANGE_PAYER, plant=id)
    to.hold(id, "unmapped:payer", held.total, held, 3)

    for id, who, cause in (
        ("supplier-practitioner", OWN_SUPPLIER, f"unsupported:supplier:{OWN_SUPPLIER}"),
        ("supplier-unset", UNSET_SUPPLIER, f"unmapped:supplier:{UNSET_SUPPLIER}"),
    ):
        patient = stage.patient("toowong", day)
        held = stage.sell("toowong", day, patient, "PH2", practitioner=who, plant=id)
        to.hold(id, cause, held.total, held, 3)


def unreadable(to: Planter) -> None:
    """Records that cannot be trusted: lines that miss the total, a total that is no number, status 30."""
    stage, plot = to.stage, to.stage.plot
    day = to.day(4, 1)
    id = "lines-off"
    held = stage.sell("richmond", day, stage.patient("richmond", day), "PH2", "PR2", plant=id)
    plot.add(
        stage.at("richmond", day, "09:11"), "corrupt_invoice", {"invoice_id": held.id, "off_by_cents": 500}
    )
    to.hold(id, "bundle:incomplete", held.total, held, 4)

    id = "malformed"
    held = stage.sell("toowong", day, stage.patient("toowong", day), "PH2", plant=id)
    wrong = {"invoice_id": held.id, "set": {"total_amount": "ninety-five dollars"}}
    plot.add(stage.at("toowong", day, "09:11"), "corrupt_invoice", wrong)
    to.hold(id, "record:malformed", held.total, held, 4)

    id, closed = "status-30", to.day(6, 1)
    odd = stage.sell("richmond", day, stage.patient("richmond", day), "EP1")

    def close() -> Touched:
        odd.freeze(id)
        odd.closed = stage.day(closed)
        return ()

    plot.add(stage.at("richmond", closed, "12:00"), "set_status", {"invoice_id": odd.id, "status": 30}, close)
    to.hold(id, "invoice:closed", odd.total, odd, 6)


def money(to: Planter) -> None:
    """R4, a write-off of the wrong tax, a debtor changed after a part payment, a payment vanished."""
    stage, plot = to.stage, to.stage.plot
    day, later = to.day(4, 1), to.day(6, 1)
    id = "bounced"
    patient = stage.patient("geelong", day)
    paid = stage.sell("geelong", day, patient, "PH2")
    stage.pay(day, paid)
    at = stage.at("geelong", later, "16:00")
    plot.refund(at, "geelong", patient.id, "EFTPOS", 9500, invoice=paid, plant=id)
    to.hold(id, "unsupported:refund-R4", 9500, paid, 6)

    id = "writeoff-tax"
    sold = stage.sell("richmond", day, stage.patient("richmond", day), "PR1")
    at = stage.at("richmond", later, "16:20")
    note = plot.reverse(at, sold, write_off={"WO1": 4400}, plant=id)
    to.hold(id, "writeoff:tax-split", 4400, note, 6)

    id = "debtor-change"
    part = stage.sell("geelong", day, stage.patient("geelong", day), "PH1")
    stage.pay(day, part, 6000)
    plot.edit(stage.at("geelong", later, "16:40"), part, to=PAYERS["coastline"], plant=id)
    to.hold(id, "unsupported:debtor-change", 12000, part, 6)

    id, day = "vanished", to.day(5, 1)
    sold = stage.sell("toowong", day, stage.patient("toowong", day), "PH2")
    lost = stage.pay(day, sold)
    at = stage.at("toowong", to.day(7, 1), "16:50")

    def keep_paid() -> Touched:
        sold.forced = 20
        return ()

    plot.add(at, "set_status", {"invoice_id": sold.id, "status": 20}, keep_paid)
    plot.drop(at, lost, plant=id)
    to.hold(id, "payment:vanished", 9500, sold, 7)
