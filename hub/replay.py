"""A person's hand on the queue: release what is held, withdraw what was not sent, try one again. Audited."""

from __future__ import annotations

import json

from sqlalchemy import update

from hub import audit
from hub.errors import Misconfigured, Reason, Who
from hub.kernel import Kernel
from hub.planning.context import Context
from hub.sending.outgoing import opened, outgoing, standing
from hub.store import cases, connections, deliveries, holds
from hub.store.deliveries import BY_PERSON, DeliveryRow
from hub.store.session import Unit
from hub.store.tables import delivery, hold
from hub.store.tables import replay as replay_table
from hub.targets import Life

_WITHDRAWN = Reason(
    "cancelled:by-person",
    "A person withdrew this delivery; it stays out until it is released.",
    Who.BOOKKEEPER,
)


def release(
    kernel: Kernel, group: str, *, cause: str | None = None, hold: str | None = None, who: str, why: str
) -> int:
    """Plan held items again: what is mended goes on, what is not is held again. Answers how many holds.

    `cause` may end in `*`. Raises Misconfigured where nothing matches.
    """
    with kernel.store.write(group, agent=who) as unit:
        rows = holds.release(unit, cause=cause, hold_id=hold)
        if not rows:
            raise Misconfigured(f"Nothing is held under {cause or hold!r}.", code="missing")
        _row(unit, who, why, {"cause": cause, "hold": hold}, {"holds": len(rows)})
        connections.forget_chart(unit)  # a person may have mended it there
        for row in rows:
            audit.record(
                unit, "hold.release", "hold", row.id, outcome="released", reason=why, cause=row.reason.code
            )
    return len(rows)


def cancel_delivery(kernel: Kernel, group: str, delivery_id: str, *, who: str, why: str) -> None:
    """Withdraw a delivery that is surely not on its way; a hold keeps the same content from coming back."""
    with kernel.store.write(group, agent=who) as unit:
        row = _get(unit, delivery_id)
        if row.state not in ("pending", "held") or not deliveries.cancel(
            unit, row.id, BY_PERSON, was=row.state
        ):
            raise Misconfigured(
                f"This delivery is {row.state}; only one not sent yet can be cancelled.", code="state"
            )
        unit.db.execute(
            update(hold)
            .where(hold.c.group_id == group, hold.c.delivery_id == row.id, hold.c.closed_at.is_(None))
            .values(closed_at=unit.now, closed_why="cancelled")
        )
        reason = Reason(_WITHDRAWN.code, _WITHDRAWN.sentence, _WITHDRAWN.who, row.cents)
        holds.refuse(unit, row.case, row.document, row.id, row.content_hash, reason)
        cases.mark_ids(unit, [row.case])
        audit.record(unit, "delivery.cancel", "delivery", row.id, outcome="cancelled", reason=why)


def replay(kernel: Kernel, group: str, delivery_id: str, *, who: str, why: str) -> str:
    """Try a held delivery again; a delivered one only when a look says that it is gone.

    Answers in words what happened.

    Raises Misconfigured where it still stands or is under way, ReadFailed and the pauses from the look.
    """
    with kernel.store.read(group) as unit:
        row = _get(unit, delivery_id)
        target = unit.db.execute(
            delivery.select().with_only_columns(delivery.c.target_id).where(delivery.c.id == row.id)
        ).scalar_one()
        member = opened(unit, [row])[0]
        out = outgoing(member, standing(unit, [member]))
    if row.state == "delivered":
        seen = Context(kernel, group, target).observe([out.key]).get(row.document)
        if seen is None or seen.life not in (Life.ABSENT, Life.ENDED):
            raise Misconfigured("It still stands at the target; nothing was sent.", code="still-there")
    elif row.state not in ("held", "cancelled"):
        raise Misconfigured(f"This delivery is {row.state}; it is under way already.", code="state")
    with kernel.store.write(group, agent=who) as unit:
        holds.release(unit, delivery=row.id)
        cases.mark_ids(unit, [row.case], look_first=row.state == "delivered")
        _row(unit, who, why, {"delivery": row.id}, {"deliveries": 1})
        audit.record(unit, "delivery.replay", "delivery", row.id, outcome="marked", reason=why, was=row.state)
    return "Its case is looked at and planned again" if row.state == "delivered" else "It will be tried again"


def _get(unit: Unit, delivery_id: str) -> DeliveryRow:
    row = deliveries.by_ids(unit, [delivery_id]).get(delivery_id)
    if row is None:
        raise Misconfigured(f"There is no delivery {delivery_id!r}.", code="missing")
    return row


def _row(unit: Unit, who: str, why: str, asked: dict[str, str | None], counts: dict[str, int]) -> None:
    unit.db.execute(
        replay_table.insert().values(
            id=unit.new_id(),
            group_id=unit.group,
            who=who[:100],
            why=why,
            filter=json.dumps({name: value for name, value in asked.items() if value}),
            counts=json.dumps(counts),
            created_at=unit.now,
        )
    )
