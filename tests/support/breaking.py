"""Breaking a database as machines do: no room, locked, read-only, connections cut. Real drivers' errors."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event, text

from hub.store.tables import metadata

_FULL = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$
"""


@contextmanager
def no_room(engine: Engine) -> Iterator[None]:
    """Nothing more can be written.

    SQLite: files of this process may not grow (RLIMIT_FSIZE), as on a disk that is full. PostgreSQL: its
    own error, raised by a trigger on every table.
    """
    if engine.dialect.name == "sqlite":
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        return
    with engine.begin() as db:
        db.execute(text(_FULL))
        for table in metadata.tables:
            db.execute(
                text(
                    f"CREATE TRIGGER no_room BEFORE INSERT OR UPDATE OR DELETE ON {table} "
                    "EXECUTE FUNCTION no_room()"
                )
            )
    try:
        yield
    finally:
        with engine.begin() as db:
            db.execute(text("DROP FUNCTION no_room CASCADE"))


NO_ROOM = {"sqlite": "database-disk", "postgresql": "database-full"}
"""The code of `no_room`: SQLite cannot tell a file that may not grow from a broken disk."""


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """Somebody else writes and does not end."""
    with engine.connect() as db:
        if engine.dialect.name == "sqlite":
            db.connection.driver_connection.execute("BEGIN IMMEDIATE")  # type: ignore[union-attr]
            transaction = db.begin()
        else:
            transaction = db.begin()
            for table in metadata.tables:
                db.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        yield
        transaction.rollback()


@contextmanager
def read_only(engine: Engine) -> Iterator[None]:
    """Connections made meanwhile take no changes."""

    def closed(connection: Any, record: object) -> None:
        if engine.dialect.name == "sqlite":
            connection.execute("PRAGMA query_only=ON").close()
        else:
            connection.execute("SET default_transaction_read_only = on")
            connection.commit()

    event.listen(engine, "connect", closed)
    engine.dispose()
    yield
    event.remove(engine, "connect", closed)
    engine.dispose()


def cut(engine: Engine) -> None:
    """End every connection to this PostgreSQL database but the one that says so."""
    with engine.connect() as db:
        db.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
