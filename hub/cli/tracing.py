"""`hub trace`: the six rows of one number, forwards from the PMS record or backwards from the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from hub.store import entities
from hub.store.session import Unit
from hub.store.tables import attempt, case, delivery, hold, link, raw_record
from hub.store.tables import entity as entity_table


@dataclass(frozen=True, slots=True)
class Walked:
    """One of the six layers with its rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def trace(unit: Unit, number: str, prefixes: Sequence[str]) -> list[Walked]:
    """Everything known under a number, its prefixed form at the target, or an external id."""
    found = _entities(unit, number, prefixes) or _behind_link(unit, number)
    if not found:
        return []
    cases = _cases(unit, found)
    ids = [row.id for row in cases]
    return [
        _raw(unit, found),
        Walked("2 canonical", ("id", "kind", "source", "version", "withdrawn", "updated (UTC)"),
               tuple((e.id, e.kind, f"{e.connection_id}:{e.source_id}", e.version, e.withdrawn, e.updated_at)
                     for e in found)),
        _deliveries(unit, ids),
        _attempts(unit, ids),
        _links(unit, ids),
        _holds(unit, ids),
    ]  # fmt: skip


def _entities(unit: Unit, number: str, prefixes: Sequence[str]) -> list[Any]:
    names = {number, *(number.removeprefix(p) for p in prefixes if p)}
    ids = [e for name in sorted(names) for e in entities.ids_by_number(unit, name)]
    query = select(entity_table).where(entity_table.c.group_id == unit.group, entity_table.c.id.in_(ids))
    return list(unit.db.execute(query.order_by(entity_table.c.kind, entity_table.c.source_id)))


def _behind_link(unit: Unit, number: str) -> list[Any]:
    """The entities whose documents stand at the target under this number or id."""
    query = (
        select(delivery.c.entity_id)
        .join(link, (link.c.document_id == delivery.c.document_id) & (link.c.group_id == delivery.c.group_id))
        .where(link.c.group_id == unit.group, or_(link.c.number == number, link.c.external_id == number))
        .distinct()
    )
    ids = [row[0] for row in unit.db.execute(query) if row[0]]
    return list(
        unit.db.execute(select(entity_table).where(entity_table.c.group_id == unit.group, entity_table.c.id.in_(ids)))
    )


def _cases(unit: Unit, found: Sequence[Any]) -> list[Any]:
    subjects = [f"{e.connection_id}:{e.source_id}" for e in found]
    made = select(delivery.c.case_id).where(
        delivery.c.group_id == unit.group, delivery.c.entity_id.in_([e.id for e in found])
    )
    query = select(case).where(
        case.c.group_id == unit.group, or_(case.c.subject.in_(subjects), case.c.id.in_(made))
    )
    return list(unit.db.execute(query.order_by(case.c.id)))


def _raw(unit: Unit, found: Sequence[Any]) -> Walked:
    """All versions of the root records behind the entities (payments come from imports and have none)."""
    roots = [e.raw_record for e in found if e.raw_record]
    t = raw_record.c
    root = select(t.connection_id, t.stream, t.source_id).where(t.group_id == unit.group, t.id.in_(roots))
    rows: list[tuple[Any, ...]] = []
    for one in unit.db.execute(root).all():
        versions = select(t.id, t.stream, t.source_id, t.version, t.latest, t.gone, t.asked_at).where(
            t.group_id == unit.group, t.connection_id == one[0], t.stream == one[1], t.source_id == one[2]
        )
        rows += [tuple(row) for row in unit.db.execute(versions.order_by(t.version))]
    columns = ("id", "stream", "source id", "version", "latest", "gone", "asked (UTC)")
    return Walked("1 raw records", columns, tuple(dict.fromkeys(rows)))


def _deliveries(unit: Unit, cases: Sequence[str]) -> Walked:
    t = delivery.c
    query = (
        select(t.id, t.kind, t.op, t.version, t.state, t.cents, t.business_date, t.config_version)
        .where(t.group_id == unit.group, t.case_id.in_(cases))
        .order_by(t.created_at, t.id)
    )
    return Walked(
        "3 deliveries",
        ("id", "kind", "op", "v", "state", "amount $", "date", "configuration"),
        tuple((*row[:7], row[7][:8]) for row in unit.db.execute(query)),
    )


def _attempts(unit: Unit, cases: Sequence[str]) -> Walked:
    query = (
        select(attempt.c.delivery_id, attempt.c.number, attempt.c.started_at, attempt.c.verdict, attempt.c.status)
        .join(delivery, (delivery.c.id == attempt.c.delivery_id) & (delivery.c.group_id == attempt.c.group_id))
        .where(attempt.c.group_id == unit.group, delivery.c.case_id.in_(cases))
        .order_by(attempt.c.started_at, attempt.c.id)
    )
    return Walked(
        "4 attempts",
        ("delivery", "#", "started (UTC)", "verdict", "status"),
        tuple(tuple(row) for row in unit.db.execute(query)),
    )


def _links(unit: Unit, cases: Sequence[str]) -> Walked:
    t = link.c
    query = (
        select(t.kind, t.number, t.external_id, t.live, t.version, t.url)
        .where(t.group_id == unit.group, t.case_id.in_(cases))
        .order_by(t.kind, t.document_id)
    )
    return Walked(
        "5 at the target",
        ("kind", "number", "external id", "live", "v", "link"),
        tuple(tuple(row) for row in unit.db.execute(query)),
    )


def _holds(unit: Unit, cases: Sequence[str]) -> Walked:
    t = hold.c
    query = (
        select(t.cause, t.sentence, t.who, t.cents, t.opened_at, t.closed_at)
        .where(t.group_id == unit.group, t.case_id.in_(cases))
        .order_by(t.opened_at, t.id)
    )
    return Walked(
        "6 holds",
        ("cause", "what", "who acts", "amount $", "since (UTC)", "until (UTC)"),
        tuple(tuple(row) for row in unit.db.execute(query)),
    )
