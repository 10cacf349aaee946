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

from hub.cli.layout import Column, Fit, fit

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
    """A table, as wide as the terminal. The last sign of a column's name says how it is shown.

    `$` cents as money and `#` numbers, both right; `!` never wraps; `~` an id, of which the end is shown;
    `>` stands below its row where there is no room beside.
    """
    signs = [name[-1:] if name[-1:] in "$#!~>" else "" for name in columns]
    heads = [name.rstrip("$#!~> ") for name in columns]
    cells = [[_cell(value, sign) for value, sign in zip(row, signs, strict=True)] for row in rows]
    parts = [
        Column(head, tuple(row[i].plain for row in cells), sign in ("$", "#", "!", "~"), sign == ">")
        for i, (head, sign) in enumerate(zip(heads, signs, strict=True))
    ]
    console().print(Text(title, style="bold"))
    fitted = fit(parts, console().width)
    if fitted is None:
        _line_by_line(heads, cells)
    else:
        right = {i for i, sign in enumerate(signs) if sign in ("$", "#")}
        _in_rows(heads, cells, fitted, right)
    console().print()


def _in_rows(heads: Sequence[str], cells: Sequence[Sequence[Text]], fitted: Fit, right: set[int]) -> None:
    below = [i for i in range(len(heads)) if i not in fitted.widths]
    drawn = _grid(fitted, right)
    drawn.add_row(*(Text(heads[i], style="bold") for i in fitted.widths))
    for row in cells:
        drawn.add_row(*(row[i] for i in fitted.widths))
        if said := [(heads[i], row[i]) for i in below if row[i]]:
            console().print(drawn)
            for head, text in said:
                console().print(Padding(Text.assemble((f"{head}: ", "dim"), text), (0, 0, 0, 4)))
            drawn = _grid(fitted, right)
    if drawn.row_count:
        console().print(drawn)


def _grid(fitted: Fit, right: set[int]) -> Table:
    grid = Table.grid(padding=(0, fitted.gap, 0, 0))
    for i, width in fitted.widths.items():
        grid.add_column(width=width, justify="right" if i in right else "left", overflow="fold")
    return grid


def _line_by_line(heads: Sequence[str], cells: Sequence[Sequence[Text]]) -> None:
    """What no terminal is wide enough for: a line for each field of a row."""
    wide = max(map(len, heads), default=0)
    for row in cells:
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(width=wide, style="bold")
        grid.add_column(overflow="fold")
        for head, text in zip(heads, row, strict=True):
            if text:
                grid.add_row(head, text)
        console().print(grid)
        console().print()


def held_list(title: str, rows: Iterable[tuple[str, str, str, int, str, bool]]) -> None:
    """What is held, three lines each: (cause, who acts, cases, cents, sentence, urgent)."""
    say(f"[bold]{title}[/bold]")
    for cause, who, cases, cents, sentence, urgent in rows:
        head = Table.grid(padding=(0, 2, 0, 0), expand=True)
        head.add_column(ratio=1, overflow="fold")
        head.add_column(width=13, no_wrap=True)
        head.add_column(justify="right", width=12, no_wrap=True)
        head.add_row(bad(cause) if urgent else Text(cause, style="bold"), who, dollars(cents))
        console().print(head)
        console().print(Padding(Text(cases, style="dim"), (0, 0, 0, 4)))
        console().print(Padding(Text(sentence), (0, 0, 0, 4)))
    console().print()


def _cell(value: object, sign: str) -> Text:
    if isinstance(value, Text):
        return value
    if value is None:
        return Text(dollars(None) if sign == "$" else "")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if sign == "$" and isinstance(value, int):
        return Text(dollars(value))
    if isinstance(value, datetime):
        return Text(f"{value:%d %b %H:%M}")
    if isinstance(value, date):
        return Text(f"{value:%d %b %Y}")
    return Text(str(value)[-10:] if sign == "~" else str(value))


def say(text: str) -> None:
    """One line; rich markup is ours, so whatever comes from outside is escaped by the caller."""
    console().print(text)


__all__ = ["bad", "console", "dollars", "escape", "good", "held_list", "plain", "say", "say_json", "table"]
