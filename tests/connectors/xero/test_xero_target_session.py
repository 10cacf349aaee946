"""Documents sent to and looked up at the sandbox, one for one with what its ledger says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from ledger_world import (
    DAY,
    LedgerWorld,
    allocation,
    card,
    credit_note,
    invoice,
    line,
    overpayment,
    receipt,
    refund,
)

from connectors.xero import TARGET
from hub.targets import Life, Op, Verdict


@pytest.fixture
def billed(xero: LedgerWorld) -> LedgerWorld:
    xero.create(contact=card())
    xero.create(invoice=invoice())
    return xero


def test_a_contact_and_an_invoice_stand_as_sent(xero: LedgerWorld) -> None:
    (made,) = xero.create(contact=card(first_name="Olive", last_name="Otter", email="olive@otter.example"))
    assert made.verdict is Verdict.DELIVERED
    taxed = line(11000, "203", "OUTPUT", 1000)
    (answer,) = xero.create(invoice=invoice("HH-1001", line(), taxed))
    assert answer.verdict is Verdict.DELIVERED
    assert answer.seen is not None
    assert (answer.seen.total, answer.seen.due, answer.seen.matches) == (20500, 20500, True)
    (found,) = xero.look("Invoices")
    assert found["Status"] == "AUTHORISED"
    assert found["TotalTax"] == 10.0
    assert found["LineItems"][0]["Tracking"][0]["Option"] == "Geelong"
    assert found["Reference"].startswith("Olive #")
    assert found["Contact"]["Name"] == "Otter, Olive (HH-1)"


def test_looking_by_number_and_by_id_finds_the_same_invoice(billed: LedgerWorld) -> None:
    by_id = billed.see("invoice", invoice())
    by_number = billed.see("invoice", invoice(), known=False)
    assert by_id == by_number
    assert by_id.life is Life.LIVE
    assert by_id.matches
    assert TARGET.took_effect(billed.out(Op.CREATE, "invoice", invoice()), by_number)


def test_nothing_is_absent(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    assert xero.see("other", card("HH-2", "Badger (HH-2)")).life is Life.ABSENT
    assert xero.see("invoice", invoice()).life is Life.ABSENT
    assert xero.see("note", credit_note()).life is Life.ABSENT
    assert xero.see("receipt", receipt()).life is Life.ABSENT
    assert xero.see("credit", overpayment()).life is Life.ABSENT
    assert xero.see("allocation", allocation()).life is Life.ABSENT


def test_a_strangers_invoice_under_our_number_is_foreign(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    lines = [{"description": "By hand", "cents": 9500, "account": "200"}]
    xero.hand("create_invoice", contact={"number": "HH-1"}, number="HH-1001", date="2026-10-05", lines=lines)
    assert xero.see("invoice", invoice()).life is Life.FOREIGN
    (answer,) = xero.create(invoice=invoice())
    assert answer.verdict is Verdict.REFUSED
    assert answer.reason is not None
    assert answer.reason.code == "number:taken"
    assert len(xero.look("Invoices")) == 1


def test_our_own_invoice_under_the_number_is_adopted(billed: LedgerWorld) -> None:
    (again,) = billed.create(invoice=invoice())
    assert again.verdict is Verdict.DELIVERED
    assert len(billed.look("Invoices")) == 1


def test_ours_with_other_content_leads_to_a_new_plan(billed: LedgerWorld) -> None:
    (again,) = billed.create(invoice=invoice("HH-1001", line(9900)))
    assert again.verdict is Verdict.REPLAN
    seen = billed.see("invoice", invoice("HH-1001", line(9900)), version=2, known=False)
    assert seen.life is Life.LIVE
    assert not seen.matches


def test_an_update_keeps_line_ids_and_a_void_ends(billed: LedgerWorld) -> None:
    before = billed.look("Invoices")[0]["LineItems"][0]["LineItemID"]
    changed = invoice("HH-1001", line(9900), line(1650, "203", "OUTPUT", 150))
    (answer,) = billed.send(billed.out(Op.UPDATE, "invoice", changed, 2))
    assert answer.verdict is Verdict.DELIVERED
    assert answer.seen is not None
    assert answer.seen.total == 11550
    (shown,) = billed.look("Invoices")
    assert shown["LineItems"][0]["LineItemID"] == before
    (gone,) = billed.send(billed.out(Op.VOID, "invoice", changed, 2))
    assert gone.verdict is Verdict.DELIVERED
    assert billed.look("Invoices")[0]["Status"] == "VOIDED"
    seen = billed.see("invoice", changed, 2)
    assert seen.life is Life.ENDED
    assert TARGET.took_effect(billed.out(Op.VOID, "invoice", changed, 2), seen)


def test_payments_are_made_found_by_mark_and_deleted(billed: LedgerWorld) -> None:
    first, second = receipt(5000), receipt(4500, "1103", date(2026, 10, 6))
    answers = billed.create(first=first, second=second)
    assert [a.verdict for a in answers] == [Verdict.DELIVERED] * 2
    assert billed.look("Invoices")[0]["Status"] == "PAID"
    keys = [billed.key("first", first), billed.key("second", second), billed.key("invoice", invoice())]
    seen = billed.see_all([replace(k, external_id=None) for k in keys])
    assert [seen[n].matches for n in ("first", "second", "invoice")] == [True] * 3
    assert {a.document for a in seen["invoice"].applied} == {"first", "second"}
    assert seen["invoice"].due == 0
    (gone,) = billed.send(billed.out(Op.DELETE, "first", first))
    assert gone.verdict is Verdict.DELIVERED
    assert billed.see("first", first).life is Life.ENDED
    assert billed.look("Invoices")[0]["AmountDue"] == 50.0


def test_a_persons_payment_and_reconciliation_are_seen(billed: LedgerWorld) -> None:
    billed.create(first=receipt(5000))
    billed.hand("pay_invoice", number="HH-1001", account="1103", cents=1000, date="2026-10-07")
    billed.hand("reconcile_payment", payment_id=billed.links["first"].external_id)
    seen = billed.see_all([billed.key("invoice", invoice()), billed.key("first", receipt(5000))])
    entries = {a.document: (a.amount, a.reconciled) for a in seen["invoice"].applied}
    assert entries == {"first": (5000, True), None: (1000, False)}
    assert seen["first"].reconciled
    (kept,) = billed.send(billed.out(Op.DELETE, "first", receipt(5000)))
    assert kept.verdict is Verdict.REFUSED
    assert kept.reason is not None
    assert kept.reason.code == "target:reconciled"


def test_deleting_what_is_already_deleted_leads_to_a_look(billed: LedgerWorld) -> None:
    billed.create(first=receipt(5000))
    out = billed.out(Op.DELETE, "first", receipt(5000))
    billed.hand("delete_payment", payment_id=out.key.external_id)
    (answer,) = billed.send(out)
    assert answer.verdict is Verdict.REPLAN
    assert TARGET.took_effect(out, billed.see("first", receipt(5000)))


def test_a_payment_too_large_leads_to_a_look(billed: LedgerWorld) -> None:
    billed.hand("pay_invoice", number="HH-1001", account="1103", cents=9000, date="2026-10-07")
    answers = billed.create(big=receipt(5000), small=receipt(500))
    assert [a.verdict for a in answers] == [Verdict.REPLAN, Verdict.DELIVERED]


def test_a_credit_note_is_allocated_refunded_and_freed(billed: LedgerWorld) -> None:
    billed.create(note=credit_note("HH-1009", line(8000)))
    used = allocation(3000, "note")
    (made,) = billed.create(used=used)
    assert made.verdict is Verdict.DELIVERED
    (paid,) = billed.create(back=refund(5000))
    assert paid.verdict is Verdict.DELIVERED
    documents = {"note": credit_note("HH-1009", line(8000)), "used": used, "back": refund(5000)}
    keys = [billed.key(name, content) for name, content in documents.items()]
    seen = billed.see_all([*keys, billed.key("invoice", invoice())])
    assert all(s.matches for s in seen.values())
    assert seen["note"].remaining == 0
    assert {a.document for a in seen["note"].applied} == {"used", "back"}
    assert {(a.document, a.amount) for a in seen["invoice"].applied} == {("used", 3000)}
    (gone,) = billed.send(billed.out(Op.DELETE, "used", used))
    assert gone.verdict is Verdict.DELIVERED
    assert billed.see("used", used).life is Life.ENDED
    assert billed.look("CreditNotes")[0]["RemainingCredit"] == 30.0


@pytest.mark.parametrize("returned", ["both", "reference", "description"])
def test_an_overpayment_is_found_wherever_its_mark_comes_back(
    make_xero: Callable[..., LedgerWorld], returned: str
) -> None:
    xero = make_xero(mark_returned=returned)
    xero.create(contact=card())
    (made,) = xero.create(credit=overpayment())
    assert made.verdict is Verdict.DELIVERED
    assert made.seen is not None
    seen = xero.see("credit", overpayment(), known=False)
    assert (seen.life, seen.matches, seen.remaining) == (Life.LIVE, True, 5000)
    assert seen.external_id == made.seen.external_id
    assert xero.look("Overpayments")[0]["OverpaymentID"] == seen.external_id


def test_an_overpayment_without_a_mark_is_matched_by_content(make_xero: Callable[..., LedgerWorld]) -> None:
    xero = make_xero(mark_returned="neither")
    xero.create(contact=card())
    xero.session.send(xero.batch(xero.out(Op.CREATE, "credit", overpayment())))
    seen = xero.see("credit", overpayment())
    assert seen.matches
    assert seen.extra["matched"] == "content"
    assert xero.see("other", overpayment(5100)).life is Life.ABSENT
    xero.session.send(xero.batch(xero.out(Op.CREATE, "twin", overpayment())))
    assert xero.see("credit", overpayment()).life is Life.AMBIGUOUS


def test_a_credit_is_used_on_an_invoice(billed: LedgerWorld) -> None:
    billed.create(credit=overpayment())
    (made,) = billed.create(used=allocation())
    assert made.verdict is Verdict.DELIVERED
    seen = billed.see_all([billed.key("used", allocation()), billed.key("credit", overpayment())])
    assert seen["used"].matches
    assert seen["credit"].remaining == 0
    assert seen["credit"].applied[0].document == "used"
    (gone,) = billed.send(billed.out(Op.DELETE, "used", allocation()))
    assert gone.verdict is Verdict.DELIVERED
    assert billed.see("credit", overpayment()).remaining == 5000


def test_contacts_archived_and_merged_are_dead_parents(xero: LedgerWorld) -> None:
    xero.create(contact=card(), other=card("HH-2", "Badger, Bo (HH-2)"), third=card("HH-3", "Crow (HH-3)"))
    xero.hand("archive_contact", number="HH-1")
    xero.hand("merge_contacts", **{"from": {"number": "HH-2"}, "into": {"number": "HH-3"}})
    assert (xero.see("contact", card()).life, xero.see("contact", card()).why) == (
        Life.DEAD_PARENT,
        "archived",
    )
    assert xero.see("contact", card(), known=False).life is Life.DEAD_PARENT
    assert xero.see("other", card("HH-2", "Badger, Bo (HH-2)")).why == "merged"
    (answer,) = xero.create(invoice=invoice())
    assert answer.verdict is Verdict.REFUSED
    assert answer.reason is not None
    assert answer.reason.code == "contact:archived"
    assert answer.reason.cents == 9500


def test_a_rename_is_an_update_and_a_taken_name_is_held(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    xero.hand("create_contact", name="Badger, Bo (HH-2)")
    (renamed,) = xero.send(xero.out(Op.UPDATE, "contact", card(name="Otter-Vole, Olive (HH-1)"), 2))
    assert renamed.verdict is Verdict.DELIVERED
    assert xero.see("contact", card()).matches is False
    (taken,) = xero.create(other=card("HH-2", "Badger, Bo (HH-2)"))
    assert taken.verdict is Verdict.REFUSED
    assert taken.reason is not None
    assert taken.reason.code == "contact:name-taken"
    assert "Badger" not in str(taken)


def test_elements_settle_one_by_one(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    xero.hand("archive_account", code="207")
    answers = xero.create(
        good=invoice("HH-1"),
        archived=invoice("HH-2", line(account="207")),
        wrong=invoice("HH-3", line(account="400")),
        locked=invoice("HH-4", on=date(2026, 9, 30)),
        last=invoice("HH-5"),
    )
    assert [a.verdict.value for a in answers] == ["delivered", "refused", "refused", "refused", "delivered"]
    codes = [a.reason.code if a.reason else None for a in answers]
    assert codes == [None, "account:archived:207", "tax:account:EXEMPTOUTPUT@400", "period:locked", None]


def test_one_batch_is_one_request(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    xero.create(first=invoice("HH-0"))
    xero.forget_requests()
    xero.create(**{f"i{n}": invoice(f"HH-{n}") for n in range(1, 51)})
    assert [r["method"] for r in xero.requests()] == ["PUT"]
    xero.forget_requests()
    xero.see_all([xero.key(f"i{n}", invoice(f"HH-{n}")) for n in range(1, 51)])
    assert len(xero.requests()) == 1


def test_the_chart_and_the_probe(xero: LedgerWorld) -> None:
    chart = xero.session.chart()
    assert (chart.organisation, chart.currency, chart.zone) == (
        "Fable & Ferret Pty Ltd",
        "AUD",
        "Australia/Sydney",
    )
    assert chart.locked_through == date(2026, 9, 30)
    assert chart.accounts["1101"].takes_payments
    assert not chart.accounts["400"].takes_payments
    assert "revenue" in chart.taxes["OUTPUT"].applies_to
    assert "expense" not in chart.taxes["OUTPUT"].applies_to
    assert chart.tracking == {"Location": frozenset({"Geelong", "Richmond"})}
    assert chart.facts["sales_tax_basis"]
    assert xero.session.probe() == []


def test_day_is_the_business_date(billed: LedgerWorld) -> None:
    assert billed.see("invoice", invoice()).on == DAY
