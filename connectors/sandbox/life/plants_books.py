"""Planted cases that the state of the books forbids: locked, archived, taken, reconciled, paid by a person.

What a person does in the books happens at the start of a step, after the step before was synced.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.sandbox.life.books import Flow, Item
from connectors.sandbox.life.group import ARCHIVED_ACCOUNT, BANK_ACCOUNT, ELSEWHERE, OUTPUT, PLACE, PREFIX
from connectors.sandbox.life.model import Invoice
from connectors.sandbox.life.plants import Planter
from connectors.sandbox.life.plot import Touched, nothing
from connectors.sandbox.life.week import LOCK_AFTER, LOCK_DAY


def forbidden(to: Planter) -> None:
    """Plant all of them."""
    archived_account(to)
    archived_contact(to)
    locked(to)
    number_taken(to)
    if to.reports:
        reconciled(to)
    paid_by_person(to)


def archived_account(to: Planter) -> None:
    """A person archives the hydrotherapy account; one more hydrotherapy visit is billed."""
    stage, id = to.stage, "account-archived"
    to.by_hand(4, "archive_account", lambda: {"code": ARCHIVED_ACCOUNT}, nothing)
    day = to.day(5, 1)
    held = stage.sell("geelong", day, stage.patient("geelong", day), "HY1", plant=id)
    to.hold(id, f"account:archived:{ARCHIVED_ACCOUNT}", held.total, held, 5)


def archived_contact(to: Planter) -> None:
    """A person archives the contact of a patient who comes twice more."""
    stage = to.stage
    patient = stage.patient("richmond", to.day(2, 1))
    stage.pay(to.day(2, 1), stage.sell("richmond", to.day(2, 1), patient, "PH1"))
    to.by_hand(5, "archive_contact", lambda: {"number": PREFIX + patient.id}, nothing)
    for n, step in enumerate((5, 6), start=1):
        id = f"contact-archived-{n}"
        held = stage.sell("richmond", to.day(step, 2), patient, "PH2", plant=id)
        to.hold(id, "contact:archived", held.total, held, step)


def locked(to: Planter) -> None:
    """An invoice, a payment and an edit that would fall into the locked week."""
    stage, early, late = to.stage, LOCK_DAY - 1, to.day(6, 2)
    to.by_hand(LOCK_AFTER + 1, "lock", lambda: {"date": stage.day(LOCK_DAY).isoformat()}, nothing)
    id = "locked-invoice"
    held = stage.sell("toowong", late, stage.patient("toowong", late), "PH2", dated=early, plant=id)
    to.hold(id, "period:locked", held.total, held, 6)

    id = "locked-payment"
    open_ = stage.sell("geelong", early - 1, stage.patient("geelong", early - 1), "PH1")
    stage.pay(late, open_, method="Direct deposit", paid_on=early, plant=id)
    to.hold(id, "period:locked", open_.total, open_, 6)

    id = "locked-edit"
    old = stage.sell("richmond", early, stage.patient("richmond", early), "PH2")
    stage.plot.edit(stage.at("richmond", late, "17:10"), old, lines=stage.lines("PH1"), plant=id)
    to.hold(id, "period:locked", 12000, old, 6)


def number_taken(to: Planter) -> None:
    """Somebody's own invoice carries the number that the practice system will use."""
    stage, id, day = to.stage, "number-taken", to.day(3, 2)
    held = stage.sell("toowong", day, stage.patient("toowong", day), "PH1", plant=id)
    take_number(to, id, held, stage.at("toowong", to.day(3), "00:01"))
    to.hold(id, "number:taken", held.total, held, 3)


def take_number(to: Planter, id: str, held: Invoice, at: datetime) -> None:
    """Somebody makes an invoice of their own under the number of one that is still to come."""
    when = at.astimezone(PLACE["toowong"].zone).date()

    def payload() -> dict[str, Any]:
        return {"number": f"{PREFIX}{held.number}", "date": when.isoformat(), "cents": 7700}

    def effect() -> Touched:
        row = (ELSEWHERE, when.isoformat())
        key = ("210", OUTPUT)
        to.hand_flows(
            id,
            Flow("billed", *row, "gross", 7700, key, lines=1),
            Flow("billed", *row, "gst", 700, key),
            Flow("debtors", *row, "billed", 7700),
            Item("invoice", held.number, when.isoformat(), 7700),
        )
        return ()

    to.stage.plot.by_hand(at, "create_invoice", payload, effect)


def reconciled(to: Planter) -> None:
    """A person reconciles the payment of an invoice that is then edited at the practice system."""
    stage, id = to.stage, "reconciled-edit"
    day = to.day(5, 1)
    invoice = stage.sell("richmond", day, stage.patient("richmond", day), "PH2")
    stage.pay(day, invoice)
    to.by_hand(6, "reconcile", lambda: {"number": f"{PREFIX}{invoice.number}"}, nothing)
    at = stage.at("richmond", to.day(6, 1), "15:05")
    stage.plot.edit(at, invoice, lines=stage.lines("PH2", "PR2"), plant=id)
    to.hold(id, "target:reconciled", 11150, invoice, 6)


def paid_by_person(to: Planter) -> None:
    """A person records a payment of our invoice straight on the bank; the practice system then voids it."""
    stage, id = to.stage, "paid-by-person"
    day, paid = to.day(4, 1), to.day(5)
    invoice = stage.sell("toowong", day, stage.patient("toowong", day), "PH2")
    total, when = invoice.total, stage.day(paid).isoformat()

    def payload() -> dict[str, Any]:
        return {"number": f"{PREFIX}{invoice.number}", "account": BANK_ACCOUNT, "date": when, "cents": total}

    def effect() -> Touched:
        to.hand_flows(
            id,
            Flow("money", ELSEWHERE, when, "cents", total, (BANK_ACCOUNT,)),
            Flow("debtors", "toowong", when, "received", total),
            Item("receipt", invoice.number, when, total, BANK_ACCOUNT),
        )
        return ()

    to.by_hand(5, "pay", payload, effect)
    stage.plot.archive(stage.at("toowong", to.day(5, 1), "12:00"), invoice, plant=id)
    to.hold(id, "target:paid-by-person", total, invoice, 5)
