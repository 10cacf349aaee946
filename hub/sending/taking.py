"""Taking deliveries for one call: one guarded update, the batch row and the attempt rows, in one commit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, func, select, update

from hub.planning.context import Context
from hub.sending.batches import Member, fill, idempotency_key
from hub.sending.outgoing import opened, outgoing, standing
from hub.store import connections, deliveries
from hub.store.session import Unit
from hub.store.tables import attempt, batch, delivery
from hub.targets import KindSpec, Op, OutgoingBatch

CANDIDATES_PER_PLACE = 4

_DUE = and_(
    delivery.c.group_id == bindparam("g"),
    delivery.c.target_id == bindparam("t"),
    delivery.c.state == "pending",
    delivery.c.look_first.is_(False),
    delivery.c.due_at <= bindparam("now"),
)
_GROUPS = (
    select(delivery.c.kind, delivery.c.op, delivery.c.tier, func.count(), func.min(delivery.c.due_at))
    .where(_DUE)
    .group_by(delivery.c.kind, delivery.c.op, delivery.c.tier)
)
_CANDIDATES = (
    select(*deliveries.COLUMNS)
    .where(
        _DUE,
        delivery.c.kind == bindparam("kind"),
        delivery.c.op == bindparam("op"),
        delivery.c.tier == bindparam("tier"),
    )
    .order_by(delivery.c.due_at, delivery.c.id)
    .limit(bindparam("most"))
)

_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_SEND = (
    update(delivery)
    .where(delivery.c.group_id == bindparam("g"), delivery.c.id.in_(_IDS), delivery.c.state == "pending")
    .values(
        state="sending",
        batch_id=bindparam("b"),
        lease_owner=bindparam("o"),
        lease_until=bindparam("until"),
        attempts=delivery.c.attempts + 1,
    )
    .returning(delivery.c.id)
)
_NUMBERS = (
    select(attempt.c.delivery_id, func.max(attempt.c.number))
    .where(attempt.c.group_id == bindparam("g"), attempt.c.delivery_id.in_(_IDS))
    .group_by(attempt.c.delivery_id)
)
_BATCH = batch.insert()
_ATTEMPT = attempt.insert()


@dataclass(frozen=True, slots=True)
class Taken:
    """A batch under lease. `by` is the monotonic second at which its lease runs out at the latest."""

    batch: OutgoingBatch
    members: tuple[Member, ...]
    owner: str
    by: float


def take(context: Context, owner: str) -> Taken | None:
    """Take the next batch: changes before creates, lowest tier first, a full one before a part one.

    So a change does not wait behind a first load's creates. None when nothing may be sent.

    Re-checks in the same transaction that the connection is open and nothing is frozen.
    """
    by = context.world.clock.monotonic() + context.lease.total_seconds()
    with context.store.write(context.group) as unit:
        if not connections.may_write(unit, context.id, unit.now):
            return None
        for kind, op, tier in _groups(unit, context):
            spec = context.rules.kinds[kind]
            chosen = fill(_candidates(unit, context, spec, op, tier), spec, op)
            if chosen:
                return _commit(unit, context, owner, chosen, spec, op, by)
    return None


def _groups(unit: Unit, context: Context) -> list[tuple[Any, Op, int]]:
    keys = {"g": unit.group, "t": context.id, "now": unit.now}
    kinds = {kind.value: kind for kind in context.rules.kinds}
    found = [row for row in unit.db.execute(_GROUPS, keys) if row[0] in kinds]

    def order(row: Any) -> Any:
        size = context.rules.kinds[kinds[row[0]]].batch.get(Op(row[1]), 1)
        return (Op(row[1]) is Op.CREATE, row[2], row[3] < size, row[4], row[0], row[1])

    return [(kinds[row[0]], Op(row[1]), row[2]) for row in sorted(found, key=order)]


def _candidates(unit: Unit, context: Context, spec: KindSpec, op: Op, tier: int) -> list[Member]:
    size = max(1, spec.batch.get(op, 1))
    most = size * CANDIDATES_PER_PLACE if spec.together or spec.apart else size
    keys = {"g": unit.group, "t": context.id, "now": unit.now, "most": most}
    keys |= {"kind": spec.kind.value, "op": op.value, "tier": tier}
    return opened(unit, [deliveries.from_row(row) for row in unit.db.execute(_CANDIDATES, keys)])


def _commit(
    unit: Unit, context: Context, owner: str, chosen: Sequence[Member], spec: KindSpec, op: Op, by: float
) -> Taken | None:
    batch_id = unit.new_id()
    ids = [member.row.id for member in chosen]
    lease = {"b": batch_id, "o": owner, "until": unit.now + context.lease}
    mine = set(unit.db.execute(_SEND, {"g": unit.group, "ids": ids, **lease}).scalars())
    members = tuple(member for member in chosen if member.row.id in mine)
    if not members:
        return None
    rows = standing(unit, members)
    out = tuple(outgoing(member, rows) for member in members)
    key = idempotency_key(context.id, out, [member.row.attempts + 1 for member in members])
    unit.db.execute(
        _BATCH,
        {
            "id": batch_id,
            "group_id": unit.group,
            "target_id": context.id,
            "kind": spec.kind.value,
            "op": op.value,
            "members": json.dumps([member.row.id for member in members]),
            "idempotency_key": key,
            "state": "open",
            "started_at": unit.now,
        },
    )
    announce(unit, batch_id, [member.row.id for member in members], owner)
    return Taken(OutgoingBatch(batch_id, spec.kind, op, out, key), members, owner, by)


def announce(unit: Unit, batch_id: str, delivery_ids: Sequence[str], owner: str) -> None:
    """The attempt rows, committed before the call. Numbers go on also where a limit cost no attempt."""
    counted = unit.db.execute(_NUMBERS, {"g": unit.group, "ids": list(delivery_ids)})
    numbers: dict[str, int] = {row[0]: row[1] for row in counted}
    unit.db.execute(
        _ATTEMPT,
        [
            {
                "id": unit.new_id(),
                "group_id": unit.group,
                "delivery_id": one,
                "batch_id": batch_id,
                "number": numbers.get(one, 0) + 1,
                "worker": owner[:100],
                "started_at": unit.now,
            }
            for one in delivery_ids
        ],
    )
