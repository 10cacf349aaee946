"""What stands before the story: each practice system's catalogue and people, the organisation's books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

from connectors.sandbox.life.calendar import instant
from connectors.sandbox.life.client import ControlClient, hands
from connectors.sandbox.life.cliniko.words import CLINIKO
from connectors.sandbox.life.group import (
    ACCOUNT,
    BANK_ACCOUNT,
    CLEARING,
    FEES,
    LEDGER,
    PLACE,
    PLACES,
    REVENUE,
    TENANT_NAME,
)
from connectors.sandbox.life.model import Patient
from connectors.sandbox.life.ndis import group as ndis
from connectors.sandbox.life.ndis import portal
from connectors.sandbox.life.nookal import group as manly
from connectors.sandbox.life.nookal.words import NOOKAL
from connectors.sandbox.life.stripe import desk
from connectors.sandbox.life.stripe import group as stripe
from connectors.sandbox.life.words import Words

CLINIKO_KEY = "sandbox-key-harbour"
KEYS: dict[str, dict[str, str]] = {
    ACCOUNT: {"api_key": CLINIKO_KEY},
    manly.ACCOUNT: {
        "api_key": "sandbox-nookal-key",
        "basic_key": "c2FuZGJveC1jbGllbnQ6c2FuZGJveC1zZWNyZXQ=",
    },
    stripe.ACCOUNT: {"api_key": stripe.KEY},
}
"""What a person types in to connect each practice system, and the payment system."""
WORDS: dict[str, Words] = {one.account: one for one in (CLINIKO, NOOKAL)}
CLIENT_ID, CLIENT_SECRET = "harbour-hub-app", "sandbox-secret-of-harbour"
STRANGER = "Corner Cafe (sublease)"
"""Somebody the clinic bills by hand: a contact and documents that are not the hub's."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a hub needs to be connected: the practice systems' keys, the ledger's app, grant and tenant.

    `sessions` are those of people signed in at portals, which no hub ever needs.
    """

    keys: dict[str, dict[str, str]] = field(repr=False)
    xero_client_id: str
    xero_client_secret: str
    xero_refresh_token: str
    xero_grant_id: str
    xero_tenant_id: str
    xero_tenant_name: str
    start: str
    sessions: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def cliniko_key(self) -> str:
        """The first practice system's."""
        return self.keys[ACCOUNT]["api_key"]

    @property
    def secrets(self) -> dict[str, dict[str, str]]:
        """Everything that is typed in, by connection."""
        grant = {
            "client_id": self.xero_client_id,
            "client_secret": self.xero_client_secret,
            "refresh_token": self.xero_refresh_token,
        }
        return {**self.keys, LEDGER: grant}

    @property
    def tenants(self) -> dict[str, str]:
        """The organisation behind each ledger."""
        return {LEDGER: self.xero_tenant_id}

    def as_json(self) -> dict[str, Any]:
        """For keeping between runs."""
        return asdict(self)


def before_the_story(
    systems: Mapping[str, ControlClient], first: date, patients: Mapping[str, Sequence[Patient]]
) -> Setup:
    """Seed the systems, by connection. Not to be called twice on a practice system: its ids would be taken.

    `patients`: who is registered before the first day, by account.
    """
    begin = instant("geelong", first - timedelta(days=12), "08:00")
    accounts = [account for account in systems if account in WORDS]
    for account in systems:
        if account != LEDGER:
            systems[account].call("POST", "/__control__/clock", {"story": begin.isoformat()})
    for account in accounts:
        hands(systems[account], WORDS[account].before(begin, patients.get(account, ())))
    portals = [ndis.SCHEME] if ndis.SCHEME in systems else []
    sessions = {name: hands(systems[name], portal.before())[0]["session"] for name in portals}
    if stripe.ACCOUNT in systems:
        desk.before(systems[stripe.ACCOUNT])
    act, xero = "/__control__/hands/", systems[LEDGER]
    made = xero.call("POST", act + "setup", organisation(first))
    grant = xero.call("POST", act + "grant", {"client_id": CLIENT_ID, "tenants": [made["tenant_id"]]})
    xero.call("POST", act + "create_contact", {"name": STRANGER})
    return Setup(
        {account: KEYS[account] for account in systems if account in KEYS},
        CLIENT_ID,
        CLIENT_SECRET,
        grant["refresh_token"],
        grant["grant_id"],
        made["tenant_id"],
        TENANT_NAME,
        first.isoformat(),
        sessions,
    )


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
        {"code": FEES[0], "name": "Merchant fees", "type": "EXPENSE", "tax_type": FEES[1]},
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
