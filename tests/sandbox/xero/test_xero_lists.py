"""Lists: where, keys, paging, modified since; settings reads; what is not imitated."""

from __future__ import annotations

from datetime import timedelta

import pytest
from xero_world import line


def numbers(answer):
    return [doc["InvoiceNumber"] for doc in answer["Invoices"]]


@pytest.fixture
def three(xero):
    who = xero.contact()
    for number, cents, day in (("A", 100, "2026-10-01"), ("B", 200, "2026-10-02"), ("C", 300, "2026-10-03")):
        xero.clock.forward(seconds=10)
        xero.invoice(number, cents, contact_id=who, Date=day, Reference=f'say "{number}"')
    return xero


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('Type=="ACCREC" AND Date>=DateTime(2026,10,02)', ["B", "C"]),
        ('Date > DateTime(2026, 10, 01) && Date < DateTime(2026, 10, 03)', ["B"]),
        ('InvoiceNumber=="A" OR InvoiceNumber=="C"', ["A", "C"]),
        ('(InvoiceNumber=="A" OR InvoiceNumber=="C") AND Total>=3', ["C"]),
        ('Reference=="say ""B"""', ["B"]),
        ('Reference==null', []),
        ('Status!="AUTHORISED"', []),
        ('AmountDue>1.00', ["B", "C"]),
        ('Contact.ContactID==guid("00000000-0000-0000-0000-000000000000")', []),
    ],
)  # fmt: skip
def test_where(three, where, found):
    assert numbers(three.get("/Invoices", where=where)) == found


@pytest.mark.parametrize(
    "where",
    [
        "Nonsense",
        'InvoiceNumber="A"',
        'InvoiceNumber=="A',
        r'Reference=="a\"b"',
        'Reference.Contains("a")',
        'Total=="1"',
        'Date>="2026-10-01"',
        'InvoiceNumber=="A" OR',
        '(InvoiceNumber=="A"',
        'Fancy=="A"',
        'InvoiceID==guid("nonsense")',
    ],
)
def test_what_cannot_be_parsed_is_refused(three, where):
    answer = three.call("GET", "/Invoices", where=where)
    assert answer.status_code == 400
    assert answer.json()["Type"] == "QueryParseException"


def test_keys_pages_and_order(three):
    assert numbers(three.get("/Invoices", InvoiceNumbers="C,A,Z")) == ["C", "A"]
    assert numbers(three.get("/Invoices", Statuses="VOIDED,PAID")) == []
    assert numbers(three.get("/Invoices", order="Date DESC")) == ["C", "B", "A"]
    page = three.get("/Invoices", page=2, pageSize=2, order="UpdatedDateUTC ASC")
    assert page["pagination"] == {"page": 2, "pageSize": 2, "pageCount": 2, "itemCount": 3}
    assert page["Invoices"][0]["LineItems"][0]["LineAmount"] == 3.0
    assert three.get("/Invoices")["Invoices"][0]["LineItems"] == []
    brief = three.get("/Invoices", page=1, summaryOnly="true")["Invoices"][0]
    assert not {"Payments", "LineItems", "CreditNotes"} & set(brief)
    ids = [doc["InvoiceID"] for doc in page["Invoices"]]
    assert numbers(three.get("/Invoices", IDs=",".join(ids))) == ["C"]
    assert three.call("GET", "/Invoices", order="Nonsense").status_code == 400


def test_created_by_my_app_leaves_out_what_people_made(three):
    three.hand(
        "create_invoice",
        {
            "contact": "Stranger",
            "number": "S",
            "lines": [{"cents": 100, "account": "200"}],
            "date": "2026-10-04",
        },
    )
    assert numbers(three.get("/Invoices", page=1)) == ["A", "B", "C", "S"]
    assert numbers(three.get("/Invoices", page=1, createdByMyApp="true")) == ["A", "B", "C"]


def test_modified_since_in_both_header_forms(three):
    since = three.clock.at - timedelta(seconds=10)
    for text in (since.strftime("%Y-%m-%dT%H:%M:%S"), since.strftime("%a, %d %b %Y %H:%M:%S GMT")):
        answer = three.call("GET", "/Invoices", headers={"If-Modified-Since": text})
        assert numbers(answer.json()) == ["B", "C"]
    three.clock.forward(seconds=60)
    three.pay(three.get("/Invoices", InvoiceNumbers="A")["Invoices"][0]["InvoiceID"], 50)
    text = three.clock.at.strftime("%Y-%m-%dT%H:%M:%S")
    assert numbers(three.call("GET", "/Invoices", headers={"If-Modified-Since": text}).json()) == ["A"]


def test_settings_reads(xero):
    organisation = xero.get("/Organisation")["Organisations"][0]
    assert organisation == xero.get("/Organisations")["Organisations"][0]
    assert organisation["PeriodLockDate"] == "/Date(1790726400000+0000)/"
    assert (organisation["SalesTaxBasis"], organisation["Timezone"]) == ("CASH", "AUSEASTERNSTANDARDTIME")
    accounts = {a["Code"]: a for a in xero.get("/Accounts")["Accounts"]}
    assert accounts["610"]["SystemAccount"] == "DEBTORS"
    assert (accounts["1101"]["Type"], accounts["203"]["TaxType"]) == ("BANK", "OUTPUT")
    xero.hand("archive_account", {"code": "203"})
    assert [a["Code"] for a in xero.get("/Accounts", where='Status=="ARCHIVED"')["Accounts"]] == ["203"]
    rates = {r["TaxType"]: r for r in xero.get("/TaxRates")["TaxRates"]}
    assert (rates["OUTPUT"]["EffectiveRate"], rates["OUTPUT"]["CanApplyToRevenue"]) == (10.0, True)
    assert rates["OUTPUT"]["CanApplyToExpenses"] is False
    category = xero.get("/TrackingCategories")["TrackingCategories"][0]
    assert [o["Name"] for o in category["Options"]] == ["Geelong", "Richmond"]
    path = f"/TrackingCategories/{category['TrackingCategoryID']}/Options"
    assert xero.call("PUT", path, {"Name": "Toowong"}).json()["Options"][0]["Name"] == "Toowong"
    assert {a["Name"] for a in xero.get("/Organisation/Actions")["Actions"]} >= {"CreateApprovedInvoice"}


def test_what_is_not_imitated_says_so(xero):
    assert xero.call("GET", "/ManualJournals").status_code == 501
    assert xero.call("PUT", "/Prepayments", {"Prepayments": [{}]}).status_code == 501
    assert xero.call("DELETE", "/Accounts/x").status_code == 501
    assert xero.call("GET", "/Nonsense").status_code == 404
    assert xero.call("GET", "/Organisation", headers={"Accept": "*/*"}).status_code == 501


def test_bodies_that_cannot_be_read_save_nothing(xero):
    good = xero.draw("A")
    for bad in (
        {**good, "Date": "soon"},
        {**good, "LineItems": [line(1, UnitAmount="much")]},
        {**good, "LineItems": 1},
    ):
        answer = xero.call("PUT", "/Invoices", {"Invoices": [good, bad]}, summarizeErrors="false")
        assert (answer.status_code, answer.json()["ErrorNumber"]) == (400, 14)
    raw = xero.http.put("/api.xro/2.0/Invoices", content=b'{"Invoices": [', headers=xero.headers)
    assert raw.json()["Type"] == "PostDataInvalidException"
    assert xero.get("/Invoices")["Invoices"] == []
