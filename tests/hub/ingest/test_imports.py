"""Importing payment reports: real payments in, derived ones out, differences, and what vanished."""

from __future__ import annotations

from datetime import date

import pytest

from hub.canonical import CreditApplication, Evidence, Invoice, InvoiceStatus, Payment
from hub.errors import Misconfigured, Refused
from hub.store import issues
from tests.support.clinic import GROUP, TOOWONG, Clinic, Hub

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)


def load(hub: Hub, clinic: Clinic, **more: object) -> object:
    return hub.import_(clinic.report(first="2026-10-01", last="2026-10-31"), FIRST, LAST, **more)


def money(hub: Hub) -> dict[str, tuple[int, Evidence]]:
    return {p.number: (p.amount, p.evidence) for p in hub.all(Payment.kind)}


def test_real_payments_replace_derived_ones_and_mark_their_invoices(hub: Hub, clinic: Clinic) -> None:
    paid, part = clinic.invoice(9500), clinic.invoice(12000)
    made = clinic.pay(15500, (paid["id"], 9500), (part["id"], 5000))
    hub.sync()
    assert money(hub) == {f"derived:{paid['number']}": (9500, Evidence.DERIVED)}
    hub.planned()
    report = load(hub, clinic)
    assert money(hub) == {str(made["number"]): (15500, Evidence.IMPORTED)}
    assert (report.payments, report.cents, report.changed, report.removed, report.vanished) == (
        1,
        15500,
        1,
        0,
        0,
    )
    assert hub.marked() == {str(paid["number"]), str(part["number"])}
    (payment,) = hub.all(Payment.kind)
    assert [(a.invoice, a.amount) for a in payment.allocations] == [(paid["id"], 9500), (part["id"], 5000)]
    assert payment.paid_on == date(2026, 10, 5)


def test_the_same_file_again_changes_nothing(hub: Hub, clinic: Clinic) -> None:
    paid = clinic.invoice(9500)
    clinic.pay(9500, (paid["id"], 9500))
    hub.sync()
    load(hub, clinic)
    hub.planned()
    again = load(hub, clinic)
    assert (again.changed, again.removed, again.vanished) == (0, 0, 0)
    assert hub.marked() == set()


def test_an_edited_payment_changes_old_and_new_invoices(hub: Hub, clinic: Clinic) -> None:
    one, two = clinic.invoice(9500), clinic.invoice(9500)
    made = clinic.pay(9500, (one["id"], 9500))
    hub.sync()
    load(hub, clinic)
    hub.planned()
    clinic.hands(
        "edit_payment",
        payment_id=made["id"],
        allocations=[{"invoice_id": two["id"], "cents": 9500}],
        paid_at="2026-10-04T12:00:00+11:00",
    )
    assert load(hub, clinic).changed == 1
    assert hub.marked() == {str(one["number"]), str(two["number"])}
    (payment,) = [p for p in hub.all(Payment.kind) if p.evidence is Evidence.IMPORTED]
    assert payment.paid_on == date(2026, 10, 4)


def test_a_deleted_payment_goes_when_its_invoice_read_again_is_open(hub: Hub, clinic: Clinic) -> None:
    paid = clinic.invoice(9500)
    made = clinic.pay(9500, (paid["id"], 9500))
    hub.sync()
    load(hub, clinic)
    hub.planned()
    clinic.hands("archive_payment", payment_id=made["id"])
    report = load(hub, clinic)
    assert (report.removed, report.vanished) == (1, 0)
    assert money(hub) == {}
    assert hub.get(Invoice.kind, paid["id"]).status is InvoiceStatus.OPEN
    assert hub.marked() == {str(paid["number"])}
    assert hub.issues() == []


def test_a_payment_missing_while_its_invoice_is_paid_has_vanished(hub: Hub, clinic: Clinic) -> None:
    paid = clinic.invoice(9500)
    made = clinic.pay(9500, (paid["id"], 9500))
    hub.sync()
    load(hub, clinic)
    hub.planned()
    clinic.hands("hide_payment", payment_id=made["id"])
    report = load(hub, clinic)
    assert (report.removed, report.vanished) == (0, 1)
    assert hub.issues() == [(str(paid["number"]), "payment:vanished")]
    assert hub.marked() == {str(paid["number"])}
    assert money(hub) == {str(made["number"]): (9500, Evidence.IMPORTED)}
    hub.planned()
    clinic.hands("hide_payment", payment_id=made["id"], hidden=False)
    load(hub, clinic)
    assert hub.issues() == []
    assert hub.marked() == {str(paid["number"])}


def test_a_payment_that_goes_before_its_invoice_was_pulled_is_not_said_to_be_paid(
    hub: Hub, clinic: Clinic
) -> None:
    """Staff are quicker than the pull: the payment stays, and the sentence says what mends it."""
    hub.sync()
    paid = clinic.invoice(9500)
    made = clinic.pay(9500, (paid["id"], 9500))
    load(hub, clinic)
    clinic.hands("archive_payment", payment_id=made["id"])
    assert load(hub, clinic).vanished == 1
    with hub.kernel.store.read(GROUP) as unit:
        (issue,) = issues.list_open(unit)
    assert "its invoice was not read so far: pull, then import this report again" in issue.reason.sentence
    hub.sync()
    assert load(hub, clinic).removed == 1
    assert money(hub) == {}
    assert hub.issues() == []


def test_a_payment_that_went_with_its_unread_invoice_is_let_go(hub: Hub, clinic: Clinic) -> None:
    """The report came first, then invoice and payment were archived before the invoice was ever pulled."""
    clinic.invoice(4000)
    hub.sync()
    paid = clinic.invoice(9500)
    clinic.pay(9500, (paid["id"], 9500))
    load(hub, clinic)
    clinic.clock.advance(600)
    clinic.hands("archive_invoice", invoice_id=paid["id"])
    load(hub, clinic)
    hub.sync()
    load(hub, clinic)
    assert money(hub) == {}
    assert hub.issues() == []


def test_a_payment_archived_and_entered_anew_between_two_imports_is_replaced(
    hub: Hub, clinic: Clinic
) -> None:
    """The invoice shows as paid throughout, but the file has the whole of it under another number."""
    paid = clinic.invoice(9500)
    wrong = clinic.pay(9500, (paid["id"], 9500), method="Cash")
    hub.sync()
    load(hub, clinic)
    clinic.hands("archive_payment", payment_id=wrong["id"])
    right = clinic.pay(9500, (paid["id"], 9500))
    report = load(hub, clinic)
    assert (report.removed, report.vanished) == (1, 0)
    assert money(hub) == {str(right["number"]): (9500, Evidence.IMPORTED)}
    assert hub.issues() == []


def test_a_partial_file_removes_nothing(hub: Hub, clinic: Clinic) -> None:
    paid = clinic.invoice(9500)
    made = clinic.pay(9500, (paid["id"], 9500))
    hub.sync()
    load(hub, clinic)
    clinic.hands("archive_payment", payment_id=made["id"])
    report = load(hub, clinic, complete=False)
    assert (report.removed, report.vanished) == (0, 0)
    assert str(made["number"]) in money(hub)


def test_a_payment_of_another_day_or_place_is_not_missing(hub: Hub, clinic: Clinic) -> None:
    paid, there = clinic.invoice(9500), clinic.invoice(9500, business_id=TOOWONG)
    clinic.pay(9500, (paid["id"], 9500))
    clinic.pay(9500, (there["id"], 9500), business_id=TOOWONG)
    hub.sync()
    load(hub, clinic)
    hub.import_(clinic.report(TOOWONG), FIRST, LAST, "toowong")
    report = hub.import_(
        clinic.report(first="2026-10-06", last="2026-10-06"), date(2026, 10, 6), date(2026, 10, 6)
    )
    assert (report.removed, report.vanished) == (0, 0)
    assert len(money(hub)) == 2


def test_used_credit_explains_an_invoice(hub: Hub, clinic: Clinic) -> None:
    clinic.hands(
        "prepay", patient_id=clinic.patient, business_id="514810976554457101", method="Cash", cents=5000
    )
    visit = clinic.invoice(5000)
    clinic.hands("apply_credit", patient_id=clinic.patient, invoice_id=visit["id"])
    hub.sync()
    load(hub, clinic)
    (use,) = hub.all(CreditApplication.kind)
    assert (use.invoice, use.amount) == (visit["id"], 5000)
    assert [p.evidence for p in hub.all(Payment.kind)] == [Evidence.IMPORTED]


def test_undone_credit_goes_with_the_reopened_invoice(hub: Hub, clinic: Clinic) -> None:
    paid = clinic.hands(
        "prepay", patient_id=clinic.patient, business_id="514810976554457101", method="Cash", cents=5000
    )
    visit = clinic.invoice(5000)
    clinic.hands("apply_credit", patient_id=clinic.patient, invoice_id=visit["id"])
    hub.sync()
    load(hub, clinic)
    clinic.hands("archive_payment", payment_id=paid["id"])
    assert load(hub, clinic).removed == 2
    assert hub.all(CreditApplication.kind) == []
    assert money(hub) == {}


def test_an_archived_invoice_takes_its_own_payments_and_leaves_shared_ones(hub: Hub, clinic: Clinic) -> None:
    alone, shared, other = clinic.invoice(9500), clinic.invoice(4000), clinic.invoice(6000)
    first = clinic.pay(9500, (alone["id"], 9500))
    both = clinic.pay(10000, (shared["id"], 4000), (other["id"], 6000))
    hub.sync()
    load(hub, clinic)
    clinic.clock.advance(600)
    for one in (alone, shared):
        clinic.hands("archive_invoice", invoice_id=one["id"])
    hub.sync()
    assert set(money(hub)) == {str(both["number"])}
    assert str(first["number"]) not in money(hub)
    assert load(hub, clinic).changed == 1
    (payment,) = hub.all(Payment.kind)
    assert [(a.invoice, a.amount) for a in payment.allocations] == [(other["id"], 6000)]


def test_money_on_an_invoice_that_cannot_be_read_finds_it_when_it_can(hub: Hub, clinic: Clinic) -> None:
    made = clinic.invoice(9500)
    clinic.hands("corrupt_invoice", invoice_id=made["id"], set={"total_amount": "ninety-five"})
    clinic.pay(9500, (made["id"], 9500))
    hub.sync()
    load(hub, clinic)
    (payment,) = hub.all(Payment.kind)
    assert payment.allocations[0].invoice == f"number:{made['number']}"
    clinic.clock.advance(600)
    clinic.hands("corrupt_invoice", invoice_id=made["id"])
    hub.sync()
    (payment,) = hub.all(Payment.kind)
    assert (payment.allocations[0].invoice, payment.evidence) == (made["id"], Evidence.IMPORTED)
    load(hub, clinic)
    assert len(hub.all(Payment.kind)) == 1


def test_a_file_that_contradicts_itself_or_its_range_is_refused_whole(hub: Hub, clinic: Clinic) -> None:
    paid = clinic.invoice(9500)
    clinic.pay(9500, (paid["id"], 9500))
    hub.sync()
    data = clinic.report()
    with pytest.raises(Refused, match=r"outside 2026-10-06 to 2026-10-07"):
        hub.import_(data, date(2026, 10, 6), date(2026, 10, 7))
    with pytest.raises(Refused, match="total line"):
        hub.import_(data.replace(b"95.00,,95.00", b"96.00,,95.00"), FIRST, LAST)
    with pytest.raises(Refused, match="another location"):
        hub.import_(data, FIRST, LAST, "toowong")
    with pytest.raises(Misconfigured, match="no location"):
        hub.import_(data, FIRST, LAST, "nowhere")
    assert [e for _, e in money(hub).values()] == [Evidence.DERIVED]


def test_a_refund_paid_out_of_a_credit_note_stands_on_it(hub: Hub, clinic: Clinic) -> None:
    sold = clinic.invoice(9500)
    clinic.pay(9500, (sold["id"], 9500))
    note = clinic.hands("reverse_invoice", invoice_id=sold["id"], pay_out={"method": "EFTPOS"})
    hub.sync()
    load(hub, clinic)
    refund = next(p for p in hub.all(Payment.kind) if p.amount < 0)
    assert [(a.invoice, a.amount) for a in refund.allocations] == [(note["id"], -9500)]
    assert {p.evidence for p in hub.all(Payment.kind)} == {Evidence.IMPORTED}
    assert hub.get(Invoice.kind, note["id"]).reverses == sold["id"]
