"""Opening a database so that every unit of work behaves the same on SQLite and PostgreSQL.

SQLite: Python's driver sends no BEGIN of its own here; reads open with BEGIN, writes with BEGIN
IMMEDIATE, because a deferred transaction that reads and then writes fails at once with
SQLITE_BUSY_SNAPSHOT, whatever the timeout (SQLite manual, "isolation"). To check a connection out of a pool
and to begin through SQLAlchemy takes longer there than most units do, so connections stand ready for them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import URL, make_url

from hub.errors import Misconfigured

STATEMENTS = (
    512  # prepared ones that a connection keeps: the hub has some three hundred; the driver's own 128
)
READY = 8  # connections that stand ready for the next units; more are checked in again


class UnitPool(QueuePool):
    """Also keeps checked-out connections, none in a transaction, for the units of work to come."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._ready: list[tuple[Connection, Any]] = []

    def take(self, engine: Engine) -> tuple[Connection, Any]:
        """A connection nobody else uses until it is given back, or closed; and the driver's own under it."""
        try:
            return self._ready.pop()
        except IndexError:
            connection = engine.connect()
            return connection, connection.connection.driver_connection

    def give(self, connection: Connection, driver: Any) -> None:
        """They are in no transaction, and nothing was wrong with them."""
        if len(self._ready) < READY:
            self._ready.append((connection, driver))
        else:
            connection.close()

    def dispose(self) -> None:
        while self._ready:
            self._ready.pop()[0].invalidate()
        super().dispose()


def open_engine(url: str, *, busy_timeout: float = 10.0, creator: Callable[[], Any] | None = None) -> Engine:
    """An engine over `sqlite:///file` or `postgresql://...`.

    `busy_timeout` is in seconds. `creator` makes the DBAPI connection (a simulation hands one over whose
    commit is its yield point). Statement parameters are never shown in error texts.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, busy_timeout, creator)
    if parsed.get_backend_name() == "postgresql":
        return _postgres(parsed, busy_timeout, creator)
    raise Misconfigured("The database must be SQLite or PostgreSQL; see HUB_DATABASE_URL.")


def _sqlite(url: URL, busy_timeout: float, creator: Callable[[], Any] | None) -> Engine:
    if creator is None:
        if not url.database or url.database == ":memory:":
            raise Misconfigured(
                "A SQLite database in memory cannot be shared; name a file in HUB_DATABASE_URL."
            )
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    extra: dict[str, Any] = {} if creator is None else {"creator": creator}
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={} if creator else {"timeout": busy_timeout, "cached_statements": STATEMENTS},
        poolclass=UnitPool,
        pool_size=8,
        max_overflow=24,
        pool_reset_on_return=None,  # whoever began a transaction ends it; a second ROLLBACK costs as much
        **extra,
    )

    @event.listens_for(engine, "connect")
    def prepare(dbapi_connection: Any, record: object) -> None:
        dbapi_connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            dbapi_connection.execute(f"PRAGMA {pragma}").close()

    def begin(dbapi_connection: Any) -> None:
        # Not an event: with one registered, SQLAlchemy dispatches events around each statement. A unit has
        # begun already when its first statement goes through SQLAlchemy.
        driver = dbapi_connection.driver_connection
        if not driver.in_transaction:
            driver.execute("BEGIN").close()

    engine.dialect.do_begin = begin  # type: ignore[method-assign]
    return engine


def _postgres(url: URL, busy_timeout: float, creator: Callable[[], Any] | None) -> Engine:
    extra: dict[str, Any] = {} if creator is None else {"creator": creator}
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=24,
        connect_args={
            "connect_timeout": max(2, int(busy_timeout)),
            "options": f"-c lock_timeout={int(busy_timeout * 1000)}",
        },
        **extra,
    )
