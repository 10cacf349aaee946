"""Units of work: the only file of the code base that commits.

A unit is opened for one clinic group, lasts milliseconds and does no I/O besides the database. Writing
units of one group run one after the other on both databases (SQLite by its write lock, PostgreSQL by an
advisory lock), so what is proven on one holds on the other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select, text
from sqlalchemy.exc import DBAPIError

from hub.errors import Misconfigured
from hub.store import planner
from hub.store.db import Db
from hub.store.engine import UnitPool, open_engine
from hub.store.failures import told
from hub.store.migrations import run as migrations
from hub.store.tables import clinic_group
from hub.store.vault import Vault, Vaults
from hub.world import World

_GROUPS = select(clinic_group.c.id).order_by(clinic_group.c.id)
_KEY = select(clinic_group.c.data_key_wrapped, clinic_group.c.master_key_id).where(
    clinic_group.c.id == bindparam("g")
)
# A writing unit wakes idle workers; one that changed nothing has no transaction id and stays silent.
_NOTIFY = text("SELECT pg_notify('clinic_hub_work', '') WHERE pg_current_xact_id_if_assigned() IS NOT NULL")
FIRST_MEASURED = 16
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


@dataclass(slots=True)
class Unit:
    """One transaction for one group. `now` is one instant for all its rows; `agent` goes to the audit."""

    db: Db
    group: str
    vault: Vault
    now: datetime
    new_id: Callable[[], str]
    agent: str


@contextmanager
def _on_sqlite(engine: Engine, pool: UnitPool, *, writes: bool) -> Iterator[Db]:
    """Begun and ended on the driver's own connection, unless SQLAlchemy took part meanwhile."""
    with told():
        connection, driver = pool.take(engine)
        db = Db(connection, driver.cursor())
        try:
            driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN").close()
            yield db
            ending = connection.get_transaction() or driver
            if writes:
                ending.commit()
            else:
                ending.rollback()
        except BaseException as error:
            _undo(connection, driver)
            if isinstance(error, sqlite3.Error):
                raise db.failed(None, error) from error
            raise
        finally:
            db.close()
        pool.give(connection, driver)


def _undo(connection: Connection, driver: Any) -> None:
    """After a failure: what was begun is rolled back; a connection that cannot do that is closed for good."""
    try:
        driver.rollback()
        connection.close()
    except (sqlite3.Error, DBAPIError):
        connection.invalidate()


@contextmanager
def _on_postgres(engine: Engine, lock: str | None, *, writes: bool) -> Iterator[Db]:
    with told(), engine.connect() as connection, connection.begin() as transaction:
        db = Db(connection)
        if lock is not None:
            db.execute(_LOCK, {"name": lock})
        try:
            yield db
            if writes:
                db.execute(_NOTIFY)
            else:
                transaction.rollback()
        finally:
            db.close()


def transaction(
    engine: Engine, lock: str | None = None, *, writes: bool = True
) -> AbstractContextManager[Db]:
    """A transaction; one that does not write keeps nothing. Raises DatabaseFailed where the database did
    not do its part.

    After `database-gone` at the commit nobody knows whether it was kept: whoever comes next goes on from
    the rows it finds.
    """
    pool = engine.pool
    if isinstance(pool, UnitPool):
        return _on_sqlite(engine, pool, writes=writes)
    return _on_postgres(engine, lock, writes=writes)


class Store:
    """Opens units of work over a World's database."""

    def __init__(self, world: World, vaults: Vaults) -> None:
        self.world = world
        self._vaults = vaults
        self._open: dict[str, Vault] = {}
        # A reading unit sees one state of the database throughout, as SQLite's do anyway.
        self._reading = self._writing = world.engine
        if world.engine.dialect.name == "postgresql":
            self._reading = world.engine.execution_options(isolation_level="REPEATABLE READ")
        self._written = 0

    @contextmanager
    def read(self, group: str) -> Iterator[Unit]:
        """A short reading unit; nothing written in it is kept. Never hold it across a call or a sleep."""
        with transaction(self._reading, writes=False) as db:
            yield self._unit(db, group, None)

    @contextmanager
    def write(self, group: str, agent: str | None = None) -> Iterator[Unit]:
        """A writing unit, committed once at its end, rolled back when the block raises."""
        self._measure()
        with transaction(self._writing, f"group/{group}") as db:
            yield self._unit(db, group, agent)

    def _measure(self) -> None:
        """Before the 16th, 32nd, 64th, ... unit: most of a first load comes after the first few."""
        self._written += 1
        due = self._written >= FIRST_MEASURED and self._written.bit_count() == 1
        if due and self._writing.dialect.name == "postgresql":
            with transaction(self._writing) as db:
                planner.measure(db.connection)

    def shared(self) -> AbstractContextManager[Db]:
        """A writing transaction over tables that belong to no group (leases, budgets, seals)."""
        return transaction(self._writing)

    def look(self) -> AbstractContextManager[Db]:
        """A reading transaction over tables that belong to no group."""
        return transaction(self._reading, writes=False)

    def _unit(self, db: Db, group: str, agent: str | None) -> Unit:
        world = self.world
        return Unit(db, group, self._vault(db, group), world.now(), world.new_id, agent or world.worker)

    def _vault(self, db: Db, group: str) -> Vault:
        if group not in self._open:
            row = db.execute(_KEY, {"g": group}).first()
            if row is None:
                raise Misconfigured(
                    f"There is no clinic group {group!r}; run `hub init`.", code="config:no-group"
                )
            self._open[group] = self._vaults.open(group, row[0], row[1])
        return self._open[group]

    def groups(self) -> list[str]:
        """The ids of all clinic groups, sorted."""
        with self.look() as db:
            return list(db.execute(_GROUPS).scalars())

    def create_group(self, group: str) -> None:
        """Make a clinic group with a data key of its own; an existing one is left alone."""
        with transaction(self._writing, f"group/{group}") as db:
            if db.execute(_KEY, {"g": group}).first() is None:
                db.execute(
                    clinic_group.insert().values(
                        id=group,
                        data_key_wrapped=self._vaults.new_key(group),
                        master_key_id=self._vaults.key_id,
                        frozen=False,
                        created_at=self.world.now(),
                    )
                )


def migrate(engine: Engine, *, environment: str = "production") -> None:
    """Bring the database to this release's schema, in one transaction under an exclusive lock.

    A new database gets `environment` as its name, an existing one keeps its own. `hub up` calls this under
    its lease, `hub init` for an empty database only. Raises DatabaseFailed where others hold the database.
    """
    with transaction(engine, "migrate") as db:
        migrations.upgrade(db.connection)
        planner.describe(db.connection)
        if migrations.environment(db.connection) is None:
            migrations.name_environment(db.connection, environment)


def schema_of(engine: Engine) -> str | None:
    """The schema version of a database, None for an empty one."""
    with told(), engine.connect() as db:
        return migrations.current(db)


def check_schema(engine: Engine) -> None:
    """Refuse a database of another schema version (Misconfigured), or one not to be had (DatabaseFailed)."""
    with told(), engine.connect() as db:
        migrations.check(db)


__all__ = ["Store", "Unit", "check_schema", "migrate", "open_engine", "schema_of", "transaction"]
