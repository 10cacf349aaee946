"""Reading lists, single objects and the feed of events.

The feed is read forwards from the last event seen; the objects it names are read as they are now, so neither
the order of events nor the version they were written in matters (Stripe docs: webhooks, best practices).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from connectors.stripe import answers, probing
from connectors.stripe.lists import LIMIT, listed, read
from connectors.stripe.rows import PayoutRows
from connectors.stripe.sdk import Api, Refusal
from connectors.stripe.streams import LISTINGS, Listing, id_of
from hub.contracts import Ask, Page, Record, Stream
from hub.errors import FeedLost, Missing, ReadFailed, Reason, Who

FEED_LIMIT = 20  # events a page: each may cost one read
_ID = re.compile(r"[A-Za-z]+_[A-Za-z0-9_]{1,90}")


class StripeClient:
    """An open connection to one account."""

    def __init__(self, api: Api, key: str) -> None:
        self._api, self._key = api, key
        self._rows = PayoutRows(api)

    def page(self, stream: Stream, ask: Ask, next_page: str | None) -> Page:
        """One page of an ask. Raises ReadFailed, FeedLost, RateLimited, ReconnectNeeded, Refused."""
        if ask.purpose == "feed":
            return self._feed(stream, ask.after or "", next_page)
        if stream.parent is not None:
            return self._rows.page(stream, ask, next_page)
        params: dict[str, Any] = {"limit": LIMIT}
        if ask.window_from is not None:
            params["created"] = {"gte": int(_midnight(ask))}
        position = None
        if next_page is not None:
            params["starting_after"] = next_page
        elif ask.purpose == "all":
            position = self._end()
        found, more = listed(self._api, stream.name, **params)
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
        return record if stream.parent is None else self._rows.at_home(stream, record)

    def probe(self) -> Sequence[Reason]:
        """What stands against going live with this key."""
        return probing.probe(self._api, self._key)

    def _end(self) -> str | None:
        """The newest event of all: any of them can be gone on from."""
        found, _ = read(self._api, "events.list", "Events: read", limit=1)
        return id_of(found[0]) if found else None

    def _feed(self, stream: Stream, after: str, next_page: str | None) -> Page:
        """The objects that events after one name, oldest event first."""
        try:
            types = [*LISTINGS[stream.name].events, *LISTINGS[stream.name].touched]
            found, more = read(
                self._api,
                "events.list",
                "Events: read",
                types=types,
                limit=FEED_LIMIT,
                ending_before=next_page or after,
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
