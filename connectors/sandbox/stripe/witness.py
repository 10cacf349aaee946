"""The account as a witness: `GET /__control__/ledger[?account=]`, enough to check every cent from outside.

- `account`, `balance`: {available, pending}, whose sum is the sum of `net` over all rows
- `rows`: every balance transaction, oldest first, with `payout`: the automatic payout that took it, or null
- `charges`, `refunds`, `payouts`, `disputes`, `payment_intents`, `sessions`, `events`: as the API shows them,
  oldest first
"""

from __future__ import annotations

from connectors.sandbox.stripe import ledger as money
from connectors.sandbox.stripe.book import Book, Doc, shown
from connectors.sandbox.stripe.state import DEFAULT_ACCOUNT, StripeState
from connectors.sandbox.wire import Clock

_KINDS = {
    "charges": "charge",
    "refunds": "refund",
    "payouts": "payout",
    "disputes": "dispute",
    "payment_intents": "payment_intent",
    "sessions": "checkout.session",
    "events": "event",
}


def ledger(state: StripeState, clock: Clock, account: str | None) -> Doc:
    """Everything of one account (the default one when none is named). Raises ValueError."""
    now, story = int(clock.now().timestamp()), int(state.story_now(clock).timestamp())
    book = Book(state, account or DEFAULT_ACCOUNT, now, story)
    available, pending = money.balances(book)
    rows = [
        {**shown(money.current(book, row)), "payout": row["_payout"]}
        for row in book.all("balance_transaction")
    ]
    assert sum(row["net"] for row in rows) == available + pending
    found = {name: [shown(doc) for doc in book.all(kind)] for name, kind in _KINDS.items()}
    balance = {"available": available, "pending": pending}
    return {"account": book.account["id"], "balance": balance, "rows": rows, **found}
