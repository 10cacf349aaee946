"""One compiled statement: its text and how values go in and come out, as its columns' types say.

SQLAlchemy compiles it and its types convert. What is kept is the result for one set of parameter names, and,
where a list is bound, for one length of it.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Executable, Select, TupleType
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import Delete, Insert, Update
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]
_Argument = tuple[str, int | None, Convert | None]
"""A place in the text: its parameter, which of its values where it is a list, and its conversion."""


class Kept:
    """`answers`: it returns rows. `sql` is its text; where a list is bound, with a place for the list."""

    __slots__ = (
        "_compiled",
        "_converts",
        "_defaults",
        "_fixed",
        "_get",
        "_in",
        "_lengths",
        "_lists",
        "_make",
        "_out",
        "answers",
        "sql",
    )

    def __init__(
        self,
        compiled: SQLCompiler,
        columns: Sequence[ColumnElement[Any]],
        dialect: Dialect,
        given: Collection[str],
    ) -> None:
        names = [str(column.key) for column in columns]
        outs = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._compiled = compiled
        self._defaults = dict(compiled.construct_params(_check=False))
        self._converts: dict[str, Convert | None] = {
            name: bound.type.dialect_impl(dialect).bind_processor(dialect)
            for bound, name in compiled.bind_names.items()
        }
        self._lists = sorted(compiled.bind_names[one] for one in compiled.post_compile_params)
        self._lengths: dict[tuple[int, ...], tuple[str, list[_Argument]]] = {}
        self._out = [(n, convert) for n, convert in enumerate(outs) if convert is not None]
        self._make = partial(tuple.__new__, _shape(names))
        self.answers = bool(names)
        self.sql, order = (compiled.string, []) if self._lists else self._placed({})
        # What an execution does not give is converted once.
        self._fixed = {one[0]: self._value(one, {}) for one in order if one[0] not in given}
        self._get = _getter([name for name, _, _ in order])
        self._in = [
            (n, convert)
            for n, (name, _, convert) in enumerate(order)
            if name in given and convert is not None
        ]

    def _placed(self, sizes: Mapping[str, int]) -> tuple[str, list[_Argument]]:
        """The text for lists of these lengths, and what goes into its places."""
        lists = {name: [None] * size for name, size in sizes.items()}
        state = self._compiled.construct_expanded_state({**self._defaults, **lists})
        origin: dict[str, tuple[str, int | None]] = {
            one: (name, nth)
            for name, many in state.parameter_expansion.items()
            for nth, one in enumerate(many)
        }
        places = [origin.get(name, (name, None)) for name in state.positiontup or ()]
        return state.statement, [(name, nth, self._converts[name]) for name, nth in places]

    def once(self, cursor: Any, given: Mapping[str, Any]) -> Sequence[Any]:
        """Execute it, and give all rows it answers."""
        if self._lists:
            cursor.execute(*self._with_lists(given))
        else:
            cursor.execute(self.sql, self._arguments(given))
        return self._rows(cursor.fetchall()) if self.answers else ()

    def each(self, cursor: Any, given: Sequence[Mapping[str, Any]]) -> None:
        """Execute it once for each of these; it answers nothing and binds no list."""
        cursor.executemany(self.sql, map(self._arguments, given))

    def _with_lists(self, given: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """A list is filled up with its last value, so that there are few texts for the driver to prepare."""
        filled = {name: _filled(given.get(name, self._defaults[name])) for name in self._lists}
        sizes = tuple(map(len, filled.values()))
        if sizes not in self._lengths:
            self._lengths[sizes] = self._placed(dict(zip(filled, sizes, strict=True)))
        sql, order = self._lengths[sizes]
        values = {**given, **filled}
        return sql, [self._value(one, values) for one in order]

    def _arguments(self, given: Mapping[str, Any]) -> list[Any]:
        found = list(self._get({**self._fixed, **given} if self._fixed else given))
        for n, convert in self._in:
            found[n] = convert(found[n])
        return found

    def _value(self, argument: _Argument, given: Mapping[str, Any]) -> Any:
        name, nth, convert = argument
        value = given[name] if name in given else self._defaults[name]
        if nth is not None:
            value = value[nth]
        return value if convert is None else convert(value)

    def _rows(self, raw: Sequence[tuple[Any, ...]]) -> Sequence[Any]:
        """Rows as SQLAlchemy gives them: by position and by name."""
        make, out = self._make, self._out
        if not out:
            return list(map(make, raw))
        found = []
        for one in raw:
            values = list(one)
            for n, convert in out:
                values[n] = convert(values[n])
            found.append(make(values))
        return found


def kept(statement: Executable, names: Sequence[str], dialect: Dialect, *, several: bool) -> Kept | None:
    """Compile for parameters of these names; None where an execution needs more than text and values."""
    if not isinstance(statement, (Select, CompoundSelect, Insert, Update, Delete)):
        return None
    compiled = statement.compile(dialect=dialect, column_keys=sorted(names))
    assert isinstance(compiled, SQLCompiler)
    columns = list(statement.exported_columns)
    lists = compiled.post_compile_params
    if (
        compiled.insert_prefetch
        or compiled.update_prefetch
        or compiled.literal_execute_params
        or compiled.escaped_bind_names
        or any(isinstance(one.type, TupleType) for one in lists)
        or (several and (columns or lists))
    ):
        return None
    return Kept(compiled, columns, dialect, names)


def _getter(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """What gives the values of these names, in their order."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda given: [given[name] for name in names]


def _filled(values: Sequence[Any]) -> Sequence[Any]:
    size = len(values)
    if size < 2:
        return values
    return [*values, *[values[-1]] * ((1 << (size - 1).bit_length()) - size)]


def _shape(names: Sequence[str]) -> Any:
    class Row(namedtuple("Row", names, rename=True)):  # type: ignore[misc]
        __slots__ = ()

        @property
        def _mapping(self) -> Mapping[str, Any]:
            return dict(zip(names, self, strict=True))

    return Row


__all__ = ["Kept", "kept"]
