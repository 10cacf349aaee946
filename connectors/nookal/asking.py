"""How an ask becomes parameters of v2 or arguments of v3, and which of the rows that come back fit it.

Both filters are loose (field reports), so an ask goes out wider than meant and what surely did not change is
left out here; a record that cannot be dated is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, timedelta

from connectors.nookal.listings import V2List, V3List
from hub.contracts import Ask, Record, Stream

PER_PAGE = 200
WIDER = timedelta(days=7)
Test = Callable[[Record], bool]


def form(listing: V2List, ask: Ask) -> dict[str, str | int]:
    """The parameters of a v2 list, without the page."""
    found: dict[str, str | int] = {"page_length": PER_PAGE, **dict(listing.fixed)}
    if ask.window_from is not None and listing.window:
        found[listing.window] = ask.window_from.isoformat()
    elif ask.since is not None and listing.since:
        asked = ask.since.astimezone(UTC)
        day_only = listing.since_day
        found[listing.since] = (
            (asked - WIDER).date().isoformat() if day_only else asked.strftime("%Y-%m-%d %H:%M:%S")
        )
    return found


def arguments(listing: V3List, ask: Ask, void: int | None, page: int) -> str:
    """The arguments of a v3 root list as written in a query."""
    parts = [f"page: {page}", f"pageLength: {PER_PAGE}"]
    if void is not None:
        parts.append(f"void: {void}")
    first = _first_day(ask)
    if listing.days and first is not None:
        parts.append(f'dateFrom: "{(first - WIDER).isoformat()}"')
    return ", ".join(parts)


def fits(stream: Stream, ask: Ask) -> Test:
    """Whether a row changed since then; where only a day is known, what came along is kept."""
    if ask.since is None or ask.purpose != "poll" or ask.field == "date":
        return lambda record: True
    since = ask.since.astimezone(UTC).replace(microsecond=0)
    return lambda record: (stream.stamp(record) or since) >= since


def _first_day(ask: Ask) -> date | None:
    if ask.window_from is not None:
        return ask.window_from
    return ask.since.astimezone(UTC).date() if ask.since is not None else None
