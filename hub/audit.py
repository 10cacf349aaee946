"""The append-only record of what was done: ids and codes, in the same transaction as what it describes.

Rows cannot be changed or deleted (triggers). Blocks of rows are sealed by a hash over their stored bytes
and the seal before, so tampering past the database's own guards becomes visible. A chain per row would
make every writer wait for the one before; blocks give the same evidence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from hub.ids import canonical_json
from hub.store.session import Store, Unit
from hub.store.tables import audit_event, audit_seal

HORIZON = timedelta(minutes=2)  # far longer than any unit of work: no late commit slips in behind a seal
_GENESIS = "0" * 64
_INSERT = audit_event.insert()
_BLOCK = (
    select(audit_event.c.seq, audit_event.c.payload)
    .where(audit_event.c.seq.between(bindparam("first"), bindparam("last")))
    .order_by(audit_event.c.seq)
)


def record(
    unit: Unit,
    action: str,
    entity_type: str,
    entity_id: str,
    *,
    outcome: str,
    connection: str | None = None,
    correlation: str | None = None,
    reason: str | None = None,
    **codes: Any,
) -> None:
    """Write one audit row in the unit's transaction.

    `codes` are ids, counts, hashes and codes as JSON values: never a name, a body or a secret. `reason`
    is what a person gave for a manual action.
    """
    row = {
        "group_id": unit.group,
        "recorded": unit.now,
        "agent": unit.agent,
        "action": action,
        "entity_type": entity_type,
        "entity_id": entity_id,
        "connection_id": connection,
        "outcome": outcome,
        "correlation": correlation,
        "reason": reason,
    }
    payload = canonical_json({**row, "recorded": unit.now.isoformat(), "codes": codes})
    unit.db.execute(_INSERT, {**row, "payload": payload})


def seal(store: Store, *, horizon: timedelta = HORIZON) -> int:
    """Seal every event older than `horizon` that is not sealed yet; returns how many."""
    now = store.world.now()
    with store.shared() as db:
        last = db.execute(select(audit_seal).order_by(audit_seal.c.seq.desc()).limit(1)).first()
        first = (last.last_event if last else 0) + 1
        through = db.execute(
            select(func.max(audit_event.c.seq)).where(
                audit_event.c.seq >= first, audit_event.c.recorded < now - horizon
            )
        ).scalar_one()
        if through is None:
            return 0
        previous = last.hash if last else _GENESIS
        count, digest = _digest(db, first, through, previous)
        db.execute(
            audit_seal.insert().values(
                first_event=first,
                last_event=through,
                count=count,
                previous=previous,
                hash=digest,
                sealed_at=now,
            )
        )
        return count


def verify(store: Store) -> list[str]:
    """Recompute the chain; one sentence per block that does not fit, empty when all is well."""
    problems: list[str] = []
    with store.look() as db:
        previous, first = _GENESIS, 1
        for row in db.execute(select(audit_seal).order_by(audit_seal.c.seq)).all():
            count, digest = _digest(db, row.first_event, row.last_event, previous)
            if row.previous != previous or row.first_event != first:
                problems.append(f"Seal {row.seq} does not follow the seal before it.")
            elif (count, digest) != (row._mapping["count"], row.hash):
                problems.append(
                    f"Audit rows {row.first_event} to {row.last_event} are not what seal {row.seq} sealed."
                )
            previous, first = row.hash, row.last_event + 1
    return problems


def _digest(db: Connection, first: int, last: int, previous: str) -> tuple[int, str]:
    block = hashlib.sha256(previous.encode())
    count = 0
    for seq, payload in db.execute(_BLOCK, {"first": first, "last": last}):
        block.update(f"\n{seq} {payload}".encode())
        count += 1
    return count, block.hexdigest()


def history(unit: Unit, entity_type: str, entity_id: str) -> Iterator[tuple[datetime, str, str, str]]:
    """(when, who, action, outcome) of one thing, oldest first."""
    events = audit_event.c
    query = (
        select(events.recorded, events.agent, events.action, events.outcome)
        .where(
            events.group_id == unit.group, events.entity_type == entity_type, events.entity_id == entity_id
        )
        .order_by(events.seq)
    )
    for row in unit.db.execute(query):
        yield row.recorded, row.agent, row.action, row.outcome
