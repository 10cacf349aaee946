"""The processes of a schedule, the real functions in loops: workers, the receiver, a person at a desk."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub import ingest, normalise, receiver, replay, seals, worker
from hub.errors import HubError, Malformed
from hub.imports import import_payments
from hub.kernel import Kernel
from hub.simulation.checks import held
from hub.simulation.scenario import Cast
from hub.simulation.scheduler import Scheduler
from hub.store import connections

IDLE, LONGEST_IDLE = 120.0, 1200.0
"""Seconds of the slow poll: long, because an idle poll costs real time and finds nothing. When the chaos is
over it becomes rarer as long as it finds nothing, up to the second."""
NEVER = float("inf")
LOOK_AGAIN = 60.0
"""Seconds after which the person at the desk tries again what could not be read."""
CURABLE = ("refused:exhausted",)
"""Causes of holds that chaos itself makes; a person releases them when it is over."""


@dataclass
class Letter:
    """One message on its way to the receiver; `settle` hears its status (None: no answer)."""

    connection: str
    vendor: bool
    body: bytes
    headers: Mapping[str, str]
    settle: Callable[[int | None], None]


@dataclass
class Office:
    """What the person at the desk has done and what lies there. `dirty`: something happened since the last
    import; `closing`: chaos is over; `closed`: all was put in order, `last` for the last time; `over`:
    everybody goes home. At last everything is read as by day if `day`, then as at night if `night`; `polled`
    is called in between.
    """

    dirty: bool = True
    imports: int = 0
    closing: bool = False
    closed: bool = False
    last: bool = True
    day: bool = True
    night: bool = True
    over: bool = False
    beat: float = 0.0
    letters: deque[Letter] = field(default_factory=deque)
    polled: Callable[[], None] = lambda: None


def work(kernel: Kernel, scheduler: Scheduler, office: Office, *, pulls: bool, every: float) -> None:
    """A worker: lanes with work take turns, pulls have their beat, idle time ends at a commit.

    Once the office closes, the person at the desk reads everything.
    """
    monotonic = kernel.world.clock.monotonic
    full, idle = monotonic(), IDLE
    owed = NEVER  # when the first lane has something to do again, as its last turn said
    lanes, looked = worker.lanes(kernel), -1
    while not office.over:
        busy, rest, ready = False, idle, lanes
        if monotonic() < full:
            ready = _waiting(kernel, lanes) if looked < scheduler.commits else []
        else:
            owed = NEVER
        looked = scheduler.commits
        for lane in ready:
            done = worker.turn(kernel, lane, worker.slice_end(kernel))
            busy = busy or done.busy
            rest = min(rest, worker.pause(kernel, done.next_due, idle))
            if done.next_due is not None:
                owed = min(owed, monotonic() + worker.pause(kernel, done.next_due, NEVER))
        full = min(monotonic() + rest, owed)
        left = office.beat - scheduler.now / 1000 if pulls else float("inf")
        if office.closing:
            left, idle = float("inf"), IDLE if busy else min(2 * idle, LONGEST_IDLE)
        if left <= 0:
            _pull(kernel)
            office.beat = scheduler.now / 1000 + every
        elif not busy:
            scheduler.idle(max(0.05, min(full - monotonic(), left)))


def _waiting(kernel: Kernel, lanes: Sequence[worker.Lane]) -> list[worker.Lane]:
    """Those with anything due, asked once per group as a worker's wake does."""
    waiting = {
        lane
        for group in sorted({lane.group for lane in lanes})
        for lane in worker.waiting_lanes(kernel, group)
    }
    return [lane for lane in lanes if lane in waiting]


def _pull(kernel: Kernel) -> None:
    """One beat as a worker has it, with a night's work when a day went by without one."""
    night = worker.night_is_due(kernel)
    worker.pull_all(kernel, worker.NIGHT_SLICE if night else None, nightly=night)
    if seals.due(kernel.store):
        seals.seal(kernel.store)


def receive(kernel: Kernel, scheduler: Scheduler, group: str, office: Office) -> None:
    """The receiver: one letter after the other. One in its hands when it dies gets no answer."""
    while True:
        if not office.letters:
            scheduler.idle(30.0)
            continue
        letter = office.letters.popleft()
        status: int | None = None
        try:
            scheme = receiver.vendor_hook if letter.vendor else receiver.generic_hint
            status = scheme(kernel, group, letter.connection, letter.body, letter.headers)
        except Malformed:
            status = 400
        except HubError:
            status = 503
        finally:
            letter.settle(status)


def desk(
    kernel: Kernel, scheduler: Scheduler, group: str, office: Office, cast: Cast, again: float = 3600.0
) -> None:
    """A person: saves and imports the payment reports now and then, and at the end puts all in order.

    `again`: seconds until they look whether it is to be put in order once more.
    """
    pause = 240.0 + 240.0 * kernel.world.rng.random()
    while not office.closing:
        scheduler.sleep(pause)
        if office.dirty and not office.closing:
            _import(kernel, group, office, cast)
    while True:
        while not office.closed and not _put_in_order(kernel, group, office, cast):
            scheduler.sleep(max(LOOK_AGAIN, _resting(kernel, group)))
        office.closed = True
        scheduler.sleep(again)


def _import(kernel: Kernel, group: str, office: Office, cast: Cast) -> bool:
    """Every location's report; one that cannot be read now is tried another time."""
    office.dirty = False
    for connection, location, first, last, data in cast.reports():
        config = kernel.config(group)
        place = config.location_of(connection, location)
        assert place is not None, f"no location for {location}"
        try:
            import_payments(kernel, group, connection, place.key, first, last, data, agent="person:desk")
        except HubError:
            office.dirty = True
            return False
        office.imports += 1
    return True


def _put_in_order(kernel: Kernel, group: str, office: Office, cast: Cast) -> bool:
    """Read everything once more, import the last reports, release what chaos held."""
    until = kernel.world.now() + timedelta(hours=1)
    sources = [one.id for one in kernel.config(group).connections if one.is_read]
    if office.day or not office.last:
        if not all(_read(kernel, group, one, until, nightly=False) for one in sources):
            return False
        if office.last:
            office.polled()
    nightly = sources if office.last and office.night else []
    if not all(_read(kernel, group, one, until, nightly=True) for one in nightly):
        return False
    if not _import(kernel, group, office, cast):
        return False
    release(kernel, group)
    return True


def _resting(kernel: Kernel, group: str) -> float:
    """Seconds until every source may be called again; a person sees them in `hub status`."""
    sources = [one.id for one in kernel.config(group).connections if one.is_read]
    with kernel.store.read(group) as unit:
        ends = [connections.state(unit, one).paused_until for one in sources]
    now = kernel.world.now()
    return max(((end - now).total_seconds() for end in ends if end is not None), default=0.0)


def _read(kernel: Kernel, group: str, connection: str, until: datetime, *, nightly: bool) -> bool:
    """Every stream to its end, whatever was interrupted before."""
    reports = ingest.pull_connection(kernel, group, connection, until, nightly=nightly)
    normalise.normalise(kernel, group, connection, until)
    return all(report.error is None and report.complete for report in reports)


def release(kernel: Kernel, group: str, causes: Sequence[str] = CURABLE) -> int:
    """Release what is held for causes that have ended; how many holds."""
    standing = {cause for _, cause in held(kernel, group)}
    return sum(
        replay.release(kernel, group, cause=cause, who="person:desk", why="the chaos is over")
        for cause in causes
        if cause in standing
    )
