"""Source records that cannot become canonical values: each has one open issue with who must act."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from hub.errors import Reason, Who
from hub.store.session import Unit
from hub.store.tables import issue

_i = issue.c
_OPEN = (
    (_i.group_id == bindparam("g"))
    & (_i.connection_id == bindparam("c"))
    & (_i.source_id == bindparam("sid"))
    & (_i.closed_at.is_(None))
)
_SAME = select(_i.id, _i.sentence, _i.who, _i.cents, _i.raw_record, _i.number).where(
    _OPEN, _i.stream == bindparam("s"), _i.cause == bindparam("cause")
)
_ON_RECORD = (
    select(_i.stream, _i.cause, _i.sentence, _i.who, _i.cents).where(_OPEN).order_by(_i.opened_at, _i.id)
)
_ESCAPE = "/"
_ON_STREAM = select(_i.source_id).where(
    _i.group_id == bindparam("g"),
    _i.connection_id == bindparam("c"),
    _i.stream == bindparam("s"),
    _i.closed_at.is_(None),
)
_UNDER = (
    select(_i.source_id)
    .where(
        _i.group_id == bindparam("g"),
        _i.connection_id == bindparam("c"),
        _i.stream == bindparam("s"),
        _i.source_id.like(bindparam("begins"), escape=_ESCAPE),
        _i.closed_at.is_(None),
    )
    .distinct()
)
_ALL = (
    select(issue).where(_i.group_id == bindparam("g"), _i.closed_at.is_(None)).order_by(_i.opened_at, _i.id)
)


@dataclass(frozen=True, slots=True)
class OpenIssue:
    """One open issue; `number` is what people call the record, never a name."""

    id: str
    connection: str
    stream: str
    source_id: str
    number: str
    reason: Reason
    raw_record: str | None
    opened_at: datetime


def open_issue(
    unit: Unit,
    connection: str,
    stream: str,
    source_id: str,
    number: str,
    reason: Reason,
    raw_record: str | None = None,
) -> str:
    """Open an issue, or bring the open one of this record and cause up to date. Returns its id."""
    values = {
        "number": number,
        "sentence": reason.sentence,
        "who": str(reason.who),
        "cents": reason.cents,
        "raw_record": raw_record,
    }
    keys = {"g": unit.group, "c": connection, "s": stream, "sid": source_id, "cause": reason.code}
    row = unit.db.execute(_SAME, keys).first()
    if row is not None:
        if any(getattr(row, name) != value for name, value in values.items()):
            unit.db.execute(issue.update().where(_i.group_id == unit.group, _i.id == row.id).values(**values))
        return str(row.id)
    new = unit.new_id()
    unit.db.execute(
        issue.insert().values(
            id=new,
            group_id=unit.group,
            connection_id=connection,
            stream=stream,
            source_id=source_id,
            cause=reason.code,
            opened_at=unit.now,
            **values,
        )
    )
    return new


_CLOSE = issue.update().where(
    _i.group_id == bindparam("b_g"),
    _i.connection_id == bindparam("b_c"),
    _i.stream == bindparam("b_s"),
    _i.source_id == bindparam("b_i"),
    _i.closed_at.is_(None),
)
_CLOSE_ONE = _CLOSE.where(_i.cause == bindparam("b_cause"))


def close_issue(
    unit: Unit, connection: str, stream: str, source_id: str, cause: str | None = None, *, why: str
) -> int:
    """Close the open issues of one record (of one cause, if given); returns how many."""
    keys = {"b_g": unit.group, "b_c": connection, "b_s": stream, "b_i": source_id}
    values = {"closed_at": unit.now, "closed_why": why[:200]}
    if cause is None:
        return unit.db.execute(_CLOSE, {**keys, **values}).rowcount
    return unit.db.execute(_CLOSE_ONE, {**keys, "b_cause": cause, **values}).rowcount


def under(unit: Unit, connection: str, stream: str, prefix: str) -> list[str]:
    """Source ids with an open issue on a stream that begin so, sorted."""
    begins = re.sub(f"([%_{_ESCAPE}])", rf"{_ESCAPE}\1", prefix) + "%"
    keys = {"g": unit.group, "c": connection, "s": stream, "begins": begins}
    return sorted(unit.db.execute(_UNDER, keys).scalars())


def on_stream(unit: Unit, connection: str, stream: str) -> list[str]:
    """Source ids with an open issue on a stream."""
    keys = {"g": unit.group, "c": connection, "s": stream}
    return list(unit.db.execute(_ON_STREAM, keys).scalars())


def on_record(unit: Unit, connection: str, source_id: str) -> list[tuple[str, Reason]]:
    """(stream, reason) of every open issue on records of this source id, oldest first."""
    rows = unit.db.execute(_ON_RECORD, {"g": unit.group, "c": connection, "sid": source_id})
    return [(row.stream, Reason(row.cause, row.sentence, Who(row.who), row.cents)) for row in rows]


def list_open(unit: Unit) -> list[OpenIssue]:
    """Every open issue of the group, oldest first."""
    return [
        OpenIssue(
            row.id,
            row.connection_id,
            row.stream,
            row.source_id,
            row.number,
            Reason(row.cause, row.sentence, Who(row.who), row.cents),
            row.raw_record,
            row.opened_at,
        )
        for row in unit.db.execute(_ALL, {"g": unit.group})
    ]
