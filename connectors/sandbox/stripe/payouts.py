"""Payouts: automatic ones by the daily schedule, manual ones by call; the clock moves them along.

An automatic payout takes every available row no payout took yet, so its rows can be told; for a manual one
Stripe cannot say. A paid payout may still fail: the money comes back as a row that a later payout carries.
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.stripe import checks, ledger
from connectors.sandbox.stripe.book import Book, Doc
from connectors.sandbox.stripe.days import DAY, business_days_after, is_business, midnight
from connectors.sandbox.stripe.errors import NotImitated, StripeError

HOUR = 3600
CREATE: checks.Shape = {
    "amount": checks.positive,
    "currency": checks.text(3),
    "description": checks.text(),
    "metadata": checks.metadata,
    "method": checks.one_of("standard", "instant"),
    "statement_descriptor": checks.text(22),
    "source_type": checks.one_of("bank_account", "card", "fpx"),
    "expand": checks.LISTING["expand"],
    **checks.documented("destination", "payout_method"),
}
UPDATE: checks.Shape = {"metadata": checks.metadata, "expand": checks.LISTING["expand"]}


def _blank(book: Book, amount: int, automatic: bool) -> Doc:
    arrival = business_days_after(book.story, int(book.state.switch("arrival_days")))
    return {
        "id": book.new_id("payout"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": arrival,
        "automatic": automatic,
        "balance_transaction": None,
        "created": book.story,
        "currency": book.account["currency"],
        "description": "STRIPE PAYOUT" if automatic else None,
        "destination": f"ba_{book.account['id'][5:]}",
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": book.livemode,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
    }


def _begin(book: Book, payout: Doc) -> Doc:
    row = ledger.move(
        book,
        -payout["amount"],
        type="payout",
        category="payout",
        source=payout["id"],
        description=payout["description"] or "STRIPE PAYOUT",
        at_once=True,
    )
    if payout["automatic"]:
        book.put(row | {"_payout": payout["id"]})
    payout["balance_transaction"] = row["id"]
    book.put(payout)
    book.emit("payout.created", payout)
    book.later("payout_sent", payout["id"], story=book.story + 6 * HOUR)
    book.later("payout_paid", payout["id"], story=payout["arrival_date"])
    return payout


def daily(book: Book) -> Doc | None:
    """The payout of one day, or None: nothing to pay, no banking day, or the clinic pays out by hand."""
    if book.account["interval"] != "daily" or not is_business(book.story):
        return None
    return automatic(book)


def automatic(book: Book) -> Doc | None:
    """A payout of everything available that no payout took yet."""
    rows = [
        row
        for row in book.all("balance_transaction")
        if row["_payout"] is None and row["available_on"] <= book.story
    ]
    total = sum(row["net"] for row in rows)
    if total == 0 or (total < 0 and not book.account["debit_negative_balances"]):
        return None
    payout = _blank(book, total, automatic=True)
    for row in rows:
        book.put({**row, "_payout": payout["id"]})
    return _begin(book, payout)


def create(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """A manual payout of available money."""
    if params.get("method") == "instant":
        raise NotImitated("instant payouts")
    if params["currency"].lower() != book.account["currency"]:
        raise StripeError("You have insufficient funds in your Stripe account.", code="balance_insufficient")
    ledger.need(book, params["amount"])
    payout = _blank(book, params["amount"], automatic=False)
    payout |= {
        "description": params.get("description"),
        "metadata": params.get("metadata") or {},
        "statement_descriptor": params.get("statement_descriptor"),
    }
    return _begin(book, payout)


def sent(book: Book, id: str) -> None:
    """Handed to the bank."""
    payout = book.get("payout", id)
    if payout["status"] == "pending":
        before = dict(payout)
        payout |= {"status": "in_transit", "trace_id": {"status": "pending", "value": None}}
        book.put(payout)
        book.emit("payout.updated", payout, before)


def paid(book: Book, id: str) -> None:
    """At the bank, as far as Stripe knows."""
    payout = book.get("payout", id)
    if payout["status"] in ("pending", "in_transit"):
        book.put(payout | {"status": "paid"})
        book.emit("payout.paid", book.get("payout", id))
        book.later("payout_traced", id, story=book.story + 2 * DAY)
    if payout["automatic"]:
        hours = float(book.state.switch("reconciliation_hours"))
        book.later("payout_reconciled", id, story=book.story + int(hours * HOUR))


def reconciled(book: Book, id: str) -> None:
    """The rows of an automatic payout can be listed in full."""
    payout = book.get("payout", id)
    book.put(payout | {"reconciliation_status": "completed"})
    book.emit("payout.reconciliation_completed", book.get("payout", id))


def traced(book: Book, id: str) -> None:
    """The bank's own reference is known."""
    payout = book.get("payout", id)
    if payout["status"] == "paid":
        before = dict(payout)
        payout["trace_id"] = {"status": "supported", "value": f"TR{id[3:15].upper()}"}
        book.put(payout)
        book.emit("payout.updated", payout, before)


def at_once(book: Book) -> Doc:
    """A payout that is made, arrives, and is reconciled and traced now."""
    payout = automatic(book)
    if payout is None:
        raise StripeError("There is nothing to pay out.")
    for step in (sent, paid, reconciled, traced):
        step(book, payout["id"])
    for timer in [t for t in book.state.store.all("timer") if t["ref"] == payout["id"]]:
        book.state.store.delete("timer", timer["id"])
    return book.get("payout", payout["id"])


def fail(book: Book, id: str, code: str) -> Doc:
    """The bank refused or returned it."""
    payout = book.get("payout", id)
    if payout["status"] not in ("pending", "in_transit", "paid"):
        raise StripeError(f"This payout is {payout['status']}.")
    row = ledger.move(
        book,
        payout["amount"],
        type="payout_failure",
        category="payout_reversal",
        source=id,
        description="STRIPE PAYOUT FAILURE",
        at_once=True,
    )
    payout |= {
        "status": "failed",
        "failure_balance_transaction": row["id"],
        "failure_code": code,
        "failure_message": "The bank account has been closed."
        if code == "account_closed"
        else "The bank refused it.",
    }
    book.put(payout)
    book.emit("payout.failed", payout)
    return payout


def cancel(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """Only a manual payout that is still pending can be cancelled."""
    payout = book.get("payout", id)
    if payout["automatic"] or payout["status"] != "pending":
        raise StripeError("Payouts can only be canceled if they are manual and pending.")
    row = ledger.move(
        book,
        payout["amount"],
        type="payout_cancel",
        category="payout_reversal",
        source=id,
        description="STRIPE PAYOUT CANCELLED",
        at_once=True,
    )
    payout |= {"status": "canceled", "failure_balance_transaction": row["id"]}
    book.put(payout)
    book.emit("payout.canceled", payout)
    return payout


def reverse(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """Not offered for Australian bank accounts."""
    book.get("payout", id)
    raise StripeError("Payouts to this bank account cannot be reversed.", code="payouts_not_allowed")


def update(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """Change the metadata."""
    payout = book.get("payout", id)
    before = dict(payout)
    payout["metadata"] = checks.merged(payout["metadata"], params.get("metadata"))
    book.put(payout)
    book.emit("payout.updated", payout, before)
    return payout


def rows_of(book: Book, id: str) -> list[Doc]:
    """The rows of an automatic payout, its own included; before it is reconciled some are missing."""
    payout = book.get("payout", id, "payout")
    if not payout["automatic"]:
        raise StripeError(
            "Balance transaction history can only be filtered on automatic transfers, not manual.",
            param="payout",
        )
    rows = [row for row in book.all("balance_transaction") if row["_payout"] == id]
    return rows if payout["reconciliation_status"] == "completed" else rows[1:]


def next_day(at: int) -> int:
    """When the next daily payout is due."""
    return midnight(at) + DAY
