"""Moving a cursor by hand: back only, with a reason, audited. All downstream merges, so back is safe."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from hub import audit
from hub.errors import Misconfigured
from hub.store.session import Unit
from hub.store.tables import stream_cursor


def move_back(unit: Unit, connection: str, stream: str, to: datetime, why: str) -> None:
    """Set the committed cursor to `to` (naive: UTC), also under a run that goes on: that one ends.

    A feed of events is left, so that everything is listed. Raises Misconfigured for a stream that was never
    read whole, or forward.
    """
    target = to.replace(tzinfo=UTC) if to.tzinfo is None else to
    where = (
        (stream_cursor.c.group_id == unit.group)
        & (stream_cursor.c.connection_id == connection)
        & (stream_cursor.c.stream == stream)
    )
    row = unit.db.execute(select(stream_cursor.c.committed).where(where)).first()
    if row is None:
        raise Misconfigured(f"{connection} has no stream {stream!r} that was read yet.", code="missing")
    if row[0] is None:
        raise Misconfigured(
            f"{stream!r} of {connection} was not read whole yet: it starts from the beginning by itself.",
            code="cursor-forward",
        )
    if target > row[0]:
        raise Misconfigured("A cursor moves back only; forward would lose records.", code="cursor-forward")
    values = {"committed": target, "position": None, "state": "{}", "lease_owner": None, "lease_until": None}
    unit.db.execute(stream_cursor.update().where(where).values(**values, updated_at=unit.now))
    audit.record(
        unit,
        "cursor.move",
        "stream",
        f"{connection}/{stream}",
        outcome="moved",
        connection=connection,
        reason=why,
        to=target.isoformat(),
    )
