"""Worlds of simulated processes: a virtual clock of their own, seeded randomness and ids, the shared wire.

Clocks of processes and of the systems they talk to differ by up to `MOST_SKEW` from one another and run at
one speed: the difference is what protocols must bear.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import httpx
from sqlalchemy import Engine

from hub.simulation.scheduler import Scheduler
from hub.world import World

EPOCH = datetime(2026, 10, 20, tzinfo=UTC)
"""Virtual midnight: later than every business date that scenarios play."""
MOST_SKEW = 120.0
_UPTIME = 5000.0


class VirtualClock:
    """One machine's clock: the virtual time, `skew` seconds off."""

    def __init__(self, scheduler: Scheduler, skew: float) -> None:
        self._scheduler = scheduler
        self._epoch = EPOCH + timedelta(seconds=round(skew, 3))
        self._uptime = _UPTIME + skew
        self._read = (-1, self._epoch)

    def now(self) -> datetime:
        now = self._scheduler.now
        if self._read[0] != now:  # many read it within one millisecond
            self._read = now, self._epoch + timedelta(milliseconds=now)
        return self._read[1]

    def monotonic(self) -> float:
        return self._uptime + self._scheduler.now / 1000


def skews(seed: str, names: list[str]) -> dict[str, float]:
    """Seconds by which each clock is off: none differs from another by more than `MOST_SKEW`."""
    rng = Random(f"{seed}/clocks")
    width = rng.choice((0.0, 2.0, 30.0, MOST_SKEW))
    return {name: rng.uniform(-width / 2, width / 2) for name in names}


def new_ids(clock: VirtualClock, owner: str) -> Callable[[], str]:
    """32 hex characters that sort by creation time, as real ones do, and say nothing else."""
    tag = hashlib.sha256(owner.encode()).hexdigest()[:12]
    count = 0

    def new() -> str:
        nonlocal count
        count += 1
        return f"{int(clock.now().timestamp() * 1000):012x}{count:08x}{tag}"

    return new


def world(
    scheduler: Scheduler,
    engine: Engine,
    transport: Callable[[str], httpx.BaseTransport],
    *,
    seed: str,
    worker: str,
    skew: float,
) -> World:
    """The world of one incarnation of one process."""
    clock = VirtualClock(scheduler, skew)
    return World(
        clock,
        scheduler.sleep,
        Random(f"{seed}/world/{worker}"),
        new_ids(clock, worker),
        transport,
        engine,
        worker,
    )
