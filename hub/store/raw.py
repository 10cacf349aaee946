"""What a source answered, stored before it is interpreted: versions of records, and whom they point at.

A record is a duplicate only when it equals the latest stored version of its source id, so A, B, A are
three versions. Versions are ordered by the source's own time where the stream's declaration trusts it,
else by when we asked; a copy that turns out older is kept, but never becomes the latest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from hub.contracts import Edge, Record
from hub.store.bulk import chunks
from hub.store.rawwrite import StoreResult, differing, mark_gone, store_records
from hub.store.session import Unit
from hub.store.tables import Instant, raw_edge, raw_record

_t = raw_record.c
_e = raw_edge.c
_COLUMNS = (
    _t.id,
    _t.stream,
    _t.source_id,
    _t.version,
    _t.gone,
    _t.body_enc,
    _t.source_time,
    _t.asked_at,
)
_LATEST = select(*_COLUMNS).where(
    _t.group_id == bindparam("g"),
    _t.connection_id == bindparam("c"),
    _t.stream == bindparam("s"),
    _t.source_id.in_(bindparam("ids", expanding=True)),
    _t.latest,
)
_CHILDREN = (
    select(*_COLUMNS)
    .join(
        raw_edge,
        (_e.group_id == _t.group_id)
        & (_e.connection_id == _t.connection_id)
        & (_e.stream == _t.stream)
        & (_e.source_id == _t.source_id),
    )
    .where(
        _e.group_id == bindparam("g"),
        _e.connection_id == bindparam("c"),
        _e.stream == bindparam("s"),
        _e.to_stream == bindparam("ts"),
        _e.to_id == bindparam("tid"),
        _t.latest,
    )
    .order_by(_t.source_id)
)
_TODO = (
    select(*_COLUMNS)
    .where(_t.group_id == bindparam("g"), _t.connection_id == bindparam("c"), _t.normalise)
    .order_by(_t.stream, _t.id)
    .limit(bindparam("n"))
)
_POINTING = (
    select(_e.source_id)
    .where(
        _e.group_id == bindparam("g"),
        _e.connection_id == bindparam("c"),
        _e.stream == bindparam("s"),
        _e.to_stream == bindparam("ts"),
        _e.to_id.in_(bindparam("tids", expanding=True)),
    )
    .distinct()
    .order_by(_e.source_id)
)
_EDGES = (
    select(_e.to_stream, _e.to_id)
    .where(
        _e.group_id == bindparam("g"),
        _e.connection_id == bindparam("c"),
        _e.stream == bindparam("s"),
        _e.source_id == bindparam("sid"),
    )
    .order_by(_e.to_stream, _e.to_id)
)
_LIVING = (
    select(_t.source_id)
    .where(
        _t.group_id == bindparam("g"),
        _t.connection_id == bindparam("c"),
        _t.stream == bindparam("s"),
        _t.latest,
        ~_t.gone,
        _t.asked_at <= bindparam("by", type_=Instant),
    )
    .order_by(_t.source_id)
)
_COUNT = select(func.count()).where(
    _t.group_id == bindparam("g"), _t.connection_id == bindparam("c"), _t.stream == bindparam("s"), _t.latest
)
_DONE = (
    raw_record.update()
    .where(_t.group_id == bindparam("g"), _t.id.in_(bindparam("ids", expanding=True)))
    .values(normalise=False)
)
_AGAIN = (
    raw_record.update()
    .where(
        _t.group_id == bindparam("g"),
        _t.connection_id == bindparam("c"),
        _t.stream == bindparam("s"),
        _t.latest,
    )
    .values(normalise=True)
)


@dataclass(frozen=True, slots=True)
class RawRow:
    """One version of one record, decrypted."""

    id: str
    stream: str
    source_id: str
    version: int
    gone: bool
    body: Mapping[str, Any]
    source_time: datetime | None
    asked_at: datetime


def _row(unit: Unit, row: Any) -> RawRow:
    body = json.loads(unit.vault.open("raw_record", "body_enc", row.id, row.body_enc))
    return RawRow(
        row.id, row.stream, row.source_id, row.version, row.gone, body, row.source_time, row.asked_at
    )


def latest(unit: Unit, connection: str, stream: str, source_id: str) -> RawRow | None:
    """The latest version of one record, also when it is gone."""
    return latest_of(unit, connection, stream, [source_id]).get(source_id)


def latest_of(unit: Unit, connection: str, stream: str, source_ids: Sequence[str]) -> dict[str, RawRow]:
    """The latest versions of several records by source id; unknown ids are absent."""
    found: dict[str, RawRow] = {}
    for ids in chunks(source_ids):
        keys = {"g": unit.group, "c": connection, "s": stream, "ids": list(ids)}
        for row in unit.db.execute(_LATEST, keys):
            found[row.source_id] = _row(unit, row)
    return found


def children(unit: Unit, connection: str, stream: str, to_stream: str, to_id: str) -> list[RawRow]:
    """Latest records of `stream` that point at (to_stream, to_id), by source id; gone ones included."""
    keys = {"g": unit.group, "c": connection, "s": stream, "ts": to_stream, "tid": to_id}
    return [_row(unit, row) for row in unit.db.execute(_CHILDREN, keys)]


def roots_pointing_at(
    unit: Unit, connection: str, root_stream: str, to_stream: str, to_ids: Sequence[str]
) -> list[str]:
    """Source ids of records of `root_stream` whose latest version points at any of (to_stream, to_ids)."""
    found: set[str] = set()
    for ids in chunks(to_ids):
        keys = {"g": unit.group, "c": connection, "s": root_stream, "ts": to_stream, "tids": list(ids)}
        found.update(unit.db.execute(_POINTING, keys).scalars())
    return sorted(found)


def edges_of(unit: Unit, connection: str, stream: str, source_id: str) -> list[Edge]:
    """What the latest version of one record points at."""
    keys = {"g": unit.group, "c": connection, "s": stream, "sid": source_id}
    return [(row.to_stream, row.to_id) for row in unit.db.execute(_EDGES, keys)]


def living_ids(unit: Unit, connection: str, stream: str, *, by: datetime) -> list[str]:
    """Source ids of the records of a stream that are not gone, as far as they were read by then.

    What a complete listing that was begun at `by` is compared with: one read since (by a hint) need not be
    in it.
    """
    keys = {"g": unit.group, "c": connection, "s": stream, "by": by}
    return list(unit.db.execute(_LIVING, keys).scalars())


def count(unit: Unit, connection: str, stream: str) -> int:
    """How many records of a stream are stored, gone ones too."""
    keys = {"g": unit.group, "c": connection, "s": stream}
    return int(unit.db.execute(_COUNT, keys).scalar_one())


def to_normalise(unit: Unit, connection: str, limit: int) -> list[RawRow]:
    """Latest records that were not interpreted yet, at most `limit`, by stream and age."""
    keys = {"g": unit.group, "c": connection, "n": limit}
    return [_row(unit, row) for row in unit.db.execute(_TODO, keys)]


def normalised(unit: Unit, raw_ids: Iterable[str]) -> None:
    """Note that these versions were interpreted (or ignored, or named by an issue)."""
    for ids in chunks(list(raw_ids)):
        unit.db.execute(_DONE, {"g": unit.group, "ids": list(ids)})


def normalise_again(unit: Unit, connection: str, stream: str) -> int:
    """Have every latest record of a stream interpreted again (a mapping fix); returns how many."""
    return unit.db.execute(_AGAIN, {"g": unit.group, "c": connection, "s": stream}).rowcount


__all__ = [
    "RawRow",
    "Record",
    "StoreResult",
    "children",
    "count",
    "differing",
    "edges_of",
    "latest",
    "latest_of",
    "living_ids",
    "mark_gone",
    "normalise_again",
    "normalised",
    "roots_pointing_at",
    "store_records",
    "to_normalise",
]
