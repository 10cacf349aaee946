"""Planning: what should exist at the target, and the next steps towards it. A plan is never stored.

Only steps whose prerequisites are confirmed at the target are enqueued; when they settle the case is
planned again. So an interruption, a refusal and a second change at the source are the same event.
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
class PlanReport:
    """Counts of one planning call, and when the next marked case is due."""

    planned: int
    enqueued: int
    held: int
    next_due: datetime | None


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


def plan_due(
    kernel: Kernel, group: str, target: str, until: datetime, *, context: Context | None = None
) -> PlanReport:
    """Plan marked cases of one target until none is due or `until` is reached."""
    here = context or Context(kernel, group, target)
    owner = f"{kernel.world.worker}/{kernel.world.new_id()}"
    total = Counts()
    while kernel.world.now() < until:
        if not _any_due(here):
            break
        with kernel.store.write(group) as unit:
            rows = cases.take_due(unit, target, owner, here.lease, CHUNK)
        if not rows:
            break
        total.add(run(here, rows, owner))
    with kernel.store.read(group) as unit:
        following = cases.next_due(unit, target)
    return PlanReport(total.planned, total.enqueued, total.held, following)


def _any_due(context: Context) -> bool:
    """A look before the write lock: an idle round must not keep others from writing."""
    with context.store.read(context.group) as unit:
        return cases.any_due(unit, context.id)


__all__ = [
    "PlanOutcome",
    "PlanReport",
    "PlannedHold",
    "PlannedStep",
    "Preview",
    "plan_case",
    "plan_due",
    "preview",
]
