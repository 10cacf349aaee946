"""Bringing a database to this release's schema, and refusing to run on any other.

Works inside the transaction it is handed; `hub.store.session` opens and commits it. Alembic is imported
only where it migrates: every other process asks one question, which needs no library.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, column, select, table

from hub.errors import Misconfigured
from hub.store.db import Db
from hub.store.tables import meta

HEAD = "0010"  # the schema version this release works with; a test compares it with the migrations
_ENVIRONMENT = "environment"
_NAMED = meta.select().where(meta.c.key == _ENVIRONMENT)
_VERSION_TABLE = table("alembic_version", column("version_num"))
_VERSION = select(_VERSION_TABLE.c.version_num)


def upgrade(db: Connection, to: str = HEAD) -> None:
    """Bring the database to this release's schema within the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = db
    command.upgrade(config, to)


def current(db: Connection) -> str | None:
    """The schema version of a database, None for an empty one."""
    if not db.dialect.has_table(db, _VERSION_TABLE.name):
        return None
    return db.execute(_VERSION).scalar_one_or_none()


def check(db: Connection) -> None:
    """Raise Misconfigured, with the remedy, unless the database has exactly this release's schema."""
    found = current(db)
    if found is None:
        raise Misconfigured("The database is empty; run `hub init` first.", code="config:schema")
    if found != HEAD:
        raise Misconfigured(
            f"The database has schema version {found}, this release needs {HEAD}; stop all processes of "
            "the hub and start `hub up` with the newer release.",
            code="config:schema",
        )


def environment(db: Connection | Db) -> str | None:
    """The environment name written in the database."""
    row = db.execute(_NAMED).first()
    return None if row is None else str(row.value)


def name_environment(db: Connection, name: str) -> None:
    """Write the environment name, replacing another."""
    db.execute(meta.delete().where(meta.c.key == _ENVIRONMENT))
    db.execute(meta.insert().values(key=_ENVIRONMENT, value=name))
