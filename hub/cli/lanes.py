"""The worker's threads: each lane runs in at most one thread at a time, a slow lane holds up no other.

A wake (somebody committed) asks every lane at rest whether it has work, which writes nothing; every `idle`
seconds all lanes take a full turn whatever they say, so that nothing rests on the question being complete.
While lanes run, most commits are their own: then wakes are answered at most every `GAP` seconds.
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
GAP = 0.1
GRACE = 35.0
"""Seconds for calls under way to end when the worker is told to stop: a little more than one deadline."""


@dataclass
class _State:
    """What is known of one lane, under the loop's lock.

    `seen`: the wake its last turn began after. `due`: monotonic instant of its next full turn. One that
    failed is left alone until then, however often it is woken.
    """

    running: bool = False
    seen: int = -1
    due: float = 0.0
    failed: bool = False


@dataclass
class LaneLoop:
    """Runs every lane until told to stop."""

    kernel: Kernel
    waker: Waker
    idle: float = 5.0
    threads: int = THREADS
    _wakes: int = 0
    _states: dict[Lane, _State] = field(default_factory=dict)
    _listed: float = float("-inf")
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
                under_way |= {pool.submit(self._work, lane, stop) for lane in self._ready()}
                if self._committed(bool(under_way), stop):
                    self._wake()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            wait(under_way, timeout=GRACE)

    def _committed(self, running: bool, stop: Callable[[], bool]) -> bool:
        """Wait for a reason to look again; True when somebody committed."""
        if not running:
            return self.waker.wait(self._rest(), stop)
        self._poke.wait(GAP)
        self._poke.clear()
        return self.waker.wait(0.0)

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

    def _wake(self) -> None:
        with self._lock:
            self._wakes += 1

    def _ready(self) -> list[Lane]:
        now = self.kernel.world.clock.monotonic()
        with self._lock:
            ready = [
                lane
                for lane, state in self._states.items()
                if not state.running and (now >= state.due or state.seen < self._wakes)
            ]
            for lane in ready:
                self._states[lane].running = True
        return ready

    def _work(self, lane: Lane, stop: Callable[[], bool]) -> None:
        """Turns until a turn did nothing and nobody committed meanwhile."""
        state = self._states[lane]
        over = False
        while not over:
            busy = self._turn(lane, state)
            with self._lock:
                over = stop() or (not busy and state.seen == self._wakes)
                state.running = not over
                self._wakes += busy  # what this turn left to other lanes need not wait for a look
            if busy or over:
                self._poke.set()

    def _turn(self, lane: Lane, state: _State) -> bool:
        monotonic = self.kernel.world.clock.monotonic
        with self._lock:
            state.seen = self._wakes
            full = monotonic() >= state.due
        if not full and (state.failed or not self._asks(lane)):
            return False
        done = worker.turn(self.kernel, lane, worker.slice_end(self.kernel))
        rest = worker.pause(self.kernel, done.next_due, self.idle)
        with self._lock:
            state.due = monotonic() + rest
            state.failed = done.failed > 0 and not done.busy
        return done.busy

    def _asks(self, lane: Lane) -> bool:
        try:
            return worker.has_work(self.kernel, lane)
        except Exception:  # the turn finds out what it is, and tells
            return True

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
