"""Units of work: the only file of the code base that commits.

A unit is opened for one clinic group, lasts milliseconds and does no I/O besides the database. Writing
units of one group run one after the other on both databases (SQLite by its write lock, PostgreSQL by an
advisory lock), so what is proven on one holds on the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, bindparam, select, text

from hub.errors import Misconfigured
from hub.store import planner
from hub.store.db import Db
from hub.store.engine import WRITES, open_engine
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
def _transaction(writing: Engine, lock: str | None) -> Iterator[Db]:
    """A writing transaction. Raises DatabaseFailed where the database did not do its part.

    After `database-gone` at the commit nobody knows whether it was kept: whoever comes next goes on from
    the rows it finds.
    """
    postgres = writing.dialect.name == "postgresql"
    with told(), ExitStack() as stack:
        connection = stack.enter_context(writing.connect())
        connection.info[WRITES] = True  # for SQLite; see open_engine
        transaction = connection.begin()
        try:
            db = Db(connection)
            if postgres and lock is not None:
                db.execute(_LOCK, {"name": lock})
            yield db
            if postgres:
                db.execute(_NOTIFY)
            transaction.commit()
        except BaseException:
            transaction.rollback()
            raise


@contextmanager
def transaction(engine: Engine, lock: str | None = None) -> Iterator[Db]:
    """A writing transaction over a database that is not yet, or no longer, a hub's (copies of one)."""
    with _transaction(engine, lock) as db:
        yield db


class Store:
    """Opens units of work over a World's database."""

    def __init__(self, world: World, vaults: Vaults) -> None:
        self.world = world
        self._vaults = vaults
        self._open: dict[str, Vault] = {}
        # A reading unit sees one state of the database throughout, as SQLite's do anyway.
        one_state = (
            {"isolation_level": "REPEATABLE READ"} if world.engine.dialect.name == "postgresql" else {}
        )
        self._reading = world.engine.execution_options(**one_state)
        self._writing = world.engine
        self._written = 0

    @contextmanager
    def read(self, group: str) -> Iterator[Unit]:
        """A short reading unit; nothing written in it is kept. Never hold it across a call or a sleep."""
        with told(), self._reading.connect() as connection, connection.begin() as transaction:
            yield self._unit(Db(connection), group, None)
            transaction.rollback()

    @contextmanager
    def write(self, group: str, agent: str | None = None) -> Iterator[Unit]:
        """A writing unit, committed once at its end, rolled back when the block raises."""
        self._measure()
        with _transaction(self._writing, f"group/{group}") as db:
            yield self._unit(db, group, agent)

    def _measure(self) -> None:
        """Before the 16th, 32nd, 64th, ... unit: most of a first load comes after the first few."""
        self._written += 1
        due = self._written >= FIRST_MEASURED and self._written.bit_count() == 1
        if due and self._writing.dialect.name == "postgresql":
            with _transaction(self._writing, None) as db:
                planner.measure(db.connection)

    @contextmanager
    def shared(self) -> Iterator[Db]:
        """A writing transaction over tables that belong to no group (leases, budgets, seals)."""
        with _transaction(self._writing, None) as db:
            yield db

    @contextmanager
    def look(self) -> Iterator[Db]:
        """A reading transaction over tables that belong to no group."""
        with told(), self._reading.connect() as connection, connection.begin() as transaction:
            yield Db(connection)
            transaction.rollback()

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
        with _transaction(self._writing, f"group/{group}") as db:
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
    with _transaction(engine, "migrate") as db:
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
