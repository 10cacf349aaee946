"""Reading lists, single objects and the feed of events.

The feed is read forwards from the last event seen; the objects it names are read as they are now, so neither
the order of events nor the version they were written in matters (Stripe docs: webhooks, best practices).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from connectors.stripe import answers, probing
from connectors.stripe.sdk import Api, Refusal, records
from connectors.stripe.streams import LISTINGS, PAYOUT, Listing, id_of
from hub.contracts import Ask, Page, Record, Stream
from hub.errors import FeedLost, Missing, ReadFailed, Reason, Who

LIMIT = 100
FEED_LIMIT = 20  # events a page: each may cost one read
_ID = re.compile(r"[A-Za-z]+_[A-Za-z0-9_]{1,90}")


class StripeClient:
    """An open connection to one account."""

    def __init__(self, api: Api, key: str) -> None:
        self._api, self._key = api, key

    def page(self, stream: Stream, ask: Ask, next_page: str | None) -> Page:
        """One page of an ask. Raises ReadFailed, FeedLost, RateLimited, ReconnectNeeded, Refused."""
        if ask.purpose == "feed":
            return self._feed(stream, ask.after or "", next_page)
        if stream.parent is not None:
            return self._rows(stream, ask, next_page)
        params: dict[str, Any] = {"limit": LIMIT}
        if ask.window_from is not None:
            params["created"] = {"gte": int(_midnight(ask))}
        position = None
        if next_page is not None:
            params["starting_after"] = next_page
        elif ask.purpose == "all":
            position = self._end()
        found, more = self._list(stream, **params)
        return Page(found, id_of(found[-1]) if more else None, position=position)

    def fetch_one(self, stream: Stream, source_id: str) -> Record:
        """One object as it is now. Raises Missing."""
        if not _ID.fullmatch(source_id):
            raise Missing(f"{stream.name} have ids of another form.")
        listing = LISTINGS[stream.name]
        try:
            record = self._api.call(f"{listing.service}.retrieve", source_id)
        except Refusal as refusal:
            raise answers.of_read(refusal, listing.permission) from None
        if id_of(record) != source_id:
            raise ReadFailed(f"Stripe answered another object than one of {stream.name}.")
        return record if stream.parent is None else self._at_home(stream, record)

    def probe(self) -> Sequence[Reason]:
        """What stands against going live with this key."""
        return probing.probe(self._api, self._key)

    def _list(self, stream: Stream, **params: Any) -> tuple[tuple[Record, ...], bool]:
        listing = LISTINGS[stream.name]
        return self._read(f"{listing.service}.list", listing.permission, **params)

    def _read(self, service: str, permission: str, **params: Any) -> tuple[tuple[Record, ...], bool]:
        """Objects of one list answer, and whether there are more."""
        try:
            answer: Mapping[str, Any] = self._api.call(service, **params)
        except Refusal as refusal:
            raise answers.of_read(refusal, permission) from None
        found = records(answer)
        if found is None:
            raise ReadFailed("Stripe's answer is no list.", code="stripe:no-list")
        return found, bool(answer.get("has_more")) and bool(found)

    def _end(self) -> str | None:
        """The newest event of all: any of them can be gone on from."""
        found, _ = self._read("events.list", "Events: read", limit=1)
        return id_of(found[0]) if found else None

    def _feed(self, stream: Stream, after: str, next_page: str | None) -> Page:
        """The objects that events after one name, oldest event first."""
        try:
            types = [*LISTINGS[stream.name].events, *LISTINGS[stream.name].touched]
            found, more = self._read(
                "events.list", "Events: read", types=types, limit=FEED_LIMIT, ending_before=next_page or after
            )
        except Missing:
            raise FeedLost(
                f"Stripe keeps events for 30 days; {stream.name} are listed anew.", who=Who.NOBODY
            ) from None
        if not found:
            return Page(())
        newest = id_of(found[0])
        ids = dict.fromkeys(id for event in reversed(found) if (id := _object(event, LISTINGS[stream.name])))
        return Page(
            tuple(self.fetch_one(stream, id) for id in ids), newest if more else None, position=newest
        )

    def _rows(self, stream: Stream, ask: Ask, next_page: str | None) -> Page:
        """The balance transactions of payouts, one payout after the other."""
        at, after = json.loads(next_page) if next_page else (0, None)
        ids = list(ask.parents) if ask.purpose == "parents" else self._payouts()
        if at >= len(ids):
            return Page(())
        found, more = self._of_payout(stream, ids[at], after)
        if more:
            return Page(found, json.dumps([at, id_of(found[-1])]))
        return Page(found, json.dumps([at + 1, None]) if at + 1 < len(ids) else None)

    def _of_payout(self, stream: Stream, payout: str, after: str | None) -> tuple[tuple[Record, ...], bool]:
        """Rows of an automatic payout whose parts are told; of another one there are none to ask for."""
        if after is None:
            try:
                told = self._api.call("payouts.retrieve", payout)
            except Refusal as refusal:
                raise answers.of_read(refusal, LISTINGS["payouts"].permission) from None
            if not told.get("automatic") or told.get("reconciliation_status") != "completed":
                return (), False
        params: dict[str, Any] = {"payout": payout, "limit": LIMIT}
        if after is not None:
            params["starting_after"] = after
        found, more = self._list(stream, **params)
        return tuple({**row, PAYOUT: payout} for row in found), more

    def _at_home(self, stream: Stream, row: Record) -> Record:
        """A row with the payout it belongs to, which only the payouts' own lists can tell."""
        ask, after = Ask(purpose="all"), None
        while True:
            page = self._rows(stream, ask, after)
            for one in page.records:
                if id_of(one) == id_of(row):
                    return one
            if page.next is None:
                return row
            after = page.next

    def _payouts(self) -> list[str]:
        """Every payout, newest first."""
        ids: list[str] = []
        after: dict[str, Any] = {}
        while True:
            found, more = self._read("payouts.list", LISTINGS["payouts"].permission, limit=LIMIT, **after)
            ids += [id_of(one) for one in found]
            if not more:
                return ids
            after = {"starting_after": ids[-1]}


def _object(event: Record, listing: Listing) -> str | None:
    """The id of the object an event is about, or of the one it touches."""
    data = event.get("data")
    found = data.get("object") if isinstance(data, dict) else None
    field = listing.link if event.get("type") in listing.touched else "id"
    id = found.get(field) if isinstance(found, dict) else None
    return id if isinstance(id, str) else None


def _midnight(ask: Ask) -> float:
    assert ask.window_from is not None
    return datetime.combine(ask.window_from, time(), UTC).timestamp()
