"""The rows of the inbox: stored, taken under a lease, settled or put back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, or_, select

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


_FREE = or_(_m.lease_until.is_(None), _m.lease_until <= bindparam("now"))
_OPEN = (
    _m.group_id == bindparam("g"),
    _m.state == "waiting",
    _m.connection_id.not_in(
        select(connection.c.id).where(
            connection.c.group_id == bindparam("g"),
            or_(connection.c.reconnect, connection.c.paused_until > bindparam("now")),
        )
    ),
)
_SAME = (
    select(_m.id)
    .where(
        _m.group_id == bindparam("g"),
        _m.connection_id == bindparam("c"),
        _m.stream == bindparam("s"),
        _m.source_id == bindparam("i"),
        _m.state == "waiting",
        _FREE,
    )
    .limit(1)
)
_NEXT = (
    select(_m.due_at, _m.lease_until)
    .where(*_OPEN)
    .order_by(func.coalesce(_m.lease_until, _m.due_at), _m.id)
    .limit(1)
)
_DUE = (
    select(_m.id, _m.connection_id, _m.stream, _m.source_id, _m.received_at, _m.attempts)
    .where(
        *_OPEN,
        _m.due_at <= bindparam("now"),
        _FREE,
        _m.connection_id.not_in(bindparam("without", expanding=True)),
    )
    .order_by(_m.due_at, _m.id)
    .limit(bindparam("n"))
)
_DUE_SKIPPING = _DUE.with_for_update(skip_locked=True)
_CASES = select(link.c.case_id).where(
    link.c.group_id == bindparam("g"),
    link.c.target_id == bindparam("t"),
    link.c.external_id == bindparam("e"),
    link.c.updated_at < bindparam("before"),
)
_INSERT = inbox_message.insert()
_LEASE = inbox_message.update().where(
    _m.group_id == bindparam("b_g"), _m.id.in_(bindparam("b_ids", expanding=True))
)
_ONE = inbox_message.update().where(_m.group_id == bindparam("b_g"), _m.id == bindparam("b_id"))
_SOON = _ONE.where(_m.due_at > bindparam("b_now"))


def merge_into_waiting(unit: Unit, connection_id: str, hint: Hint) -> bool:
    """Whether an equal message waits that nobody has begun to handle: it will see this change too."""
    keys = {"g": unit.group, "c": connection_id, "s": hint.stream, "i": hint.source_id, "now": unit.now}
    row = unit.db.execute(_SAME, keys).first()
    if row is None:
        return False
    unit.db.execute(_SOON, {"b_g": unit.group, "b_id": row.id, "b_now": unit.now, "due_at": unit.now})
    return True


def insert(unit: Unit, connection_id: str, hint: Hint) -> None:
    """Store a new message, due at once."""
    new = unit.new_id()
    unit.db.execute(
        _INSERT,
        {
            "id": new,
            "group_id": unit.group,
            "connection_id": connection_id,
            "stream": hint.stream[:60],
            "source_id": hint.source_id[:100],
            "external_id": (hint.external_id or new)[:200],
            "received_at": unit.now,
            "due_at": unit.now,
            "state": "waiting",
            "attempts": 0,
        },
    )


def next_due(unit: Unit) -> datetime | None:
    """When the next message of an open connection may be taken; its lease counts."""
    row = unit.db.execute(_NEXT, {"g": unit.group, "now": unit.now}).first()
    if row is None:
        return None
    times: list[datetime] = [t for t in (row.due_at, row.lease_until) if t is not None]
    return max(times)


def take(unit: Unit, owner: str, ttl: timedelta, limit: int, *, without: Collection[str]) -> list[Message]:
    """Lease due messages nobody else handles, oldest first."""
    query = _DUE_SKIPPING if unit.db.dialect.name == "postgresql" else _DUE
    keys = {"g": unit.group, "now": unit.now, "without": sorted(without), "n": limit}
    rows = unit.db.execute(query, keys).all()
    if rows:
        values = {"lease_owner": owner, "lease_until": unit.now + ttl}
        unit.db.execute(_LEASE, {"b_g": unit.group, "b_ids": [row.id for row in rows], **values})
    return [Message(*row) for row in rows]


def settle(unit: Unit, message: Message, state: str, error: str | None = None) -> None:
    """End a message: handled, ignored or failed."""
    values = {
        "state": state,
        "attempts": message.attempts + 1,
        "handled_at": unit.now,
        "lease_owner": None,
        "lease_until": None,
        "error": error[:200] if error else None,
    }
    unit.db.execute(_ONE, {"b_g": unit.group, "b_id": message.id, **values})


def put_back(unit: Unit, message: Message, due: datetime, error: str, *, tried: bool) -> None:
    """Have a message handled later; `tried` counts an attempt."""
    values = {
        "due_at": due,
        "attempts": message.attempts + tried,
        "lease_owner": None,
        "lease_until": None,
        "error": error[:200],
    }
    unit.db.execute(_ONE, {"b_g": unit.group, "b_id": message.id, **values})


def echo_or_cases(unit: Unit, message: Message) -> list[str]:
    """The cases of our documents at a target that a message names, unless we wrote them just before."""
    before = message.received_at - ECHO
    keys = {"g": unit.group, "t": message.connection, "e": message.source_id, "before": before}
    return sorted(set(unit.db.execute(_CASES, keys).scalars()))
