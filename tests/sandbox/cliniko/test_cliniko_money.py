"""The hidden ledger: what people do with money, and the little of it the API lets on."""

from __future__ import annotations

import pytest

from tests.sandbox.cliniko.conftest import GEELONG


def _status(clinic, invoice_id):
    shown = clinic.get(f"invoices/{invoice_id}").json()
    return shown["status"], shown["closed_at"]


def _refused(clinic, action, **payload):
    before = clinic.ledger()
    answer = clinic.http.post(f"/__control__/hands/{action}", json=payload)
    assert answer.status_code == 400
    assert clinic.ledger() == before
    return answer.json()["error"]


def test_full_payment_closes(clinic):
    made = clinic.invoice(9500)
    clinic.pay(9500, (made["id"], 9500), at="2026-10-06T02:00:00Z")
    assert _status(clinic, made["id"]) == (20, "2026-10-06T02:00:00Z")
    assert clinic.get(f"invoices/{made['id']}").json()["updated_at"] == "2026-10-06T02:00:00Z"


def test_part_payment_shows_nothing_unless_switched(clinic):
    made = clinic.invoice(9500)
    before = clinic.get(f"invoices/{made['id']}").json()
    clinic.pay(5000, (made["id"], 5000), at="2026-10-06T02:00:00Z")
    assert clinic.get(f"invoices/{made['id']}").json() == before
    clinic.switch(part_payment_bumps_updated_at=True)
    clinic.pay(1000, (made["id"], 1000), at="2026-10-07T02:00:00Z")
    assert clinic.get(f"invoices/{made['id']}").json() == {**before, "updated_at": "2026-10-07T02:00:00Z"}


def test_archiving_a_payment_reopens(clinic):
    made = clinic.invoice(9500)
    paid = clinic.pay(9500, (made["id"], 9500))
    gone = clinic.hands("archive_payment", payment_id=paid["id"])
    assert gone["invoice_ids"] == [made["id"]]
    assert _status(clinic, made["id"]) == (10, None)
    assert clinic.report()[:-1] == []


def test_auto_allocation_is_oldest_first_and_the_rest_is_credit(clinic):
    new = clinic.invoice(4000, issue_date="2026-10-03")
    old = clinic.invoice(3000, issue_date="2026-10-01")
    paid = clinic.pay(8000, allocations="auto")
    assert paid["allocations"] == [
        {"invoice_id": old["id"], "cents": 3000},
        {"invoice_id": new["id"], "cents": 4000},
    ]
    assert paid["credit_cents"] == 1000
    assert clinic.ledger()["credits"] == [
        {"patient_id": clinic.patient, "payment_id": paid["id"], "cents": 1000}
    ]


def test_prepaid_invoice_is_paid_at_once_and_reported_as_credit_applied(clinic):
    deposit = clinic.hands(
        "prepay", patient_id=clinic.patient, business_id=GEELONG, method="EFTPOS", cents=6000
    )
    made = clinic.invoice(9500, from_credit=True, at="2026-10-07T02:00:00Z")
    assert made["status"] == 10
    assert clinic.ledger()["credits"] == []
    clinic.pay(3500, (made["id"], 3500), method="Cash", at="2026-10-08T02:00:00Z")
    assert _status(clinic, made["id"])[0] == 20
    rows = [
        (r["Kind"], r["Payment type"], r["Amount"], r["Invoice"], r["Allocated"])
        for r in clinic.report()[:-1]
    ]
    assert rows == [
        ("payment", "EFTPOS", "60.00", "", ""),
        ("credit applied", "Account credit", "60.00", "10001", "60.00"),
        ("payment", "Cash", "35.00", "10001", "35.00"),
    ]
    clinic.hands("archive_payment", payment_id=deposit["id"])
    assert _status(clinic, made["id"]) == (10, None)


def test_prepaid_shown_late_by_switch(clinic):
    clinic.switch(prepaid_at_creation="later")
    clinic.hands("prepay", patient_id=clinic.patient, business_id=GEELONG, method="EFTPOS", cents=9500)
    made = clinic.invoice(9500, from_credit=True)
    assert _status(clinic, made["id"])[0] == 10
    clinic.hands("edit_patient", patient_id=clinic.patient, email="j@example.com")
    assert _status(clinic, made["id"])[0] == 20


def test_several_sources_meet_several_allocations_in_order(clinic):
    one, two = clinic.invoice(3000), clinic.invoice(5000)
    parts = [{"invoice_id": one["id"], "cents": 3000}, {"invoice_id": two["id"], "cents": 5000}]
    clinic.pay(
        0,
        sources=[{"method": "HICAPS", "cents": 4500}, {"method": "EFTPOS", "cents": 4500}],
        allocations=parts,
    )
    rows = [(r["Payment type"], r["Amount"], r["Invoice"], r["Allocated"]) for r in clinic.report()]
    assert rows == [
        ("HICAPS", "30.00", "10001", "30.00"),
        ("HICAPS", "15.00", "10002", "15.00"),
        ("EFTPOS", "35.00", "10002", "35.00"),
        ("EFTPOS", "10.00", "", ""),
        ("", "90.00", "", "80.00"),
    ]
    assert clinic.report()[-1]["Payment number"] == "Total"


def test_report_range_is_in_clinic_time_and_by_business(clinic):
    made = clinic.invoice(9500)
    clinic.pay(9500, (made["id"], 9500), paid_at="2026-10-05T13:30:00Z")
    rows = clinic.report(**{"from": "2026-10-06", "to": "2026-10-06", "business_id": GEELONG})
    assert [(r["Paid at"], r["Business"], r["Patient ID"], r["Patient"]) for r in rows[:-1]] == [
        ("2026-10-06 00:30", "Harbour Geelong", clinic.patient, "Jordan Canary")
    ]
    assert len(clinic.report(**{"from": "2026-10-07"})) == 1
    assert len(clinic.report(business_id="514810976554457103")) == 1
    daily = clinic.report("daily_payments")
    assert (daily[0]["No."], daily[0]["Applied to"], daily[0]["Row"]) == ("5001", "10001", "payment")


def test_edited_payment_keeps_its_number(clinic):
    made = clinic.invoice(9500)
    paid = clinic.pay(9500, (made["id"], 9500))
    sources = [{"method": "Cash", "cents": 5000}]
    parts = [{"invoice_id": made["id"], "cents": 5000}]
    clinic.hands(
        "edit_payment",
        payment_id=paid["id"],
        sources=sources,
        allocations=parts,
        paid_at="2026-10-02T00:00:00Z",
    )
    row = clinic.report()[0]
    assert (row["Payment number"], row["Payment type"], row["Amount"]) == (
        str(paid["number"]),
        "Cash",
        "50.00",
    )
    assert row["Paid at"].startswith("2026-10-02")
    assert _status(clinic, made["id"])[0] == 10


def test_edit_below_the_paid_amount_stays_paid_and_leaves_credit(clinic):
    made = clinic.invoice(9500)
    paid = clinic.pay(9500, (made["id"], 9500))
    items = [{"billable_item_id": "301", "unit_price_cents": 8000}]
    clinic.hands("edit_invoice", invoice_id=made["id"], items=items)
    assert _status(clinic, made["id"])[0] == 20
    assert clinic.ledger()["credits"] == [
        {"patient_id": clinic.patient, "payment_id": paid["id"], "cents": 1500}
    ]
    items[0]["unit_price_cents"] = 10000
    clinic.hands("edit_invoice", invoice_id=made["id"], items=items)
    assert _status(clinic, made["id"]) == (10, None)


def test_archived_invoice_takes_its_own_payments_along(clinic):
    gone, kept = clinic.invoice(3000), clinic.invoice(5000)
    alone = clinic.pay(1000, (gone["id"], 1000))
    shared = clinic.pay(7000, (gone["id"], 2000), (kept["id"], 5000))
    assert clinic.hands("archive_invoice", invoice_id=gone["id"])["payment_ids"] == [alone["id"]]
    live = [p for p in clinic.ledger()["payments"] if not p["archived_at"]]
    assert [(p["id"], p["credit_cents"]) for p in live] == [(shared["id"], 2000)]
    assert clinic.invoice(9500)["number"] == 10003


def test_reversal_paid_out(clinic):
    made = clinic.invoice(9500)
    clinic.pay(9500, (made["id"], 9500))
    note = clinic.hands("reverse_invoice", invoice_id=made["id"], pay_out={"method": "Cash"})
    shown = clinic.get(f"invoices/{note['id']}").json()
    assert (shown["number"], shown["total_amount"], shown["status"]) == (10002, "-95.0", 30)
    assert shown["original_invoice"]["links"]["self"].endswith(made["id"])
    assert clinic.rows("invoice_items", f"invoice_id:={note['id']}")[0]["total_including_tax"] == -95.0
    assert clinic.ids("invoices", f"original_invoice_id:={made['id']}") == [note["id"]]
    assert _status(clinic, made["id"])[0] == 30
    row = clinic.report()[1]
    assert (row["Amount"], row["Invoice"], row["Allocated"], row["Kind"]) == (
        "-95.00",
        "10002",
        "-95.00",
        "payment",
    )


def test_reversed_in_full_may_stay_paid_by_switch(clinic):
    clinic.switch(reversed_in_full=20, credit_note_used_up=20)
    made = clinic.invoice(9500)
    note = clinic.hands("reverse_invoice", invoice_id=made["id"])
    assert (_status(clinic, made["id"])[0], note["status"]) == (20, 20)


def test_reversal_kept_as_credit_then_used(clinic):
    made = clinic.invoice(9500)
    clinic.pay(9500, (made["id"], 9500))
    note = clinic.hands("reverse_invoice", invoice_id=made["id"], cents=3000)
    assert note["status"] == 40
    assert note["refund"] is None
    assert _status(clinic, made["id"])[0] == 20
    other = clinic.invoice(9500)
    used = clinic.hands("apply_credit", patient_id=clinic.patient, invoice_id=other["id"])
    assert (used["cents"], used["from"]) == (3000, [{"credit_note_id": note["id"], "cents": 3000}])
    assert _status(clinic, note["id"])[0] == 30
    assert _status(clinic, other["id"])[0] == 10


def test_one_line_can_be_reversed(clinic):
    made = clinic.invoice(9500, 4000)
    note = clinic.hands("reverse_invoice", invoice_id=made["id"], items=[{"item_id": made["items"][1]["id"]}])
    assert note["total_cents"] == -4000


def test_write_off_of_the_unpaid_part(clinic):
    made = clinic.invoice(9500)
    clinic.pay(5000, (made["id"], 5000))
    note = clinic.hands("reverse_invoice", invoice_id=made["id"], as_writeoff="WO1")
    assert (note["total_cents"], note["status"]) == (-4500, 30)
    assert clinic.rows("invoice_items", f"invoice_id:={note['id']}")[0]["code"] == "WO1"
    assert _status(clinic, made["id"])[0] == 20
    assert [row["Kind"] for row in clinic.report()[:-1]] == ["payment"]


def test_oldest_credit_is_used_first(clinic):
    late = clinic.pay(2000, paid_at="2026-10-04T00:00:00Z")
    early = clinic.pay(3000, paid_at="2026-10-02T00:00:00Z")
    made = clinic.invoice(4000)
    used = clinic.hands("apply_credit", patient_id=clinic.patient, invoice_id=made["id"])
    assert used["from"] == [
        {"payment_id": early["id"], "cents": 3000},
        {"payment_id": late["id"], "cents": 1000},
    ]


def test_refund_of_account_credit_names_nothing(clinic):
    clinic.pay(3000)
    clinic.hands("refund", patient_id=clinic.patient, business_id=GEELONG, method="Cash", cents=2000)
    row = clinic.report()[-2]
    assert (row["Amount"], row["Invoice"], row["Allocated"]) == ("-20.00", "", "")
    assert [credit["cents"] for credit in clinic.ledger()["credits"]] == [1000]


def test_negative_payment_reopens_its_invoice(clinic):
    made = clinic.invoice(9500)
    clinic.pay(9500, (made["id"], 9500))
    clinic.hands(
        "refund",
        patient_id=clinic.patient,
        business_id=GEELONG,
        method="EFTPOS",
        cents=9500,
        invoice_id=made["id"],
    )
    assert _status(clinic, made["id"]) == (10, None)
    assert [row["Allocated"] for row in clinic.report()[:-1]] == ["95.00", "-95.00"]


def test_impossible_money_is_refused_and_leaves_nothing(clinic):
    made = clinic.invoice(9500)
    base = {"patient_id": clinic.patient, "business_id": GEELONG}
    too_much = [{"invoice_id": made["id"], "cents": 9600}]
    sources = [{"method": "Cash", "cents": 9500}]
    assert "allocated" in _refused(clinic, "take_payment", **base, sources=sources, allocations=too_much)
    sources = [{"method": "Cash", "cents": 9600}]
    assert "more than its total" in _refused(
        clinic, "take_payment", **base, sources=sources, allocations=too_much
    )
    assert "do not fit" in _refused(clinic, "apply_credit", patient_id=clinic.patient, invoice_id=made["id"])
    assert "unknown: amount" in _refused(clinic, "prepay", **base, method="Cash", cents=1, amount=1)


def test_a_list_of_actions_is_one_commit_with_references(clinic):
    actions = [
        {
            "action": "create_invoice",
            "patient_id": clinic.patient,
            "business_id": GEELONG,
            "items": [{"billable_item_id": "301"}],
        },
        {
            "action": "take_payment",
            "patient_id": clinic.patient,
            "business_id": GEELONG,
            "sources": [{"method": "Cash", "cents": 9500}],
            "allocations": [{"invoice_id": "$0.id", "cents": 9500}],
        },
    ]
    results = clinic.http.post("/__control__/hands", json=actions).json()
    assert _status(clinic, results[0]["id"])[0] == 20
    before = clinic.ledger()
    answer = clinic.http.post(
        "/__control__/hands", json=[*actions, {"action": "archive_payment", "payment_id": "1"}]
    )
    assert (answer.status_code, answer.json()["index"]) == (400, 2)
    assert clinic.ledger() == before


def test_zero_total_is_closed_without_money(clinic):
    made = clinic.invoice(0)
    assert made["status"] == 20


@pytest.mark.parametrize("kind", ["payment_summary", "daily_payments"])
def test_report_total_can_be_left_out(clinic, kind):
    clinic.pay(3000)
    assert len(clinic.report(kind, total="0")) == 1


def test_hidden_payment_is_missing_from_the_report_only(clinic):
    made = clinic.invoice(9500)
    paid = clinic.pay(9500, (made["id"], 9500))
    clinic.hands("hide_payment", payment_id=paid["id"])
    assert clinic.report()[:-1] == []
    assert _status(clinic, made["id"])[0] == 20
    clinic.hands("hide_payment", payment_id=paid["id"], hidden=False)
    assert len(clinic.report()[:-1]) == 1


def test_goodwill_note_without_original_is_credit(clinic):
    note = clinic.invoice(-3000)
    assert note["status"] == 40
    made = clinic.invoice(9500)
    used = clinic.hands("apply_credit", patient_id=clinic.patient, invoice_id=made["id"])
    assert used["from"] == [{"credit_note_id": note["id"], "cents": 3000}]
