"""How much work is due now, and for how long it has been: for sensors and `hub status`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from hub.kernel import Kernel
from hub.store.tables import case, connection, delivery, inbox_message


@dataclass(frozen=True, slots=True)
class Waiting:
    """Counts of due hints, unplanned cases and unsent deliveries, and the oldest due instant."""

    hints: int
    cases: int
    deliveries: int
    oldest: datetime | None

    @property
    def total(self) -> int:
        return self.hints + self.cases + self.deliveries


def waiting(kernel: Kernel, *, grace_seconds: float = 0.0) -> Waiting:
    """What has been due for at least `grace_seconds` over all groups, paused and frozen connections apart."""
    before = kernel.world.now() - timedelta(seconds=grace_seconds)
    hints = cases = deliveries = 0
    oldest: list[datetime] = []
    for group in kernel.store.groups():
        with kernel.store.read(group) as unit:
            closed = select(connection.c.id).where(
                connection.c.group_id == group,
                or_(connection.c.frozen, connection.c.reconnect, connection.c.paused_until > unit.now),
            )
            for name, query in {
                "hints": select(func.count(), func.min(inbox_message.c.due_at)).where(
                    inbox_message.c.group_id == group,
                    inbox_message.c.state == "waiting",
                    inbox_message.c.due_at <= before,
                    inbox_message.c.connection_id.not_in(closed),
                ),
                "cases": select(func.count(), func.min(case.c.due_at)).where(
                    case.c.group_id == group, case.c.marked > case.c.planned, case.c.due_at <= before
                ),
                "deliveries": select(func.count(), func.min(delivery.c.due_at)).where(
                    delivery.c.group_id == group,
                    delivery.c.state.in_(("pending", "unknown")),
                    delivery.c.due_at <= before,
                    delivery.c.target_id.not_in(closed),
                ),
            }.items():
                count, first = unit.db.execute(query).one()
                hints += count if name == "hints" else 0
                cases += count if name == "cases" else 0
                deliveries += count if name == "deliveries" else 0
                if first is not None:
                    oldest.append(first)
    return Waiting(hints, cases, deliveries, min(oldest, default=None))
