"""Bringing a database to this release's schema, and refusing to run on any other.

Works inside the transaction it is handed; `hub.store.session` opens and commits it.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from hub.errors import Misconfigured
from hub.store.tables import meta

_ENVIRONMENT = "environment"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str:
    """The schema version this release works with."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    assert found is not None
    return found


def upgrade(db: Connection) -> None:
    """Bring the database to `head()` within the caller's transaction."""
    config = _config()
    config.attributes["connection"] = db
    command.upgrade(config, "head")


def check(db: Connection) -> None:
    """Raise Misconfigured, with the remedy, unless the database has exactly this release's schema."""
    wanted, found = head(), MigrationContext.configure(db).get_current_revision()
    if found is None:
        raise Misconfigured("The database is empty; run `hub init` first.", code="config:schema")
    if found != wanted:
        raise Misconfigured(
            f"The database has schema version {found}, this release needs {wanted}; stop all processes of "
            "the hub and run `hub init` with the newer release.",
            code="config:schema",
        )


def environment(db: Connection) -> str | None:
    """The environment name written in the database."""
    row = db.execute(meta.select().where(meta.c.key == _ENVIRONMENT)).first()
    return None if row is None else str(row.value)


def name_environment(db: Connection, name: str) -> None:
    """Write the environment name, replacing another."""
    db.execute(meta.delete().where(meta.c.key == _ENVIRONMENT))
    db.execute(meta.insert().values(key=_ENVIRONMENT, value=name))
