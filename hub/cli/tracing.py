"""`hub trace`: the six rows of one number, forwards from the PMS record or backwards from the target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from hub.store import entities, links
from hub.store.session import Unit
from hub.store.tables import attempt, case, delivery, hold, link, raw_record, report_import
from hub.store.tables import entity as entity_table


@dataclass(frozen=True, slots=True)
class Walked:
    """One layer with its rows, each holding the id of the one before; columns as `show.table` takes them."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def as_json(self) -> list[dict[str, Any]]:
        """The rows with their column names."""
        names = [column.rstrip(" ~!#$>").replace(" (UTC)", "").replace(" ", "_") for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


def trace(unit: Unit, number: str, prefixes: Sequence[str]) -> list[Walked]:
    """Everything known under a number, its prefixed form at the target, or an external id."""
    start = _entities(unit, number, prefixes) or _behind_link(unit, number)
    cases = _cases(unit, start)
    if not start and not cases:
        return []
    sent = select(delivery.c.entity_id).where(
        delivery.c.group_id == unit.group, delivery.c.case_id.in_(cases)
    )
    ids = {row.id for row in start} | {row[0] for row in unit.db.execute(sent) if row[0]}
    found = _rows(unit, ids)
    return [
        _raw(unit, found),
        Walked(
            "canonical", "2 canonical",
            ("id ~", "kind !", "source", "version #", "withdrawn", "raw record ~", "updated (UTC) !"),
            tuple((e.id, e.kind, f"{e.connection_id}:{e.source_id}", e.version, e.withdrawn, e.raw_record,
                   e.updated_at) for e in found),
        ),
        _deliveries(unit, cases),
        _attempts(unit, cases),
        *_links(unit, cases),
        _holds(unit, cases),
    ]  # fmt: skip


def _entities(unit: Unit, number: str, prefixes: Sequence[str]) -> list[Any]:
    names = {number, *(number.removeprefix(p) for p in prefixes if p)}
    return _rows(unit, {e for name in names for e in entities.ids_by_number(unit, name)})


def _rows(unit: Unit, ids: Iterable[str]) -> list[Any]:
    t = entity_table.c
    query = select(entity_table).where(t.group_id == unit.group, t.id.in_(sorted(ids)))
    return list(unit.db.execute(query.order_by(t.kind, t.source_id)))


def _behind_link(unit: Unit, number: str) -> list[Any]:
    """The entities whose documents stand at the target under this number or id."""
    query = (
        select(delivery.c.entity_id)
        .join(link, (link.c.document_id == delivery.c.document_id) & (link.c.group_id == delivery.c.group_id))
        .where(link.c.group_id == unit.group, or_(link.c.number == number, link.c.external_id == number))
        .distinct()
    )
    return _rows(unit, [row[0] for row in unit.db.execute(query) if row[0]])


def _cases(unit: Unit, found: Sequence[Any]) -> list[str]:
    subjects = [f"{e.connection_id}:{e.source_id}" for e in found]
    made = select(delivery.c.case_id).where(
        delivery.c.group_id == unit.group, delivery.c.entity_id.in_([e.id for e in found])
    )
    query = select(case.c.id).where(
        case.c.group_id == unit.group, or_(case.c.subject.in_(subjects), case.c.id.in_(made))
    )
    return list(unit.db.execute(query.order_by(case.c.id)).scalars())


def _raw(unit: Unit, found: Sequence[Any]) -> Walked:
    """All versions of the root records behind the entities, and the report a payment came from."""
    roots = {e.raw_record for e in found if e.raw_record}
    t, r = raw_record.c, report_import.c
    root = select(t.connection_id, t.stream, t.source_id).where(t.group_id == unit.group, t.id.in_(roots))
    rows: list[tuple[Any, ...]] = []
    for one in unit.db.execute(root).all():
        versions = select(t.id, t.stream, t.source_id, t.version, t.latest, t.gone, t.asked_at).where(
            t.group_id == unit.group, t.connection_id == one[0], t.stream == one[1], t.source_id == one[2]
        )
        rows += [tuple(row) for row in unit.db.execute(versions.order_by(t.version))]
    imported = select(r.id, r.from_day, r.to_day, r.imported_at).where(
        r.group_id == unit.group, r.id.in_(roots)
    )
    for id, first, last, at in unit.db.execute(imported):
        rows.append((id, "payment report", f"{first:%d %b} to {last:%d %b %Y}", 1, True, False, at))
    columns = ("id ~", "stream !", "source id", "version #", "latest", "gone", "asked (UTC) !")
    return Walked("raw_records", "1 raw records", columns, tuple(dict.fromkeys(rows)))


def _deliveries(unit: Unit, cases: Sequence[str]) -> Walked:
    t = delivery.c
    query = (
        select(
            t.id, t.kind, t.op, t.version, t.state, t.cents, t.business_date, t.entity_id, t.config_version
        )
        .where(t.group_id == unit.group, t.case_id.in_(cases))
        .order_by(t.created_at, t.id)
    )
    return Walked(
        "deliveries",
        "3 deliveries",
        (
            "id ~",
            "kind !",
            "step !",
            "version #",
            "state !",
            "amount $",
            "date !",
            "entity ~",
            "configuration >",
        ),
        tuple(tuple(row) for row in unit.db.execute(query)),
    )


def _attempts(unit: Unit, cases: Sequence[str]) -> Walked:
    a = attempt.c
    query = (
        select(a.id, a.delivery_id, a.number, a.started_at, a.verdict, a.status, a.code)
        .join(delivery, (delivery.c.id == a.delivery_id) & (delivery.c.group_id == a.group_id))
        .where(a.group_id == unit.group, delivery.c.case_id.in_(cases))
        .order_by(a.started_at, a.id)
    )
    return Walked(
        "attempts",
        "4 attempts",
        ("id ~", "delivery ~", "no #", "started (UTC) !", "verdict !", "status #", "code"),
        tuple(tuple(row) for row in unit.db.execute(query)),
    )


def _links(unit: Unit, cases: Sequence[str]) -> tuple[Walked, Walked]:
    """What stands at the target, and how it was last seen there beside what we sent."""
    t = link.c
    query = (
        select(t.kind, t.number, t.external_id, t.live, t.delivery_id, t.url, t.seen, t.updated_at)
        .where(t.group_id == unit.group, t.case_id.in_(cases))
        .order_by(t.kind, t.document_id)
    )
    rows = unit.db.execute(query).all()
    standing = tuple((row[0], row[1], row[2], row[3], row[4], row[5]) for row in rows)
    matched = tuple(
        (row[2], seen.life, seen.matches, seen.total, seen.due, seen.remaining, row[7])
        for row in rows
        for seen in (links.load_seen(row[6]),)
    )
    return (
        Walked(
            "links", "5 at the target",
            ("kind !", "number !", "external id !", "live !", "delivery ~", "link >"), standing,
        ),
        Walked(
            "match", "6 match: as last seen there",
            ("external id ~", "life", "as sent", "total $", "still due $", "left of it $", "seen (UTC) !"),
            matched,
        ),
    )  # fmt: skip


def _holds(unit: Unit, cases: Sequence[str]) -> Walked:
    t = hold.c
    query = (
        select(t.cause, t.who, t.cents, t.opened_at, t.closed_at, t.sentence, t.closed_why)
        .where(t.group_id == unit.group, t.case_id.in_(cases))
        .order_by(t.opened_at, t.id)
    )
    return Walked(
        "holds",
        "Holds, past and present",
        ("cause", "who acts !", "amount $", "since (UTC) !", "until (UTC) !", "what >", "ended by >"),
        tuple(tuple(row) for row in unit.db.execute(query)),
    )
