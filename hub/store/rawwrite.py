"""Storing a page of raw records: which are new versions, which become the latest, and their edges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from hub.contracts import Edge, Record, Stream, Trust
from hub.errors import Malformed, Reason, Who
from hub.ids import canonical_json, keyed_hash
from hub.store import issues
from hub.store.bulk import chunks
from hub.store.session import Unit
from hub.store.tables import raw_edge, raw_record

_t = raw_record.c
_e = raw_edge.c
_LONGEST_ID = 100
_SHAPE = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
)  # what a wrong shape raises in a lambda

_HEADS = select(_t.id, _t.source_id, _t.body_hash, _t.gone, _t.source_time, _t.asked_at).where(
    _t.group_id == bindparam("g"),
    _t.connection_id == bindparam("c"),
    _t.stream == bindparam("s"),
    _t.source_id.in_(bindparam("ids", expanding=True)),
    _t.latest,
)
_VERSIONS = (
    select(_t.source_id, func.max(_t.version))
    .where(
        _t.group_id == bindparam("g"),
        _t.connection_id == bindparam("c"),
        _t.stream == bindparam("s"),
        _t.source_id.in_(bindparam("ids", expanding=True)),
    )
    .group_by(_t.source_id)
)
_KNOWN = (
    select(_t.id)
    .where(
        _t.group_id == bindparam("g"),
        _t.connection_id == bindparam("c"),
        _t.stream == bindparam("s"),
        _t.source_id == bindparam("sid"),
        _t.body_hash == bindparam("h"),
    )
    .limit(1)
)
_RETIRE = (
    raw_record.update()
    .where(_t.group_id == bindparam("g"), _t.id.in_(bindparam("ids", expanding=True)))
    .values(latest=False, normalise=False)
)
_EDGES = select(_e.source_id, _e.to_stream, _e.to_id).where(
    _e.group_id == bindparam("g"),
    _e.connection_id == bindparam("c"),
    _e.stream == bindparam("s"),
    _e.source_id.in_(bindparam("ids", expanding=True)),
)
_CUT = raw_edge.delete().where(
    _e.group_id == bindparam("g"),
    _e.connection_id == bindparam("c"),
    _e.stream == bindparam("s"),
    _e.source_id == bindparam("sid"),
    _e.to_stream == bindparam("ts"),
    _e.to_id == bindparam("tid"),
)
_BODIES = select(_t.id, _t.source_id, _t.body_enc, _t.body_hash, _t.source_time).where(
    _t.group_id == bindparam("g"),
    _t.connection_id == bindparam("c"),
    _t.stream == bindparam("s"),
    _t.source_id.in_(bindparam("ids", expanding=True)),
    _t.latest,
    ~_t.gone,
)
_INSERT = raw_record.insert()
_LINK = raw_edge.insert()


@dataclass(frozen=True, slots=True)
class StoreResult:
    """`changed`: raw ids that became the latest version; `seen`: records in the page."""

    changed: list[str]
    seen: int


@dataclass(slots=True)
class _Head:
    """What is the latest of one source id: stored before, or made in this page."""

    id: str
    body_hash: str
    gone: bool
    source_time: datetime | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class _New:
    source_id: str
    body: str
    body_hash: str
    source_time: datetime | None
    edges: frozenset[Edge]


def store_records(
    unit: Unit, connection: str, stream: Stream, records: Iterable[Record], asked_at: datetime
) -> StoreResult:
    """Store what one request asked at `asked_at` brought, in the order it came.

    New latest versions wait for normalising. A record without a usable id becomes an open issue; one
    that is otherwise malformed is stored, and the normaliser names it.
    """
    seen, new = 0, []
    for record in records:
        seen += 1
        read = _read(unit, connection, stream, record)
        if read is not None:
            new.append(read)
    where = {"g": unit.group, "c": connection, "s": stream.name}
    heads = _heads(unit, where, sorted({one.source_id for one in new}))
    changed = {one.source_id for one in new if _differs(one.body_hash, heads.get(one.source_id))}
    numbers = _numbers(unit, where, sorted(changed))
    rows: dict[str, dict[str, Any]] = {}
    retired: list[str] = []
    edges: dict[str, frozenset[Edge]] = {}
    for one in new:
        head = heads.get(one.source_id)
        if not _differs(one.body_hash, head):
            continue
        older = head is not None and _older(one.source_time, asked_at, head, stream.trust)
        if older and unit.db.execute(_KNOWN, {**where, "sid": one.source_id, "h": one.body_hash}).first():
            continue
        if not older and head is not None:
            if head.id in rows:
                rows[head.id].update(latest=False, normalise=False)
            else:
                retired.append(head.id)
        number = numbers[one.source_id] = numbers.get(one.source_id, 0) + 1
        row = _version(unit, connection, stream.name, one, number, asked_at, latest=not older)
        rows[row["id"]] = row
        if not older:
            heads[one.source_id] = _Head(row["id"], one.body_hash, False, one.source_time, asked_at)
            edges[one.source_id] = one.edges
    _retire(unit, retired)
    if rows:
        unit.db.execute(_INSERT, list(rows.values()))
    _relink(unit, where, edges)
    return StoreResult([row["id"] for row in rows.values() if row["latest"]], seen)


def differing(unit: Unit, connection: str, stream: Stream, records: Iterable[Record]) -> list[Record]:
    """Those of `records` that are not already the latest stored version, by their hash; nothing is stored.

    Records without a usable id are left out.
    """
    read = {}
    for record in records:
        try:
            source_id = str(stream.id_of(record))
        except (Malformed, *_SHAPE):
            continue
        read[source_id] = record
    heads = _heads(unit, {"g": unit.group, "c": connection, "s": stream.name}, sorted(read))
    return [
        record
        for source_id, record in read.items()
        if _differs(_hash(unit, stream, canonical_json(record)), heads.get(source_id))
    ]


def mark_gone(
    unit: Unit,
    connection: str,
    stream: Stream | str,
    source_ids: Sequence[str],
    asked_at: datetime | None = None,
) -> list[str]:
    """A complete listing asked at `asked_at` (default: now) left these out: a new, gone version of each.

    Ids already gone or unknown are passed over. Returns the ids of the new versions.
    """
    name = stream if isinstance(stream, str) else stream.name
    where = {"g": unit.group, "c": connection, "s": name}
    when = asked_at or unit.now
    made: list[str] = []
    for ids in chunks(sorted(set(source_ids))):
        bodies = unit.db.execute(_BODIES, {**where, "ids": list(ids)}).all()
        numbers = _numbers(unit, where, [row.source_id for row in bodies])
        _retire(unit, [row.id for row in bodies])
        rows = []
        for row in bodies:
            body = unit.vault.open("raw_record", "body_enc", row.id, row.body_enc)
            same = _New(row.source_id, body, row.body_hash, row.source_time, frozenset())
            number = numbers[row.source_id] + 1
            rows.append({**_version(unit, connection, name, same, number, when, latest=True), "gone": True})
        if rows:
            unit.db.execute(_INSERT, rows)
            made += [row["id"] for row in rows]
    return made


def _read(unit: Unit, connection: str, stream: Stream, record: Record) -> _New | None:
    body = canonical_json(record)
    body_hash = _hash(unit, stream, body)
    try:
        source_id = str(stream.id_of(record))
        if not 0 < len(source_id) <= _LONGEST_ID:
            raise Malformed("no usable id")
    except (Malformed, *_SHAPE):
        nameless = f"no-id-{body_hash[:16]}"
        reason = Reason(
            Malformed.code, f"A record of {stream.name} has no usable id, so it cannot be read.", Who.VENDOR
        )
        issues.open_issue(unit, connection, stream.name, nameless, f"{stream.name}:{nameless}", reason)
        return None
    try:
        stamp, edges = stream.stamp(record), frozenset((s, str(i)) for s, i in stream.edges(record))
    except (Malformed, *_SHAPE):
        stamp, edges = None, frozenset()
    return _New(source_id, body, body_hash, stamp, edges)


def _hash(unit: Unit, stream: Stream, body: str) -> str:
    return keyed_hash(unit.vault.key, "raw", stream.name, body)


def _older(stamp: datetime | None, asked_at: datetime, head: _Head, trust: Trust) -> bool:
    if (
        trust is Trust.SOURCE_TIME
        and stamp is not None
        and head.source_time is not None
        and stamp != head.source_time
    ):
        return stamp < head.source_time
    return asked_at < head.asked_at


def _version(
    unit: Unit, connection: str, stream: str, one: _New, number: int, asked_at: datetime, *, latest: bool
) -> dict[str, Any]:
    raw_id = unit.new_id()
    return {
        "id": raw_id,
        "group_id": unit.group,
        "connection_id": connection,
        "stream": stream,
        "source_id": one.source_id,
        "version": number,
        "latest": latest,
        "gone": False,
        "body_enc": unit.vault.seal("raw_record", "body_enc", raw_id, one.body),
        "body_hash": one.body_hash,
        "source_time": one.source_time,
        "asked_at": asked_at,
        "normalise": latest,
    }


def _differs(body_hash: str, head: _Head | None) -> bool:
    """Whether a body is not what is stored as the latest of its id."""
    return head is None or head.gone or head.body_hash != body_hash


def _heads(unit: Unit, where: dict[str, str], ids: Sequence[str]) -> dict[str, _Head]:
    found: dict[str, _Head] = {}
    for some in chunks(ids):
        for row in unit.db.execute(_HEADS, {**where, "ids": list(some)}):
            found[row.source_id] = _Head(row.id, row.body_hash, row.gone, row.source_time, row.asked_at)
    return found


def _numbers(unit: Unit, where: dict[str, str], ids: Sequence[str]) -> dict[str, int]:
    """The number of the last version of each id that has one."""
    found: dict[str, int] = {}
    for some in chunks(ids):
        rows = unit.db.execute(_VERSIONS, {**where, "ids": list(some)})
        found.update((source_id, last) for source_id, last in rows)
    return found


def _retire(unit: Unit, ids: Sequence[str]) -> None:
    for some in chunks(ids):
        unit.db.execute(_RETIRE, {"g": unit.group, "ids": list(some)})


def _relink(unit: Unit, where: dict[str, str], wanted: dict[str, frozenset[Edge]]) -> None:
    """Make the stored edges of these records exactly `wanted`."""
    old: dict[str, set[Edge]] = {}
    for some in chunks(sorted(wanted)):
        for row in unit.db.execute(_EDGES, {**where, "ids": list(some)}):
            old.setdefault(row.source_id, set()).add((row.to_stream, row.to_id))
    cut, link = [], []
    for source_id, edges in sorted(wanted.items()):
        had = old.get(source_id, set())
        cut += [{**where, "sid": source_id, "ts": s, "tid": i} for s, i in sorted(had - edges)]
        link += [
            {
                "group_id": where["g"],
                "connection_id": where["c"],
                "stream": where["s"],
                "source_id": source_id,
                "to_stream": s,
                "to_id": i,
            }
            for s, i in sorted(edges - had)
        ]
    if cut:
        unit.db.execute(_CUT, cut)
    if link:
        unit.db.execute(_LINK, link)
