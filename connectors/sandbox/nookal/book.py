"""The account's records as hands, writes and reads see them: ids, stamps, who may see what.

Amounts are integer cents; business days are ISO dates; `created` and `modified` are aware UTC instants as
text. Ids are numbers kept as text and are the same in both APIs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.sandbox.acting import HandsError, instant
from connectors.sandbox.nookal.state import NookalState
from connectors.sandbox.store import Doc

FIRST = {
    "patients": 1201,
    "appointments": 88101,
    "cases": 3301,
    "invoices": 40401,
    "entries": 71001,
    "payments": 55801,
    "credits": 901,
    "adjustments": 301,
    "discounts": 201,
    "refunds": 101,
}


class Book:
    """The records at one moment of the story."""

    def __init__(self, state: NookalState, now: datetime, *, v3: bool = False) -> None:
        self.state, self.now, self._v3 = state, now, v3

    def at(self, moment: Any) -> Book:
        """The same book at another moment (ISO text), or itself when None."""
        return self if moment is None else Book(self.state, instant(moment))

    def switch(self, name: str) -> Any:
        """The present value of a switch."""
        return self.state.switch(name)

    def peek(self, kind: str, id: Any) -> Doc | None:
        """A shared record for reading, or None."""
        return self.state.store.peek(kind, str(id))

    def need(self, kind: str, id: Any) -> Doc:
        """A fresh copy of a record. Raises HandsError when there is none."""
        doc = self.state.store.get(kind, str(id))
        if doc is None:
            raise HandsError(f"no record {id} in {kind}")
        return doc

    def rows(self, kind: str) -> Iterator[Doc]:
        """Every record of a kind, shared objects in insertion order."""
        return self.state.store.all(kind)

    def of(self, kind: str, field: str, id: Any) -> list[Doc]:
        """Records of a kind whose `field` is `id`."""
        return [row for row in self.rows(kind) if str(row.get(field)) == str(id)]

    def put(self, kind: str, doc: Doc, *, bump: bool = True) -> Doc:
        """Store a record; `bump` sets the moment it was modified."""
        if bump:
            doc["modified"] = self.stamp
        self.state.store.put(kind, doc["id"], doc)
        return doc

    def drop(self, kind: str, id: str) -> None:
        """Forget a record without trace: no API shows tombstones."""
        self.state.store.delete(kind, id)

    def new(self, kind: str, fields: Doc, id: Any = None) -> Doc:
        """Store a new record under the given or the next id. Raises HandsError when it is taken."""
        key = str(id) if id is not None else self._next(kind)
        if not key.isdigit() or key == "0":
            raise HandsError(f"id {key!r} is not a number")
        if self.peek(kind, key) is not None:
            raise HandsError(f"id {key} is taken in {kind}")
        return self.put(kind, {"created": self.stamp, **fields, "id": key})

    def _next(self, kind: str) -> str:
        while True:
            key = str(FIRST.get(kind, 1) - 1 + self.state.store.next(f"id:{kind}"))
            if self.peek(kind, key) is None:
                return key

    @property
    def stamp(self) -> str:
        """The present moment of the story as an instant."""
        return self.now.astimezone(UTC).isoformat()

    def zone(self, location_id: Any) -> ZoneInfo:
        """A location's zone, else the account's."""
        place = self.peek("locations", location_id) or {}
        return ZoneInfo(place.get("zone") or self.state.zone)

    def local(self, moment: str, location_id: Any) -> datetime:
        """An instant as the naive clock on the wall of a location."""
        return datetime.fromisoformat(moment).astimezone(self.zone(location_id)).replace(tzinfo=None)

    def day(self, given: Any, location_id: Any) -> str:
        """A business day as given (ISO), else today at the location. Raises HandsError."""
        if given is None:
            return self.now.astimezone(self.zone(location_id)).date().isoformat()
        try:
            return date.fromisoformat(str(given)).isoformat()
        except ValueError:
            raise HandsError(f"{given!r} is not a day") from None

    def seen(self, row: Doc) -> bool:
        """Whether the keys cover the record's location; records without one are seen by every key."""
        covered, place = self.covered, row.get("location_id")
        return covered is None or place in (None, "0") or str(place) in covered

    @property
    def covered(self) -> list[str] | None:
        """The locations this API's key covers; None: all."""
        access = self.state.access
        found = access["v3_locations"] if self._v3 and access["v3_locations"] else access["locations"]
        return None if found is None else [str(one) for one in found]
