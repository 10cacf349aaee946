"""The database as a seam: a connection whose BEGIN and COMMIT are points, over a copied template in memory.

One engine serves all schedules of a process, so that built statements are kept; each schedule gets a fresh
copy of the template file on memory-backed storage. Because nobody hands over inside a transaction, all tasks
of a schedule can share one connection.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from hub.simulation.scheduler import Scheduler
from hub.simulation.tasks import Died
from hub.store.session import open_engine

_MEMORY = Path("/dev/shm")


class Seam(sqlite3.Connection):
    """A connection that belongs to the schedule under way."""

    scheduler: Scheduler | None = None
    everyone: list[Seam]

    def execute(self, sql: str, /, *args: Any) -> sqlite3.Cursor:
        """A point before BEGIN."""
        if self.scheduler is not None and sql.startswith("BEGIN"):
            self.scheduler.point("before begin")
        return super().execute(sql, *args)

    def commit(self) -> None:
        """Before COMMIT a task may die and do nothing else; after it anything may happen."""
        scheduler = self.scheduler
        if scheduler is None:
            super().commit()
            return
        scheduler.last_moment("before commit")
        super().commit()
        scheduler.committed()
        scheduler.point("committed")

    def close(self) -> None:
        """The pool closes a connection whose user died in the middle of something."""
        if self in self.everyone:
            self.everyone.remove(self)
        super().close()


class Storage:
    """One engine, one folder in memory; `database` opens a schedule's copy of the template."""

    def __init__(self) -> None:
        where = _MEMORY if _MEMORY.is_dir() else None
        self._folder = Path(tempfile.mkdtemp(prefix="hub-simulation-", dir=where))
        self.template = self._folder / "template.sqlite"
        self._file = self.template
        self._scheduler: Scheduler | None = None
        self._open: list[Seam] = []
        self.engine: Engine = open_engine("sqlite://", creator=self._connect)

    def _connect(self) -> sqlite3.Connection:
        made = sqlite3.connect(
            self._file, factory=Seam, timeout=0, check_same_thread=False, cached_statements=512
        )
        made.isolation_level = None
        made.scheduler, made.everyone = self._scheduler, self._open
        self._open.append(made)
        return made

    @contextmanager
    def database(self, scheduler: Scheduler) -> Iterator[Engine]:
        """The engine over a fresh copy, its connections bound to `scheduler`."""
        self.settle()
        self._file, self._scheduler = self._folder / "hub.sqlite", scheduler
        shutil.copyfile(self.template, self._file)
        scheduler.open_transactions = self._in_transaction
        try:
            yield self.engine
        finally:
            self._close()
            self._file, self._scheduler = self.template, None

    def settle(self) -> None:
        """Close the template's own connections, its log written back into the file."""
        for one in self._open:
            if self._file == self.template:
                one.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        self._close()

    def _in_transaction(self) -> bool:
        return any(one.in_transaction for one in self._open)

    def _close(self) -> None:
        self.engine.dispose()
        for one in list(self._open):
            one.close()
        for end in ("", "-wal", "-shm"):
            Path(f"{self._folder / 'hub.sqlite'}{end}").unlink(missing_ok=True)

    def close(self) -> None:
        """Remove everything."""
        self._close()
        shutil.rmtree(self._folder, ignore_errors=True)


__all__ = ["Died", "Seam", "Storage"]
