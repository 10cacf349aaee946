"""Which records wait to be interpreted, and which bundles a changed member makes wait again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from hub.contracts import BundleSpec, Normaliser
from hub.normalising import gather
from hub.store import raw
from hub.store.bulk import chunks
from hub.store.session import Unit
from hub.store.tables import bundle_refetch, raw_record

_t = raw_record.c
_r = bundle_refetch.c
_WAITING = (
    select(_t.source_id)
    .where(
        _t.group_id == bindparam("g"),
        _t.connection_id == bindparam("c"),
        _t.stream == bindparam("s"),
        _t.normalise,
        _t.latest,
    )
    .order_by(_t.id)
    .limit(bindparam("n"))
)
_MARKED = (
    select(_t.stream)
    .where(_t.group_id == bindparam("g"), _t.connection_id == bindparam("c"), _t.normalise)
    .distinct()
)
_WAIT = (
    raw_record.update()
    .where(
        _t.group_id == bindparam("b_g"),
        _t.connection_id == bindparam("b_c"),
        _t.stream == bindparam("b_s"),
        _t.source_id.in_(bindparam("b_ids", expanding=True)),
        _t.latest,
    )
    .values(normalise=True)
)
_AT_REST = select(_t.id).where(
    _t.group_id == bindparam("b_g"),
    _t.connection_id == bindparam("b_c"),
    _t.stream == bindparam("b_s"),
    _t.source_id.in_(bindparam("b_ids", expanding=True)),
    _t.latest,
    ~_t.normalise,
)
_UNREAD = (
    raw_record.update()
    .where(
        _t.group_id == bindparam("b_g"),
        _t.connection_id == bindparam("b_c"),
        _t.stream.not_in(bindparam("b_streams", expanding=True)),
        _t.normalise,
    )
    .values(normalise=False)
)
_REFETCH = (
    select(_r.stream, _r.source_id)
    .where(_r.group_id == bindparam("g"), _r.connection_id == bindparam("c"), ~_r.done)
    .order_by(_r.asked_at)
)
_KEY = (
    _r.group_id == bindparam("b_g"),
    _r.connection_id == bindparam("b_c"),
    _r.stream == bindparam("b_s"),
    _r.source_id == bindparam("b_i"),
)


def order(normaliser: Normaliser) -> list[str]:
    """Streams in the order they are worked through: members that are nobody's root first, then the roots."""
    roots = [spec.root for spec in normaliser.bundles]
    members = [m.stream for spec in normaliser.bundles for m in spec.members if m.stream not in roots]
    return list(dict.fromkeys([*members, *roots]))


def marked(unit: Unit, connection: str) -> set[str]:
    """Streams of which a record waits to be interpreted, those that no bundle reads among them."""
    keys = {"g": unit.group, "c": connection}
    return set(unit.db.execute(_MARKED, keys).scalars())


def waiting(unit: Unit, connection: str, stream: str, limit: int) -> list[str]:
    """Source ids of a stream whose latest version was not interpreted yet, oldest first."""
    keys = {"g": unit.group, "c": connection, "s": stream, "n": limit}
    return list(unit.db.execute(_WAITING, keys).scalars())


def roots_of(unit: Unit, connection: str, spec: BundleSpec, stream: str, ids: Sequence[str]) -> list[str]:
    """Roots of `spec` whose bundles these records of a member stream belong to."""
    found: set[str] = set()
    for member in spec.members:
        if member.stream != stream:
            continue
        if member.children:
            for edges in gather.edges_of(unit, connection, stream, ids).values():
                found.update(to_id for to_stream, to_id in edges if to_stream == spec.root)
        else:
            found.update(raw.roots_pointing_at(unit, connection, spec.root, stream, ids))
    return sorted(found)


def spread(unit: Unit, connection: str, normaliser: Normaliser, stream: str, ids: Sequence[str]) -> set[str]:
    """Make every bundle wait that has one of these records as a member: the roots (rows) that did not yet."""
    woken: set[str] = set()
    for spec in normaliser.bundles:
        roots = roots_of(unit, connection, spec, stream, ids)
        for some in chunks(roots):
            keys = {"b_g": unit.group, "b_c": connection, "b_s": spec.root, "b_ids": list(some)}
            woken.update(unit.db.execute(_AT_REST, keys).scalars())
        again(unit, connection, spec.root, roots)
    return woken


def again(unit: Unit, connection: str, stream: str, source_ids: Sequence[str]) -> None:
    """Make the latest version of these records wait to be interpreted."""
    for ids in chunks(source_ids):
        keys = {"b_g": unit.group, "b_c": connection, "b_s": stream, "b_ids": list(ids)}
        unit.db.execute(_WAIT, keys)


def pass_over(unit: Unit, connection: str, read: Sequence[str]) -> None:
    """Records of streams that no bundle reads wait for nothing: they are kept for whoever asks later."""
    unit.db.execute(_UNREAD, {"b_g": unit.group, "b_c": connection, "b_streams": list(read)})


def ask_refetch(unit: Unit, connection: str, stream: str, source_id: str, raw_record_id: str) -> bool:
    """Have an incomplete bundle read once as a whole; False when this version of its root already was."""
    keys = {"b_g": unit.group, "b_c": connection, "b_s": stream, "b_i": source_id}
    row = unit.db.execute(select(_r.raw_record, _r.done).where(*_KEY), keys).first()
    if row is None:
        unit.db.execute(
            bundle_refetch.insert().values(
                group_id=unit.group,
                connection_id=connection,
                stream=stream,
                source_id=source_id,
                raw_record=raw_record_id,
                asked_at=unit.now,
                done=False,
            )
        )
        return True
    if row.raw_record == raw_record_id:
        return not row.done
    values = {"raw_record": raw_record_id, "asked_at": unit.now, "done": False}
    unit.db.execute(bundle_refetch.update().where(*_KEY).values(**values), keys)
    return True


def refetched(unit: Unit, connection: str, stream: str, source_id: str) -> None:
    """Note that a bundle was read as a whole, as of the root's version now, and let it be interpreted."""
    root = raw.latest(unit, connection, stream, source_id)
    values = {"done": True, **({"raw_record": root.id} if root is not None else {})}
    keys = {"b_g": unit.group, "b_c": connection, "b_s": stream, "b_i": source_id}
    unit.db.execute(bundle_refetch.update().where(*_KEY).values(**values), keys)
    again(unit, connection, stream, [source_id])


def to_refetch(unit: Unit, connection: str) -> list[tuple[str, str]]:
    """(stream, source id) of bundles that must be read as a whole."""
    rows = unit.db.execute(_REFETCH, {"g": unit.group, "c": connection})
    return [(row.stream, row.source_id) for row in rows]
