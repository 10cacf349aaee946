"""Keeping what was fetched, in one unit: versions, edges, and children that are no longer there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.contracts import Record, Stream
from hub.pulling.fetch import Fetched
from hub.store import raw
from hub.store.session import Unit


def changed(unit: Unit, connection: str, stream: Stream, records: Sequence[Record]) -> list[Record]:
    """The records that differ from the latest stored version (new ones too); none without id."""
    by_id = {i: record for record in records if (i := stream.id_of(record))}
    stored = raw.latest_of(unit, connection, stream.name, sorted(by_id))
    return [
        record
        for source_id, record in by_id.items()
        if source_id not in stored or stored[source_id].gone or stored[source_id].body != record
    ]


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


def known(unit: Unit, connection: str, stream: str, source_id: str) -> bool:
    """Whether any version of a record is stored."""
    return raw.latest(unit, connection, stream, source_id) is not None
