"""How the command line shows things: tables for people, one JSON value for programs, cents as money."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

WIDTH = 110
"""Columns where nobody says how wide the terminal is (a pipe, a log)."""


@cache
def console(stderr: bool = False) -> Console:
    known = "COLUMNS" in os.environ or (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, width=None if known else WIDTH, highlight=False)


def plain(value: Any) -> Any:
    """Anything we report as JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value


def say_json(value: Any) -> None:
    """One JSON value on standard output."""
    print(json.dumps(plain(value), indent=2, ensure_ascii=False))


def dollars(cents: int | None) -> str:
    """1234 -> `12.34`; thousands are separated; None is a dash."""
    if cents is None:
        return "–"
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def good(text: str) -> Text:
    return Text(text, style="green")


def bad(text: str) -> Text:
    return Text(text, style="bold red")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table. The last sign of a column's name says how it is shown.

    `$` cents as money and `#` numbers, both right; `!` never wraps; `~` an id, of which the end is shown.
    """
    money = {index for index, name in enumerate(columns) if name.endswith("$")}
    ids = {index for index, name in enumerate(columns) if name.endswith("~")}
    drawn = Table(
        title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False
    )
    for index, name in enumerate(columns):
        numeric = index in money or name.endswith("#")
        drawn.add_column(
            name.rstrip("$#!~ "),
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=numeric or name[-1:] in ("!", "~"),
        )
    for row in rows:
        cells = (str(v)[-10:] if i in ids and v is not None else v for i, v in enumerate(row))
        drawn.add_row(*(_cell(value, index in money) for index, value in enumerate(cells)))
    console().print(drawn)
    console().print()


def held_list(title: str, rows: Iterable[tuple[str, str, str, int, str, bool]]) -> None:
    """What is held, two lines each: (cause, who acts, cases, cents, sentence, urgent)."""
    say(f"[bold]{title}[/bold]")
    for cause, who, cases, cents, sentence, urgent in rows:
        head = Table.grid(padding=(0, 2))
        for width in (44, 13, 26):
            head.add_column(width=width, overflow="fold")
        head.add_column(justify="right", width=12)
        head.add_row(bad(cause) if urgent else Text(cause, style="bold"), who, cases, dollars(cents))
        console().print(head)
        console().print(Padding(Text(sentence), (0, 0, 0, 4)))
    console().print()


def _cell(value: object, money: bool) -> str | Text:
    if isinstance(value, Text):
        return value
    if money and (value is None or isinstance(value, int)):
        return dollars(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%d %b %H:%M}"
    if isinstance(value, date):
        return f"{value:%d %b %Y}"
    return "" if value is None else escape(str(value))


def say(text: str) -> None:
    """One line; rich markup is ours, so whatever comes from outside is escaped by the caller."""
    console().print(text)


__all__ = ["bad", "console", "dollars", "escape", "good", "held_list", "plain", "say", "say_json", "table"]
