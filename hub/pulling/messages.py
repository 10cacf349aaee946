"""The rows of the inbox: stored, taken under a lease, settled or put back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select

from hub.contracts import Hint
from hub.store.session import Unit
from hub.store.tables import connection, inbox_message, link

ECHO = timedelta(minutes=2)
"""A target tells us of our own writes as well: what we wrote so shortly before is no news."""

_m = inbox_message.c


@dataclass(frozen=True, slots=True)
class Message:
    """A taken message; `attempts` before this one."""

    id: str
    connection: str
    stream: str
    source_id: str
    received_at: datetime
    attempts: int


def merge_into_waiting(unit: Unit, connection_id: str, hint: Hint) -> bool:
    """Whether an equal message waits that nobody has begun to handle: it will see this change too."""
    query = select(_m.id).where(
        _m.group_id == unit.group,
        _m.connection_id == connection_id,
        _m.stream == hint.stream,
        _m.source_id == hint.source_id,
        _m.state == "waiting",
        or_(_m.lease_until.is_(None), _m.lease_until <= unit.now),
    )
    row = unit.db.execute(query.limit(1)).first()
    if row is None:
        return False
    soon = inbox_message.update().where(_m.group_id == unit.group, _m.id == row.id, _m.due_at > unit.now)
    unit.db.execute(soon.values(due_at=unit.now))
    return True


def insert(unit: Unit, connection_id: str, hint: Hint) -> None:
    """Store a new message, due at once."""
    new = unit.new_id()
    unit.db.execute(
        inbox_message.insert().values(
            id=new,
            group_id=unit.group,
            connection_id=connection_id,
            stream=hint.stream[:60],
            source_id=hint.source_id[:100],
            external_id=(hint.external_id or new)[:200],
            received_at=unit.now,
            due_at=unit.now,
            state="waiting",
            attempts=0,
        )
    )


def _open_waiting(unit: Unit) -> list[object]:
    shut = select(connection.c.id).where(
        connection.c.group_id == unit.group,
        or_(connection.c.reconnect, connection.c.paused_until > unit.now),
    )
    return [_m.group_id == unit.group, _m.state == "waiting", _m.connection_id.not_in(shut)]


def next_due(unit: Unit) -> datetime | None:
    """When the next message of an open connection may be taken; its lease counts."""
    free = func.coalesce(_m.lease_until, _m.due_at)
    query = select(_m.due_at, _m.lease_until).where(*_open_waiting(unit))  # type: ignore[arg-type]
    row = unit.db.execute(query.order_by(free, _m.id).limit(1)).first()
    if row is None:
        return None
    times: list[datetime] = [t for t in (row.due_at, row.lease_until) if t is not None]
    return max(times)


def take(unit: Unit, owner: str, ttl: timedelta, limit: int, *, without: Collection[str]) -> list[Message]:
    """Lease due messages nobody else handles, oldest first."""
    query = (
        select(_m.id, _m.connection_id, _m.stream, _m.source_id, _m.received_at, _m.attempts)
        .where(
            *_open_waiting(unit),  # type: ignore[arg-type]
            _m.due_at <= unit.now,
            or_(_m.lease_until.is_(None), _m.lease_until <= unit.now),
            _m.connection_id.not_in(list(without)),
        )
        .order_by(_m.due_at, _m.id)
        .limit(limit)
    )
    if unit.db.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True)
    rows = unit.db.execute(query).all()
    if rows:
        unit.db.execute(
            inbox_message.update()
            .where(_m.group_id == unit.group, _m.id.in_([row.id for row in rows]))
            .values(lease_owner=owner, lease_until=unit.now + ttl)
        )
    return [Message(*row) for row in rows]


def settle(unit: Unit, message: Message, state: str, error: str | None = None) -> None:
    """End a message: handled, ignored or failed."""
    unit.db.execute(
        inbox_message.update()
        .where(_m.group_id == unit.group, _m.id == message.id)
        .values(
            state=state,
            attempts=message.attempts + 1,
            handled_at=unit.now,
            lease_owner=None,
            lease_until=None,
            error=error[:200] if error else None,
        )
    )


def put_back(unit: Unit, message: Message, due: datetime, error: str, *, tried: bool) -> None:
    """Have a message handled later; `tried` counts an attempt."""
    unit.db.execute(
        inbox_message.update()
        .where(_m.group_id == unit.group, _m.id == message.id)
        .values(
            due_at=due,
            attempts=message.attempts + tried,
            lease_owner=None,
            lease_until=None,
            error=error[:200],
        )
    )


def echo_or_cases(unit: Unit, message: Message) -> list[str]:
    """The cases of our documents at a target that a message names, unless we wrote them just before."""
    query = select(link.c.case_id).where(
        and_(
            link.c.group_id == unit.group,
            link.c.target_id == message.connection,
            link.c.external_id == message.source_id,
            link.c.updated_at < message.received_at - ECHO,
        )
    )
    return sorted(set(unit.db.execute(query).scalars()))
