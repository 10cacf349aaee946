"""A seeded organisation in the Xero sandbox, reached in process under a clock the test moves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from connectors.sandbox.shells import InProcessTransport
from connectors.sandbox.xero import SANDBOX

API = "/api.xro/2.0"
SETUP: dict[str, Any] = {
    "organisation": {"name": "Fable & Ferret Pty Ltd", "period_lock_date": "2026-09-30"},
    "accounts": [
        {"code": "200", "name": "Physiotherapy", "type": "REVENUE", "tax_type": "EXEMPTOUTPUT"},
        {"code": "203", "name": "Massage", "type": "REVENUE", "tax_type": "OUTPUT"},
        {"code": "400", "name": "Rent", "type": "EXPENSE", "tax_type": "INPUT"},
        {"code": "1101", "name": "EFTPOS", "type": "BANK"},
        {"code": "1103", "name": "Cash", "type": "BANK"},
        {"code": "880", "name": "Drawings", "type": "EQUITY", "enable_payments": True},
    ],
    "tracking": [{"name": "Location", "options": ["Geelong", "Richmond"]}],
    "apps": [{"client_id": "app-1", "client_secret": "shh", "name": "Some Sync"}],
}


class ManualClock:
    """Time that only the test moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 10, 12, 1, 2, 3, 456000, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


class World:
    """One sandbox with its organisation, an app's client and short ways to talk to both."""

    def __init__(self, settings: Mapping[str, Any], path: Path | None = None) -> None:
        self.clock = ManualClock()
        self.settings, self.path = settings, path
        self.state = SANDBOX.open(path, 0, settings)
        self.http = httpx.Client(
            transport=InProcessTransport(SANDBOX, self.state, self.clock), base_url="http://xero.test"
        )
        self.limits(minute=100_000, day=100_000)
        self.setup = self.hand("setup", SETUP)
        self.tenant = self.setup["tenant_id"]
        self.grant = self.hand("grant", {"client_id": "app-1"})
        self.refresh_token = self.grant["refresh_token"]
        self.login()

    def hand(self, action: str, body: Any = None) -> Any:
        answer = self.http.post(f"/__control__/hands/{action}", json=body or {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def limits(self, **limits: float) -> None:
        self.http.post("/__control__/limits", json=limits)

    def token(self, **form: str) -> httpx.Response:
        return self.http.post("/connect/token", data=form, auth=("app-1", "shh"))

    def login(self) -> None:
        answer = self.token(grant_type="refresh_token", refresh_token=self.refresh_token).json()
        self.refresh_token = answer["refresh_token"]
        self.headers = {
            "Authorization": f"Bearer {answer['access_token']}",
            "xero-tenant-id": self.tenant,
            "Accept": "application/json",
        }

    def call(
        self, method: str, path: str, body: Any = None, headers: Any = None, **query: Any
    ) -> httpx.Response:
        return self.http.request(
            method, API + path, json=body, params=query, headers={**self.headers, **(headers or {})}
        )

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, method: str, plural: str, *elements: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
        """Send a batch with summarizeErrors=false and return its elements."""
        answer = self.call(method, f"/{plural}", {plural: list(elements)}, summarizeErrors="false", **query)
        assert answer.status_code == 200, answer.text
        return list(answer.json()[plural])

    def contact(self, name: str = "Otter, Olive (HH-1)", number: str = "HH-1") -> str:
        return str(self.send("PUT", "Contacts", {"Name": name, "ContactNumber": number})[0]["ContactID"])

    def invoice(self, number: str = "HH-1001", cents: int = 9500, **more: Any) -> dict[str, Any]:
        """An authorised invoice with one inclusive line on 200, for the contact `contact_id` or a new one."""
        return self.send("PUT", "Invoices", self.draw(number, cents, **more))[0]

    def draw(
        self, number: str, cents: int = 9500, contact_id: str | None = None, **more: Any
    ) -> dict[str, Any]:
        contact_id = contact_id or self.contact(f"Patient {number}", f"C-{number}")
        return {
            "Type": "ACCREC",
            "Contact": {"ContactID": contact_id},
            "InvoiceNumber": number,
            "Date": "2026-10-05",
            "DueDate": "2026-10-19",
            "LineAmountTypes": "Inclusive",
            "Status": "AUTHORISED",
            "LineItems": [line(cents)],
            **more,
        }

    def pay(self, invoice_id: str, cents: int, **more: Any) -> dict[str, Any]:
        return self.send("PUT", "Payments", payment(invoice_id, cents, **more))[0]

    def ledger(self) -> Any:
        found = self.http.get("/__control__/ledger").json()
        assert sum(found["trial_balance"].values()) == 0
        assert found["debtors"]["control"] == found["debtors"]["documents"]
        return found


def line(cents: int, account: str = "200", tax: str = "EXEMPTOUTPUT", **more: Any) -> dict[str, Any]:
    return {
        "Description": "Physiotherapy",
        "Quantity": 1,
        "UnitAmount": cents / 100,
        "AccountCode": account,
        "TaxType": tax,
        "Tracking": [{"Name": "Location", "Option": "Geelong"}],
        **more,
    }


def payment(invoice_id: str, cents: int, **more: Any) -> dict[str, Any]:
    return {
        "Invoice": {"InvoiceID": invoice_id},
        "Account": {"Code": "1101"},
        "Date": "2026-10-05",
        "Amount": cents / 100,
        "Reference": "Eftpos 5 Oct #7kq2",
        **more,
    }


def spend(contact_id: str, cents: int = 330, **more: Any) -> dict[str, Any]:
    return {
        "Type": "SPEND",
        "Contact": {"ContactID": contact_id},
        "BankAccount": {"Code": "1101"},
        "Date": "2026-10-06",
        "LineAmountTypes": "Inclusive",
        "LineItems": [
            {"Description": "Fees", "UnitAmount": cents / 100, "AccountCode": "400", "TaxType": "INPUT"}
        ],
        "Reference": "Fees 6 Oct #7kq2m-x4d9p",
        **more,
    }


def transfer(cents: int = 4000, **more: Any) -> dict[str, Any]:
    return {
        "FromBankAccount": {"Code": "1101"},
        "ToBankAccount": {"Code": "1103"},
        "Date": "2026-10-07",
        "Amount": cents / 100,
        "Reference": "Payout 7 Oct #7kq2m-x4d9p",
        **more,
    }


def deposit(invoice_id: str, cents: int, *others: tuple[str, int], **more: Any) -> dict[str, Any]:
    paid = [(invoice_id, cents), *others]
    return {
        "Account": {"Code": "1103"},
        "Date": "2026-10-07",
        "Details": "#7kq2m-x4d9p",
        "Payments": [{"Invoice": {"InvoiceID": id}, "Amount": amount / 100} for id, amount in paid],
        **more,
    }


def messages(element: dict[str, Any]) -> list[str]:
    assert element["HasErrors"] is True
    assert element["StatusAttributeString"] == "ERROR"
    return [problem["Message"] for problem in element["ValidationErrors"]]
