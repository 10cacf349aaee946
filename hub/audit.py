"""The append-only record of what was done: ids and codes, in the same transaction as what it describes.

Rows cannot be changed or deleted (triggers); `hub.seals` makes tampering past these visible. A chain per row
would make every writer wait for the one before; sealed blocks give the same evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select

from hub.ids import canonical_json
from hub.store.session import Unit
from hub.store.tables import audit_event

_INSERT = audit_event.insert()


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
