"""The worker's threads: each lane runs in at most one thread at a time, a slow lane holds up no other.

A wake (somebody committed, or a turn ended that did something) asks once per group which lanes have work,
which writes nothing; every `idle` seconds all lanes take a turn whatever was answered, so that nothing rests
on the question being complete. While lanes run, most commits are their own: then commits are looked for
only every `GAP` seconds.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta

from hub import seals, worker
from hub.errors import HubError
from hub.kernel import Kernel
from hub.wake import Waker
from hub.worker import Lane

log = logging.getLogger("hub.worker")

THREADS = 8
GAP = 0.2
GRACE = 35.0
"""Seconds for calls under way to end when the worker is told to stop: a little more than one deadline."""


@dataclass
class _State:
    """What is known of one lane, under the loop's lock.

    `asked`: work was found since its last turn began. `due`: monotonic instant of its next turn anyway. One
    that failed is left alone until then, whatever is found.
    """

    running: bool = False
    asked: bool = False
    due: float = 0.0
    failed: bool = False


@dataclass
class LaneLoop:
    """Runs every lane until told to stop."""

    kernel: Kernel
    waker: Waker
    idle: float = 5.0
    threads: int = THREADS
    _states: dict[Lane, _State] = field(default_factory=dict)
    _listed: float = float("-inf")
    _worked: bool = False
    _poke: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, stop: Callable[[], bool]) -> None:
        """Blocks; returns once `stop()` and the turns under way are over."""
        pool = ThreadPoolExecutor(self.threads, thread_name_prefix="lane")
        under_way: set[Future[None]] = set()
        try:
            while not stop():
                self._list()
                under_way = {future for future in under_way if not future.done()}
                under_way |= {pool.submit(self._turn, lane) for lane in self._ready()}
                if self._news(bool(under_way), stop):
                    self._ask()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            wait(under_way, timeout=GRACE)

    def _news(self, running: bool, stop: Callable[[], bool]) -> bool:
        """Wait for a reason to go on; True when there may be work that was not there before."""
        if not running:
            return self.waker.wait(self._rest(), stop)
        self._poke.wait(GAP)
        self._poke.clear()
        committed = self.waker.wait(0.0)
        with self._lock:
            worked, self._worked = self._worked, False
        return committed or worked

    def _list(self) -> None:
        """Look for new groups and connections at every slow poll."""
        now = self.kernel.world.clock.monotonic()
        if now - self._listed >= self.idle:
            self._listed = now
            try:
                every = worker.lanes(self.kernel)
            except HubError as error:  # the database is busy or gone; what is known goes on
                log.warning("the groups could not be listed: %s", error.code)
                return
            with self._lock:
                gone = [
                    lane for lane, state in self._states.items() if not state.running and lane not in every
                ]
                for lane in gone:
                    del self._states[lane]
                for lane in every:
                    self._states.setdefault(lane, _State())

    def _ask(self) -> None:
        """Note the lanes that have work; a running one takes another turn afterwards."""
        with self._lock:
            known = set(self._states)
        found: set[Lane] = set()
        for group in sorted({lane.group for lane in known}):
            try:
                found |= worker.waiting_lanes(self.kernel, group)
            except Exception:  # a turn finds out what it is, and tells
                found |= {lane for lane in known if lane.group == group}
        with self._lock:
            for lane in found & known:
                self._states[lane].asked = True

    def _ready(self) -> list[Lane]:
        now = self.kernel.world.clock.monotonic()
        with self._lock:
            ready = [
                lane
                for lane, state in self._states.items()
                if not state.running and (now >= state.due or (state.asked and not state.failed))
            ]
            for lane in ready:
                self._states[lane].running, self._states[lane].asked = True, False
        return ready

    def _turn(self, lane: Lane) -> None:
        """One turn of a lane; it goes on by itself until nothing of its own is due or its slice is over."""
        done = worker.turn(self.kernel, lane, worker.slice_end(self.kernel))
        rest = worker.pause(self.kernel, done.next_due, self.idle)
        with self._lock:
            state = self._states[lane]
            state.due = self.kernel.world.clock.monotonic() + rest
            state.failed = done.failed > 0 and not done.busy
            state.running = False
            self._worked = self._worked or done.busy
        self._poke.set()

    def _rest(self) -> float:
        now = self.kernel.world.clock.monotonic()
        with self._lock:
            ends = [state.due for state in self._states.values() if not state.running]
        return min(self.idle, max(0.0, min(ends, default=now + self.idle) - now))


def pull_beat(kernel: Kernel, stop: threading.Event, every: timedelta, *, threads: int = 4) -> None:
    """Pull everything, then wait for the next beat; connections side by side. Blocks until `stop`.

    The first beat after a day without one does a night's work as well.
    """
    monotonic = kernel.world.clock.monotonic
    with ThreadPoolExecutor(threads, thread_name_prefix="pull") as pool:
        while not stop.is_set():
            begun = monotonic()
            try:
                night = worker.night_is_due(kernel)
                worker.pull_all(
                    kernel, worker.NIGHT_SLICE if night else None, nightly=night, each=side_by_side(pool)
                )
                if seals.due(kernel.store):
                    seals.seal(kernel.store)
            except Exception as error:  # the next beat tries again; its text may hold values
                log.error("a beat ended early: %s", type(error).__name__)
            stop.wait(max(0.0, every.total_seconds() - (monotonic() - begun)))


def side_by_side(pool: ThreadPoolExecutor) -> worker.Each:
    """Run works in a pool and wait for all of them."""

    def each(works: Iterable[Callable[[], None]]) -> None:
        for future in [pool.submit(work) for work in works]:
            future.result()

    return each
