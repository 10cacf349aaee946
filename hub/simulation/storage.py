"""The database as a seam: a connection whose BEGIN and COMMIT are points, over a template's copy in memory.

One engine serves all schedules of a process, so that built statements are kept; each schedule begins with the
template's contents. Because nobody hands over inside a transaction, all tasks of a schedule share one
connection, and because it is the only one, the database can lie in its memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine

from hub.simulation.scheduler import Scheduler
from hub.simulation.tasks import Died
from hub.store.session import open_engine


class Seam(sqlite3.Connection):
    """The connection of the schedule under way."""

    scheduler: Scheduler | None = None

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
        """The pool closes it after its user died: the process that held it is gone, the database is not."""
        self.rollback()


class Storage:
    """One engine over one database in memory; `database` fills it with the template for a schedule."""

    def __init__(self) -> None:
        self._template = sqlite3.connect(":memory:")
        self._seam = sqlite3.connect(
            ":memory:", factory=Seam, timeout=0, check_same_thread=False, cached_statements=512
        )
        self.engine: Engine = open_engine("sqlite://", creator=lambda: self._seam)

    @contextmanager
    def database(self, scheduler: Scheduler) -> Iterator[Engine]:
        """The engine over the template's contents, its connection bound to `scheduler`."""
        self._template.backup(self._seam)
        self._seam.scheduler = scheduler
        scheduler.open_transactions = lambda: self._seam.in_transaction
        try:
            yield self.engine
        finally:
            self._seam.scheduler = None
            self._seam.rollback()

    def peek(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        """What the rows say now, asked past the seam: nobody hands over."""
        return sqlite3.Connection.execute(self._seam, sql, args).fetchall()

    def settle(self) -> None:
        """What the database holds now is the template."""
        self._seam.backup(self._template)

    def close(self) -> None:
        """Forget everything."""
        self.engine.dispose()
        for one in (self._seam, self._template):
            sqlite3.Connection.close(one)


__all__ = ["Died", "Seam", "Storage"]
