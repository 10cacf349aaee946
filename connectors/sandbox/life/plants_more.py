"""Planted cases beyond the unmapped and the locked: what the hub's first scope holds on purpose.

A payment for an invoice from before the start of syncing, an overpayment returned (R3), money taken at
another location, two payer rules at once, a restored invoice, a write-off by negative line.
"""

from __future__ import annotations

from connectors.sandbox.life.group import TWO_PAYERS
from connectors.sandbox.life.model import line
from connectors.sandbox.life.plants import Planter
from connectors.sandbox.life.plot import Touched


def held_for_now(to: Planter) -> None:
    """Plant all of them."""
    before_start(to)
    credit_returned(to)
    elsewhere(to)
    two_payers(to)
    restored(to)
    negative_line(to)


def before_start(to: Planter) -> None:
    """An invoice of the month before, paid now: the books never got the invoice."""
    stage, id = to.stage, "before-start"
    old = stage.sell("richmond", -2, stage.patient("richmond", -2), "PH2")
    stage.pay(to.day(2, 1), old, plant=id)
    to.hold(id, "start:invoice-before", old.total, old, 2)


def credit_returned(to: Planter) -> None:
    """R3: a deposit given back."""
    stage, id = to.stage, "credit-returned"
    patient = stage.patient("toowong", to.day(3, 1))
    taken = ((("Online card"), 8000),)
    stage.plot.pay(stage.at("toowong", to.day(3, 1), "12:20"), "toowong", patient.id, taken)
    at = stage.at("toowong", to.day(5, 1), "12:25")
    back = stage.plot.refund(at, "toowong", patient.id, "Online card", 8000, plant=id)
    to.hold(id, "unsupported:refund-R3", 8000, back, 5)


def elsewhere(to: Planter) -> None:
    """A Geelong invoice paid at Richmond's terminal."""
    stage, id, day = to.stage, "other-location", to.day(4, 2)
    sold = stage.sell("geelong", day, stage.patient("geelong", day), "PH1")
    stage.pay(day, sold, place="richmond", plant=id)
    to.hold(id, "unsupported:other-location", sold.total, sold, 4)


def two_payers(to: Planter) -> None:
    """An addressee that two payer rules match."""
    stage, id, day = to.stage, "two-payers", to.day(4, 2)
    held = stage.sell("geelong", day, stage.patient("geelong", day), "PH2", to=TWO_PAYERS, plant=id)
    to.hold(id, "ambiguous:payer", held.total, held, 4)


def restored(to: Planter) -> None:
    """An invoice voided, synced, and brought back."""
    stage, id, day = to.stage, "restored", to.day(3, 1)
    sold = stage.sell("richmond", day, stage.patient("richmond", day), "PH2")
    stage.plot.archive(stage.at("richmond", to.day(4, 1), "09:05"), sold)

    def effect() -> Touched:
        sold.archived, sold.plant = False, id
        return ()

    back = {"invoice_id": sold.id}
    stage.plot.add(stage.at("richmond", to.day(6, 1), "09:06"), "unarchive_invoice", back, effect)
    to.hold(id, "unsupported:restored", sold.total, sold, 6)


def negative_line(to: Planter) -> None:
    """The old habit: a negative write-off line on the invoice itself."""
    stage, id, day = to.stage, "writeoff-line", to.day(5, 1)
    sold = stage.sell("geelong", day, stage.patient("geelong", day), "PH2")
    lines = [*stage.lines("PH2"), line(stage.plot.id(), "WO1", unit=-2000)]
    stage.plot.edit(stage.at("geelong", to.day(6, 1), "10:15"), sold, lines=lines, plant=id)
    to.hold(id, "unsupported:writeoff-line", 7500, sold, 6)
