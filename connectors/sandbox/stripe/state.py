"""State of the Stripe sandbox: accounts, keys, and the switches for what Stripe does not publish.

Business stamps (`created` of money, `available_on`, `arrival_date`) follow the story clock, and so does when
money is booked and paid out; sessions, events, webhooks, idempotency keys and limits follow the real one,
since a client's own clock meets them.

Settings at opening, all optional (SWITCHES has the defaults):
- `card_fee`, `becs_fee`: [basis points, fixed cents]; `dispute_fee`: cents; GST of 1/11 is inside them
- `split_gst`: the GST of a fee stands as its own entry `tax` of fee_details
- `dispute_rows`: combined (amount and fee in one row) or split
- `async_seconds`: how long after a success the balance transaction is still null
- `available_days`, `arrival_days`, `becs_days`: business days until available, at the bank, confirmed
- `reconciliation_hours`: after paid, until the rows of a payout may be listed
- `retries`: seconds between the tries of one webhook delivery; then it is given up
- `intent_shown`: a session names its PaymentIntent from the start, or only once the payer acts
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.sandbox.store import Doc, State

DEFAULT_KEY = "sk_test_sandbox"
DEFAULT_ACCOUNT = "acct_1Sandbox"
VERSION = "2026-10-28.endive"

SWITCHES: Doc = {
    "card_fee": [170, 30],
    "becs_fee": [100, 30],
    "dispute_fee": 2500,
    "split_gst": True,
    "dispute_rows": "combined",
    "async_seconds": 2,
    "available_days": 2,
    "arrival_days": 1,
    "becs_days": 2,
    "reconciliation_hours": 1,
    "retries": [60, 300, 1800, 7200, 21600, 43200, 86400, 86400],
    "intent_shown": False,
}


class StripeState(State):
    """Accounts by id; `used` counts calls for the limits, `hooks` what is in flight (both in memory)."""

    def __init__(self, path: Path | None, seed: int = 0, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(path, seed, settings)
        unknown = set(self.settings) - set(SWITCHES)
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        self.used: dict[tuple[str, ...], tuple[int, int]] = {}
        self.in_flight: set[str] = set()
        if not self.store.count("account"):
            self.add_account({"id": DEFAULT_ACCOUNT, "name": "Harbour & Hills Allied Health"})
            self.add_key(DEFAULT_KEY, DEFAULT_ACCOUNT, None)
            self.store.commit()

    def switch(self, name: str) -> Any:
        """One switch: as set, else its default."""
        return self.settings.get(name, SWITCHES[name])

    def add_account(self, wanted: Doc) -> Doc:
        """Create an account, or change what is given of one."""
        old = self.store.get("account", wanted["id"]) or {
            "name": "Clinic",
            "email": "accounts@clinic.example",
            "currency": "aud",
            "livemode": False,
            "version": VERSION,
            "platform": None,
            "interval": "daily",
            "debit_negative_balances": True,
            "bank_last4": "6789",
        }
        account = {**old, **wanted}
        self.store.put("account", account["id"], account)
        return account

    def add_key(self, key: str, account: str, permissions: Mapping[str, str] | None) -> None:
        """A secret key (`permissions` None: all) or a restricted one ({resource: read | write})."""
        self.store.put("key", key, {"id": key, "account": account, "permissions": permissions})

    def account(self, id: str) -> Doc:
        """An existing account (shared). Raises ValueError."""
        found = self.store.peek("account", id)
        if found is None:
            raise ValueError(f"no account {id!r}")
        return found
