"""How an idle worker notices work: cheaply, across processes, with a slow poll as fallback.

SQLite tells of another process's commit through `PRAGMA data_version` (a counter in shared memory, no
page is read); PostgreSQL through LISTEN on one channel. Neither carries data: the tables do.
"""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Engine

from hub.world import World

CHANNEL = "clinic_hub_work"


class Waker(Protocol):
    def wait(self, seconds: float) -> bool:
        """Return True as soon as something was committed elsewhere, False after `seconds`."""
        ...

    def close(self) -> None: ...


class SqliteWaker:
    """Watches the data version on one connection of its own; a look costs some microseconds."""

    def __init__(self, engine: Engine, world: World, look_every: float = 0.04) -> None:
        self._connection = engine.raw_connection()
        self._world = world
        self._look_every = look_every
        self._seen = self._version()

    def _version(self) -> int:
        cursor = self._connection.cursor()
        try:
            row = cursor.execute("PRAGMA data_version").fetchone()  # type: ignore[func-returns-value]
            return int(row[0])  # type: ignore[index]
        finally:
            cursor.close()

    def wait(self, seconds: float) -> bool:
        end = self._world.clock.monotonic() + seconds
        while True:
            version = self._version()
            if version != self._seen:
                self._seen = version
                return True
            left = end - self._world.clock.monotonic()
            if left <= 0:
                return False
            self._world.sleep(min(self._look_every, left))

    def close(self) -> None:
        self._connection.close()


class PostgresWaker:
    """Listens on the hub's channel; committing units of work notify it."""

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._connection.exec_driver_sql(f"LISTEN {CHANNEL}")

    def wait(self, seconds: float) -> bool:
        driver = self._connection.connection.driver_connection
        assert driver is not None
        return next(iter(driver.notifies(timeout=seconds, stop_after=1)), None) is not None

    def close(self) -> None:
        self._connection.close()


def waker(engine: Engine, world: World) -> Waker:
    """The waker for this engine's database."""
    return SqliteWaker(engine, world) if engine.dialect.name == "sqlite" else PostgresWaker(engine)
