"""Charges: what a confirmed intent makes. The balance transaction comes a little later (automatic_async).

Stripe docs, asynchronous capture: `balance_transaction` is null in the first answers and events, and is set
with `charge.updated`.
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.stripe import checks, ledger
from connectors.sandbox.stripe.book import Book, Doc
from connectors.sandbox.stripe.methods import MESSAGES, Method, details

UPDATE: checks.Shape = {
    "metadata": checks.metadata,
    "description": checks.text(1000),
    "receipt_email": checks.text(),
    "customer": checks.text(),
    "expand": checks.LISTING["expand"],
    **checks.documented("fraud_details", "shipping", "transfer_group"),
}


def make(book: Book, intent: Doc, method: Method, kept: Doc, status: str) -> Doc:
    """A charge of an intent: succeeded, pending (a debit under way) or failed."""
    refused = status == "failed"
    charge: Doc = {
        "id": book.new_id("charge"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0 if status != "succeeded" else intent["amount"],
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": dict(kept["billing_details"]),
        "calculated_statement_descriptor": book.account["name"][:22].upper(),
        "captured": not refused,
        "created": book.story,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": method.code if refused else None,
        "failure_message": MESSAGES.get(method.decline) if refused else None,
        "fraud_details": {},
        "livemode": book.livemode,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": _outcome(method, refused),
        "paid": status == "succeeded",
        "payment_intent": intent["id"],
        "payment_method": kept["id"],
        "payment_method_details": details(method),
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": status,
        "transfer_data": None,
        "transfer_group": None,
        "_outcome": method.outcome,
    }
    return book.put(charge)


def _outcome(method: Method, refused: bool) -> Doc:
    return {
        "network_decline_code": None,
        "network_status": "declined_by_network" if refused else "approved_by_network",
        "reason": method.decline if refused else None,
        "risk_level": "normal",
        "seller_message": "Payment complete."
        if not refused
        else "The bank did not return any further details.",
        "type": "issuer_declined" if refused else "authorized",
    }


def booked(book: Book, id: str) -> None:
    """The money enters the balance: the row, then `charge.updated`, then what the test method asks for."""
    charge = book.get("charge", id)
    if charge["balance_transaction"] is not None or charge["status"] != "succeeded":
        return
    before = dict(charge)
    kind = charge["payment_method_details"]["type"]
    card = kind == "card"
    row = ledger.move(
        book.at(charge["created"]),
        charge["amount_captured"],
        type="charge" if card else "payment",
        category="charge",
        source=charge["id"],
        description=charge["description"] or "",
        fee=ledger.processing_fee(book, charge["amount_captured"], kind),
        at_once=charge["_outcome"] == "bypass",
    )
    charge["balance_transaction"] = row["id"]
    book.put(charge)
    book.emit("charge.updated", charge, before)


def update(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """Change metadata and texts."""
    charge = book.get("charge", id)
    before = dict(charge)
    charge["metadata"] = checks.merged(charge["metadata"], params.pop("metadata", None))
    charge |= params
    book.put(charge)
    book.emit("charge.updated", charge, before)
    return charge
