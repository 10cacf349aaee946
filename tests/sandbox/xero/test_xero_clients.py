"""Third-party clients use the sandbox unmodified: the official SDK and plain httpx, over a real socket."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import httpx
import pytest
from xero_python.accounting import (
    Account,
    AccountingApi,
    Allocation,
    Allocations,
    BankTransaction,
    BankTransactions,
    Contact,
    Contacts,
    CreditNote,
    CreditNotes,
    HistoryRecord,
    HistoryRecords,
    Invoice,
    Invoices,
    LineAmountTypes,
    LineItem,
    LineItemTracking,
    Payment,
    PaymentDelete,
    Payments,
)
from xero_python.api_client import ApiClient, Configuration
from xero_python.api_client.oauth2 import OAuth2Token
from xero_world import SETUP

from connectors.sandbox.shells import serve
from connectors.sandbox.xero import SANDBOX

DAY = datetime.date(2026, 10, 5)


@pytest.fixture
def server(tmp_path):
    state = SANDBOX.open(tmp_path / "xero.db", 0, {})
    running = serve(SANDBOX, state)
    with httpx.Client(base_url=running.url, timeout=10) as http:
        http.post("/__control__/hands/setup", json=SETUP).raise_for_status()
        yield http
    running.stop()
    state.close()


@pytest.fixture
def login(server):
    grant = server.post("/__control__/hands/grant", json={"client_id": "app-1"}).json()
    form = {"grant_type": "refresh_token", "refresh_token": grant["refresh_token"]}
    answer = server.post("/identity/connect/token", data=form, auth=("app-1", "shh")).json()
    tenant = server.get("/connections", headers={"Authorization": f"Bearer {answer['access_token']}"}).json()[
        0
    ]
    return answer["access_token"], tenant["tenantId"]


@pytest.fixture
def sdk(server, login, monkeypatch):
    """The SDK as a program of its own would have it: its Configuration is one per process, so start anew."""
    monkeypatch.setattr(Configuration, "_default", None)
    client = ApiClient(Configuration(oauth2_token=OAuth2Token()), oauth2_token_getter=lambda: None)
    client.oauth2_token_getter(
        lambda: {"access_token": login[0], "token_type": "Bearer", "expires_in": 1800, "scope": []}
    )
    api = AccountingApi(client)
    api.base_url = f"{server.base_url}".rstrip("/") + "/api.xro/2.0"
    yield api, login[1]
    client.rest_client.pool_manager.clear()


def test_the_official_sdk_reads_and_writes_everything(sdk, server):
    api, tenant = sdk
    assert api.get_organisations(tenant).organisations[0].sales_tax_basis == "CASH"
    assert {a.code for a in api.get_accounts(tenant).accounts} >= {"200", "610", "1101"}
    assert api.get_tax_rates(tenant).tax_rates[0].effective_rate == 10
    category = api.get_tracking_categories(tenant).tracking_categories[0]
    contacts = Contacts(
        contacts=[Contact(name="Otter, Olive (HH-1)", contact_number="HH-1"), Contact(name="<>")]
    )
    made = api.create_contacts(tenant, contacts, summarize_errors=False).contacts
    assert [c.status_attribute_string for c in made] == ["OK", "ERROR"]
    line = LineItem(
        description="Remedial massage",
        quantity=1,
        unit_amount=Decimal("110.00"),
        account_code="203",
        tax_type="OUTPUT",
        tracking=[LineItemTracking(name=category.name, option="Geelong")],
    )
    drawn = Invoice(
        type="ACCREC",
        contact=Contact(contact_id=made[0].contact_id),
        invoice_number="HH-1",
        date=DAY,
        due_date=DAY,
        status="AUTHORISED",
        line_amount_types=LineAmountTypes.INCLUSIVE,
        line_items=[line],
    )
    answer = api.create_invoices(tenant, Invoices(invoices=[drawn, drawn]), summarize_errors=False, unitdp=4)
    good, bad = answer.invoices
    assert (good.total, good.total_tax, good.date) == (Decimal("110.0"), Decimal("10.0"), DAY)
    assert bad.validation_errors[0].message == "Invoice # must be unique."
    paid = Payment(
        invoice=Invoice(invoice_id=good.invoice_id),
        account=Account(code="1101"),
        date=DAY,
        amount=Decimal("60.00"),
    )
    payments = api.create_payments(tenant, Payments(payments=[paid]), summarize_errors=False).payments
    note = CreditNote(
        type="ACCRECCREDIT",
        contact=Contact(contact_id=made[0].contact_id),
        date=DAY,
        status="AUTHORISED",
        line_amount_types=LineAmountTypes.INCLUSIVE,
        line_items=[line],
    )
    credit = api.create_credit_notes(
        tenant, CreditNotes(credit_notes=[note]), summarize_errors=False
    ).credit_notes[0]
    allocation = Allocation(amount=Decimal("20.00"), date=DAY, invoice=Invoice(invoice_id=good.invoice_id))
    api.create_credit_note_allocation(
        tenant, credit.credit_note_id, Allocations(allocations=[allocation]), summarize_errors=False
    )
    receipt = BankTransaction(
        type="RECEIVE-OVERPAYMENT",
        contact=Contact(contact_id=made[0].contact_id),
        bank_account=Account(code="1103"),
        date=DAY,
        reference="Cash 5 Oct #9abc",
        line_items=[LineItem(description="Credit #9abc", quantity=1, unit_amount=Decimal("30.00"))],
    )
    bank = api.create_bank_transactions(
        tenant, BankTransactions(bank_transactions=[receipt]), summarize_errors=False
    )
    over = bank.bank_transactions[0].overpayment_id
    allocation = Allocation(amount=Decimal("30.00"), date=DAY, invoice=Invoice(invoice_id=good.invoice_id))
    api.create_overpayment_allocations(
        tenant, over, Allocations(allocations=[allocation]), summarize_errors=False
    )
    shown = api.get_invoices(tenant, invoice_numbers=["HH-1"], page=1, unitdp=4).invoices[0]
    assert (shown.status, shown.amount_due, shown.fully_paid_on_date) == ("PAID", Decimal("0.0"), DAY)
    assert shown.line_items[0].tracking[0].option == "Geelong"
    allocations = api.get_credit_note(tenant, credit.credit_note_id).credit_notes[0].allocations
    api.delete_credit_note_allocations(tenant, credit.credit_note_id, allocations[0].allocation_id)
    api.delete_payment(tenant, payments[0].payment_id, PaymentDelete(status="DELETED"))
    where = f'Invoice.InvoiceID==guid("{good.invoice_id}")'
    assert [p.status for p in api.get_payments(tenant, where=where, page=1).payments] == ["DELETED"]
    assert (
        api.get_overpayments(tenant, page=1, references=["Cash 5 Oct #9abc"]).overpayments[0].status == "PAID"
    )
    records = HistoryRecords(history_records=[HistoryRecord(details="Corrected")])
    api.create_invoice_history(tenant, good.invoice_id, records)
    assert api.get_contacts(tenant, page=1, include_archived=True).contacts[0].contact_number == "HH-1"
    ledger = server.get("/__control__/ledger").json()
    assert sum(ledger["trial_balance"].values()) == 0
    assert ledger["debtors"]["control"] == ledger["debtors"]["documents"] == 11000 - 3000 - 11000


def test_five_calls_at_once_the_sixth_is_refused(server, login):
    headers = {
        "Authorization": f"Bearer {login[0]}",
        "xero-tenant-id": login[1],
        "Accept": "application/json",
    }
    server.post("/__control__/limits", json={"latency": 0.4})
    with ThreadPoolExecutor(7) as pool:
        answers = list(pool.map(lambda _: server.get("/api.xro/2.0/Organisation", headers=headers), range(7)))
    refused = [a for a in answers if a.status_code == 429]
    assert len(refused) == 2
    assert all(a.headers["X-Rate-Limit-Problem"] == "concurrent" for a in refused)
    assert all("Retry-After" not in a.headers for a in refused)


def test_what_was_answered_survives_a_restart(server, login, tmp_path):
    headers = {
        "Authorization": f"Bearer {login[0]}",
        "xero-tenant-id": login[1],
        "Accept": "application/json",
    }
    key = {"Idempotency-Key": "k1"}
    body = {"Contacts": [{"Name": "Otter"}]}
    fault = {"match": {"method": "PUT", "path": "Contacts"}, "kind": "reset_after"}
    server.post("/__control__/faults", json=fault)
    with pytest.raises(httpx.TransportError):
        server.put("/api.xro/2.0/Contacts", json=body, headers={**headers, **key})
    again = SANDBOX.open(tmp_path / "xero.db", 0, {})
    running = serve(SANDBOX, again)
    retried = httpx.put(running.url + "/api.xro/2.0/Contacts", json=body, headers={**headers, **key})
    assert retried.json()["Contacts"][0]["Name"] == "Otter"
    assert len(httpx.get(running.url + "/api.xro/2.0/Contacts", headers=headers).json()["Contacts"]) == 1
    running.stop()
    again.close()
