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
from sqlalchemy.sql.compiler import ExpandedState, SQLCompiler

Convert = Callable[[Any], Any]


class Kept:
    """`answers`: it returns rows. `sql` is its text, with one value in each list that is bound."""

    __slots__ = ("_compiled", "_defaults", "_fixed", "_get", "_in", "_make", "_out", "_spread", "_texts",
                 "answers", "sql")  # fmt: skip

    def __init__(
        self,
        compiled: SQLCompiler,
        columns: Sequence[ColumnElement[Any]],
        dialect: Dialect,
        given: Collection[str],
    ) -> None:
        names = [str(column.key) for column in columns]
        outs = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._out = [(n, convert) for n, convert in enumerate(outs) if convert is not None]
        self._make = partial(tuple.__new__, _shape(names))
        self.answers = bool(names)
        self._compiled = compiled
        self._defaults = dict(compiled.construct_params(_check=False))
        converts: dict[str, Convert | None] = {
            name: bound.type.dialect_impl(dialect).bind_processor(dialect)
            for bound, name in compiled.bind_names.items()
        }
        lists = {compiled.bind_names[one] for one in compiled.post_compile_params} & set(given)
        state = self._expanded(dict.fromkeys(lists, 1))
        self.sql, self._texts = state.statement, dict[tuple[int, ...], str]()
        whose = {one: name for name, many in state.parameter_expansion.items() for one in many}
        places = [(one, whose.get(one, one)) for one in state.positiontup or ()]
        # What an execution does not give is converted once.
        self._fixed = {
            one: _converted(state.parameters[one], converts[name])
            for one, name in places
            if name not in given
        }
        self._get = _getter([name if name in given else one for one, name in places])
        self._in = [
            (n, convert)
            for n, (_, name) in enumerate(places)
            if name in given and name not in lists and (convert := converts[name]) is not None
        ]
        listed = [(n, name, converts[name]) for n, (_, name) in enumerate(places) if name in lists]
        self._spread = listed[::-1]  # from the right, so that the places before a list stay where they are

    def _expanded(self, sizes: Mapping[str, int]) -> ExpandedState:
        """The statement where the lists that are given have these lengths."""
        lists = {name: [None] * size for name, size in sizes.items()}
        return self._compiled.construct_expanded_state({**self._defaults, **lists})

    def once(self, cursor: Any, given: Mapping[str, Any]) -> Sequence[Any]:
        """Execute it, and give all rows it answers."""
        sql, arguments = self.sql, self._arguments(given)
        if self._spread:
            sql = self._with_lists(arguments)
        cursor.execute(sql, arguments)
        return self._rows(cursor.fetchall()) if self.answers else ()

    def each(self, cursor: Any, given: Sequence[Mapping[str, Any]]) -> None:
        """Execute it once for each of these; it answers nothing and binds no list."""
        cursor.executemany(self.sql, map(self._arguments, given))

    def _arguments(self, given: Mapping[str, Any]) -> list[Any]:
        found = list(self._get({**self._fixed, **given} if self._fixed else given))
        for n, convert in self._in:
            found[n] = convert(found[n])
        return found

    def _with_lists(self, arguments: list[Any]) -> str:
        """Puts each list's values in its place, and gives the text for lists of these lengths.

        A list is filled up with its last value, so that there are few texts for the driver to prepare.
        """
        lengths = []
        for n, _, convert in self._spread:
            values = _filled(arguments[n])
            lengths.append(len(values))
            arguments[n : n + 1] = values if convert is None else map(convert, values)
        sizes = tuple(lengths)
        if sizes not in self._texts:
            names = [name for _, name, _ in self._spread]
            self._texts[sizes] = self._expanded(dict(zip(names, sizes, strict=True))).statement
        return self._texts[sizes]

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


def _converted(value: Any, convert: Convert | None) -> Any:
    return value if convert is None else convert(value)


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
