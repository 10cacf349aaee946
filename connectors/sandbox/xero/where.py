"""Xero's `where` and `order`: the C#-like filter expressions integrations really send.

Understood: comparisons of a listed field with a text, number, DateTime(...), guid("..."), true, false or
null, joined by AND, OR, &&, || and parentheses. Anything else is refused as Xero refuses what it cannot
parse: 400 with Type QueryParseException. A double quote inside a text is doubled; any other escape is
refused.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.sandbox.xero.values import Doc, to_cents

_TOKEN = re.compile(
    r"""\s*(?:(?P<op>==|!=|<>|>=|<=|>|<|&&|\|\||\(|\))
    |(?P<text>"(?:[^"\\]|"")*")
    |(?P<call>(?:DateTime|[Gg]uid)\s*\((?P<args>[^)]*)\))
    |(?P<number>-?\d+(?:\.\d+)?)
    |(?P<word>[A-Za-z][A-Za-z0-9_.]*))""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
Predicate = Callable[[Doc], bool]


class QueryError(Exception):
    """The expression cannot be parsed, or names a field this list does not filter by."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a list. kind: text, guid, cents, date (ISO), instant (ms), bool."""

    kind: str
    read: Callable[[Doc], Any]
    index: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A compiled filter. `keys`, when set, is (index name, values): only those documents can match."""

    test: Predicate
    keys: tuple[str, frozenset[str]] | None = None


def compile_where(text: str, fields: dict[str, Field]) -> Query:
    """Compile an expression against a list's fields. Raises QueryError."""
    parser = _Parser(_tokens(text), fields)
    query = parser.either()
    if parser.peek() is not None:
        raise QueryError(f"Unexpected '{parser.peek()}'")
    return query


def compile_order(text: str, fields: dict[str, Field]) -> list[tuple[Field, bool]]:
    """`UpdatedDateUTC ASC, Date DESC` as (field, descending) pairs. Raises QueryError."""
    parts = []
    for part in text.split(","):
        words = part.split()
        if not words or len(words) > 2 or words[0] not in fields:
            raise QueryError(f"No property or field '{part.strip()}' exists")
        direction = words[1].upper() if len(words) == 2 else "ASC"
        if direction not in ("ASC", "DESC"):
            raise QueryError(f"Unexpected '{words[1]}'")
        parts.append((fields[words[0]], direction == "DESC"))
    return parts


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if not match or not match.lastgroup:
            raise QueryError(f"Syntax error at position {at}")
        kind = "call" if match["call"] else str(match.lastgroup)
        found.append((kind, str(match[kind])))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], fields: dict[str, Field]) -> None:
        self._tokens, self._fields, self._at = tokens, fields, 0

    def peek(self) -> str | None:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else None

    def _take(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise QueryError("Expression expected")
        self._at += 1
        return self._tokens[self._at - 1]

    def _joined(self, words: tuple[str, ...], part: Callable[[], Query]) -> list[Query]:
        parts = [part()]
        while (self.peek() or "").upper() in words:
            self._take()
            parts.append(part())
        return parts

    def either(self) -> Query:
        parts = self._joined(("OR", "||"), self._both)
        if len(parts) == 1:
            return parts[0]
        keys = [part.keys for part in parts]
        joined = None
        if all(key is not None and keys[0] is not None and key[0] == keys[0][0] for key in keys):
            joined = (keys[0][0], frozenset().union(*(key[1] for key in keys if key)))  # type: ignore[index]
        return Query(lambda doc: any(part.test(doc) for part in parts), joined)

    def _both(self) -> Query:
        parts = self._joined(("AND", "&&"), self._one)
        if len(parts) == 1:
            return parts[0]
        keys = next((part.keys for part in parts if part.keys), None)
        return Query(lambda doc: all(part.test(doc) for part in parts), keys)

    def _one(self) -> Query:
        kind, token = self._take()
        if token == "(" and kind == "op":
            inner = self.either()
            if self._take() != ("op", ")"):
                raise QueryError("')' expected")
            return inner
        field = self._fields.get(token) if kind == "word" else None
        if field is None:
            raise QueryError(f"No property or field '{token}' exists")
        op_kind, op = self._take()
        if op_kind != "op" or op not in _COMPARE:
            raise QueryError(f"Operator '{op}' is not understood")
        value = _literal(field, *self._take())
        return _comparison(field, op, value)


def _comparison(field: Field, op: str, value: Any) -> Query:
    compare, read = _COMPARE[op], field.read
    if value is None and op not in ("==", "!=", "<>"):
        raise QueryError("Null can only be compared for equality")

    def test(doc: Doc) -> bool:
        found = read(doc)
        if value is None or found is None:
            return compare(found or None, value) if op in ("==", "!=", "<>") else False
        return compare(found, value)

    keys = (
        (field.index, frozenset([value])) if field.index and op == "==" and isinstance(value, str) else None
    )
    return Query(test, keys)


def _literal(field: Field, kind: str, token: str) -> Any:
    if kind == "word" and token.lower() == "null":
        return None
    if kind == "word" and token.lower() in ("true", "false") and field.kind == "bool":
        return token.lower() == "true"
    if kind == "text" and field.kind in ("text", "guid"):
        text = token[1:-1].replace('""', '"')
        return text.lower() if field.kind == "guid" else text
    if kind == "number" and field.kind == "cents":
        return to_cents(token)
    if kind == "call":
        args = token[token.index("(") + 1 : -1].strip()
        if token[0] in "Gg" and field.kind == "guid" and re.fullmatch(r'"[0-9A-Fa-f-]{36}"', args):
            return args[1:-1].lower()
        if token.startswith("DateTime") and field.kind in ("date", "instant"):
            return _moment(field, args)
    raise QueryError(f"Operator is incompatible with operand '{token}'")


def _moment(field: Field, args: str) -> Any:
    try:
        numbers = [int(part) for part in args.split(",")]
        at = datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001
    except (ValueError, TypeError):
        raise QueryError("DateTime is not understood") from None
    if field.kind == "date":
        return at.date().isoformat()
    return int((at - datetime(1970, 1, 1)).total_seconds() * 1000)  # noqa: DTZ001
