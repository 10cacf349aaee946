"""Cases planted at the fourth location: what its practice system shows and nobody can post rightly."""

from __future__ import annotations

from connectors.sandbox.life.group import STRANGE_PAYER
from connectors.sandbox.life.model import line
from connectors.sandbox.life.nookal.group import NO_CODE, PRACTITIONERS, VOUCHER
from connectors.sandbox.life.plants import Planned, Planter
from connectors.sandbox.life.plot import Touched
from connectors.sandbox.life.stage import Stage


def plant(stage: Stage, reports: bool = True) -> list[Planned]:
    """All of them."""
    planter = Planter(stage, reports)
    for sow in (unmapped, unreadable, money_back, gone):
        sow(planter)
    return planter.planned


def unmapped(to: Planter) -> None:
    """A service, a line typed by hand, a method and a payer that nobody wrote down."""
    stage, plot, day = to.stage, to.stage.plot, to.day(2, 1)
    id = "nookal-item"
    held = stage.sell("manly", day, stage.patient("manly", day), "505", "XR90", plant=id)
    stage.pay(day, held, plant=id)
    to.hold(id, "unmapped:item:XR90", held.total, held, 2)

    id, day = "nookal-fee-by-hand", to.day(3, 1)
    typed = [line(plot.id(), NO_CODE, unit=3500)]
    held = stage.sell("manly", day, stage.patient("manly", day), lines=typed, plant=id)
    to.hold(id, "unmapped:item:none", held.total, held, 3)

    id = "nookal-voucher"
    part = stage.sell("manly", day, stage.patient("manly", day), "RM60")
    stage.pay(day, part, 5000, method=VOUCHER, plant=id)
    stage.pay(to.day(4), part, 7100)
    to.hold(id, f"unmapped:method:{VOUCHER}", 5000, part, 3)

    id = "nookal-payer"
    held = stage.sell("manly", day, stage.patient("manly", day), "505", to=STRANGE_PAYER, plant=id)
    to.hold(id, "unmapped:payer", held.total, held, 3)


def unreadable(to: Planter) -> None:
    """A balance that nothing on the invoice makes, and lines of two practitioners."""
    stage, plot, day = to.stage, to.stage.plot, to.day(4, 1)
    id = "nookal-balance"
    held = stage.sell("manly", day, stage.patient("manly", day), "505", plant=id)
    wrong = {"kind": "invoices", "id": held.id, "v3": {"Balance": 198.0}}
    plot.add(stage.at("manly", day, "09:11"), "spoil", wrong)
    to.hold(id, "bundle:incomplete", held.total, held, 4)

    id = "nookal-two-practitioners"
    held = stage.sell(
        "manly", day, stage.patient("manly", day), "505", practitioner=PRACTITIONERS[0].id, plant=id
    )
    other = {"invoice_id": held.id, "stock_id": "7", "practitioner_id": PRACTITIONERS[1].id}
    more = stage.lines("BAND-M")

    def added() -> Touched:
        held.lines = (*held.lines, *more)
        return ()

    plot.add(stage.at("manly", day, "09:12"), "add_item", {**other, "id": more[0].id}, added)
    to.hold(id, "bundle:incomplete", held.total + more[0].gross, held, 4)


def money_back(to: Planter) -> None:
    """R4: a payment bounced, entered as a refund of its invoice. R3: a deposit given back."""
    stage, plot = to.stage, to.stage.plot
    day, later = to.day(4, 1), to.day(6, 1)
    id = "nookal-bounced"
    patient = stage.patient("manly", day)
    paid = stage.sell("manly", day, patient, "505")
    stage.pay(day, paid)
    at = stage.at("manly", later, "16:00")
    plot.refund(at, "manly", patient.id, "EFTPOS", 9800, invoice=paid, plant=id)
    to.hold(id, "unsupported:refund-R4", 9800, paid, 6)

    id = "nookal-deposit-returned"
    patient = stage.patient("manly", day)
    plot.pay(stage.at("manly", day, "12:20"), "manly", patient.id, (("Card by link", 8000),))
    at = stage.at("manly", later, "12:25")
    back = plot.refund(at, "manly", patient.id, "Card by link", 8000, plant=id)
    to.hold(id, "unsupported:refund-R3", 8000, back, 6)


def gone(to: Planter) -> None:
    """A patient deleted with an invoice unpaid: it names nobody from then on."""
    stage, id, day = to.stage, "nookal-deleted", to.day(5, 1)
    patient = stage.patient("manly", day)
    owed = stage.sell("manly", day, patient, "505")

    def deleted() -> Touched:
        owed.freeze(id)
        return ()

    what = {"patient_id": patient.id}
    stage.plot.add(stage.at("manly", to.day(7, 1), "09:30"), "delete_patient", what, deleted)
    to.hold(id, "unmapped:debtor", owed.total, owed, 7)
