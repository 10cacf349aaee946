"""Refunds: out of the available balance, fee not returned, and they can fail weeks later.

Stripe docs, refunds: a refund that exceeds the balance is debited from the bank account where the account
allows it, else it stays pending (`insufficient_funds`).
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.stripe import checks, ledger
from connectors.sandbox.stripe.book import Book, Doc
from connectors.sandbox.stripe.days import DAY
from connectors.sandbox.stripe.errors import StripeError

CREATE: checks.Shape = {
    "charge": checks.text(),
    "payment_intent": checks.text(),
    "amount": checks.positive,
    "reason": checks.one_of("duplicate", "fraudulent", "requested_by_customer"),
    "metadata": checks.metadata,
    "expand": checks.LISTING["expand"],
    **checks.documented(
        "currency", "customer", "instructions_email", "origin", "refund_application_fee", "reverse_transfer"
    ),
}
UPDATE: checks.Shape = {"metadata": checks.metadata, "expand": checks.LISTING["expand"]}


def create(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """Give money back, in full or in part."""
    charge = _charge(book, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    if charge["refunded"] or left == 0:
        raise StripeError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if charge["disputed"]:
        raise StripeError(f"Charge {charge['id']} has been charged back.", code="charge_disputed")
    amount = params.get("amount") or left
    if amount > left:
        raise StripeError(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).", param="amount"
        )
    refund: Doc = {
        "id": book.new_id("refund"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": book.story,
        "currency": charge["currency"],
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "failure_balance_transaction": None,
        "failure_reason": None,
        "metadata": params.get("metadata") or {},
        "next_action": None,
        "payment_intent": charge["payment_intent"],
        "pending_reason": None,
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    if amount > ledger.balances(book)[0] and not book.account["debit_negative_balances"]:
        refund |= {"status": "pending", "pending_reason": "insufficient_funds"}
        book.later("refund", refund["id"], story=book.story + DAY)
    else:
        refund["balance_transaction"] = _row(book, refund)["id"]
    book.put(refund)
    _on_charge(book, charge, amount)
    book.emit("refund.created", refund)
    book.emit("charge.refunded", book.get("charge", charge["id"]))
    return refund


def _charge(book: Book, params: dict[str, Any]) -> Doc:
    if bool(params.get("charge")) == bool(params.get("payment_intent")):
        raise StripeError(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    if params.get("charge"):
        charge = book.get("charge", params["charge"], "charge")
    else:
        intent = book.get("payment_intent", params["payment_intent"], "payment_intent")
        if intent["status"] != "succeeded":
            raise StripeError(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
            )
        charge = book.get("charge", intent["latest_charge"])
    if charge["status"] != "succeeded":
        raise StripeError(f"Charge {charge['id']} cannot be refunded.", code="charge_not_refundable")
    return charge


def _row(book: Book, refund: Doc) -> Doc:
    charge = book.get("charge", refund["charge"])
    card = charge["payment_method_details"]["type"] == "card"
    return ledger.move(
        book,
        -refund["amount"],
        type="refund" if card else "payment_refund",
        category="refund",
        source=refund["id"],
        description=f"REFUND FOR CHARGE ({charge['description'] or charge['id']})",
        at_once=True,
    )


def _on_charge(book: Book, charge: Doc, amount: int) -> None:
    refunded = charge["amount_refunded"] + amount
    book.put(charge | {"amount_refunded": refunded, "refunded": refunded == charge["amount_captured"]})


def retried(book: Book, id: str) -> None:
    """A pending refund goes out once the balance allows it."""
    refund = book.get("refund", id)
    if refund["status"] != "pending":
        return
    if refund["amount"] > ledger.balances(book)[0]:
        book.later("refund", id, story=book.story + DAY)
        return
    before = dict(refund)
    refund |= {"balance_transaction": _row(book, refund)["id"], "status": "succeeded", "pending_reason": None}
    book.put(refund)
    book.emit("refund.updated", refund, before)


def fail(book: Book, id: str, reason: str) -> Doc:
    """The payer's bank sent it back: the money is in the balance again, the charge unrefunded again."""
    refund = book.get("refund", id)
    if refund["status"] not in ("succeeded", "pending"):
        raise StripeError(f"This refund is {refund['status']}.")
    if refund["balance_transaction"]:
        row = ledger.move(
            book,
            refund["amount"],
            type="refund_failure",
            category="refund_failure",
            source=refund["id"],
            description=f"REFUND FAILURE ({refund['id']})",
            at_once=True,
        )
        refund["failure_balance_transaction"] = row["id"]
    refund |= {"status": "failed", "failure_reason": reason}
    book.put(refund)
    _on_charge(book, book.get("charge", refund["charge"]), -refund["amount"])
    book.emit("refund.failed", refund)
    return refund


def update(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """Change the metadata."""
    refund = book.get("refund", id)
    before = dict(refund)
    refund["metadata"] = checks.merged(refund["metadata"], params.get("metadata"))
    book.put(refund)
    book.emit("refund.updated", refund, before)
    return refund


def cancel(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """Only a refund that waits for the payer can be cancelled; none here does."""
    refund = book.get("refund", id)
    raise StripeError(f"You cannot cancel a refund that is {refund['status']}.")
