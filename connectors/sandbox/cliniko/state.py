"""What one Cliniko sandbox is set to: its accounts and keys, and the switches for undocumented behaviour.

Where the vendor publishes nothing, the sandbox offers each plausible behaviour behind a switch (default
first in SWITCHES), so that a connector can be proved against all of them. `settings` at opening:
`{"accounts": [{"id", "name", "subdomain", "shard", "country", "country_code", "users": [{"id", "key",
"role", "first_name", "last_name", "email"}]}], "switches": {...}, "first_invoice_number": n,
"first_payment_number": n}`. A user's key is given without its shard suffix; requests may carry it with or
without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.sandbox.store import Doc
from connectors.sandbox.switches import SwitchedState

DEFAULT_KEY = "sandbox-key-harbour"
DEFAULT_ACCOUNT: Doc = {
    "id": "48211",
    "name": "Harbour & Hills Allied Health",
    "subdomain": "harbour-hills",
    "shard": "au1",
    "country": "Australia",
    "country_code": "AU",
    "users": [
        {
            "id": "1002",
            "key": DEFAULT_KEY,
            "role": "bookkeeper",
            "first_name": "Hub",
            "last_name": "Integration",
            "email": "hub@harbour-hills.example",
        }
    ],
}

SWITCHES: dict[str, tuple[Any, ...]] = {
    "archived_single_read": (404, 200),
    "archive_bumps_updated_at": (False, True),
    "leaving_bumps_updated_at": (True, False),
    "part_payment_bumps_updated_at": (False, True),
    "item_edit": ("replace", "in_place"),
    "item_edit_bumps_invoice": (True, False),
    "unknown_parameter": ("ignored", 400),
    "per_page_over_100": ("capped", 400),
    "ids": ("text", "numbers"),
    "total_including_tax": ("number", "text"),
    "missing_relation": ("absent", "null"),
    "reversed_in_full": (30, 20),
    "credit_note_used_up": (30, 20),
    "zero_total": (20, 30),
    "prepaid_at_creation": ("at_once", "later"),
    "user_agent": ("warn", 403),
    "retry_after": ("absent", "present"),
    "wrong_shard": (401, 404),
    "archived_after_lifts": (True, False),
    "error_body": ("message", "empty", "html"),
    "native_xero": (False, True),
    "stripe": (True, False),
    "time_zone_support": (True, False),
}
_SEEDED_AT = "2026-01-05T01:00:00Z"


@dataclass(slots=True)
class Window:
    """One user's running minute: when it began and how many requests it has seen."""

    began: datetime
    count: int = 0


@dataclass(slots=True)
class Account:
    """One clinic's account and the keys of its users (key without suffix -> user id)."""

    id: str
    facts: Doc
    keys: dict[str, str] = field(default_factory=dict)


class ClinikoState(SwitchedState):
    """State of the Cliniko sandbox: accounts, switches, and the rate windows (memory only)."""

    known = SWITCHES

    def __init__(self, path: Path | None, seed: int = 0, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(path, seed, settings)
        self.windows: dict[str, Window] = {}
        self.warnings: list[str] = []
        self.accounts: dict[str, Account] = {}
        for facts in self.settings.get("accounts") or [DEFAULT_ACCOUNT]:
            account = Account(str(facts["id"]), {**DEFAULT_ACCOUNT, **facts})
            self.accounts[account.id] = account
            for user in account.facts["users"]:
                account.keys[user["key"]] = user["id"]
                self._seed_user(account, user)
        self.store.commit()

    def _seed_user(self, account: Account, user: Doc) -> None:
        kind = f"{account.id}/users"
        if self.store.peek(kind, user["id"]) is None:
            shown = {k: v for k, v in user.items() if k != "key"}
            extra = {"active": True, "user_active": True, "phone_numbers": [], "time_zone": "Melbourne"}
            zone = {"time_zone_identifier": "Australia/Melbourne"}
            times = {"created_at": _SEEDED_AT, "updated_at": _SEEDED_AT}
            self.store.put(kind, user["id"], {**extra, **zone, **times, **shown})

    def account(self, id: str | None) -> Account:
        """An account by id, or the first one. Raises ValueError when there is none of that id."""
        if id is None:
            return next(iter(self.accounts.values()))
        if id not in self.accounts:
            raise ValueError(f"no account {id}")
        return self.accounts[id]
