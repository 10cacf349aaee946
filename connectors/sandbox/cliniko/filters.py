"""The `q[]` filters: every documented type and operator, all conditions combined with AND.

A field that a list does not offer, an operator its type does not have, or a value of the wrong type is a 400
(texts as seen on live accounts: "X is not filterable", "Filter value for X must be a number").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.cliniko.errors import Refusal
from connectors.sandbox.cliniko.resources import ARRAY, BOOL, DATE, NUMBER, TEXT, TIME
from connectors.sandbox.store import Doc

_OPERATORS = ("!?", ">=", "<=", "!=", "~~", "?", "=", ">", "<", "~", "*")
_ALLOWED = {
    DATE: ("=", ">=", ">", "<=", "<", "?", "!?"),
    TIME: (">=", ">", "<=", "<", "?", "!?", "*"),
    NUMBER: ("=", "!=", ">=", ">", "<=", "<", "?", "!?"),
    TEXT: ("=", "!=", "~", "~~", "?", "!?"),
    BOOL: ("=", "!="),
    ARRAY: ("~",),
}
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
_DATE = re.compile(r"^[\d*]{4}-[\d*]{2}-[\d*]{2}$")
Test = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: `test` gets the record's value; `ids` is set for `=` on ids and numbers (a look-up)."""

    field: str
    operator: str
    test: Test
    ids: tuple[str, ...] | None = None

    def holds(self, doc: Doc) -> bool:
        """Whether a record meets it."""
        return self.test(doc.get(self.field))


def parse(texts: list[str], types: Mapping[str, str]) -> list[Condition]:
    """Conditions from `field:OPvalue` texts. Raises Refusal 400."""
    return [_condition(text, types) for text in texts]


def _condition(text: str, types: Mapping[str, str]) -> Condition:
    field, colon, rest = text.partition(":")
    if field not in types:
        raise Refusal(400, f"{field} is not filterable")
    operator = next((op for op in _OPERATORS if rest.startswith(op)), None)
    kind = types[field]
    if not colon or operator is None or operator not in _ALLOWED[kind]:
        raise Refusal(400, f"Filter operator for {field} is not valid")
    value = rest.removeprefix(operator)
    if operator in ("?", "!?", "*"):
        if value:
            raise Refusal(400, f"Filter operator for {field} is not valid")
        return Condition(field, operator, _presence(operator))
    if kind == NUMBER:
        numbers = _numbers(field, operator, value)
        ids = tuple(map(str, numbers)) if operator == "=" else None
        return Condition(field, operator, _number_test(operator, numbers), ids)
    makers: dict[str, Callable[[str, str, str], Test]] = {
        DATE: _date_test,
        TIME: _time_test,
        TEXT: _text_test,
        BOOL: _bool_test,
        ARRAY: lambda _f, _o, v: lambda found: v in (found or ()),
    }
    return Condition(field, operator, makers[kind](field, operator, value))


def _presence(operator: str) -> Test:
    if operator == "*":
        return lambda found: True
    return (
        (lambda found: bool(found) or found == 0) if operator == "?" else (lambda found: found in (None, ""))
    )


def _ordered(operator: str, value: Any) -> Test:
    compare: dict[str, Test] = {
        "=": lambda found: found == value,
        "!=": lambda found: found != value,
        ">=": lambda found: found >= value,
        ">": lambda found: found > value,
        "<=": lambda found: found <= value,
        "<": lambda found: found < value,
    }
    return compare[operator]


def _numbers(field: str, operator: str, value: str) -> list[int]:
    parts = value.split(",") if operator == "=" else [value]
    if not all(re.fullmatch(r"-?\d+", part) for part in parts):
        raise Refusal(400, f"Filter value for {field} must be a number")
    return [int(part) for part in parts]


def _number_test(operator: str, numbers: list[int]) -> Test:
    if operator == "=":
        wanted = frozenset(numbers)
        return lambda found: found is not None and int(found) in wanted
    if operator == "!=":
        return lambda found: found is None or int(found) != numbers[0]
    test = _ordered(operator, numbers[0])
    return lambda found: found is not None and test(int(found))


def _date_test(field: str, operator: str, value: str) -> Test:
    if not _DATE.match(value) or ("*" in value and operator != "="):
        raise Refusal(400, f"Filter value for {field} must be a date")
    if "*" in value:
        pattern = re.compile(value.replace("*", r"\d"))
        return lambda found: bool(found) and pattern.fullmatch(found) is not None
    test = _ordered(operator, value)
    return lambda found: bool(found) and test(found)


def _time_test(field: str, operator: str, value: str) -> Test:
    if not _TIME.match(value):
        raise Refusal(400, f"Filter value for {field} must be a date and time in UTC")
    test = _ordered(operator, value.rstrip("Z"))
    return lambda found: bool(found) and test(found.rstrip("Z"))


def _text_test(field: str, operator: str, value: str) -> Test:
    if operator in ("=", "!="):
        same = operator == "="
        return lambda found: ((found or "") == value) is same
    if operator == "~":
        return lambda found: value.lower() in (found or "").lower()
    pattern = re.compile(".*".join(map(re.escape, value.split("%"))), re.IGNORECASE | re.DOTALL)
    return lambda found: found is not None and pattern.fullmatch(found) is not None


def _bool_test(field: str, operator: str, value: str) -> Test:
    if value not in ("true", "false"):
        raise Refusal(400, f"Filter value for {field} must be a boolean")
    wanted = (value == "true") is (operator == "=")
    return lambda found: found is not None and bool(found) is wanted
