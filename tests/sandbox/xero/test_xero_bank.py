"""Bank accounts: money spent and received, transfers, one deposit that pays several invoices."""

from __future__ import annotations

import pytest
from xero_world import deposit, messages, spend, transfer

LOCKED = "The document date cannot be before the period lock date, currently set at 10-Oct-2026"


def put(xero, element):
    """PUT one bank transfer and answer its element."""
    answer = xero.call("PUT", "/BankTransfers", {"BankTransfers": [element]}, summarizeErrors="false")
    assert answer.status_code == 200, answer.text
    return answer.json()["BankTransfers"][0]


def test_money_spent_is_coded_with_its_tax_and_leaves_the_bank_account(xero):
    made = xero.send("PUT", "BankTransactions", spend(xero.contact()))[0]
    assert (made["Total"], made["TotalTax"], made["Status"]) == (3.3, 0.3, "AUTHORISED")
    assert xero.ledger()["trial_balance"] == {"1101": -330, "400": 300, "820": 30}
    kept = xero.ledger()["documents"]["bank_transactions"][0]
    assert (kept["type"], kept["account"], kept["total"], kept["lines"][0]["tax"]) == (
        "SPEND",
        "1101",
        330,
        30,
    )


def test_a_tax_that_is_sent_overrides_the_calculated_one(xero):
    line = {"Description": "Card fees", "UnitAmount": 3.3, "AccountCode": "400", "TaxType": "INPUT"}
    told = spend(xero.contact(), LineItems=[{**line, "TaxAmount": 0.28}])
    made = xero.send("PUT", "BankTransactions", told)[0]
    assert (made["Total"], made["TotalTax"]) == (3.3, 0.28)
    assert xero.ledger()["trial_balance"] == {"1101": -330, "400": 302, "820": 28}
    much = spend(xero.contact(), LineItems=[{**line, "TaxAmount": 3.31}])
    refused = xero.send("PUT", "BankTransactions", much)[0]
    assert messages(refused) == ["The tax amount cannot be greater than the line amount"]


def test_money_received_is_the_reverse(xero):
    income = {"Description": "Interest", "UnitAmount": 5, "AccountCode": "200", "TaxType": "EXEMPTOUTPUT"}
    xero.send("PUT", "BankTransactions", spend(xero.contact(), Type="RECEIVE", LineItems=[income]))
    assert xero.ledger()["trial_balance"] == {"1101": 500, "200": -500}


def test_a_bank_transaction_changes_until_a_person_reconciles_it(xero):
    who = xero.contact()
    made = xero.send("PUT", "BankTransactions", spend(who))[0]
    id_ = {"BankTransactionID": made["BankTransactionID"]}
    changed = xero.send("POST", "BankTransactions", {**spend(who, 660), **id_})[0]
    assert changed["Total"] == 6.6
    xero.hand("reconcile_bank", {"bank_transaction_id": made["BankTransactionID"]})
    refused = "Spend money transactions cannot be updated when reconciled."
    assert messages(xero.send("POST", "BankTransactions", {**spend(who), **id_})[0]) == [refused]
    xero.hand("reconcile_bank", {"bank_transaction_id": made["BankTransactionID"], "reconciled": False})
    gone = xero.send("POST", "BankTransactions", {**id_, "Status": "DELETED"})[0]
    assert gone["Status"] == "DELETED"
    assert set(xero.ledger()["trial_balance"].values()) == {0}
    again = xero.send("POST", "BankTransactions", {**id_, "Status": "DELETED"})[0]
    assert messages(again) == ["Bank transaction not of valid status for modification"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"BankAccount": {"Code": "880"}}, "Account type is invalid for making a payment to/from."),
        ({"LineItems": []}, "One or more line items must be specified."),
        ({"Date": "2026-09-30"}, LOCKED.replace("10-Oct", "30-Sep")),
    ],
)
def test_what_a_bank_transaction_may_not_be(xero, more, message):
    assert messages(xero.send("PUT", "BankTransactions", spend(xero.contact(), **more))[0]) == [message]
    assert xero.ledger()["documents"]["bank_transactions"] == []


def test_one_list_holds_all_bank_transactions(xero):
    who = xero.contact()
    made = xero.send("PUT", "BankTransactions", spend(who))[0]
    receipt = {
        "Type": "RECEIVE-OVERPAYMENT",
        "Contact": {"ContactID": who},
        "BankAccount": {"Code": "1103"},
        "Date": "2026-10-05",
        "LineItems": [{"Description": "Credit", "UnitAmount": 9}],
    }
    credit = xero.send("PUT", "BankTransactions", receipt)[0]
    listed = xero.get("/BankTransactions", where=f'Contact.ContactID==guid("{who}")')["BankTransactions"]
    assert {one["Type"] for one in listed} == {"SPEND", "RECEIVE-OVERPAYMENT"}
    spent = xero.get("/BankTransactions", where='Type=="SPEND"')["BankTransactions"]
    assert [one["BankTransactionID"] for one in spent] == [made["BankTransactionID"]]
    for one in (made, credit):
        id_ = one["BankTransactionID"]
        by_id = xero.get("/BankTransactions", where=f'BankTransactionID==guid("{id_}")')["BankTransactions"]
        assert [found["BankTransactionID"] for found in by_id] == [id_]
        assert xero.get(f"/BankTransactions/{id_}")["BankTransactions"][0]["Type"] == one["Type"]


def test_a_transfer_moves_money_between_bank_accounts_and_can_be_taken_back(xero):
    made = put(xero, transfer())
    assert xero.ledger()["trial_balance"] == {"1101": -4000, "1103": 4000}
    found = xero.get("/BankTransfers", where='Reference=="Payout 7 Oct #7kq2m-x4d9p"')["BankTransfers"]
    assert [one["BankTransferID"] for one in found] == [made["BankTransferID"]]
    path = f"/BankTransfers/{made['BankTransferID']}"
    xero.hand("reconcile_bank", {"transfer_id": made["BankTransferID"]})
    gone = {"BankTransfers": [{"Status": "DELETED"}]}
    assert (
        "reconciled" in xero.call("POST", path, gone).json()["Elements"][0]["ValidationErrors"][0]["Message"]
    )
    xero.hand("reconcile_bank", {"transfer_id": made["BankTransferID"], "reconciled": False})
    assert xero.call("POST", path, gone).json()["BankTransfers"][0]["Status"] == "DELETED"
    assert set(xero.ledger()["trial_balance"].values()) == {0}
    assert xero.call("POST", path, gone).status_code == 400
    assert xero.get("/BankTransfers")["BankTransfers"] == []
    assert len(xero.get("/BankTransfers", includeDeleted="true")["BankTransfers"]) == 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"ToBankAccount": {"Code": "1101"}}, "The accounts of a bank transfer must be different."),
        ({"Amount": 0}, "The amount of a bank transfer must be greater than zero."),
        ({"FromBankAccount": {"Code": "200"}}, "Account type is invalid for making a payment to/from."),
        ({"Date": "2026-09-01"}, LOCKED.replace("10-Oct", "30-Sep")),
    ],
)
def test_what_a_transfer_may_not_be(xero, more, message):
    assert messages(put(xero, transfer(**more))) == [message]


def test_transfers_are_sent_one_at_a_time(xero):
    both = {"BankTransfers": [transfer(), transfer()]}
    assert xero.call("PUT", "/BankTransfers", both).status_code == 400


def test_one_deposit_pays_several_invoices_and_goes_only_as_a_whole(xero):
    first, second = xero.invoice("A", 5000), xero.invoice("B", 7000)
    made = xero.send("PUT", "BatchPayments", deposit(first["InvoiceID"], 5000, (second["InvoiceID"], 6000)))[
        0
    ]
    assert (made["TotalAmount"], made["Type"], len(made["Payments"])) == (110.0, "RECBATCH", 2)
    shown = {one["InvoiceNumber"]: one["AmountDue"] for one in xero.get("/Invoices")["Invoices"]}
    assert shown == {"A": 0.0, "B": 10.0}
    paid = xero.get("/Payments", where=f'Invoice.InvoiceID==guid("{first["InvoiceID"]}")')["Payments"][0]
    assert paid["BatchPaymentID"] == made["BatchPaymentID"]
    alone = xero.call("POST", f"/Payments/{paid['PaymentID']}", {"Payments": [{"Status": "DELETED"}]})
    assert "Payments within a batch cannot be deleted" in alone.text
    body = {"BatchPaymentID": made["BatchPaymentID"], "Status": "DELETED"}
    assert xero.call("POST", "/BatchPayments", body).json()["BatchPayments"][0]["Status"] == "DELETED"
    assert [one["AmountDue"] for one in xero.get("/Invoices")["Invoices"]] == [50.0, 70.0]
    assert xero.ledger()["trial_balance"]["1103"] == 0


def test_what_a_batch_payment_may_not_be(xero):
    made = xero.invoice("A", 5000)
    id_ = made["InvoiceID"]

    def refused(*others, cents=5000, **more):
        return messages(xero.send("PUT", "BatchPayments", deposit(id_, cents, *others, **more))[0])

    assert refused(cents=5001) == ["Payment amount exceeds the amount outstanding on this document"]
    assert refused((id_, 1), cents=100) == ["An invoice can only be paid once in a batch payment."]
    assert refused(Date="2026-09-30") == ["Organisation accounts are locked on the specified payment date"]
    assert refused(Details="#7kq2m-x4d9p and more") == ["The Details field must be 18 characters or fewer."]
    assert refused(Payments=[]) == ["A batch payment must contain at least one payment."]
    assert xero.ledger()["documents"]["payments"] == []
