"""Canonical values at rest: one encrypted row each, with the few columns that may be asked for.

A put whose content equals what is stored changes nothing that anybody must react to; where a value came
from (raw record, mapping version) is not content, so a re-run of a mapping leaves the cases alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter
from sqlalchemy import Select, bindparam, select

from hub.canonical import (
    Appointment,
    ChargeItem,
    Claim,
    CreditApplication,
    Entity,
    Invoice,
    Location,
    Patient,
    Payment,
    Practitioner,
    Ref,
    Settlement,
)
from hub.ids import canonical_json, keyed_hash
from hub.ids import entity_id as compute_id
from hub.store.session import Unit
from hub.store.tables import entity as table
from hub.store.tables import entity_ref

_TYPES: dict[str, type[Entity]] = {
    cls.kind: cls
    for cls in (
        Location,
        Practitioner,
        Patient,
        Appointment,
        ChargeItem,
        Invoice,
        Payment,
        CreditApplication,
        Settlement,
        Claim,
    )
}
_t = table.c
_r = entity_ref.c
BODY = (_t.id, _t.kind, _t.source_id, _t.body_enc)
"""The columns that `opened` needs."""
_ONE = select(*BODY, _t.content_hash, _t.withdrawn, _t.version, _t.raw_record, _t.mapping_version).where(
    _t.id == bindparam("id"), _t.group_id == bindparam("g")
)
_POINTING = (
    select(*BODY)
    .join(entity_ref, (_r.entity_id == _t.id) & (_r.group_id == _t.group_id))
    .where(
        _r.group_id == bindparam("g"),
        _r.connection_id == bindparam("c"),
        _r.to_kind == bindparam("tk"),
        _r.to_id == bindparam("tid"),
        _r.kind == bindparam("k"),
        ~_t.withdrawn,
    )
    .order_by(_t.source_id)
)
_OWN_POINTING = _POINTING.where(_t.connection_id == bindparam("c"))
_BY_NUMBER = (
    select(*BODY, _t.connection_id)
    .where(_t.group_id == bindparam("g"), _t.number_key == bindparam("n"), ~_t.withdrawn)
    .order_by(_t.connection_id, _t.kind, _t.source_id)
)
_IDS_BY_NUMBER = (
    select(_t.id).where(_t.group_id == bindparam("g"), _t.number_key == bindparam("n")).order_by(_t.id)
)
_REFS = select(_r.to_kind, _r.to_id).where(_r.group_id == bindparam("g"), _r.entity_id == bindparam("id"))
_INSERT = table.insert()
_UPDATE = table.update().where(_t.id == bindparam("b_id"), _t.group_id == bindparam("b_g"))
_TRACE = _UPDATE.values(raw_record=bindparam("b_raw"), mapping_version=bindparam("b_mapping"))
_CUT = entity_ref.delete().where(
    _r.group_id == bindparam("g"),
    _r.entity_id == bindparam("id"),
    _r.to_kind == bindparam("tk"),
    _r.to_id == bindparam("tid"),
)
_LINK = entity_ref.insert()
_CHUNK = 500
_OF_KIND = (
    select(*BODY)
    .where(
        _t.group_id == bindparam("g"),
        _t.connection_id == bindparam("c"),
        _t.kind == bindparam("k"),
        _t.source_id > bindparam("after"),
        ~_t.withdrawn,
    )
    .order_by(_t.source_id)
    .limit(_CHUNK)
)
_AT = {
    "location": _t.location == bindparam("location"),
    "from_day": _t.day >= bindparam("from_day"),
    "to_day": _t.day <= bindparam("to_day"),
}


@cache
def _of_kind(but: tuple[str, ...]) -> Select[Any]:
    """The living values of a kind, narrowed by these of `_AT`."""
    return _OF_KIND.where(*(_AT[name] for name in but))


@dataclass(frozen=True, slots=True)
class Change:
    """What a put or withdrawal changed. `old` None: new (or back again); `new` None: withdrawn."""

    kind: str
    source_id: str
    old: Entity | None
    new: Entity | None


KINDS = tuple(_TYPES)


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(_TYPES[kind])


def opened(unit: Unit, row: Any) -> Entity:
    """The value of a row that was read with `BODY`."""
    text = unit.vault.open("entity", "body_enc", row.id, row.body_enc)
    return cast(Entity, _adapter(row.kind).validate_json(text))


def content_hash(key: bytes, entity: Entity) -> str:
    """Keyed hash of an entity without the two provenance fields that are not content."""
    return _hashed(key, entity.kind, _adapter(entity.kind).dump_python(entity, mode="json"))


def _hashed(key: bytes, kind: str, body: dict[str, Any]) -> str:
    source = {k: v for k, v in body["source"].items() if k not in ("raw_record", "mapping_version")}
    return keyed_hash(key, "entity", kind, canonical_json({**body, "source": source}))


def number_key(key: bytes, number: str) -> str:
    """The searchable form of an invoice or payment number."""
    return keyed_hash(key, "number", number)


def put(unit: Unit, entity: Entity) -> Change | None:
    """Store a value. None when nothing but its provenance differs from the stored one."""
    source = entity.source
    eid = compute_id(unit.group, source.connection, entity.kind, source.source_id)
    body = _adapter(entity.kind).dump_python(entity, mode="json")
    digest = _hashed(unit.vault.key, entity.kind, body)
    row = unit.db.execute(_ONE, {"id": eid, "g": unit.group}).first()
    if row is not None and not row.withdrawn and row.content_hash == digest:
        if (row.raw_record, row.mapping_version) != (source.raw_record, source.mapping_version):
            keys = {
                "b_id": eid,
                "b_g": unit.group,
                "b_raw": source.raw_record,
                "b_mapping": source.mapping_version,
            }
            unit.db.execute(_TRACE, keys)
        return None
    values = {
        "body_enc": unit.vault.seal("entity", "body_enc", eid, canonical_json(body)),
        "content_hash": digest,
        "raw_record": source.raw_record,
        "mapping_version": source.mapping_version,
        "withdrawn": False,
        "withdrawn_why": None,
        "updated_at": unit.now,
        **_searchable(unit, entity),
    }
    if row is None:
        old = None
        unit.db.execute(
            _INSERT,
            {
                "id": eid,
                "group_id": unit.group,
                "connection_id": source.connection,
                "kind": entity.kind,
                "source_id": source.source_id,
                "version": 1,
                **values,
            },
        )
    else:
        old = None if row.withdrawn else opened(unit, row)
        unit.db.execute(_UPDATE, {"b_id": eid, "b_g": unit.group, "version": row.version + 1, **values})
    _relink(unit, eid, entity, new=row is None)
    return Change(entity.kind, source.source_id, old, entity)


def _searchable(unit: Unit, entity: Entity) -> dict[str, Any]:
    number: str | None = None
    location: str | None = None
    day: date | None = None
    match entity:
        case Invoice():
            number, location, day = entity.number, entity.location, entity.issued
        case Payment():
            number, location, day = entity.number, entity.location, entity.paid_on
        case CreditApplication():
            location, day = entity.location, entity.applied_on
        case Appointment():
            location = entity.location
        case Settlement():
            number, day = entity.number, entity.arrives_on
        case Claim():
            number, day = entity.reference, entity.item.served_from
    return {
        "number_key": None if number is None else number_key(unit.vault.key, number),
        "location": location,
        "day": day,
    }


def _relink(unit: Unit, eid: str, entity: Entity, *, new: bool) -> None:
    wanted = {(ref.kind, ref.source_id) for ref in entity.refs()}
    rows = () if new else unit.db.execute(_REFS, {"g": unit.group, "id": eid})
    had = {(row.to_kind, row.to_id) for row in rows}
    gone = [{"g": unit.group, "id": eid, "tk": kind, "tid": to_id} for kind, to_id in sorted(had - wanted)]
    if gone:
        unit.db.execute(_CUT, gone)
    more = [
        {
            "group_id": unit.group,
            "entity_id": eid,
            "to_kind": kind,
            "to_id": to_id,
            "connection_id": entity.home if isinstance(entity, Payment | Claim) else entity.source.connection,
            "kind": entity.kind,
        }
        for kind, to_id in sorted(wanted - had)
    ]
    if more:
        unit.db.execute(_LINK, more)


def withdraw(unit: Unit, connection: str, kind: str, source_id: str, why: str) -> Change | None:
    """The source no longer has it. The row stays for tracing; None when it was not there or already gone."""
    eid = compute_id(unit.group, connection, kind, source_id)
    row = unit.db.execute(_ONE, {"id": eid, "g": unit.group}).first()
    if row is None or row.withdrawn:
        return None
    values = {
        "withdrawn": True,
        "withdrawn_why": why[:200],
        "version": row.version + 1,
        "updated_at": unit.now,
    }
    unit.db.execute(_UPDATE, {"b_id": eid, "b_g": unit.group, **values})
    return Change(kind, source_id, opened(unit, row), None)


def get(unit: Unit, connection: str, kind: str, source_id: str) -> Entity | None:
    """The living value, or None."""
    keys = {"id": compute_id(unit.group, connection, kind, source_id), "g": unit.group}
    row = unit.db.execute(_ONE, keys).first()
    return None if row is None or row.withdrawn else opened(unit, row)


def pointing_at(unit: Unit, connection: str, ref: Ref, kind: str, *, anywhere: bool = False) -> list[Entity]:
    """Living values of `kind` that refer to `ref` of a connection, by source id.

    Only values of that connection itself; `anywhere`: also what other systems say about it (a card payment).
    """
    keys = {"g": unit.group, "c": connection, "tk": ref.kind, "tid": ref.source_id, "k": kind}
    rows = unit.db.execute(_POINTING if anywhere else _OWN_POINTING, keys)
    return [opened(unit, row) for row in rows]


def by_number(
    unit: Unit, number: str, *, connection: str | None = None, kind: str | None = None
) -> list[Entity]:
    """Living values with this invoice or payment number, optionally of one connection and kind."""
    rows = unit.db.execute(_BY_NUMBER, {"g": unit.group, "n": number_key(unit.vault.key, number)})
    return [
        opened(unit, row)
        for row in rows
        if (connection is None or row.connection_id == connection) and (kind is None or row.kind == kind)
    ]


def source_id_by_number(unit: Unit, number: str, *, connection: str, kind: str) -> str | None:
    """The source id of the first living value with this number: of what `by_number` finds, unopened."""
    keys = {"g": unit.group, "n": number_key(unit.vault.key, number)}
    rows = unit.db.execute(_BY_NUMBER, keys)
    mine = (row.source_id for row in rows if (row.connection_id, row.kind) == (connection, kind))
    return next(mine, None)


def ids_by_number(unit: Unit, number: str) -> list[str]:
    """Entity ids with this number, withdrawn ones included."""
    keys = {"g": unit.group, "n": number_key(unit.vault.key, number)}
    return list(unit.db.execute(_IDS_BY_NUMBER, keys).scalars())


def all_of(
    unit: Unit,
    connection: str,
    kind: str,
    *,
    location: str | None = None,
    from_day: date | None = None,
    to_day: date | None = None,
) -> Iterator[Entity]:
    """Living values of one kind by source id; days are inclusive business dates."""
    given = {"location": location, "from_day": from_day, "to_day": to_day}
    narrowed = {name: value for name, value in given.items() if value is not None}
    query = _of_kind(tuple(narrowed))
    keys = {"g": unit.group, "c": connection, "k": kind, **narrowed}
    after = ""
    while rows := unit.db.execute(query, {**keys, "after": after}).all():
        for row in rows:
            yield opened(unit, row)
        after = rows[-1].source_id
