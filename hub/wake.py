"""How an idle worker notices work: cheaply, across processes, with a slow poll as fallback.

SQLite tells of another connection's commit through `PRAGMA data_version` (a counter in shared memory, no
page is read); PostgreSQL through LISTEN on one channel. Neither carries data: the tables do.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hub.world import World

CHANNEL = "clinic_hub_work"
TRY_AGAIN = 1.0
"""Seconds between two tries to watch a database that is gone."""
LOOK_EVERY = 0.04
"""Seconds between two looks at SQLite's counter: a look and its sleep cost some 100 microseconds of CPU."""


def never() -> bool:
    return False


class Waker(Protocol):
    """Waits for a commit of somebody else."""

    def wait(self, seconds: float, stop: Callable[[], bool] = never) -> bool:
        """True as soon as something was committed since the last wait; False after `seconds` or on `stop`."""
        ...

    def close(self) -> None: ...


class SqliteWaker:
    """Watches the data version on one connection of its own."""

    def __init__(self, engine: Engine, world: World, look_every: float = LOOK_EVERY) -> None:
        self._connection = engine.raw_connection()
        driver = self._connection.driver_connection
        assert driver is not None
        self._look = driver.execute  # straight at the driver: this runs twenty-five times a second
        self._world = world
        self._look_every = look_every
        self._seen = self._version()

    def _version(self) -> int:
        return int(self._look("PRAGMA data_version").fetchone()[0])

    def wait(self, seconds: float, stop: Callable[[], bool] = never) -> bool:
        monotonic, sleep = self._world.clock.monotonic, self._world.sleep
        end = monotonic() + seconds
        while True:
            version = self._version()
            if version != self._seen:
                self._seen = version
                return True
            left = end - monotonic()
            if left <= 0 or stop():
                return False
            sleep(min(self._look_every, left))

    def close(self) -> None:
        self._connection.close()


class PostgresWaker:
    """Listens on the hub's channel; committing units of work notify it."""

    def __init__(self, engine: Engine, world: World, look_every: float = 0.5) -> None:
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._connection.exec_driver_sql(f"LISTEN {CHANNEL}")
        self._world = world
        self._look_every = look_every

    def wait(self, seconds: float, stop: Callable[[], bool] = never) -> bool:
        end = self._world.clock.monotonic() + seconds
        while True:
            left = end - self._world.clock.monotonic()
            if self._heard(max(0.0, min(self._look_every, left))):
                while self._heard(0.0):  # what is queued up is one wake, not many
                    pass
                return True
            if left <= 0 or stop():
                return False

    def _heard(self, seconds: float) -> bool:
        driver = self._connection.connection.driver_connection
        assert driver is not None
        return any(True for _ in driver.notifies(timeout=seconds, stop_after=1))

    def close(self) -> None:
        self._connection.close()


class Reopening:
    """A waker whose database may go away: while it is gone nothing wakes, when it is back something did."""

    def __init__(self, engine: Engine, world: World) -> None:
        self._engine = engine
        self._world = world
        self._failures = (DBAPIError, PoolTimeout, engine.dialect.loaded_dbapi.Error)
        self._inner: Waker | None = None
        self._next_try = 0.0
        self._opened()

    def wait(self, seconds: float, stop: Callable[[], bool] = never) -> bool:
        if self._inner is None:
            back = self._opened()
            if not back:
                self._world.sleep(min(seconds, TRY_AGAIN))
            return back  # nobody knows what was committed meanwhile
        try:
            return self._inner.wait(seconds, stop)
        except self._failures:
            self.close()
            return False

    def _opened(self) -> bool:
        monotonic = self._world.clock.monotonic
        if monotonic() < self._next_try:
            return False
        self._next_try = monotonic() + TRY_AGAIN
        kind = SqliteWaker if self._engine.dialect.name == "sqlite" else PostgresWaker
        try:
            self._inner = kind(self._engine, self._world)
        except self._failures:
            return False
        return True

    def close(self) -> None:
        inner, self._inner = self._inner, None
        if inner is not None:
            with suppress(*self._failures):
                inner.close()


def waker(engine: Engine, world: World) -> Waker:
    """The waker for this engine's database."""
    return Reopening(engine, world)
