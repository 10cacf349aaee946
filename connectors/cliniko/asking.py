"""How an ask becomes `q[]` filters, and whether the rows that came back meet them.

A filter the vendor does not know may be ignored in silence and answer everything (field reports), so what
came back is checked. Records that lack the field altogether are left to the mapping to judge.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from connectors.cliniko.records import id_of, instant, linked
from connectors.cliniko.streams import Listing
from hub.contracts import Ask, Record

PER_PAGE = 100
_STATUS = {"open": 10, "open-credit": 40}
Test = Callable[[Record], bool]


def utc(value: datetime) -> str:
    """Whole seconds with Z; cut, never rounded up, so that nothing between is missed."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def query(listing: Listing, ask: Ask) -> list[tuple[str, str]]:
    """The query pairs of a listing's first page."""
    filters = [f"{name}:*" for name in listing.wildcards]
    filters += [text for text in (_filter(listing, ask),) if text]
    return [*(("q[]", text) for text in filters), ("sort", "created_at"), ("per_page", str(PER_PAGE))]


def _filter(listing: Listing, ask: Ask) -> str | None:
    if ask.parents:
        field = "id" if ask.field == "id" else listing.parent_field
        return f"{field}:={','.join(ask.parents)}"
    if ask.purpose in _STATUS:
        return f"{ask.field}:={_STATUS[ask.purpose]}"
    if ask.window_from is not None:
        return f"{ask.field}:>={ask.window_from.isoformat()}"
    if ask.field is not None and ask.since is not None:
        return f"{ask.field}:>{utc(ask.since)}"
    return None


def meets(listing: Listing, ask: Ask) -> Test:
    """Whether a returned record can have passed the ask's filter."""
    if ask.parents:
        wanted = frozenset(ask.parents)
        if ask.field == "id":
            return lambda record: id_of(record) in wanted
        relation = (listing.parent_field or "").removesuffix("_id")
        return lambda record: linked(record, relation, f"{relation}s") in wanted
    if ask.purpose in _STATUS:
        code = _STATUS[ask.purpose]
        return lambda record: record.get(ask.field or "") in (code, None)
    if ask.window_from is not None:
        first = ask.window_from.isoformat()
        return lambda record: str(record.get(ask.field or "") or first) >= first
    if ask.field is not None and ask.since is not None:
        since = ask.since.astimezone(UTC).replace(microsecond=0)
        return lambda record: (instant(record.get(ask.field or "")) or since) >= since
    return lambda record: True
