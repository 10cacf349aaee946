"""A World whose time, randomness and transports the test owns."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy import Engine

from hub.world import World

START = datetime(2026, 10, 5, 0, 0, tzinfo=UTC)


class FakeClock:
    """Time that moves only by `advance` or `sleep`. `slept` lists every sleep in seconds."""

    def __init__(self, start: datetime = START) -> None:
        self.moment = start
        self.elapsed = 1000.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.elapsed

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.elapsed += seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)


def numbered_ids(prefix: str = "id") -> Callable[[], str]:
    """id000001, id000002, ... : sortable and readable in failures."""
    count = 0

    def new() -> str:
        nonlocal count
        count += 1
        return f"{prefix}{count:06d}"

    return new


def make_world(
    engine: Engine,
    *,
    clock: FakeClock | None = None,
    transports: Mapping[str, httpx.BaseTransport] | None = None,
    worker: str = "worker-1",
    seed: int = 7,
) -> World:
    """A World over `engine`; calls to a connection without a transport fail."""
    time = clock or FakeClock()

    def transport(connection: str) -> httpx.BaseTransport:
        if transports is None or connection not in transports:
            raise AssertionError(f"no transport for {connection}")
        return transports[connection]

    return World(
        time,
        time.sleep,
        random.Random(f"{seed}/{worker}"),
        numbered_ids(f"{worker}-"),
        transport,
        engine,
        worker,
    )
