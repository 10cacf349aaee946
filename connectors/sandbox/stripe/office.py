"""What an account holds beside money: customers, webhook endpoints, settings, itself, its events."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.stripe import checks
from connectors.sandbox.stripe.book import Book, Doc
from connectors.sandbox.stripe.checks import documented, flag, many, metadata, shape, text
from connectors.sandbox.stripe.errors import StripeError

EXPAND = {"expand": checks.LISTING["expand"]}
CUSTOMER: checks.Shape = {
    "email": text(512),
    "name": text(256),
    "phone": text(),
    "description": text(),
    "metadata": metadata,
    **EXPAND,
    **documented(
        "address",
        "balance",
        "business_name",
        "cash_balance",
        "individual_name",
        "invoice_prefix",
        "invoice_settings",
        "next_invoice_sequence",
        "payment_method",
        "preferred_locales",
        "shipping",
        "source",
        "tax",
        "tax_exempt",
        "tax_id_data",
        "test_clock",
        "validate",
    ),
}
_EVENTS = many(text(), 500)
ENDPOINT_CREATE: checks.Shape = {
    "url": text(),
    "enabled_events": _EVENTS,
    "api_version": text(),
    "connect": flag,
    "description": text(),
    "metadata": metadata,
    **EXPAND,
}
ENDPOINT_UPDATE: checks.Shape = {
    "url": text(),
    "enabled_events": _EVENTS,
    "disabled": flag,
    "description": text(),
    "metadata": metadata,
    **EXPAND,
}
SETTINGS_UPDATE: checks.Shape = {
    "payments": shape(
        payouts=shape(
            schedule=shape(interval=checks.one_of("daily", "manual")),
            **documented(
                "minimum_balance_by_currency", "statement_descriptor", "automatic_transfer_rules_by_currency"
            ),
        ),
        debit_negative_balances=flag,
        **documented("settlement_timing"),
    ),
    **EXPAND,
}


def create_customer(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """A customer; e-mails need not be unique."""
    customer: Doc = {
        "id": book.new_id("customer"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": book.now,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": params.get("description"),
        "discount": None,
        "email": params.get("email"),
        "invoice_settings": {"default_payment_method": None},
        "livemode": book.livemode,
        "metadata": params.get("metadata") or {},
        "name": params.get("name"),
        "phone": params.get("phone"),
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    book.put(customer)
    book.emit("customer.created", customer)
    return customer


def update_customer(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """Change what is given."""
    customer = book.get("customer", id)
    before = dict(customer)
    customer["metadata"] = checks.merged(customer["metadata"], params.pop("metadata", None))
    params.pop("expand", None)
    customer |= {name: value or None for name, value in params.items()}
    book.put(customer)
    book.emit("customer.updated", customer, before)
    return customer


def delete_customer(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """A deleted customer answers as one."""
    customer = book.get("customer", id)
    book.put({"id": id, "object": "customer", "deleted": True, "created": customer.get("created", book.now)})
    book.emit("customer.deleted", customer)
    return {"id": id, "object": "customer", "deleted": True}


def create_endpoint(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """A webhook endpoint; its secret is shown in this answer only."""
    if not params["url"].startswith("https://" if book.livemode else ("https://", "http://")):
        raise StripeError("Invalid URL: webhook endpoints must be public and use https.", param="url")
    if sum(1 for _ in book.all("webhook_endpoint")) >= 16:
        raise StripeError("You have reached the maximum of 16 webhook endpoints.")
    endpoint: Doc = {
        "id": book.new_id("webhook_endpoint"),
        "object": "webhook_endpoint",
        "api_version": params.get("api_version"),
        "application": None,
        "created": book.now,
        "description": params.get("description"),
        "enabled_events": params["enabled_events"],
        "livemode": book.livemode,
        "metadata": params.get("metadata") or {},
        "status": "enabled",
        "url": params["url"],
        "_connect": bool(params.get("connect")),
        "_secret": f"whsec_{book.new_id('event')[4:]}",
    }
    book.put(endpoint)
    return {**endpoint, "secret": endpoint["_secret"]}


def update_endpoint(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """Change an endpoint, or switch it off and on."""
    endpoint = book.get("webhook_endpoint", id)
    params.pop("expand", None)
    endpoint["metadata"] = checks.merged(endpoint["metadata"], params.pop("metadata", None))
    if "disabled" in params:
        endpoint["status"] = "disabled" if params.pop("disabled") else "enabled"
    return book.put(endpoint | params)


def delete_endpoint(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """No further deliveries."""
    book.get("webhook_endpoint", id)
    book.state.store.delete(f"{book.account['id']}/webhook_endpoint", id)
    return {"id": id, "object": "webhook_endpoint", "deleted": True}


def account(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """The account itself, or a connected one of it."""
    wanted = book.account
    if id and id != book.account["id"]:
        found = book.state.store.peek("account", id)
        if found is None or found["platform"] != book.account["id"]:
            raise StripeError(
                f"The provided key does not have access to account '{id}' (or that account does not exist). "
                "Application access may have been revoked.",
                status=403,
                code="account_invalid",
            )
        wanted = found
    return {
        "id": wanted["id"],
        "object": "account",
        "business_profile": {"name": wanted["name"]},
        "charges_enabled": True,
        "country": "AU",
        "default_currency": wanted["currency"],
        "details_submitted": True,
        "email": wanted["email"],
        "metadata": {},
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": wanted["name"], "timezone": "Australia/Melbourne"}},
        "type": "standard",
    }


def settings(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """Balance settings: the payout schedule, and whether a negative balance is debited."""
    return {
        "object": "balance_settings",
        "payments": {
            "debit_negative_balances": book.account["debit_negative_balances"],
            "payouts": {
                "minimum_balance_by_currency": None,
                "schedule": {"interval": book.account["interval"]},
                "statement_descriptor": None,
                "status": "enabled",
            },
            "settlement_timing": {"delay_days": int(book.state.switch("available_days"))},
        },
    }


def update_settings(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """Choose daily or manual payouts."""
    given = params.get("payments") or {}
    changes: Doc = {"id": book.account["id"]}
    interval = ((given.get("payouts") or {}).get("schedule") or {}).get("interval")
    if interval:
        changes["interval"] = interval
    if "debit_negative_balances" in given:
        changes["debit_negative_balances"] = given["debit_negative_balances"]
    book.account = book.state.add_account(changes)
    changed = settings(book, id, {})
    book.emit("balance_settings.updated", {**changed, "id": None})
    return changed
