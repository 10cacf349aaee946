"""The calls that are imitated: path, what they take, what they need, and what answers them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.stripe import (
    charges,
    checkout,
    checks,
    disputes,
    intents,
    ledger,
    lists,
    methods,
    office,
    payouts,
    refunds,
)
from connectors.sandbox.stripe.book import Book, Doc, shown

Answer = Callable[[Book, str, dict[str, Any]], Doc]


@dataclass(frozen=True, slots=True)
class Route:
    """`pattern` below /v1, "*" being an id; `resource` what a restricted key needs a permission for."""

    method: str
    pattern: str
    resource: str
    answer: Answer
    shape: checks.Shape
    required: tuple[str, ...] = ()

    def matches(self, method: str, parts: list[str]) -> bool:
        """Whether a request is this route's."""
        wanted = self.pattern.split("/")
        return (
            method == self.method
            and len(wanted) == len(parts)
            and all(want in ("*", part) for want, part in zip(wanted, parts, strict=True))
        )


# path, kind, resource of the restricted key
_OBJECTS = (
    ("charges", "charge", "charge"),
    ("refunds", "refund", "refund"),
    ("payment_intents", "payment_intent", "payment_intent"),
    ("checkout/sessions", "checkout.session", "checkout_session"),
    ("balance_transactions", "balance_transaction", "balance_transaction_source"),
    ("payouts", "payout", "payout"),
    ("disputes", "dispute", "dispute"),
    ("events", "event", "event"),
    ("customers", "customer", "customer"),
    ("webhook_endpoints", "webhook_endpoint", "webhook_endpoint"),
)
# path, resource, what a POST does, its parameters, those required
_POSTS: tuple[tuple[str, str, Answer, checks.Shape, tuple[str, ...]], ...] = (
    ("charges/*", "charge", charges.update, charges.UPDATE, ()),
    ("refunds", "refund", refunds.create, refunds.CREATE, ()),
    ("refunds/*", "refund", refunds.update, refunds.UPDATE, ()),
    ("refunds/*/cancel", "refund", refunds.cancel, office.EXPAND, ()),
    ("payment_intents", "payment_intent", intents.create, intents.CREATE, ("amount", "currency")),
    ("payment_intents/*", "payment_intent", intents.update, intents.UPDATE, ()),
    ("payment_intents/*/confirm", "payment_intent", intents.confirm, intents.CONFIRM, ()),
    ("payment_intents/*/capture", "payment_intent", intents.capture, intents.CAPTURE, ()),
    ("payment_intents/*/cancel", "payment_intent", intents.cancel, intents.CANCEL, ()),
    ("checkout/sessions", "checkout_session", checkout.create, checkout.CREATE, ("mode",)),
    ("checkout/sessions/*", "checkout_session", checkout.update, checkout.UPDATE, ()),
    ("checkout/sessions/*/expire", "checkout_session", checkout.expire, office.EXPAND, ()),
    ("payouts", "payout", payouts.create, payouts.CREATE, ("amount", "currency")),
    ("payouts/*", "payout", payouts.update, payouts.UPDATE, ()),
    ("payouts/*/cancel", "payout", payouts.cancel, office.EXPAND, ()),
    ("payouts/*/reverse", "payout", payouts.reverse, payouts.UPDATE, ()),
    ("disputes/*", "dispute", disputes.update, disputes.UPDATE, ()),
    ("disputes/*/close", "dispute", disputes.close, office.EXPAND, ()),
    ("customers", "customer", office.create_customer, office.CUSTOMER, ()),
    ("customers/*", "customer", office.update_customer, office.CUSTOMER, ()),
    (
        "webhook_endpoints",
        "webhook_endpoint",
        office.create_endpoint,
        office.ENDPOINT_CREATE,
        ("url", "enabled_events"),
    ),
    ("webhook_endpoints/*", "webhook_endpoint", office.update_endpoint, office.ENDPOINT_UPDATE, ()),
    ("balance_settings", "balance_settings", office.update_settings, office.SETTINGS_UPDATE, ()),
)
# First parts of paths that Stripe has and this sandbox does not.
ELSEWHERE = frozenset(
    """
    account_links account_sessions accounts application_fees apple_pay apps billing billing_portal
    climate confirmation_tokens country_specs coupons credit_notes crypto entitlements ephemeral_keys
    exchange_rates external_accounts file_links files financial_connections forwarding identity
    invoice_payments invoice_rendering_templates invoiceitems invoices issuing link_account_sessions
    mandates payment_attempt_records payment_links payment_method_configurations payment_method_domains
    payment_records plans prices products promotion_codes quotes radar reporting reviews setup_attempts
    setup_intents shipping_rates sigma sources subscription_items subscription_schedules subscriptions
    tax tax_codes tax_ids tax_rates terminal test_helpers tokens topups transfers treasury
    """.split()  # noqa: SIM905
)
# Paths of imitated objects that are not imitated themselves.
PARTS = frozenset(
    ("search", "increment_authorization", "apply_customer_balance", "payment_methods", "sources")
)


def _list(kind: str, path: str) -> Answer:
    return lambda book, id, params: lists.page(book, kind, params, f"/v1/{path}")


def _one(kind: str) -> Answer:
    return lambda book, id, params: lists.view(book, book.get(kind, id))


def _all() -> Iterator[Route]:
    for path, kind, resource in _OBJECTS:
        yield Route("GET", path, resource, _list(kind, path), lists.shape_of(kind))
        yield Route("GET", f"{path}/*", resource, _one(kind), office.EXPAND)
    for path, resource, answer, shape, required in _POSTS:
        yield Route("POST", path, resource, answer, shape, required)
    yield Route(
        "GET", "checkout/sessions/*/line_items", "checkout_session", checkout.line_items, checks.LISTING
    )
    yield Route("GET", "payment_methods/*", "payment_method", methods.retrieve, office.EXPAND)
    yield Route(
        "GET", "balance", "balance", lambda book, id, params: ledger.balance(book, params), office.EXPAND
    )
    yield Route("GET", "balance_settings", "balance_settings", office.settings, office.EXPAND)
    yield Route("GET", "account", "", office.account, office.EXPAND)
    yield Route("GET", "accounts/*", "", office.account, office.EXPAND)
    yield Route("DELETE", "customers/*", "customer", office.delete_customer, {})
    yield Route("DELETE", "webhook_endpoints/*", "webhook_endpoint", office.delete_endpoint, {})


ROUTES = tuple(_all())


def find(method: str, parts: list[str]) -> Route | None:
    """The route of a request below /v1."""
    if set(parts) & PARTS and parts[0] != "payment_methods":
        return None
    return next((route for route in ROUTES if route.matches(method, parts)), None)


def answer(book: Book, route: Route, parts: list[str], given: dict[str, Any]) -> Doc:
    """Check the parameters, do it, and show the answer with what it expands."""
    id = next((part for want, part in zip(route.pattern.split("/"), parts, strict=True) if want == "*"), "")
    params = checks.read(given, route.shape, route.required)
    paths = params.get("expand") or []
    return lists.expand(book, shown(route.answer(book, id, params)), paths)
