"""Planning: what should exist at the target, and the next steps towards it. A plan is never stored.

Only steps whose prerequisites are confirmed at the target are enqueued; when they settle the case is
planned again, unless its plan saw that nothing follows (`hub.planning.closing`). So an interruption, a
refusal and a second change at the source are the same event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.kernel import Kernel
from hub.planning.commit import Counts
from hub.planning.context import Context
from hub.planning.preview import PlannedHold, PlannedStep, Preview, preview
from hub.planning.rounds import run
from hub.store import cases

CHUNK = 200


@dataclass(frozen=True, slots=True)
class PlanOutcome:
    """What planning one case did; `planned` False when it is leased elsewhere or cannot be looked at."""

    planned: bool
    enqueued: int
    held: int


def plan_case(kernel: Kernel, group: str, case_id: str) -> PlanOutcome:
    """Plan one case now, marked or not. Raises Misconfigured for a target that cannot be opened."""
    owner = f"{kernel.world.worker}/{kernel.world.new_id()}"
    with kernel.store.read(group) as unit:
        found = cases.get(unit, case_id)
    if found is None:
        return PlanOutcome(False, 0, 0)
    context = Context(kernel, group, found.key.target)
    with kernel.store.write(group) as unit:
        rows = cases.take(unit, [case_id], owner, context.lease)
    counts = run(context, rows, owner) if rows else Counts()
    return PlanOutcome(counts.planned > 0, counts.enqueued, counts.held)


def plan_due(kernel: Kernel, group: str, target: str, until: datetime) -> Counts:
    """Plan marked cases of one target until none is due or `until` is reached."""
    return plan_marked(Context(kernel, group, target), until)


def plan_marked(context: Context, until: datetime) -> Counts:
    """As `plan_due`, with a target at hand.

    Takes the write lock once even when nothing is due: whoever polls looks first (`outbox.due`).
    """
    owner = f"{context.world.worker}/{context.world.new_id()}"
    total = Counts()
    while context.world.now() < until:
        with context.store.write(context.group) as unit:
            rows = cases.take_due(unit, context.id, owner, context.lease, CHUNK)
        if not rows:
            break
        total.add(run(context, rows, owner))
        with context.store.read(context.group) as unit:
            if not cases.any_due(unit, context.id):
                break
    return total


__all__ = [
    "PlanOutcome",
    "PlannedHold",
    "PlannedStep",
    "Preview",
    "plan_case",
    "plan_due",
    "plan_marked",
    "preview",
]
