"""Reading rows for people: the queries behind the looking commands. Content only where a command says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select

from hub import audit
from hub.documents import DocKind, as_dict, load
from hub.errors import Misconfigured
from hub.store.session import Unit
from hub.store.tables import (
    attempt,
    audit_event,
    case,
    clinic_group,
    connection,
    delivery,
    hold,
    issue,
    link,
    stream_cursor,
)


@dataclass(frozen=True, slots=True)
class Held:
    """One open hold or, where `record`, one record that cannot be read. `number` is its case's."""

    id: str
    number: str
    cause: str
    sentence: str
    who: str
    cents: int
    since: datetime
    urgent: bool
    record: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class HeldGroup:
    """Everything held for one cause."""

    cause: str
    sentence: str
    who: str
    cents: int
    numbers: tuple[str, ...]
    since: datetime
    urgent: bool


def held(unit: Unit, cause: str | None = None, *, reveal: bool = False) -> list[Held]:
    """Open holds and issues, oldest first. `reveal` adds the detail (maybe personal text): audited."""
    h, i = hold.c, issue.c
    holds = (
        select(h.id, case.c.number, h.cause, h.sentence, h.who, h.cents, h.opened_at, h.urgent, h.detail_enc)
        .join(case, (case.c.id == h.case_id) & (case.c.group_id == h.group_id))
        .where(h.group_id == unit.group, h.closed_at.is_(None))
        .order_by(h.opened_at, h.id)
    )
    issues = (
        select(i.id, i.number, i.cause, i.sentence, i.who, i.cents, i.opened_at)
        .where(i.group_id == unit.group, i.closed_at.is_(None))
        .order_by(i.opened_at, i.id)
    )
    if cause is not None:
        holds, issues = holds.where(h.cause == cause), issues.where(i.cause == cause)
    found = []
    for row in unit.db.execute(holds):
        detail = ""
        if reveal and row[8] is not None:
            audit.record(unit, "reveal", "hold", row[0], outcome="shown")
            detail = unit.vault.open("hold", "detail_enc", row[0], row[8])
        found.append(Held(**_named(row), record=False, detail=detail))
    found += [Held(**_named(row), urgent=False, record=True) for row in unit.db.execute(issues)]
    return found


def _named(row: Any) -> dict[str, Any]:
    names = ("id", "number", "cause", "sentence", "who", "cents", "since", "urgent")
    return dict(zip(names, row, strict=False))


def held_by_cause(unit: Unit) -> list[HeldGroup]:
    """Open holds and issues grouped by cause, the most urgent and largest first."""
    by_cause: dict[str, list[Held]] = {}
    for one in held(unit):
        by_cause.setdefault(one.cause, []).append(one)
    groups = [
        HeldGroup(
            cause,
            rows[0].sentence,
            rows[0].who,
            _cents(rows),
            tuple(dict.fromkeys(r.number for r in rows)),
            min(r.since for r in rows),
            any(r.urgent for r in rows),
        )
        for cause, rows in by_cause.items()
    ]
    return sorted(groups, key=lambda g: (not g.urgent, -abs(g.cents), g.cause))


def _cents(rows: Sequence[Held]) -> int:
    """What waits: every held document, and records that no case holds already."""
    cases = {row.number for row in rows if not row.record}
    return sum(row.cents for row in rows if not row.record or row.number not in cases)


def some(numbers: Sequence[str], most: int = 3) -> str:
    """The first few numbers and how many more."""
    rest = len(numbers) - most
    return ", ".join(numbers[:most]) + (f" and {rest} more" if rest > 0 else "")


def connections(unit: Unit, known: Sequence[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """State of each configured connection, `known` as (id, system, role)."""
    last: dict[str, datetime] = {}
    cursors_ = select(stream_cursor.c.connection_id, stream_cursor.c.last_complete)
    for read in unit.db.execute(cursors_.where(stream_cursor.c.group_id == unit.group)):
        if read[1] is not None:
            last[read[0]] = max(last.get(read[0], read[1]), read[1])
    query = select(connection).where(connection.c.group_id == unit.group)
    rows = {row.id: row for row in unit.db.execute(query)}
    frozen = unit.db.execute(
        select(clinic_group.c.frozen).where(clinic_group.c.id == unit.group)
    ).scalar_one()
    found = []
    for id, system, role in known:
        state = _state(rows.get(id), unit.now, frozen=frozen and role != "source")
        row = rows.get(id) if state in ("paused", "reconnect needed") else None  # else an old reason
        found.append(
            {
                "id": id,
                "system": system,
                "role": role,
                "state": state,
                "why": row.pause_sentence if row else _frozen_why(unit, id) if state == "frozen" else None,
                "paused_until": row.paused_until if row else None,
                "last_complete": last.get(id),
            }
        )
    return found


def _frozen_why(unit: Unit, id: str) -> str | None:
    """The reason of the last freeze of this connection or of the whole group."""
    t = audit_event.c
    of_it = or_(
        and_(t.entity_type == "connection", t.entity_id == id),
        and_(t.entity_type == "group", t.entity_id == unit.group),
    )
    query = select(t.reason).where(t.group_id == unit.group, of_it, t.action == "freeze")
    found: str | None = unit.db.execute(query.order_by(t.seq.desc()).limit(1)).scalar()
    return found


def issues(unit: Unit, cause: str) -> list[tuple[str, str, str]]:
    """(connection, stream, source id) of open issues of one cause."""
    t = issue.c
    query = select(t.connection_id, t.stream, t.source_id).where(
        t.group_id == unit.group, t.cause == cause, t.closed_at.is_(None)
    )
    return [(row[0], row[1], row[2]) for row in unit.db.execute(query.order_by(t.opened_at, t.id))]


def _state(row: Any, now: datetime, *, frozen: bool) -> str:
    if row is None or row.secret_enc is None:
        return "not connected"
    if row.reconnect:
        return "reconnect needed"
    if row.frozen or frozen:
        return "frozen"
    if row.paused_until is not None and row.paused_until > now:
        return "paused"
    return "open"


def cursors(unit: Unit) -> list[dict[str, Any]]:
    t = stream_cursor.c
    query = (
        select(t.connection_id, t.stream, t.committed, t.last_complete, t.last_error)
        .where(t.group_id == unit.group)
        .order_by(t.connection_id, t.stream)
    )
    return [dict(row._mapping) for row in unit.db.execute(query)]


_SHOWN = ("id", "kind", "op", "version", "state", "cents", "business_date", "posting_date", "reason",
          "sentence", "due_at", "attempts", "mark", "config_version", "document_id", "entity_id",
          "created_at", "settled_at")  # fmt: skip


def deliveries(unit: Unit, state: str | None, limit: int) -> list[dict[str, Any]]:
    """The newest deliveries without content."""
    query = (
        select(*(delivery.c[name] for name in _SHOWN), case.c.number)
        .join(case, (case.c.id == delivery.c.case_id) & (case.c.group_id == delivery.c.group_id))
        .where(delivery.c.group_id == unit.group)
        .order_by(delivery.c.created_at.desc(), delivery.c.id.desc())
        .limit(limit)
    )
    if state:
        query = query.where(delivery.c.state == state)
    return [dict(row._mapping) for row in unit.db.execute(query)]


def whole_hold(unit: Unit, given: str) -> str:
    """An open hold's id from its beginning or end, as lists show it. Raises Misconfigured unless one fits."""
    t = hold.c
    fits = t.id.startswith(given, autoescape=True) | t.id.endswith(given, autoescape=True)
    query = select(t.id).where(t.group_id == unit.group, t.closed_at.is_(None), fits)
    found = unit.db.execute(query.limit(2)).scalars().all()
    if len(found) != 1:
        what = "Several holds are" if found else "No hold is"
        raise Misconfigured(f"{what} called {given!r}; see `hub holds show CAUSE`.", code="missing")
    return str(found[0])


def whole_id(unit: Unit, given: str) -> str:
    """A delivery's id from its beginning or end, as lists show it. Raises Misconfigured unless one fits."""
    t = delivery.c
    fits = t.id.startswith(given, autoescape=True) | t.id.endswith(given, autoescape=True)
    found = unit.db.execute(select(t.id).where(t.group_id == unit.group, fits).limit(2)).scalars().all()
    if len(found) != 1:
        what = "Several deliveries" if found else "No delivery"
        raise Misconfigured(f"{what} called {given!r}; see `hub deliveries list`.", code="missing")
    return str(found[0])


def one_delivery(unit: Unit, delivery_id: str) -> dict[str, Any]:
    """One delivery with content, attempts and link. Seeing content is an audit row."""
    row = unit.db.execute(
        select(delivery, case.c.number)
        .join(case, (case.c.id == delivery.c.case_id) & (case.c.group_id == delivery.c.group_id))
        .where(delivery.c.group_id == unit.group, delivery.c.id == delivery_id)
    ).one()
    audit.record(unit, "reveal", "delivery", delivery_id, outcome="shown", connection=row.target_id)
    text = unit.vault.open("delivery", "content_enc", row.id, row.content_enc)
    tries = select(attempt).where(attempt.c.group_id == unit.group, attempt.c.delivery_id == delivery_id)
    standing = select(link).where(link.c.group_id == unit.group, link.c.document_id == row.document_id)
    found = unit.db.execute(standing).first()
    return {
        "case": row.number,
        **{name: row._mapping[name] for name in _SHOWN},
        "external_id": found.external_id if found else None,
        "url": found.url if found else None,
        "content": as_dict(load(DocKind(row.kind), text)),
        "attempts": [dict(r._mapping) for r in unit.db.execute(tries.order_by(attempt.c.number))],
    }
