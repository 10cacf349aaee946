"""The one value through which time, sleep, randomness, ids, HTTP and the database reach the kernel.

Nothing else in hub/, connectors/ or mappings/ may read a clock, sleep, draw a random number or open
a socket; an architecture test looks. A simulation hands over a World of its own and owns all of it.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import httpx
from sqlalchemy import Engine

from hub.transport import DeadlineTransport


class Clock(Protocol):
    """Two readings: the instant (aware UTC) for records, the monotonic seconds for deadlines."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def cpu(self) -> float:
        """Seconds of CPU this process has used."""
        return time.process_time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True)
class World:
    """What a worker may touch.

    `transport` answers the httpx transport for one connection id, shared and pooled by the caller;
    `worker` names this worker in leases and audit rows.
    """

    clock: Clock
    sleep: Callable[[float], None]
    rng: random.Random
    new_id: Callable[[], str]
    transport: Callable[[str], httpx.BaseTransport]
    engine: Engine
    worker: str

    def now(self) -> datetime:
        return self.clock.now()


def real_world(engine: Engine, worker: str | None = None) -> World:
    """A World on the machine's clock, operating system randomness and real sockets.

    `new_id` gives 32 hex characters that sort by creation time (48 bits of milliseconds first).
    """
    clock = SystemClock()
    rng = random.SystemRandom()
    transports: dict[str, httpx.BaseTransport] = {}

    def new_id() -> str:
        millis = int(clock.now().timestamp() * 1000)
        return f"{millis:012x}{rng.getrandbits(80):020x}"

    def transport(connection: str) -> httpx.BaseTransport:
        if connection not in transports:
            transports[connection] = DeadlineTransport(clock.monotonic)
        return transports[connection]

    name = worker or f"worker-{uuid.uuid4().hex[:8]}"
    return World(clock, clock.sleep, rng, new_id, transport, engine, name)
