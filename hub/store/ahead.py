"""What is asked of each of many values, read at once: a plan of many cases asks the database little.

One by one, a renderer's questions are most of what planning sends to the database; over a network each waits
for an answer of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from hub import ids
from hub.canonical import Entity
from hub.errors import Reason, Who
from hub.store.bulk import chunks
from hub.store.entities import BODY, opened
from hub.store.session import Unit
from hub.store.tables import entity, entity_ref, issue

_t = entity.c
_r = entity_ref.c
_i = issue.c
_VALUES = select(*BODY).where(
    _t.group_id == bindparam("g"), _t.id.in_(bindparam("ids", expanding=True)), ~_t.withdrawn
)
_POINTING = (
    select(_r.to_id, _t.connection_id, *BODY)
    .join(entity_ref, (_r.entity_id == _t.id) & (_r.group_id == _t.group_id))
    .where(
        _r.group_id == bindparam("g"),
        _r.connection_id == bindparam("c"),
        _r.to_kind == bindparam("tk"),
        _r.to_id.in_(bindparam("ids", expanding=True)),
        _t.kind.in_(bindparam("kinds", expanding=True)),
        ~_t.withdrawn,
    )
    .order_by(_t.source_id)
)
_ISSUES = (
    select(_i.source_id, _i.stream, _i.cause, _i.sentence, _i.who, _i.cents)
    .where(
        _i.group_id == bindparam("g"),
        _i.connection_id == bindparam("c"),
        _i.source_id.in_(bindparam("ids", expanding=True)),
        _i.closed_at.is_(None),
    )
    .order_by(_i.opened_at, _i.id)
)


def values(unit: Unit, connection: str, kind: str, source_ids: Sequence[str]) -> dict[str, Entity]:
    """The living values among these, by source id (`entities.get` of each)."""
    of = {ids.entity_id(unit.group, connection, kind, one): one for one in source_ids}
    return {
        of[row.id]: opened(unit, row)
        for some in chunks(sorted(of))
        for row in unit.db.execute(_VALUES, {"g": unit.group, "ids": list(some)})
    }


def pointing_at(
    unit: Unit, connection: str, to_kind: str, to_ids: Sequence[str], kinds: Sequence[str]
) -> dict[str, list[tuple[str, Entity]]]:
    """Living values of these kinds that refer to these, with the connection that told them, by source id;
    under what is referred to (`entities.pointing_at` of each, also `anywhere`)."""
    found: dict[str, list[tuple[str, Entity]]] = {}
    known: dict[str, Entity] = {}
    for some in chunks(sorted(to_ids)):
        keys = {"g": unit.group, "c": connection, "tk": to_kind, "ids": list(some), "kinds": list(kinds)}
        for row in unit.db.execute(_POINTING, keys):
            if row.id not in known:  # one payment may stand on several invoices
                known[row.id] = opened(unit, row)
            found.setdefault(row.to_id, []).append((row.connection_id, known[row.id]))
    return found


def issues(unit: Unit, connection: str, source_ids: Sequence[str]) -> dict[str, list[tuple[str, Reason]]]:
    """(stream, reason) of open issues, oldest first, by source id (`issues.on_record` of each)."""
    found: dict[str, list[tuple[str, Reason]]] = {}
    for some in chunks(sorted(source_ids)):
        for row in unit.db.execute(_ISSUES, {"g": unit.group, "c": connection, "ids": list(some)}):
            reason = Reason(row.cause, row.sentence, Who(row.who), row.cents)
            found.setdefault(row.source_id, []).append((row.stream, reason))
    return found
