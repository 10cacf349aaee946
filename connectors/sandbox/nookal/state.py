"""What one Nookal sandbox is set to: keys and what they may see, and the switches for what nobody published.

`settings` at opening: `{"api_key", "basic_key", "client_id", "zone", "locations": [ids the keys cover] or
null, "v3_locations": the same for v3 where it differs, "denied": [v3 queries the client may not ask],
"switches": {...}}`. `POST /__control__/access` changes keys, locations and denials later (a key switched off
is a key with another text).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.sandbox.store import Doc
from connectors.sandbox.switches import SwitchedState

API_KEY, BASIC_KEY = "sandbox-nookal-key", "c2FuZGJveC1jbGllbnQ6c2FuZGJveC1zZWNyZXQ="
LIFETIME = timedelta(hours=1)
_ACCESS: Doc = {
    "api_key": API_KEY,
    "basic_key": BASIC_KEY,
    "client_id": "sandbox-client",
    "locations": None,
    "v3_locations": None,
    "denied": ["contacts", "treatmentNotes"],
}
SWITCHES: dict[str, tuple[Any, ...]] = {
    "payment_bumps_invoice": (True, False),
    "invoices_by": ("modified", "created"),
    "credit_use": ("payment", "row", "move"),
    "overpayment": ("accepted", "refused"),
    "payment_ref_readable": (False, True),
    "expired_status": (401, 200),
    "single_row": ("bare", "bare everywhere", "list"),
    "no_rows": ("list", "null"),
    "v2_lists": ("list", "map"),
    "stamps_zone": ("UTC", "local"),
    "text_writes": ("mangled", "kept"),
    "total_payments": ("payments", "payments and credits"),
    "foreign_charset": ("lost", "stored"),
}


class NookalState(SwitchedState):
    """State of the Nookal sandbox. The one living v3 token is durable, as it is at the vendor's."""

    known = SWITCHES

    def __init__(self, path: Path | None, seed: int = 0, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(path, seed, settings)
        self.calls: list[datetime] = []

    @property
    def access(self) -> Doc:
        """The keys, the locations they cover (None: all) and the v3 queries that are not allowed."""
        opened = {name: self.settings[name] for name in _ACCESS if name in self.settings}
        return {**_ACCESS, **opened, **(self.store.peek("__control__", "access") or {})}

    def change_access(self, changes: Doc) -> Doc:
        """Change keys, locations or denials. Raises ValueError for an unknown name."""
        unknown = sorted(set(changes) - set(_ACCESS))
        if unknown:
            raise ValueError(f"unknown: {', '.join(unknown)}")
        stored = self.store.peek("__control__", "access") or {}
        self.store.put("__control__", "access", {**stored, **changes})
        return self.access

    @property
    def zone(self) -> str:
        """The zone of the account: what local stamps mean where a record has no location."""
        return str(self.settings.get("zone") or "Australia/Sydney")

    def new_token(self, now: datetime) -> tuple[str, datetime]:
        """Issue a v3 token; the one before it is dead from now on."""
        token = self.uuid("token").replace("-", "")
        until = now + LIFETIME
        self.store.put("__control__", "token", {"token": token, "until": until.isoformat()})
        return token, until

    def token_lives(self, token: str, now: datetime) -> bool:
        """Whether `token` is the one last issued and not yet past its hour."""
        held = self.store.peek("__control__", "token")
        return bool(held and held["token"] == token and now < datetime.fromisoformat(held["until"]))
