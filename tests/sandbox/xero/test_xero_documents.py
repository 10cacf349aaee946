"""Invoices, credit notes, payments, overpayments: the rules a sync meets, with Xero's messages."""

from __future__ import annotations

import pytest
from xero_world import line, messages, payment

ZERO = "00000000-0000-0000-0000-000000000000"
ARCHIVED = "has been archived. The contact must be un-archived before creating new invoices or credit notes."


def test_invoice_is_kept_with_its_totals_and_both_date_forms(xero):
    made = xero.invoice("HH-1", 11000, LineItems=[line(11000, "203", "OUTPUT")], Reference="Ms Otter #7kq2")
    assert made["StatusAttributeString"] == "OK"
    assert (made["SubTotal"], made["TotalTax"], made["Total"], made["AmountDue"]) == (
        100.0,
        10.0,
        110.0,
        110.0,
    )
    assert made["Date"] == "/Date(1791158400000+0000)/"
    assert made["DateString"] == "2026-10-05T00:00:00"
    shown = xero.get(f"/Invoices/{made['InvoiceID']}")["Invoices"][0]
    assert shown["LineItems"][0]["Tracking"][0]["Option"] == "Geelong"
    assert shown["UpdatedDateUTC"] == "/Date(1791766923456+0000)/"
    assert xero.ledger()["trial_balance"] == {"610": 11000, "203": -10000, "820": -1000}


def test_tax_is_rounded_per_line_half_up_in_both_modes(xero):
    lines = [line(1005, "203", "OUTPUT"), line(1005, "203", "OUTPUT")]
    inclusive = xero.invoice("A", LineItems=lines)
    assert (inclusive["TotalTax"], inclusive["Total"]) == (1.82, 20.1)  # 1005 - 1005/1.1 = 91.36 -> 91 each
    exclusive = xero.invoice("B", LineItems=lines, LineAmountTypes="Exclusive")
    assert (exclusive["TotalTax"], exclusive["Total"]) == (2.02, 22.12)  # 100.5 -> 101 each
    assert xero.invoice("C", LineItems=lines, LineAmountTypes="NoTax")["TotalTax"] == 0
    assert xero.ledger()["trial_balance"]["610"] == 2010 + 2212 + 2010


def test_unit_amounts_keep_four_places_only_with_unitdp(xero):
    drawn = xero.draw("A", LineItems=[line(0, Quantity=3, UnitAmount=1.2355)])
    assert xero.send("PUT", "Invoices", drawn, unitdp=4)[0]["Total"] == 3.71
    drawn = xero.draw("B", LineItems=[line(0, Quantity=3, UnitAmount=1.2355)])
    made = xero.send("PUT", "Invoices", drawn)[0]
    assert (made["LineItems"][0]["UnitAmount"], made["Total"]) == (1.24, 3.72)


LOCKED = "The document date cannot be before the period lock date, currently set at 30-Sep-2026"
NOWHERE = [{"Name": "Location", "Option": "Nowhere"}]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (line(100, "999"), "Account code '999' is not a valid code for this document."),
        (line(100, "610"), "Account code '610' is not a valid code for this document."),
        (line(100, "400", "OUTPUT"), "The TaxType code 'OUTPUT' cannot be used with account code '400'."),
        (line(-100), "The Total for this document must be greater than or equal to zero."),
        (line(100, LineAmount=1.5), "The line total 1.50 does not match the expected line total 1.00"),
        (line(100, TaxAmount=1.01), "The tax amount cannot be greater than the line amount"),
        (line(100, AccountCode=None), "Account code or ID must be specified"),
        (line(100, Tracking=NOWHERE), "The tracking option 'Nowhere' was not found or has been archived."),
        ({"Date": "2026-09-30"}, LOCKED),
    ],
)
def test_refusals_of_a_new_invoice(xero, change, message):
    refused = xero.invoice("HH-1", **(change if "Date" in change else {"LineItems": [change]}))
    assert message in messages(refused)
    assert refused["InvoiceID"] == ZERO
    assert refused["InvoiceNumber"] == "HH-1"
    assert xero.ledger()["journals"] == []


def test_an_archived_account_is_refused_until_restored(xero):
    xero.hand("archive_account", {"code": "200"})
    assert messages(xero.invoice("A"))[0].startswith(
        "Account code '200' has been archived, or has been deleted"
    )
    xero.hand("restore_account", {"code": "200"})
    assert xero.invoice("B")["StatusAttributeString"] == "OK"


def test_numbers_are_unique_with_voided_ones_and_without_deleted_drafts(xero):
    first = xero.invoice("HH-1")
    clash = xero.invoice("HH-1", contact_id=first["Contact"]["ContactID"])
    assert messages(clash) == ["Invoice # must be unique."]
    assert clash["InvoiceID"] == first["InvoiceID"]
    xero.send("POST", "Invoices", {"InvoiceID": first["InvoiceID"], "Status": "VOIDED"})
    again = {"contact_id": first["Contact"]["ContactID"]}
    assert messages(xero.invoice("HH-1", **again)) == ["Invoice # must be unique."]
    by_number = xero.send("POST", "Invoices", xero.draw("HH-1", **again))[0]
    assert messages(by_number)[0].startswith("Invoice not of valid status for modification")
    draft = xero.invoice("HH-2", Status="DRAFT")
    xero.send("POST", "Invoices", {"InvoiceID": draft["InvoiceID"], "Status": "DELETED"})
    assert xero.invoice("HH-2", **again)["StatusAttributeString"] == "OK"


def test_post_by_number_changes_and_line_ids_decide_what_stays(xero):
    first = xero.invoice("HH-1", LineItems=[line(1000), line(2000)])
    kept = first["LineItems"][1]["LineItemID"]
    edited = xero.send(
        "POST",
        "Invoices",
        {"InvoiceNumber": "HH-1", "LineItems": [{"LineItemID": kept, "UnitAmount": 25}, line(300)]},
    )[0]
    assert edited["InvoiceID"] == first["InvoiceID"]
    assert [item["LineAmount"] for item in edited["LineItems"]] == [25.0, 3.0]
    assert edited["LineItems"][0]["LineItemID"] == kept
    assert (edited["Total"], xero.ledger()["trial_balance"]["200"]) == (28.0, -2800)


def test_a_change_without_lines_recreates_them_cut_to_two_places(xero):
    drawn = xero.draw("A", Status="DRAFT", LineItems=[line(0, Quantity=3, UnitAmount=1.2355)])
    made = xero.send("PUT", "Invoices", drawn, unitdp=4)[0]
    changed = xero.send("POST", "Invoices", {"InvoiceID": made["InvoiceID"], "Status": "AUTHORISED"})[0]
    assert changed["Total"] == 3.72
    assert changed["LineItems"][0]["LineItemID"] != made["LineItems"][0]["LineItemID"]


def test_paying_in_full_makes_it_paid_and_closes_it_to_changes(xero):
    made = xero.invoice("HH-1", 9500)
    assert xero.pay(made["InvoiceID"], 4000)["StatusAttributeString"] == "OK"
    assert messages(xero.pay(made["InvoiceID"], 5501)) == [
        "Payment amount exceeds the amount outstanding on this document"
    ]
    paid = xero.pay(made["InvoiceID"], 5500)
    shown = xero.get(f"/Invoices/{made['InvoiceID']}")["Invoices"][0]
    assert (shown["Status"], shown["AmountDue"], shown["AmountPaid"]) == ("PAID", 0.0, 95.0)
    assert messages(xero.pay(made["InvoiceID"], 1)) == [
        "Payments can only be made against Authorised documents"
    ]
    drawn = xero.draw("HH-1", contact_id=made["Contact"]["ContactID"], InvoiceID=made["InvoiceID"])
    refused = messages(xero.send("POST", "Invoices", drawn)[0])
    assert refused[0].endswith(
        "This document cannot be edited as it has a payment or credit note allocated to it."
    )
    refused = messages(xero.send("POST", "Invoices", {**drawn, "Date": "2026-10-06"})[0])
    assert refused == [
        "Date cannot be changed on an invoice that has payment or credit notes allocated to it."
    ]
    void = {"InvoiceID": made["InvoiceID"], "Status": "VOIDED"}
    assert "because it has payments or credit notes" in messages(xero.send("POST", "Invoices", void)[0])[0]
    assert xero.call("POST", f"/Payments/{paid['PaymentID']}", {"Status": "DELETED"}).status_code == 200
    twice = xero.call("POST", f"/Payments/{paid['PaymentID']}", {"Status": "DELETED"})
    assert twice.status_code == 400
    assert "Payment not of valid status for modification" in twice.text
    assert xero.get(f"/Invoices/{made['InvoiceID']}")["Invoices"][0]["AmountDue"] == 55.0
    assert xero.ledger()["trial_balance"] == {"610": 5500, "200": -9500, "1101": 4000}


def test_payments_need_a_fit_account_and_an_open_day(xero):
    made = xero.invoice("HH-1")
    id_ = made["InvoiceID"]
    fault = "Account type is invalid for making a payment to/from."
    assert messages(xero.pay(id_, 100, Account={"Code": "400"})) == [fault]
    assert xero.pay(id_, 100, Account={"Code": "880"})["StatusAttributeString"] == "OK"
    xero.hand("archive_account", {"code": "1101"})
    assert "has been archived" in messages(xero.pay(id_, 100))[0]
    by_id = {"AccountID": xero.setup["accounts"]["1103"]}
    assert xero.pay(id_, 100, Account=by_id)["Account"]["Code"] == "1103"
    locked = xero.pay(id_, 100, Account=by_id, Date="2026-09-30")
    assert messages(locked) == ["Organisation accounts are locked on the specified payment date"]


def test_a_reconciled_payment_is_deleted_by_api_only_where_the_setting_allows(xero, make):
    for world, status in ((xero, 400), (make(delete_reconciled=True), 200)):
        made = world.invoice("HH-1")
        paid = world.pay(made["InvoiceID"], 9500)
        world.hand("reconcile_payment", {"number": "HH-1"})
        assert (
            world.call("POST", f"/Payments/{paid['PaymentID']}", {"Status": "DELETED"}).status_code == status
        )


def test_payments_of_one_invoice_may_share_a_batch_and_are_found_by_it(xero):
    one, two = xero.invoice("A", 1000), xero.invoice("B", 2000)
    sent = [payment(one["InvoiceID"], 400), payment(one["InvoiceID"], 600), payment(two["InvoiceID"], 2000)]
    assert [p["StatusAttributeString"] for p in xero.send("PUT", "Payments", *sent)] == ["OK"] * 3
    ids = (one["InvoiceID"], two["InvoiceID"].upper())
    where = " OR ".join(f'Invoice.InvoiceID==guid("{id_}")' for id_ in ids)
    found = xero.get("/Payments", where=where)["Payments"]
    assert [p["Amount"] for p in found] == [4.0, 6.0, 20.0]
    assert found[0]["Account"]["Code"] == "1101"
    inside = xero.get(f"/Invoices/{one['InvoiceID']}")["Invoices"][0]["Payments"][0]
    assert not {"Status", "Account"} & set(inside)


def test_zero_total_is_paid_at_once(xero):
    made = xero.invoice("HH-1", LineItems=[line(1000), line(-1000)])
    assert (made["Status"], made["Total"]) == ("PAID", 0.0)


def credit(xero, number, cents, contact_id, **more):
    note = xero.draw(
        number, cents, contact_id=contact_id, Type="ACCRECCREDIT", CreditNoteNumber=number, **more
    )
    del note["InvoiceNumber"]
    return xero.send("PUT", "CreditNotes", note)[0]


def test_credit_note_allocated_refunded_and_undone(xero):
    made = xero.invoice("HH-1", 5000)
    who = made["Contact"]["ContactID"]
    note = credit(xero, "HH-CN1", 8000, who)
    assert messages(credit(xero, "HH-CN1", 1, who)) == ["Credit note # must be unique."]
    path = f"/CreditNotes/{note['CreditNoteID']}/Allocations"
    body = {
        "Allocations": [{"Amount": 50, "Date": "2026-10-06", "Invoice": {"InvoiceID": made["InvoiceID"]}}]
    }
    too_much = {"Allocations": [{**body["Allocations"][0], "Amount": 50.01}]}
    assert xero.call("PUT", path, too_much).status_code == 400
    done = xero.call("PUT", path, body, summarizeErrors="false").json()["Allocations"][0]
    assert (done["Amount"], done["Date"]) == (50.0, "/Date(1791244800000+0000)/")
    shown = xero.get(f"/CreditNotes/{note['CreditNoteID']}")["CreditNotes"][0]
    assert (shown["RemainingCredit"], shown["Allocations"][0]["Amount"]) == (30.0, 50.0)
    invoice = xero.get(f"/Invoices/{made['InvoiceID']}")["Invoices"][0]
    assert (invoice["Status"], invoice["AmountCredited"]) == ("PAID", 50.0)
    refund = {**payment("", 3000), "Invoice": None, "CreditNote": {"CreditNoteID": note["CreditNoteID"]}}
    paid = xero.send("PUT", "Payments", refund)[0]
    assert paid["PaymentType"] == "ARCREDITPAYMENT"
    assert xero.ledger()["trial_balance"] == {"610": 0, "200": 3000, "1101": -3000}
    gone = xero.call("DELETE", f"{path}/{done['AllocationID']}")
    assert gone.json()["IsDeleted"] is True
    assert xero.get(f"/Invoices/{made['InvoiceID']}")["Invoices"][0]["AmountDue"] == 50.0
    assert xero.call("DELETE", f"{path}/{done['AllocationID']}").status_code == 404


def test_credit_of_one_contact_does_not_settle_anothers_invoice(xero):
    made = xero.invoice("HH-1", 5000)
    note = credit(xero, "HH-CN1", 8000, xero.contact())
    body = {"Amount": 1, "Date": "2026-10-06", "Invoice": {"InvoiceID": made["InvoiceID"]}}
    answer = xero.call("PUT", f"/CreditNotes/{note['CreditNoteID']}/Allocations", {"Allocations": [body]})
    assert answer.status_code == 400
    assert "contact" in answer.json()["Elements"][0]["ValidationErrors"][0]["Message"]


def overpay(xero, contact_id, cents=5000, **more):
    return xero.send(
        "PUT",
        "BankTransactions",
        {
            "Type": "RECEIVE-OVERPAYMENT",
            "Contact": {"ContactID": contact_id},
            "BankAccount": {"Code": "1103"},
            "Date": "2026-10-05",
            "Reference": "Cash 5 Oct #9abc",
            "LineItems": [{"Description": "Account credit #9abc", "Quantity": 1, "UnitAmount": cents / 100}],
            **more,
        },
    )[0]


def test_overpayment_is_received_allocated_and_paid_out(xero):
    made = xero.invoice("HH-1", 2000)
    bank = overpay(xero, made["Contact"]["ContactID"])
    id_ = bank["OverpaymentID"]
    path = f"/Overpayments/{id_}/Allocations"
    body = {
        "Allocations": [{"Amount": 20, "Date": "2026-10-06", "Invoice": {"InvoiceID": made["InvoiceID"]}}]
    }
    done = xero.call("PUT", path, body, summarizeErrors="false").json()["Allocations"][0]
    refund = {**payment("", 3000), "Invoice": None, "Overpayment": {"OverpaymentID": id_}}
    assert xero.send("PUT", "Payments", refund)[0]["PaymentType"] == "AROVERPAYMENTPAYMENT"
    shown = xero.get("/Overpayments", References="Cash 5 Oct #9abc", page=1)["Overpayments"][0]
    assert (shown["Status"], shown["RemainingCredit"], shown["Total"]) == ("PAID", 0.0, 50.0)
    assert xero.ledger()["trial_balance"] == {"610": 0, "200": -2000, "1103": 5000, "1101": -3000}
    assert xero.call("DELETE", f"{path}/{done['AllocationID']}").status_code == 200
    assert xero.get(f"/Overpayments/{id_}")["Overpayments"][0]["RemainingCredit"] == 20.0
    refused = xero.send(
        "POST", "BankTransactions", {"BankTransactionID": bank["BankTransactionID"], "Status": "DELETED"}
    )
    assert "cannot be edited" in messages(refused[0])[0]


@pytest.mark.parametrize(
    ("setting", "reference", "description"),
    [
        ("both", "Cash 5 Oct #9abc", "Account credit #9abc"),
        ("reference", "Cash 5 Oct #9abc", ""),
        ("description", "", "Account credit #9abc"),
        ("neither", "", ""),
    ],
)
def test_where_an_overpayments_mark_comes_back_is_a_setting(make, setting, reference, description):
    world = make(mark_returned=setting)
    made = overpay(world, world.contact())
    shown = world.get(f"/BankTransactions/{made['BankTransactionID']}")["BankTransactions"][0]
    assert (shown["Reference"], shown["LineItems"][0]["Description"]) == (reference, description)


def test_overpayments_take_one_line_and_a_bank_account(xero):
    who = xero.contact()
    assert "Exactly one line" in messages(overpay(xero, who, LineItems=[]))[0]
    assert messages(overpay(xero, who, BankAccount={"Code": "880"})) == [
        "Account type is invalid for making a payment to/from."
    ]
    other = {"BankTransactions": [{"Type": "RECEIVE-PREPAYMENT"}]}
    assert xero.call("PUT", "/BankTransactions", other).status_code == 501


def test_archived_contact_stops_new_documents_edits_and_voids(xero):
    made = xero.invoice("HH-1")
    who = made["Contact"]["ContactID"]
    xero.hand("archive_contact", {"contact_id": who})
    assert ARCHIVED in messages(xero.invoice("HH-2", contact_id=who))[0]
    edit = xero.send("POST", "Invoices", xero.draw("HH-1", 5000, contact_id=who))[0]
    void = xero.send("POST", "Invoices", {"InvoiceID": made["InvoiceID"], "Status": "VOIDED"})[0]
    assert ARCHIVED in messages(edit)[0]
    assert ARCHIVED in messages(void)[0]
    xero.hand("restore_contact", {"contact_id": who})
    assert (
        xero.send("POST", "Invoices", {"InvoiceID": made["InvoiceID"], "Status": "VOIDED"})[0]["Status"]
        == "VOIDED"
    )
    assert xero.ledger()["trial_balance"] == {"610": 0, "200": 0}


def test_lock_dates_bind_edits_voids_and_approval_but_not_drafts(xero):
    made = xero.invoice("HH-1")
    xero.hand("lock_period", {"date": "2026-10-07"})
    locked = "The document date cannot be before the period lock date, currently set at 07-Oct-2026"
    who = made["Contact"]["ContactID"]
    moved = xero.draw("HH-1", contact_id=who, Date="2026-10-09")
    assert messages(xero.send("POST", "Invoices", moved)[0]) == [locked]
    void = {"InvoiceID": made["InvoiceID"], "Status": "VOIDED"}
    assert messages(xero.send("POST", "Invoices", void)[0]) == [locked]
    draft = xero.invoice("HH-2", contact_id=who, Status="DRAFT")
    assert draft["StatusAttributeString"] == "OK"
    approve = {"InvoiceID": draft["InvoiceID"], "Status": "AUTHORISED"}
    assert messages(xero.send("POST", "Invoices", approve)[0]) == [locked]
    assert xero.pay(made["InvoiceID"], 9500, Date="2026-10-08")["StatusAttributeString"] == "OK"
    xero.hand("lock_period", {"date": None, "end_of_year": "2026-10-07"})
    assert "end of year lock date" in messages(xero.invoice("HH-3", contact_id=who))[0]


def test_a_missing_date_is_today_where_the_organisation_is(xero):
    xero.clock.at = xero.clock.at.replace(hour=14)  # 01:02 of the next day in Sydney
    xero.login()
    assert xero.invoice("HH-1", Date=None)["DateString"] == "2026-10-13T00:00:00"
