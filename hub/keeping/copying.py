"""Rows from one database into another of the same schema, whichever engine each is on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, func, insert, select, text

from hub.errors import HubError, Who
from hub.store.tables import meta, metadata

CHUNK = 500
_SET_SEQUENCE = text("SELECT setval(pg_get_serial_sequence(:t, :c), :last)")


def online_copy(engine: Engine, into: Path) -> None:
    """SQLite's own online backup of one committed state, in one step, while others read and write."""
    source = engine.raw_connection()
    target = sqlite3.connect(into)
    try:
        source.driver_connection.backup(target, pages=-1)  # type: ignore[union-attr]
        (found,) = target.execute("PRAGMA quick_check").fetchone()
        if found != "ok":
            raise HubError(
                "The database file is damaged; nothing was written. Restore the newest backup.",
                code="backup:damaged",
                who=Who.OPS,
            )
    finally:
        target.close()
        source.close()


def fold_log(file: Path) -> None:
    """Bring what stands in SQLite's log beside a file into the file itself."""
    db = sqlite3.connect(file)
    try:
        db.execute("PRAGMA journal_mode=DELETE")
    finally:
        db.close()


def copy_rows(source: Connection, target: Connection) -> None:
    """Every row of every table, within the transactions of both, into empty tables."""
    reading = source.execution_options(stream_results=True, yield_per=CHUNK)
    target.execute(meta.delete())  # a fresh database was named when it was made
    for table in metadata.sorted_tables:
        for part in reading.execute(select(table)).partitions(CHUNK):
            target.execute(insert(table), [dict(row._mapping) for row in part])
    if target.dialect.name == "postgresql":
        set_sequences(target)


def set_sequences(db: Connection) -> None:
    """On PostgreSQL, new rows are numbered after the copied ones."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        last = None if column is None else db.execute(select(func.max(column))).scalar_one()
        if column is not None and last is not None:
            db.execute(_SET_SEQUENCE, {"t": table.name, "c": column.name, "last": last})


def count_rows(db: Connection) -> int:
    """How many rows there are in all tables."""
    return sum(
        int(db.execute(select(func.count()).select_from(table)).scalar_one())
        for table in metadata.sorted_tables
    )
