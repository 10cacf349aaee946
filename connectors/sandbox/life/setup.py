"""What stands before the story: the practice system's catalogue and people, the organisation's books."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from connectors.sandbox.life.calendar import instant
from connectors.sandbox.life.client import ControlClient, hands
from connectors.sandbox.life.diary import CLASS_TYPE, VISIT_TYPE
from connectors.sandbox.life.group import (
    BANK_ACCOUNT,
    CLEARING,
    GST_TAX,
    ITEMS,
    PLACE,
    PLACES,
    PRACTITIONERS,
    REVENUE,
    TAX_IDS,
    TENANT_NAME,
)
from connectors.sandbox.life.people import Patient

CLINIKO_KEY = "sandbox-key-harbour"
CLIENT_ID, CLIENT_SECRET = "harbour-hub-app", "sandbox-secret-of-harbour"
STRANGER = "Corner Cafe (sublease)"
"""Somebody the clinic bills by hand: a contact and documents that are not the hub's."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a hub needs to be connected: the practice system's key, the ledger's app, grant and tenant."""

    cliniko_key: str
    cliniko_account: str
    xero_client_id: str
    xero_client_secret: str
    xero_refresh_token: str
    xero_grant_id: str
    xero_tenant_id: str
    xero_tenant_name: str
    start: str

    def as_json(self) -> dict[str, Any]:
        """For keeping between runs."""
        return asdict(self)


def before_the_story(
    cliniko: ControlClient, xero: ControlClient, first: date, patients: list[Patient]
) -> Setup:
    """Seed both systems. Not to be called twice on the same practice system: its ids would be taken."""
    begin = instant("geelong", first - timedelta(days=12), "08:00").isoformat()
    cliniko.call("POST", "/__control__/clock", {"story": begin})
    hands(cliniko, [*catalogue(), *({"action": "create_patient", **p.payload()} for p in patients)])
    account = cliniko.call("GET", "/__control__/ledger")["account"]
    act = "/__control__/hands/"
    made = xero.call("POST", act + "setup", organisation(first))
    grant = xero.call("POST", act + "grant", {"client_id": CLIENT_ID, "tenants": [made["tenant_id"]]})
    xero.call("POST", act + "create_contact", {"name": STRANGER})
    return Setup(
        CLINIKO_KEY,
        str(account),
        CLIENT_ID,
        CLIENT_SECRET,
        grant["refresh_token"],
        grant["grant_id"],
        made["tenant_id"],
        TENANT_NAME,
        first.isoformat(),
    )


def catalogue() -> list[dict[str, Any]]:
    """Actions that fill the practice system: locations, people who treat, taxes, items, appointment types."""
    puts: list[tuple[str, dict[str, Any]]] = []
    for place in PLACES:
        zone = {"time_zone": place.zone_label, "time_zone_identifier": place.zone.key}
        where = {"state": place.state, "post_code": place.postcode, "city": place.option}
        puts.append(("businesses", {"id": place.id, "business_name": place.name, **zone, **where}))
    for who in PRACTITIONERS:
        puts.append(("practitioners", {"id": who.id, "first_name": who.first, "last_name": who.last}))
    for (name, rate), id in TAX_IDS.items():
        puts.append(("taxes", {"id": id, "name": name, "rate": rate}))
    for item in ITEMS.values():
        fields: dict[str, Any] = {"id": item.id, "name": item.name, "item_code": item.code}
        fields |= {"tax_id": TAX_IDS[GST_TAX]} if item.taxed else {}
        price = f"{item.cents // 100}.{item.cents % 100:02d}"
        if item.product:
            net = item.cents * 10 // 11 if item.taxed else item.cents
            fields |= {"price_including_tax": price, "price_ex_tax": f"{net // 100}.{net % 100:02d}"}
        else:
            fields["price"] = price
        puts.append(("products" if item.product else "billable_items", fields))
    puts.append(("concession_types", {"id": "514810983000000001", "name": "Pensioner"}))
    visit = {"id": VISIT_TYPE, "name": "Consultation", "duration_in_minutes": 30, "max_attendees": 1}
    group = {"id": CLASS_TYPE, "name": "Pilates class", "duration_in_minutes": 45, "max_attendees": 8}
    puts += [("appointment_types", visit), ("appointment_types", group)]
    return [{"action": "put", "resource": resource, "fields": fields} for resource, fields in puts]


def organisation(first: date) -> dict[str, Any]:
    """The organisation, its chart of accounts, tracking and app, locked up to the day before the story."""
    accounts: list[dict[str, Any]] = [
        {"code": code, "name": name, "type": "REVENUE", "tax_type": tax} for code, name, tax in REVENUE
    ]
    accounts += [
        {"code": "610", "name": "Accounts Receivable", "type": "CURRENT", "system_account": "DEBTORS"},
        {"code": "820", "name": "GST", "type": "CURRLIAB", "system_account": "GST"},
        {"code": "860", "name": "Rounding", "type": "EXPENSE", "system_account": "ROUNDING"},
        {"code": BANK_ACCOUNT, "name": "Business bank", "type": "BANK"},
    ]
    for (place, method), code in CLEARING.items():
        name = f"{PLACE[place].option} {method} clearing"
        accounts.append({"code": code, "name": name, "type": "BANK"})
    return {
        "organisation": {
            "name": TENANT_NAME,
            "timezone": "AUSEASTERNSTANDARDTIME",
            "currency": "AUD",
            "version": "AU",
            "sales_tax_basis": "CASH",
            "pays_tax": True,
            "period_lock_date": (first - timedelta(days=1)).isoformat(),
        },
        "accounts": accounts,
        "tracking": [{"name": "Location", "options": [place.option for place in PLACES]}],
        "apps": [{"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "name": "Clinic Hub"}],
    }
