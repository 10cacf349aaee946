"""Reading the few fields of a wire record that the kernel needs: id, times, links, removal.

v2 stamps name no zone and v3 prints a clinic's wall clock as if it were UTC, in Brisbane; both are read as
UTC, which puts them at most half a day ahead of the instant they mean. Every overlap is longer than that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from hub.contracts import Edge, Record

_V3 = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d) GMT([+-]\d{4})")


def text_of(value: Any) -> str:
    """An id or flag as text; empty for null, blank and 0, which both APIs use for "none"."""
    if value is None or isinstance(value, bool):
        return ""
    text = str(value).strip()
    return "" if text == "0" else text


def id_by(*fields: str) -> Callable[[Record], str]:
    """The record's id from the first of `fields` that holds one."""
    return lambda record: next((found for f in fields if (found := text_of(record.get(f)))), "")


def moment(value: Any) -> datetime | None:
    """A stamp of either API as an aware datetime (see above); None for none, `0000-00-00` or nonsense."""
    if not isinstance(value, str) or not value.strip():
        return None
    match = _V3.match(value)
    try:
        if match:
            return datetime.strptime(f"{match[1]} {match[2]}", "%b %d %Y %H:%M:%S %z").astimezone(UTC)
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def stamp(*fields: str) -> Callable[[Record], datetime | None]:
    """The record's own time from the first of `fields` that can be read."""
    return lambda record: next((found for f in fields if (found := moment(record.get(f)))), None)


def is_set(field: str, *values: str) -> Callable[[Record], bool]:
    """Whether a flag says that the record is gone: it is one of `values`."""
    return lambda record: str(record.get(field)) in values


def never(record: Record) -> bool:
    """For records that never say of themselves that they are gone."""
    return False


def points_at(*links: tuple[str, str]) -> Callable[[Record], Iterable[Edge]]:
    """Edges from (field, stream)."""

    def edges(record: Record) -> Sequence[Edge]:
        return [(stream, found) for field, stream in links if (found := text_of(record.get(field)))]

    return edges


def priced_id(field: str, place: str) -> Callable[[Record], str]:
    """A catalogue entry is one per location, since its price is: `12@1`."""
    return lambda record: f"{text_of(record.get(field))}@{text_of(record.get(place))}"


def dropped(fields: frozenset[str], record: Record) -> Record:
    """The record without these fields."""
    return {name: value for name, value in record.items() if name not in fields} if fields else record
