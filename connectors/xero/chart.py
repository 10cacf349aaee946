"""The organisation's settings: what a mapping is validated and a step is checked against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.xero import wire
from connectors.xero.client import XeroClient
from connectors.xero.wire import Element
from hub.errors import ReadFailed, Reason, ReconnectNeeded, Who
from hub.targets import Account, Chart, TaxRate

# Windows-style names an Australian organisation can have (Xero developer docs: types and codes, time zones).
ZONES = {
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "EAUSTRALIASTANDARDTIME": "Australia/Brisbane",
    "CENAUSTRALIASTANDARDTIME": "Australia/Adelaide",
    "AUSCENTRALSTANDARDTIME": "Australia/Darwin",
    "WAUSTRALIASTANDARDTIME": "Australia/Perth",
    "TASMANIASTANDARDTIME": "Australia/Hobart",
}
_APPLIES = {
    "CanApplyToRevenue": "revenue",
    "CanApplyToExpenses": "expense",
    "CanApplyToAssets": "asset",
    "CanApplyToLiabilities": "liability",
    "CanApplyToEquity": "equity",
}
_FACTS = {
    "ShortCode": "short_code",
    "SalesTaxBasis": "sales_tax_basis",
    "PaysTax": "pays_tax",
    "Version": "version",
    "OrganisationStatus": "status",
    "IsDemoCompany": "is_demo",
    "Class": "plan",
}


def read(client: XeroClient) -> Chart:
    """Four reads. Raises ReadFailed and the pauses."""
    organisation = next(iter(client.read("get_organisations", "Organisations")), {})
    locks = [d for d in (wire.day(organisation, f"{n}LockDate") for n in ("Period", "EndOfYear")) if d]
    zone = str(organisation.get("Timezone") or "")
    return Chart(
        organisation=str(organisation.get("Name") or ""),
        currency=str(organisation.get("BaseCurrency") or ""),
        zone=ZONES.get(zone, "Australia/Sydney"),
        locked_through=max(locks, default=None),
        accounts=_accounts(client.read("get_accounts", "Accounts")),
        taxes=_taxes(client.read("get_tax_rates", "TaxRates")),
        tracking=tracking(client),
        facts={ours: organisation.get(theirs) for theirs, ours in _FACTS.items()},
    )


def _accounts(elements: Any) -> dict[str, Account]:
    found = {}
    for element in elements:
        code = str(element.get("Code") or "")
        if code:
            found[code] = Account(
                code=code,
                external_id=wire.guid(element, "AccountID") or "",
                name=str(element.get("Name") or ""),
                type=str(element.get("Type") or ""),
                active=element.get("Status") == "ACTIVE",
                takes_payments=element.get("Type") == "BANK" or bool(element.get("EnablePaymentsToAccount")),
                system=str(element["SystemAccount"]) if element.get("SystemAccount") else None,
                tax_type=str(element["TaxType"]) if element.get("TaxType") else None,
            )
    return found


def _taxes(elements: Any) -> dict[str, TaxRate]:
    return {str(element.get("TaxType")): _tax(element) for element in elements}


def _tax(element: Element) -> TaxRate:
    return TaxRate(
        tax_type=str(element.get("TaxType")),
        name=str(element.get("Name") or ""),
        rate=str(element.get("EffectiveRate") or "0"),
        active=element.get("Status") == "ACTIVE",
        applies_to=frozenset(ours for theirs, ours in _APPLIES.items() if element.get(theirs)),
    )


def tracking(client: XeroClient) -> dict[str, frozenset[str]]:
    """Active options of each active tracking category."""
    found: dict[str, frozenset[str]] = {}
    for element in client.read("get_tracking_categories", "TrackingCategories"):
        if element.get("Status") in (None, "ACTIVE"):
            options = wire.children(element, "Options")
            active = (
                str(option.get("Name")) for option in options if option.get("Status") in (None, "ACTIVE")
            )
            found[str(element.get("Name"))] = frozenset(active)
    return found


def probe(client: XeroClient, config: Mapping[str, Any]) -> list[Reason]:
    """What speaks against going live; empty when all is well. Raises as a read does."""
    chart = read(client)
    found = []
    if chart.facts.get("version") != "AU" or chart.currency != "AUD":
        sentence = "The organisation is not an Australian one in AUD; the hub's tax rules are made for those."
        found.append(Reason("probe:version", sentence, Who.OPS))
    if chart.facts.get("status") not in (None, "ACTIVE"):
        found.append(Reason("probe:inactive", "The organisation is not active in Xero.", Who.CLINIC))
    if not chart.accounts:
        sentence = "The chart of accounts could not be read: the grant lacks a permission."
        found.append(Reason("probe:accounts", sentence, Who.CLINIC))
    if not any(account.system == "DEBTORS" for account in chart.accounts.values()):
        found.append(Reason("probe:debtors", "Xero shows no accounts receivable account.", Who.BOOKKEEPER))
    return found + _scopes(client)


def _scopes(client: XeroClient) -> list[Reason]:
    """Whether each list the hub needs can be read, asked for something that cannot exist."""
    nothing = wire.ZERO_ID
    asked: dict[str, tuple[str, str, dict[str, Any]]] = {
        "contacts": ("get_contacts", "Contacts", {"i_ds": [nothing]}),
        "invoices": ("get_invoices", "Invoices", {"i_ds": [nothing]}),
        "payments": (
            "get_payments",
            "Payments",
            {"where": wire.any_of("PaymentID", [nothing], is_guid=True)},
        ),
        "bank transactions": (
            "get_bank_transactions",
            "BankTransactions",
            {"where": wire.any_of("BankTransactionID", [nothing], is_guid=True)},
        ),
    }
    found = []
    for name, (endpoint, plural, query) in asked.items():
        try:
            client.read(endpoint, plural, page=1, **query)
        except (ReconnectNeeded, ReadFailed):
            sentence = (
                f"The grant does not allow reading {name}. Reconnect with the permissions the hub asks for."
            )
            found.append(Reason(f"probe:scope:{name.replace(' ', '-')}", sentence, Who.CLINIC))
    return found
