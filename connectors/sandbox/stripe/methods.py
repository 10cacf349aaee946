"""Ways to pay: Stripe's test payment methods and card numbers, and what each of them leads to.

Outcomes: succeeds, bypass (available at once), declined, authenticate (a person must act), dispute, inquiry,
debit (BECS: processing, then confirmed or failed by the clock). Stripe docs: testing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.sandbox.stripe.book import Book, Doc
from connectors.sandbox.stripe.errors import missing


@dataclass(frozen=True, slots=True)
class Method:
    """One way to pay; `code` and `decline` are set where it leads to a refusal."""

    type: str = "card"
    brand: str = "visa"
    last4: str = "4242"
    outcome: str = "succeeds"
    code: str = ""
    decline: str = ""


CARDS = {
    "4242424242424242": Method(),
    "5555555555554444": Method(brand="mastercard", last4="4444"),
    "4000000360000006": Method(last4="0006"),
    "4000000000000077": Method(last4="0077", outcome="bypass"),
    "4000000000000002": Method(
        last4="0002", outcome="declined", code="card_declined", decline="generic_decline"
    ),
    "4000000000009995": Method(
        last4="9995", outcome="declined", code="card_declined", decline="insufficient_funds"
    ),
    "4000000000000069": Method(last4="0069", outcome="declined", code="expired_card", decline="expired_card"),
    "4000000000003220": Method(last4="3220", outcome="authenticate"),
    "4000000000000259": Method(last4="0259", outcome="dispute"),
    "4000000000001976": Method(last4="1976", outcome="inquiry"),
}
DEBIT = Method("au_becs_debit", "", "3456", "debit")
NAMED = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_au": "4000000360000006",
    "pm_card_bypassPending": "4000000000000077",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_authenticationRequired": "4000000000003220",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_createDisputeInquiry": "4000000000001976",
}
MESSAGES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
}


def keep(book: Book, method: Method) -> Doc:
    """A payment method object of the account."""
    doc: Doc = {
        "id": book.new_id("payment_method"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "created": book.story,
        "customer": None,
        "livemode": book.livemode,
        "metadata": {},
        "type": method.type,
        method.type: details(method)[method.type],
        "_number": _number(method),
    }
    return book.put(doc)


def details(method: Method) -> Doc:
    """`payment_method_details` of a charge."""
    if method.type == "au_becs_debit":
        return {
            "type": method.type,
            method.type: {"bsb_number": "000000", "last4": method.last4, "mandate": None},
        }
    card = {
        "brand": method.brand,
        "country": "AU",
        "exp_month": 12,
        "exp_year": 2034,
        "funding": "credit",
        "last4": method.last4,
        "network": method.brand,
        "wallet": None,
    }
    return {"type": "card", "card": card}


def named(book: Book, id: str) -> tuple[Doc, Method]:
    """A payment method by its id, or by one of Stripe's test names. Raises StripeError."""
    if id in NAMED:
        method = CARDS[NAMED[id]]
        return keep(book, method), method
    found = book.peek("payment_method", id)
    if found is None:
        raise missing("PaymentMethod", id, "payment_method")
    return dict(found), by_number(found["_number"])


def by_number(number: str | None) -> Method:
    """The method behind a card number; None is a direct debit."""
    if number is None:
        return DEBIT
    return CARDS[number.replace(" ", "")]


def _number(method: Method) -> str | None:
    return next((number for number, card in CARDS.items() if card == method), None)


def retrieve(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """A payment method."""
    return book.get("payment_method", id)
