"""A transaction's connection: statements of SQLAlchemy, executed with little around them.

A statement that is kept (a module's constant) is compiled once. On SQLite, whose own work takes less time
than what SQLAlchemy does around each execution, it then goes straight to the driver; everything else,
and all of PostgreSQL, goes through SQLAlchemy. Both answer the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound, ResourceClosedError

from hub.store.kept import Kept, kept

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


class Rows:
    """What a statement answered, all of it. `rowcount`: rows a change matched."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: Sequence[Any], rowcount: int) -> None:
        self._rows, self.rowcount = rows, rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        return list(self._rows)

    def first(self) -> Any:
        """The first row; None when there is none."""
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        """The only row. Raises NoResultFound and MultipleResultsFound."""
        if len(self._rows) != 1:
            raise (MultipleResultsFound if self._rows else NoResultFound)("exactly one row was expected")
        return self._rows[0]

    def scalars(self) -> Rows:
        """The first column."""
        return Rows([row[0] for row in self._rows], self.rowcount)

    def scalar_one(self) -> Any:
        """The first column of the only row. Raises NoResultFound and MultipleResultsFound."""
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        """As `scalar_one`; None where there is no row."""
        return self.one()[0] if self._rows else None

    scalar = scalar_one_or_none


class Db:
    """The connection of one transaction, until it is closed; `cursor`: of SQLite's driver."""

    __slots__ = ("_connection", "_cursor", "dialect")

    def __init__(self, connection: Connection, cursor: Any = None) -> None:
        self._connection: Connection | None = connection
        self._cursor = cursor
        self.dialect: Dialect = connection.dialect

    @property
    def connection(self) -> Connection:
        """SQLAlchemy's own, in the same transaction. Raises ResourceClosedError where that is over."""
        connection = self._connection
        if connection is None:
            raise ResourceClosedError("this unit of work is over")
        if not connection.in_transaction():
            connection.begin()
        return connection

    def close(self) -> None:
        """The transaction is over: nothing goes through here any more."""
        self._connection = self._cursor = None

    def execute(self, statement: Executable, parameters: Parameters = None) -> Rows:
        """Execute once, or once for each of several mappings. Raises what SQLAlchemy raises."""
        cursor = self._cursor
        if cursor is not None:
            several = parameters.__class__ is not dict and isinstance(parameters, Sequence)
            known = _known(statement, parameters, self.dialect, several=several)
            if known is not None:
                return self._direct(cursor, known, parameters, several=several)
        result = self.connection.execute(statement, parameters)
        return Rows(result.all() if result.returns_rows else (), result.rowcount)

    def exec_driver_sql(self, sql: str, parameters: Any = None) -> Rows:
        """Text for the driver."""
        result = self.connection.exec_driver_sql(sql, parameters)
        return Rows(result.all() if result.returns_rows else (), result.rowcount)

    def _direct(self, cursor: Any, known: Kept, parameters: Any, *, several: bool) -> Rows:
        try:
            if several:
                known.each(cursor, parameters)
                return Rows((), cursor.rowcount)
            return Rows(known.once(cursor, parameters or {}), cursor.rowcount)
        except self.dialect.loaded_dbapi.Error as error:
            raise self.failed(known.sql, error) from error

    def failed(self, sql: str | None, error: Exception) -> BaseException:
        """The driver's error as SQLAlchemy raises it, without a value of the statement."""
        base = self.dialect.loaded_dbapi.Error
        return DBAPIError.instance(sql, None, error, base, hide_parameters=True, dialect=self.dialect)


_seen: WeakKeyDictionary[Executable, dict[tuple[str, ...], Kept | None]] = WeakKeyDictionary()


def _known(statement: Executable, parameters: Any, dialect: Dialect, *, several: bool) -> Kept | None:
    """The statement as compiled for these parameters; None at its first use and where it needs SQLAlchemy."""
    if several:
        if not parameters:
            return None
        names = (*parameters[0], "")
    else:
        names = tuple(parameters) if parameters else ()
    uses = _seen.get(statement)
    if uses is None:
        _seen[statement] = {}  # one that is made for a single use is not worth compiling here
        return None
    if names not in uses:
        made = kept(statement, names[:-1] if several else names, dialect, several=several)
        uses[names] = made
    return uses[names]


__all__ = ["Db", "Rows"]
