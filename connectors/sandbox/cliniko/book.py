"""One account's records as the hands and the ledger see them: ids, stamps, checks, writes.

Visible records live under `<account>/<resource>`; what the API hides (payments, uses of credit) lives beside
them under `<account>/~payments` and `<account>/~uses`, and `<account>/~wallets` lists, per patient, what can
hold credit. Keys that start with an underscore are never rendered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.sandbox.acting import HandsError, instant
from connectors.sandbox.cliniko.resources_people import RESOURCES
from connectors.sandbox.cliniko.state import Account, ClinikoState
from connectors.sandbox.store import Doc

PAYMENTS, USES, WALLETS = "~payments", "~uses", "~wallets"
_FIRST_ID = 1_950_045_552_234_100_000


def utc_text(moment: datetime) -> str:
    """An instant as the vendor writes it: UTC, whole seconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Book:
    """An account's records at one moment of the story."""

    def __init__(self, state: ClinikoState, account: Account, now: datetime) -> None:
        self.state, self.account, self.now = state, account, now

    def at(self, moment: Any) -> Book:
        """The same book at another moment (ISO text), or itself when None."""
        return self if moment is None else Book(self.state, self.account, instant(moment))

    @property
    def stamp(self) -> str:
        """The present moment of the story, for created_at and its like."""
        return utc_text(self.now)

    def switch(self, name: str) -> Any:
        """The present value of a switch."""
        return self.state.switch(name)

    def peek(self, kind: str, id: Any) -> Doc | None:
        """A shared record for reading, or None."""
        return self.state.store.peek(f"{self.account.id}/{kind}", str(id))

    def need(self, kind: str, id: Any) -> Doc:
        """A fresh copy of a record. Raises HandsError when there is none."""
        doc = self.state.store.get(f"{self.account.id}/{kind}", str(id))
        if doc is None:
            raise HandsError(f"no record {id} in {kind.strip('~')}")
        return doc

    def rows(self, kind: str) -> Iterator[Doc]:
        """Every record of a kind, shared objects in insertion order."""
        return self.state.store.all(f"{self.account.id}/{kind}")

    def put(self, kind: str, doc: Doc, *, bump: bool = True) -> Doc:
        """Store a record; `bump` sets updated_at to the present moment."""
        if bump:
            doc["updated_at"] = self.stamp
        self.state.store.put(f"{self.account.id}/{kind}", doc["id"], doc)
        return doc

    def drop(self, kind: str, id: str) -> None:
        """Forget a record without trace."""
        self.state.store.delete(f"{self.account.id}/{kind}", id)

    def new(self, kind: str, fields: Doc, id: Any = None) -> Doc:
        """Store a new record with its id and times; every scalar of its resource is present."""
        if id is not None and not str(id).isdigit():
            raise HandsError(f"id {id!r} is not digits")
        key = str(id) if id is not None else self.new_id()
        if self.peek(kind, key) is not None:
            raise HandsError(f"id {key} is taken in {kind}")
        declared = RESOURCES.get(kind)
        blank: Doc = dict.fromkeys(declared.scalars) if declared else {}
        return self.put(kind, {**blank, "created_at": self.stamp, **fields, "id": key})

    def new_id(self) -> str:
        """A 19-digit id, growing, unlike its neighbours."""
        n = self.state.store.next(f"{self.account.id}:id")
        spread = hashlib.sha256(f"{self.state.seed}:{n}".encode()).digest()[0]
        return str(_FIRST_ID + n * 977 + spread)

    def number(self, what: str, given: Any, default_first: int) -> int:
        """The next number of a series (invoice, payment), or the given one, which the series then skips."""
        name = f"{self.account.id}:{what}"
        if given is not None:
            self.state.store.put(f"{self.account.id}/~numbers:{what}", str(given), {"id": str(given)})
            return int(given)
        first = int(self.state.settings.get(f"first_{what}_number") or default_first)
        while True:
            value = first - 1 + self.state.store.next(name)
            if self.peek(f"~numbers:{what}", value) is None:
                return value

    def zone(self, business_id: str) -> ZoneInfo:
        """A business's own zone."""
        business = self.peek("businesses", business_id) or {}
        return ZoneInfo(business.get("time_zone_identifier") or "Australia/Melbourne")

    def business_date(self, business_id: str) -> date:
        """Today in a business's zone."""
        return self.now.astimezone(self.zone(business_id)).date()
