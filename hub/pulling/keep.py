"""Keeping what was fetched, in one unit: versions, edges, and children that are no longer there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, select

from hub.contracts import Edge
from hub.pulling.fetch import Fetched
from hub.store import raw
from hub.store.bulk import chunks
from hub.store.session import Unit
from hub.store.tables import raw_record

_STORED = select(raw_record.c.source_id).where(
    raw_record.c.group_id == bindparam("g"),
    raw_record.c.connection_id == bindparam("c"),
    raw_record.c.stream == bindparam("s"),
    raw_record.c.source_id.in_(bindparam("ids", expanding=True)),
    raw_record.c.latest,
)


def keep(unit: Unit, connection: str, fetched: Iterable[Fetched]) -> int:
    """Store everything fetched; returns how many records changed.

    A child that a whole listing of its parent's children no longer has is gone.
    """
    count = 0
    for part in fetched:
        if part.records:
            stored = raw.store_records(unit, connection, part.stream, part.records, part.asked_at)
            count += len(stored.changed)
        if part.whole_for and part.stream.parent is not None:
            count += len(_gone(unit, connection, part, part.stream.parent))
    return count


def _gone(unit: Unit, connection: str, part: Fetched, parent: str) -> list[str]:
    here = {part.stream.id_of(record) for record in part.records}
    missing = [
        row.source_id
        for parent_id in part.whole_for
        for row in raw.children(unit, connection, part.stream.name, parent, parent_id)
        if not row.gone and row.source_id not in here and row.asked_at <= part.asked_at
    ]
    return raw.mark_gone(unit, connection, part.stream, missing, part.asked_at) if missing else []


def unknown(unit: Unit, connection: str, edges: Sequence[Edge]) -> set[Edge]:
    """Which of these records were never stored."""
    found = set(edges)
    streams = sorted({stream for stream, _ in edges})
    for stream in streams:
        ids = sorted(source_id for name, source_id in edges if name == stream)
        for some in chunks(ids):
            keys = {"g": unit.group, "c": connection, "s": stream, "ids": list(some)}
            found -= {(stream, one) for one in unit.db.execute(_STORED, keys).scalars()}
    return found
