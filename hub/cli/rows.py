"""Reading rows for people: the queries behind the looking commands. Content only where a command says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select

from hub import audit
from hub.documents import DocKind, as_dict, load
from hub.errors import Misconfigured
from hub.reconcile import Reconciliation
from hub.store.session import Unit
from hub.store.tables import attempt, case, connection, delivery, hold, issue, link, stream_cursor


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


def held_by_cause(unit: Unit) -> list[HeldGroup]:
    """Open holds and issues grouped by cause, the most urgent and largest first."""
    found: dict[str, list[Any]] = {}
    holds = (
        select(hold.c.cause, hold.c.sentence, hold.c.who, hold.c.cents, case.c.number, hold.c.opened_at, hold.c.urgent)
        .join(case, (case.c.id == hold.c.case_id) & (case.c.group_id == hold.c.group_id))
        .where(hold.c.group_id == unit.group, hold.c.closed_at.is_(None))
        .order_by(hold.c.opened_at, hold.c.id)
    )
    issues = (
        select(issue.c.cause, issue.c.sentence, issue.c.who, issue.c.cents, issue.c.number, issue.c.opened_at)
        .where(issue.c.group_id == unit.group, issue.c.closed_at.is_(None))
        .order_by(issue.c.opened_at, issue.c.id)
    )
    for row in unit.db.execute(holds):
        found.setdefault(row.cause, []).append(row)
    for row in unit.db.execute(issues):
        found.setdefault(row.cause, []).append(row)
    groups = [
        HeldGroup(
            cause,
            rows[0].sentence,
            rows[0].who,
            sum(r.cents for r in rows),
            tuple(dict.fromkeys(r.number for r in rows)),
            min(r.opened_at for r in rows),
            any(getattr(r, "urgent", False) for r in rows),
        )
        for cause, rows in found.items()
    ]
    return sorted(groups, key=lambda g: (not g.urgent, -abs(g.cents), g.cause))


def some(numbers: Sequence[str], most: int = 4) -> str:
    """The first few numbers and how many more."""
    rest = len(numbers) - most
    return ", ".join(numbers[:most]) + (f" and {rest} more" if rest > 0 else "")


def connections(unit: Unit) -> list[dict[str, Any]]:
    last: dict[str, datetime] = {}
    for row in unit.db.execute(
        select(stream_cursor.c.connection_id, stream_cursor.c.last_complete).where(
            stream_cursor.c.group_id == unit.group, stream_cursor.c.last_complete.is_not(None)
        )
    ):
        last[row[0]] = max(last.get(row[0], row[1]), row[1])
    query = select(connection).where(connection.c.group_id == unit.group).order_by(connection.c.id)
    return [
        {"id": row.id, "system": row.system, "state": _state(row, unit.now), "why": row.pause_sentence,
         "paused_until": row.paused_until, "last_complete": last.get(row.id)}
        for row in unit.db.execute(query)
    ]  # fmt: skip


def _state(row: Any, now: datetime) -> str:
    if row.reconnect:
        return "reconnect needed"
    if row.frozen:
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


_SHOWN = ("id", "kind", "op", "version", "state", "cents", "business_date", "posting_date", "reason", "sentence",
          "due_at", "attempts", "mark", "config_version", "document_id", "entity_id", "created_at", "settled_at")  # fmt: skip


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


def one_delivery(unit: Unit, delivery_id: str) -> dict[str, Any]:
    """One delivery with content, attempts and link. Seeing content is an audit row."""
    row = unit.db.execute(
        select(delivery).where(delivery.c.group_id == unit.group, delivery.c.id == delivery_id)
    ).first()
    if row is None:
        raise Misconfigured(f"There is no delivery {delivery_id!r}.", code="missing")
    audit.record(unit, "reveal", "delivery", delivery_id, outcome="shown", connection=row.target_id)
    text = unit.vault.open("delivery", "content_enc", row.id, row.content_enc)
    tries = select(attempt).where(attempt.c.group_id == unit.group, attempt.c.delivery_id == delivery_id)
    standing = select(link).where(link.c.group_id == unit.group, link.c.document_id == row.document_id)
    found = unit.db.execute(standing).first()
    return {
        **{name: row._mapping[name] for name in _SHOWN},
        "external_id": found.external_id if found else None,
        "url": found.url if found else None,
        "content": as_dict(load(DocKind(row.kind), text)),
        "attempts": [dict(r._mapping) for r in unit.db.execute(tries.order_by(attempt.c.number))],
    }




def show_reconciliation(result: Reconciliation) -> None:
    """The three equations and every difference, as tables."""
    from hub.cli.show import say, table

    table("Money by method", ["location", "method", "here $", "target $", "difference $"],
          [(r.location, r.method, r.here, r.target, r.here - r.target) for r in result.money])  # fmt: skip
    table("Billed", ["location", "account", "tax", "here $", "target $", "difference $"],
          [(r.location, r.account, r.tax_type, r.here, r.target, r.here - r.target) for r in result.billed])  # fmt: skip
    table("Debtors", ["location", "here $", "target $", "difference $", "PMS"],
          [(r.location, r.here, r.target, r.here - r.target, r.pms or "not offered") for r in result.debtors])  # fmt: skip
    if result.differences:
        table("Differences, item by item", ["case", "what", "here $", "target $", "why", "who"],
              [(d.number, d.what, d.here, d.target, d.cause, d.who) for d in result.differences])  # fmt: skip
    say("[green]The books agree.[/green]" if result.agrees else "[red]The books differ as listed.[/red]")


def rows_of(unit: Unit, table: Table, **where: Any) -> list[dict[str, Any]]:
    """Plain rows of one table of this group."""
    query = select(table).where(table.c.group_id == unit.group)
    for name, value in where.items():
        query = query.where(table.c[name] == value)
    return [dict(row._mapping) for row in unit.db.execute(query)]
