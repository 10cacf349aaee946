"""What a worker does in one turn: handle hints, plan and deliver, pull; and a loop for one thread.

The same functions stand behind a scheduled run; leases and budgets in the database keep order, so any
number of workers and runs may call them at once. Work is cut into lanes, one for each thing that may be
slow or broken on its own account, and a lane never raises: one connection's trouble never stops another's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select

from hub import deliver, due, inbox, ingest, normalise, overdue, renewing
from hub.claiming import late
from hub.errors import HubError
from hub.kernel import Kernel
from hub.replaying import work as replaying
from hub.store.tables import stream_cursor
from hub.wake import Waker

log = logging.getLogger("hub.worker")

NIGHT_SLICE = 1200.0
"""Seconds a nightly listing may take: it reads much and nothing waits for it."""
_LAST_NIGHT = select(func.max(stream_cursor.c.last_nightly))

Each = Callable[[Iterable[Callable[[], None]]], None]


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

    def merge(self, other: Round) -> None:
        for name, count in other.counts.items():
            self.add(name, count)
        self.due(other.next_due)
        self.failed += other.failed

    @property
    def busy(self) -> bool:
        return bool(self.counts)


@dataclass(frozen=True, slots=True, order=True)
class Lane:
    """The hints of one group (`target` empty), or all that is written to one target, its grant renewed too.

    A source with a grant has one for that renewal alone.
    """

    group: str
    target: str = ""


def in_turn(works: Iterable[Callable[[], None]]) -> None:
    """One after the other; a shell with threads hands over something faster."""
    for work in works:
        work()


def lanes(kernel: Kernel) -> list[Lane]:
    """Every lane there is now, hints first. A group without a usable configuration has none."""
    found: list[Lane] = []
    for group in kernel.store.groups():
        try:
            connections = kernel.config(group).connections
        except HubError as error:
            log.warning("a group was passed over: %s", error.code)
            continue
        found.append(Lane(group))
        found += [Lane(group, c.id) for c in connections if c.is_written or c.grant is not None]
    return sorted(found, key=lambda lane: (lane.target != "", lane))


def has_work(kernel: Kernel, lane: Lane) -> bool:
    """Whether anything in the lane is due: a few indexed look-ups, nothing is written."""
    with kernel.store.read(lane.group) as unit:
        return due.writes(unit, lane.target) if lane.target else due.hints(unit)


def waiting_lanes(kernel: Kernel, group: str) -> set[Lane]:
    """The lanes of a group with anything due: one statement, nothing is written."""
    with kernel.store.read(group) as unit:
        return {Lane(group, target) for target in due.lanes(unit)}


def turn(kernel: Kernel, lane: Lane, until: datetime) -> Round:
    """One turn of one lane; stops starting work at `until`. Never raises: a failure is counted and logged."""
    round_ = Round()
    _guarded(round_, lambda: _work(kernel, lane, until, round_))
    return round_


def _work(kernel: Kernel, lane: Lane, until: datetime, round_: Round) -> None:
    if not lane.target:
        handled = inbox.handle(kernel, lane.group, until)
        round_.add("hints", handled.handled)
        round_.due(handled.next_due)
        return
    _guarded(round_, lambda: _deliver(kernel, lane, until, round_))
    round_.due(renewing.renew(kernel, lane.group, lane.target))


def _deliver(kernel: Kernel, lane: Lane, until: datetime, round_: Round) -> None:
    report = deliver.deliver(kernel, lane.group, lane.target, until)
    round_.add("planned", report.planned)
    round_.add("delivered", report.delivered)
    round_.add("held", report.held)
    round_.due(report.next_due)
    round_.add("replayed", replaying.work(kernel, lane.group, lane.target, until))


def _guarded(round_: Round, work: Callable[[], None]) -> None:
    try:
        work()
    except HubError as error:
        round_.failed += 1
        log.warning("a lane was passed over: %s", error.code)
    except Exception as error:  # its text may carry values of people: only the class is told
        round_.failed += 1
        log.error("a lane was passed over: %s", type(error).__name__)


def drain(kernel: Kernel, slice_seconds: float | None = None, each: Each = in_turn) -> Round:
    """One round over every lane, hints before what they lead to; each lane has its own slice."""
    total = Round()
    every = lanes(kernel)
    for stage in (
        [lane for lane in every if not lane.target],
        [lane for lane in every if lane.target],
    ):
        rounds = [Round() for _ in stage]

        def one(lane: Lane, into: Round) -> None:
            into.merge(turn(kernel, lane, slice_end(kernel, slice_seconds)))

        each([_call(one, lane, into) for lane, into in zip(stage, rounds, strict=True)])
        for done in rounds:
            total.merge(done)
    return total


def pull_all(
    kernel: Kernel, slice_seconds: float | None = None, *, nightly: bool = False, each: Each = in_turn
) -> Round:
    """Pull and normalise every source connection of every group once, each within its own slice."""
    works, rounds = [], []
    for group in kernel.store.groups():
        try:
            sources = [c.id for c in kernel.config(group).connections if c.is_read]
        except HubError as error:
            log.warning("a group was passed over: %s", error.code)
            continue
        for connection in sources:
            rounds.append(Round())
            works.append(_call(_pull, kernel, group, connection, slice_seconds, nightly, rounds[-1]))
    each(works)
    total = Round()
    for done in rounds:
        total.merge(done)
    return total


def night_is_due(kernel: Kernel) -> bool:
    """Whether no stream was listed as at night for a day, by a schedule or by a worker's beat."""
    with kernel.store.look() as db:
        last = db.execute(_LAST_NIGHT).scalar_one()
    return last is None or last < kernel.world.now() - timedelta(days=1)


def _pull(
    kernel: Kernel, group: str, connection: str, slice_seconds: float | None, nightly: bool, into: Round
) -> None:
    until = slice_end(kernel, slice_seconds)

    def pull() -> None:
        for report in ingest.pull_connection(kernel, group, connection, until, nightly=nightly):
            into.add("changed", report.changed)
            into.failed += report.error is not None

    def read() -> None:
        into.add("bundles", normalise.normalise(kernel, group, connection, until).bundles)

    def ask() -> None:
        into.add("asked", overdue.ask_due(kernel, group, connection, until))

    def remind() -> None:
        late.watch(kernel, group)

    _guarded(into, pull)
    _guarded(into, read)  # what an earlier pull stored is read also where this pull failed
    if nightly:
        _guarded(into, ask)
        _guarded(into, remind)


def _call(function: Callable[..., None], *args: object) -> Callable[[], None]:
    return lambda: function(*args)


def slice_end(kernel: Kernel, slice_seconds: float | None = None) -> datetime:
    """When a slice that begins now ends."""
    seconds = kernel.settings.slice_seconds if slice_seconds is None else slice_seconds
    return kernel.world.now() + timedelta(seconds=seconds)


def run(kernel: Kernel, waker: Waker, *, stop: Callable[[], bool], idle: float = 5.0) -> None:
    """The worker as one loop of one function, for a simulation; `hub worker` gives each lane a thread."""
    while not stop():
        round_ = drain(kernel)
        if not round_.busy:
            waker.wait(pause(kernel, round_.next_due, idle))


def pause(kernel: Kernel, next_due: datetime | None, idle: float) -> float:
    """Seconds to sleep until the next known thing is due, at most `idle`.

    What was due already and was left alone is somebody else's, or cannot go on: it waits for the slow poll.
    """
    seconds = idle if next_due is None else (next_due - kernel.world.now()).total_seconds()
    return min(idle, seconds) if seconds > 0 else idle
