"""Disputes: the amount and a fee leave at once; won, the amount returns, in Australia without the fee.

An inquiry (`warning_*`) moves no money. Two shapes of rows occur (switch `dispute_rows`): one with its fee,
or one for the amount and one for the fee.
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.stripe import checks, ledger
from connectors.sandbox.stripe.book import Book, Doc, shown
from connectors.sandbox.stripe.days import DAY
from connectors.sandbox.stripe.errors import StripeError

UPDATE: checks.Shape = {
    "metadata": checks.metadata,
    "evidence": checks.kept,
    "submit": checks.flag,
    "expand": checks.LISTING["expand"],
    **checks.documented("intended_submission_method"),
}
CLOSED = ("won", "lost", "warning_closed", "prevented")


def open_(
    book: Book, charge_id: str, amount: int | None = None, reason: str = "fraudulent", inquiry: bool = False
) -> Doc:
    """A cardholder disputes a charge, or their bank asks about it."""
    charge = book.get("charge", charge_id)
    if charge["status"] != "succeeded" or charge["refunded"]:
        raise StripeError("Only a charge that was paid and not fully refunded can be disputed.")
    cents = amount or charge["amount_captured"] - charge["amount_refunded"]
    dispute: Doc = {
        "id": book.new_id("dispute"),
        "object": "dispute",
        "amount": cents,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": book.story,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": book.story + 9 * DAY,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": book.livemode,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"card": {"brand": "visa", "case_type": "chargeback"}, "type": "card"},
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
    book.put(dispute)
    if not inquiry:
        book.put(charge | {"disputed": True})
        _withdraw(book, dispute)
    book.emit("charge.dispute.created", dispute)
    if not inquiry:
        book.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def _withdraw(book: Book, dispute: Doc) -> None:
    fee = int(book.state.switch("dispute_fee"))
    together = book.state.switch("dispute_rows") == "combined"
    row = _row(
        book,
        dispute,
        -dispute["amount"],
        f"Chargeback withdrawal for {dispute['charge']}",
        fee if together else 0,
    )
    if not together:
        _row(book, dispute, -fee, "Chargeback fee", 0)
    dispute["balance_transactions"] = [shown(ledger.current(book, row))]
    book.put(dispute)


def _row(book: Book, dispute: Doc, cents: int, text: str, fee: int, category: str = "dispute") -> Doc:
    return ledger.move(
        book,
        cents,
        type="adjustment",
        category=category,
        source=dispute["id"],
        description=text,
        fee=fee,
        fee_text="Dispute fee",
        at_once=True,
    )


def settle(book: Book, id: str, won: bool) -> Doc:
    """The bank decides; an inquiry just ends."""
    dispute = book.get("dispute", id)
    if dispute["status"] in CLOSED:
        raise StripeError(f"This dispute is {dispute['status']}.")
    if dispute["status"].startswith("warning"):
        dispute["status"] = "warning_closed"
    else:
        dispute["status"] = "won" if won else "lost"
        if won:
            text = f"Chargeback reversal for {dispute['charge']}"
            row = _row(book, dispute, dispute["amount"], text, 0, "dispute_reversal")
            dispute["balance_transactions"].append(shown(ledger.current(book, row)))
    book.put(dispute)
    if dispute["status"] == "won":
        book.emit("charge.dispute.funds_reinstated", dispute)
    book.emit("charge.dispute.closed", dispute)
    return dispute


def update(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """Give evidence; submitting it puts the dispute under review."""
    dispute = book.get("dispute", id)
    if dispute["status"] in CLOSED:
        raise StripeError("This dispute is already closed.", code="dispute_already_closed")
    before = dict(dispute)
    dispute["metadata"] = checks.merged(dispute["metadata"], params.get("metadata"))
    if "evidence" in params:
        dispute["evidence"] = {**dispute["evidence"], **params["evidence"]}
        dispute["evidence_details"] = {**dispute["evidence_details"], "has_evidence": True}
    if params.get("submit", "evidence" in params):
        dispute["status"] = (
            "warning_under_review" if dispute["status"].startswith("warning") else "under_review"
        )
    book.put(dispute)
    book.emit("charge.dispute.updated", dispute, before)
    return dispute


def close(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """The clinic gives up: lost."""
    return settle(book, id, won=False)
