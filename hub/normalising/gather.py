"""Everything a batch of bundles is made of, read in a few statements however many bundles there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, select

from hub.contracts import BundleSpec, Edge, Record
from hub.store import raw
from hub.store.bulk import chunks
from hub.store.session import Unit
from hub.store.tables import entity, issue, raw_edge, raw_record

_e = raw_edge.c
_OWN = (_e.group_id == bindparam("g"), _e.connection_id == bindparam("c"), _e.stream == bindparam("s"))
_FROM = (
    select(_e.source_id, _e.to_stream, _e.to_id)
    .where(*_OWN, _e.source_id.in_(bindparam("ids", expanding=True)))
    .order_by(_e.source_id, _e.to_stream, _e.to_id)
)
_TO = (
    select(_e.to_id, _e.source_id)
    .where(*_OWN, _e.to_stream == bindparam("ts"), _e.to_id.in_(bindparam("ids", expanding=True)))
    .order_by(_e.to_id, _e.source_id)
)
_MADE = (
    select(raw_record.c.source_id.label("root"), entity.c.kind, entity.c.source_id, entity.c.mapping_version)
    .join(
        raw_record,
        (raw_record.c.id == entity.c.raw_record) & (raw_record.c.group_id == entity.c.group_id),
    )
    .where(
        raw_record.c.group_id == bindparam("g"),
        raw_record.c.connection_id == bindparam("c"),
        raw_record.c.stream == bindparam("s"),
        raw_record.c.source_id.in_(bindparam("ids", expanding=True)),
        ~entity.c.withdrawn,
    )
)
_NAMED = select(issue.c.source_id).where(
    issue.c.group_id == bindparam("g"),
    issue.c.connection_id == bindparam("c"),
    issue.c.stream == bindparam("s"),
    issue.c.source_id.in_(bindparam("ids", expanding=True)),
    issue.c.closed_at.is_(None),
)
Members = Mapping[str, tuple[Record, ...]]


def edges_of(unit: Unit, connection: str, stream: str, ids: Sequence[str]) -> dict[str, list[Edge]]:
    """What the latest versions of these records point at, by source id."""
    found: dict[str, list[Edge]] = defaultdict(list)
    for some in chunks(ids):
        keys = {"g": unit.group, "c": connection, "s": stream, "ids": list(some)}
        for row in unit.db.execute(_FROM, keys):
            found[row.source_id].append((row.to_stream, row.to_id))
    return found


def members(unit: Unit, connection: str, spec: BundleSpec, ids: Sequence[str]) -> dict[str, Members]:
    """Member records of each root, by stream, without those that a listing no longer had."""
    found: dict[str, dict[str, tuple[Record, ...]]] = {source_id: {} for source_id in ids}
    named = edges_of(unit, connection, spec.root, ids) if any(not m.children for m in spec.members) else {}
    for member in spec.members:
        own: dict[str, list[str]] = defaultdict(list)
        if member.children:
            for some in chunks(ids):
                keys = {"g": unit.group, "c": connection, "s": member.stream, "ts": spec.root}
                for row in unit.db.execute(_TO, {**keys, "ids": list(some)}):
                    own[row.to_id].append(row.source_id)
        else:
            for source_id, edges in named.items():
                own[source_id] = [to_id for stream, to_id in edges if stream == member.stream]
        wanted = sorted({one for some_ids in own.values() for one in some_ids})
        rows = raw.latest_of(unit, connection, member.stream, wanted)
        for source_id in ids:
            there = (rows[one] for one in own[source_id] if one in rows)
            found[source_id][member.stream] = tuple(row.body for row in there if not row.gone)
    return {source_id: dict(streams) for source_id, streams in found.items()}


def made_of(
    unit: Unit, connection: str, stream: str, ids: Sequence[str], *, but: Iterable[str]
) -> dict[str, set[tuple[str, str]]]:
    """(kind, source id) of living values that earlier versions of each root became.

    Values whose mapping version begins with one of `but` are of other making and left out.
    """
    skipped = tuple(but)
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for some in chunks(ids):
        keys = {"g": unit.group, "c": connection, "s": stream, "ids": list(some)}
        for row in unit.db.execute(_MADE, keys):
            if not row.mapping_version.startswith(skipped):
                found[row.root].add((row.kind, row.source_id))
    return found


def with_issues(unit: Unit, connection: str, stream: str, ids: Sequence[str]) -> set[str]:
    """Which of these records an open issue names."""
    found: set[str] = set()
    for some in chunks(ids):
        keys = {"g": unit.group, "c": connection, "s": stream, "ids": list(some)}
        found.update(unit.db.execute(_NAMED, keys).scalars())
    return found
