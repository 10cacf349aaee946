"""Reading the few fields of a wire record that the kernel needs: id, times, links, removal.

Ids come as text or number and are kept as text; a relation is an absent key, null, or an object whose link
ends in the id; empty text means none (Cliniko OpenAPI, older documentation, field reports).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from hub.contracts import Edge, Record


def id_of(record: Record) -> str:
    """The record's id as text; empty where it has none."""
    value = record.get("id")
    return "" if value is None or isinstance(value, bool) else str(value).strip()


def instant(value: Any) -> datetime | None:
    """An ISO-8601 UTC text as aware datetime; None for empty, absent or unreadable."""
    if not isinstance(value, str) or not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def updated(record: Record) -> datetime | None:
    """The record's own time of change."""
    return instant(record.get("updated_at"))


def removed(record: Record) -> bool:
    """Archived, or deleted: the older twin of the same mark. Either one counts."""
    return bool(record.get("archived_at") or record.get("deleted_at"))


def never(record: Record) -> bool:
    """For streams whose records never say of themselves that they are gone."""
    return False


def linked(record: Record, relation: str, segment: str) -> str | None:
    """The id a relation points at, when its link is below `segment`."""
    value = record.get(relation)
    links = value.get("links") if isinstance(value, dict) else None
    target = links.get("self") if isinstance(links, dict) else None
    if not isinstance(target, str):
        return None
    parts = [part for part in urlsplit(target).path.split("/") if part]
    return parts[-1] if len(parts) > 1 and parts[-2] == segment and parts[-1].isdigit() else None


def points_at(*relations: tuple[str, str, Sequence[str]]) -> Callable[[Record], Iterable[Edge]]:
    """Edges from (relation, path segment, streams): one per stream the linked id may be found in."""

    def edges(record: Record) -> list[Edge]:
        found: list[Edge] = []
        for relation, segment, streams in relations:
            target = linked(record, relation, segment)
            if target:
                found += [(stream, target) for stream in streams]
        return found

    return edges
