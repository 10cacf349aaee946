"""The long-lived worker: inbox, then due deliveries, then sleep until something is committed or due.

It calls the same functions a scheduled run calls; leases and budgets in the database keep order, so any
number of workers and runs may do so at once. A failing group is reported and passed over: one group's
trouble never stops another's work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub import deliver, inbox, ingest, normalise
from hub.errors import HubError
from hub.kernel import Kernel
from hub.wake import Waker

log = logging.getLogger("hub.worker")


@dataclass
class Round:
    """What one round did: counts by name, and when the next known thing is due."""

    counts: dict[str, int] = field(default_factory=dict)
    next_due: datetime | None = None
    failed: int = 0

    def add(self, name: str, count: int) -> None:
        if count:
            self.counts[name] = self.counts.get(name, 0) + count

    def due(self, instant: datetime | None) -> None:
        if instant is not None and (self.next_due is None or instant < self.next_due):
            self.next_due = instant

    @property
    def busy(self) -> bool:
        return bool(self.counts)


def drain(kernel: Kernel, until: datetime) -> Round:
    """One round over every group: handle hints, plan and deliver what is due. Stops starting work at `until`."""
    round_ = Round()
    for group in kernel.store.groups():
        _guarded(round_, lambda group=group: _drain_group(kernel, group, until, round_))  # type: ignore[misc]
    return round_


def _guarded(round_: Round, work: Callable[[], None]) -> None:
    try:
        work()
    except HubError as error:
        round_.failed += 1
        log.warning("a group was passed over: %s", error.code)


def _drain_group(kernel: Kernel, group: str, until: datetime, round_: Round) -> None:
    handled = inbox.handle(kernel, group, until)
    round_.add("hints", handled.handled)
    round_.due(handled.next_due)
    for connection in kernel.config(group).connections:
        if connection.role == "target":
            report = deliver.deliver(kernel, group, connection.id, until)
            round_.add("planned", report.planned)
            round_.add("delivered", report.delivered)
            round_.add("held", report.held)
            round_.due(report.next_due)


def pull_all(kernel: Kernel, until: datetime, *, nightly: bool = False) -> Round:
    """Pull and normalise every source connection of every group once."""
    round_ = Round()
    for group in kernel.store.groups():
        for connection in kernel.config(group).connections:
            if connection.role == "source":
                _guarded(
                    round_,
                    lambda g=group, c=connection.id: _pull_one(kernel, g, c, until, nightly, round_),  # type: ignore[misc]
                )
    return round_


def _pull_one(
    kernel: Kernel, group: str, connection: str, until: datetime, nightly: bool, round_: Round
) -> None:
    reports = ingest.pull_connection(kernel, group, connection, until, nightly=nightly)
    round_.add("changed", sum(report.changed for report in reports))
    done = normalise.normalise(kernel, group, connection, until)
    round_.add("bundles", done.bundles)


def run(
    kernel: Kernel,
    waker: Waker,
    *,
    stop: Callable[[], bool],
    report: Callable[[], None] | None = None,
    idle: float = 5.0,
) -> None:
    """Loop until `stop()`. `report` is called after each round; it decides itself how often it speaks.

    Pulling on a cadence is another loop (`pull_loop`), so that a long listing never delays a hint.
    """
    while not stop():
        round_ = drain(kernel, _slice_end(kernel))
        if report is not None:
            report()
        if not round_.busy:
            waker.wait(_pause(kernel, round_, idle))


def pull_loop(kernel: Kernel, *, stop: Callable[[], bool], every: timedelta) -> None:
    """Pull everything, then wait for the next beat; looks at `stop()` every half second."""
    next_pull = kernel.world.now()
    while not stop():
        if kernel.world.now() >= next_pull:
            next_pull = kernel.world.now() + every
            pull_all(kernel, _slice_end(kernel))
        kernel.world.sleep(0.5)


def _slice_end(kernel: Kernel) -> datetime:
    return kernel.world.now() + timedelta(seconds=kernel.settings.slice_seconds)


def _pause(kernel: Kernel, round_: Round, idle: float) -> float:
    if round_.next_due is None:
        return idle
    return min(idle, max(0.0, (round_.next_due - kernel.world.now()).total_seconds()))
