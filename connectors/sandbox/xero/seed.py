"""Seeding an organisation: chart of accounts, tax rates, tracking, apps. Idempotent by name and code.

The tax rates are the default ones of an Australian organisation (Xero developer docs: tax types).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.sandbox.xero.lines import APPLIES
from connectors.sandbox.xero.state import XeroState
from connectors.sandbox.xero.values import Doc, ms

CLASSES = {
    "REVENUE": "REVENUE SALES OTHERINCOME",
    "EXPENSE": "EXPENSE DIRECTCOSTS OVERHEADS DEPRECIATN",
    "ASSET": "BANK CURRENT FIXED INVENTORY NONCURRENT PREPAYMENT",
    "LIABILITY": "CURRLIAB LIABILITY TERMLIAB",
    "EQUITY": "EQUITY",
}
_REST = "ASSET LIABILITY EQUITY"
# TaxType, name, rate, classes it applies to, ReportTaxType.
TAX_RATES = (
    ("OUTPUT", "GST on Income", "10", f"REVENUE {_REST}", "OUTPUT"),
    ("EXEMPTOUTPUT", "GST Free Income", "0", f"REVENUE {_REST}", "EXEMPTOUTPUT"),
    ("EXEMPTEXPORT", "GST Free Exports", "0", f"REVENUE {_REST}", "EXEMPTEXPORT"),
    ("INPUT", "GST on Expenses", "10", f"EXPENSE {_REST}", "INPUT"),
    ("EXEMPTEXPENSES", "GST Free Expenses", "0", f"EXPENSE {_REST}", "EXEMPTEXPENSES"),
    ("INPUTTAXED", "Input Taxed", "0", f"REVENUE EXPENSE {_REST}", "INPUTTAXED"),
    ("BASEXCLUDED", "BAS Excluded", "0", f"REVENUE EXPENSE {_REST}", "BASEXCLUDED"),
    ("CAPEXINPUT", "GST on Capital", "10", f"EXPENSE {_REST}", "CAPEXINPUT"),
    ("EXEMPTCAPITAL", "GST Free Capital", "0", f"EXPENSE {_REST}", "EXEMPTCAPITAL"),
    ("GSTONIMPORTS", "GST on Imports", "0", "LIABILITY", "GSTONIMPORTS"),
    ("GSTONCAPIMPORTS", "GST on Capital Imports", "0", "LIABILITY", "GSTONCAPIMPORTS"),
)
SYSTEM_ACCOUNTS: tuple[Doc, ...] = (
    {"code": "610", "name": "Accounts Receivable", "type": "CURRENT", "system_account": "DEBTORS"},
    {"code": "820", "name": "GST", "type": "CURRLIAB", "system_account": "GST"},
    {"code": "860", "name": "Rounding", "type": "EXPENSE", "system_account": "ROUNDING"},
)


def setup(state: XeroState, body: Doc, now: datetime) -> Doc:
    """Create what is missing and update what is there; ids by code and name. Raises ValueError."""
    wanted = body.get("organisation") or {}
    for app in body.get("apps") or []:
        _app(state, app)
    if not wanted.get("name"):
        raise ValueError("organisation.name is needed")
    tenant = _organisation(state, wanted, now)
    books = state.books(tenant)
    for tax_type, name, rate, classes, report in TAX_RATES:
        _tax(
            state,
            tenant,
            {"tax_type": tax_type, "name": name, "rate": rate, "applies": classes.split()},
            report,
            now,
        )
    for extra in body.get("tax_rates") or []:
        _tax(state, tenant, extra, str(extra.get("report") or extra["tax_type"]), now)
    given = {account.get("system_account") for account in body.get("accounts") or []}
    given |= {account["system"] for account in books.all("account")}
    accounts = [
        *(body.get("accounts") or []),
        *(a for a in SYSTEM_ACCOUNTS if a["system_account"] not in given),
    ]
    for account in accounts:
        _account(state, tenant, account, now)
    for category in body.get("tracking") or []:
        _tracking(state, tenant, category, now)
    for app in body.get("apps") or []:
        if app.get("custom"):
            state.store.put(
                "app", app["client_id"], {**(state.app(app["client_id"]) or {}), "custom_tenant": tenant}
            )
    return {
        "tenant_id": tenant,
        "accounts": {doc["code"] or doc["name"]: doc["id"] for doc in books.all("account")},
        "tracking": {
            doc["name"]: {o["name"]: o["id"] for o in doc["options"]} for doc in books.all("tracking")
        },
    }


def _app(state: XeroState, wanted: Doc) -> None:
    old = state.app(wanted["client_id"]) or {"custom_tenant": None}
    app = {
        "id": wanted["client_id"],
        "secret": wanted.get("client_secret"),
        "name": wanted.get("name") or wanted["client_id"],
        "custom_tenant": old["custom_tenant"],
    }
    state.store.put("app", app["id"], app)


def _organisation(state: XeroState, wanted: Doc, now: datetime) -> str:
    found = next((o for o in state.store.all("organisation") if o["name"] == wanted["name"]), None)
    old: Doc = dict(found or {})
    tenant = str(old.get("id") or wanted.get("tenant_id") or state.uuid("tenant"))
    fields: dict[str, tuple[str, Any]] = {
        "short": ("short_code", f"!{tenant[:5]}"),
        "timezone": ("timezone", "AUSEASTERNSTANDARDTIME"),
        "currency": ("currency", "AUD"),
        "version": ("version", "AU"),
        "sales_tax_basis": ("sales_tax_basis", "CASH"),
        "pays_tax": ("pays_tax", True),
        "period_lock": ("period_lock_date", None),
        "year_lock": ("end_of_year_lock_date", None),
    }
    doc = {"id": tenant, "name": wanted["name"], "created": old.get("created", ms(now))}
    for ours, (theirs, default) in fields.items():
        doc[ours] = wanted.get(theirs, old.get(ours, default))
    state.store.put("organisation", tenant, doc)
    return tenant


def _tax(state: XeroState, tenant: str, wanted: Doc, report: str, now: datetime) -> None:
    applies = {flag: cls in wanted["applies"] for cls, flag in APPLIES.items()}
    doc = {
        "id": wanted["tax_type"],
        "name": wanted["name"],
        "rate": str(wanted["rate"]),
        "status": wanted.get("status", "ACTIVE"),
        "applies": applies,
        "report": report,
        "updated": ms(now),
    }
    state.books(tenant).put("tax", doc)


def _account(state: XeroState, tenant: str, wanted: Doc, now: datetime) -> None:
    books = state.books(tenant)
    code = str(wanted.get("code") or "")
    found = books.account(code) if code else None
    kind = wanted["type"]
    cls = next((name for name, kinds in CLASSES.items() if kind in kinds.split()), None)
    if cls is None:
        raise ValueError(f"unknown account type {kind}")
    default = "BASEXCLUDED" if cls != "REVENUE" else "EXEMPTOUTPUT"
    doc = {
        "id": found["id"] if found else books.new_id("account"),
        "code": code,
        "name": wanted["name"],
        "type": kind,
        "class": cls,
        "tax_type": wanted.get("tax_type") or default,
        "system": wanted.get("system_account") or "",
        "payments": bool(wanted.get("enable_payments")),
        "status": found["status"] if found else wanted.get("status", "ACTIVE"),
        "updated": ms(now),
    }
    if not found or {**found, "updated": 0} != {**doc, "updated": 0}:
        books.put("account", doc)


def _tracking(state: XeroState, tenant: str, wanted: Doc, now: datetime) -> None:
    books = state.books(tenant)
    found = next((doc for doc in books.all("tracking") if doc["name"] == wanted["name"]), None)
    doc: Doc = books.get("tracking", found["id"]) if found else {}
    doc = doc or {"id": books.new_id("tracking"), "name": wanted["name"], "status": "ACTIVE", "options": []}
    have = {option["name"] for option in doc["options"]}
    for name in wanted.get("options") or []:
        if name not in have:
            doc["options"].append({"id": books.new_id("option"), "name": name, "status": "ACTIVE"})
    books.put("tracking", {**doc, "updated": ms(now)})
