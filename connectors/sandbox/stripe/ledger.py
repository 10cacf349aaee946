"""The balance: each movement is one balance transaction with its fee; their nets sum to the balance.

Stripe's fees in Australia contain GST; where it is shown, it stands as its own entry of fee_details. Cents
are always cut, never rounded up (inferred). A row belongs to at most one automatic payout.
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.stripe.book import Book, Doc
from connectors.sandbox.stripe.days import business_days_after
from connectors.sandbox.stripe.errors import StripeError


def processing_fee(book: Book, amount: int, method: str) -> int:
    """The fee of a charge in cents."""
    points, fixed = book.state.switch("becs_fee" if method == "au_becs_debit" else "card_fee")
    return int(amount * points // 10_000 + fixed)


def move(
    book: Book,
    amount: int,
    *,
    type: str,
    category: str,
    source: str | None,
    description: str,
    fee: int = 0,
    fee_text: str = "Stripe processing fees",
    at_once: bool = False,
) -> Doc:
    """One row: signed amount, fee >= 0. `at_once` money is available at its creation."""
    days = 0 if at_once else int(book.state.switch("available_days"))
    row: Doc = {
        "id": book.new_id("balance_transaction"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": book.story if at_once else business_days_after(book.story, days),
        "balance_type": "payments",
        "created": book.story,
        "currency": book.account["currency"],
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": _details(book, fee, fee_text),
        "net": amount - fee,
        "reporting_category": category,
        "source": source,
        "status": "pending",
        "type": type,
        "_payout": None,
    }
    return book.put(row)


def _details(book: Book, fee: int, text: str) -> list[Doc]:
    if not fee:
        return []
    tax = fee // 11 if book.state.switch("split_gst") else 0
    parts = [("stripe_fee", fee - tax, text), ("tax", tax, "GST")]
    return [
        {
            "amount": cents,
            "application": None,
            "currency": book.account["currency"],
            "description": words,
            "type": kind,
        }
        for kind, cents, words in parts
        if cents
    ]


def current(book: Book, row: Doc) -> Doc:
    """A row as it shows now: `status` follows the clock."""
    return {**row, "status": "available" if row["available_on"] <= book.story else "pending"}


def balances(book: Book) -> tuple[int, int]:
    """(available, pending) in cents."""
    available = pending = 0
    for row in book.all("balance_transaction"):
        if row["available_on"] <= book.story:
            available += row["net"]
        else:
            pending += row["net"]
    return available, pending


def balance(book: Book, params: dict[str, Any]) -> Doc:
    """The balance object."""
    available, pending = balances(book)

    def entry(cents: int) -> list[Doc]:
        return [{"amount": cents, "currency": book.account["currency"], "source_types": {"card": cents}}]

    return {
        "object": "balance",
        "available": entry(available),
        "instant_available": entry(max(0, available)),
        "livemode": book.livemode,
        "pending": entry(pending),
    }


def need(book: Book, amount: int) -> None:
    """Refuse to take out more than is available."""
    if amount > balances(book)[0]:
        raise StripeError(
            "You have insufficient funds in your Stripe account for this transfer.",
            code="balance_insufficient",
        )
