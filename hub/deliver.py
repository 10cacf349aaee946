"""The loop of one target: settle the unknown, plan what is marked, send the next batch, until nothing is due.

Stops starting work at `until`. Every stage goes on from rows, so an interruption anywhere costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hub import outbox
from hub.kernel import Kernel
from hub.plan import plan_marked
from hub.planning.context import Context
from hub.sending.outcome import Tally
from hub.store import connections


@dataclass(slots=True)
class DeliverReport:
    """Counts of one call; `calls` are batches sent. `next_due` is when there is something to do again."""

    planned: int = 0
    enqueued: int = 0
    calls: int = 0
    delivered: int = 0
    held: int = 0
    unknown: int = 0
    retried: int = 0
    replanned: int = 0
    next_due: datetime | None = None

    def add(self, tally: Tally) -> None:
        self.delivered += tally.delivered
        self.held += tally.held
        self.unknown += tally.unknown
        self.retried += tally.retried
        self.replanned += tally.replanned


def deliver(
    kernel: Kernel,
    group: str,
    target: str,
    until: datetime,
    tell: Callable[[DeliverReport], None] | None = None,
) -> DeliverReport:
    """Plan and send everything due for one target; `tell` hears the counts after each round.

    Raises Misconfigured when something is due for a target that cannot be opened.
    """
    context: Context | None = None
    owner = f"{kernel.world.worker}/{kernel.world.new_id()}"
    report = DeliverReport()
    while kernel.world.now() < until:
        due = outbox.due(kernel, group, target)
        if not due.anything:
            report.next_due = due.next
            return report
        context = context or Context(kernel, group, target)
        worked = _round(context, due, owner, until, report)
        if tell is not None:
            tell(report)
        if not worked:
            break
    report.next_due = _next_due(kernel, group, target)
    return report


def _round(context: Context, due: outbox.Due, owner: str, until: datetime, report: DeliverReport) -> bool:
    """Whether anything was done. What a stage left to an earlier one is found by the next round's look."""
    worked = sends = False
    if due.expired:
        worked = outbox.recover(context) > 0
    if due.looks or worked:
        looked = outbox.look_up(context, owner) if due.open else None
        if looked is not None:
            report.add(looked)
            worked = sends = True
    if due.cases or worked:
        planned = plan_marked(context, until)
        report.planned += planned.planned
        report.enqueued += planned.enqueued
        report.held += planned.held
        worked = worked or planned.planned > 0
        sends = sends or planned.enqueued > 0
    if due.writes and (due.sends or sends):
        sent = outbox.send_next(context, owner)
        if sent is not None:
            report.calls += 1
            report.add(sent)
            worked = True
    return worked


def _next_due(kernel: Kernel, group: str, target: str) -> datetime | None:
    with kernel.store.read(group) as unit:
        return outbox.next_due(unit, target, connections.state(unit, target))
