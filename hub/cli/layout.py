"""How a table fits the terminal: which columns get how wide, and what stands below its row. Pure.

Nothing is ever cut off: an amount or a cause of which the end is missing is worse than a longer page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

GAPS = (2, 1)
BROKEN = (24, 16, 10)
"""Columns left of a word too long to stand whole, the widest first: tried where whole words do not fit."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column by its heading and texts. `fixed` never wraps; `below` may stand under its row."""

    heading: str
    texts: tuple[str, ...]
    fixed: bool = False
    below: bool = False

    @property
    def natural(self) -> int:
        """The width at which nothing wraps."""
        return max(cell_len(line) for text in (self.heading, *self.texts) for line in text.split("\n"))

    def least(self, broken: int | None) -> int:
        """The width at which words stand whole, or those longer than `broken` are broken."""
        if self.fixed:
            return self.natural
        words = [cell_len(word) for text in (self.heading, *self.texts) for word in text.split()]
        longest = max(words, default=1)
        return longest if broken is None else min(longest, broken)


@dataclass(frozen=True, slots=True)
class Fit:
    """Widths of the columns that stand in the row, by their index, and the space between two of them."""

    widths: dict[int, int]
    gap: int


def fit(columns: Sequence[Column], room: int) -> Fit | None:
    """How the columns fit into `room`; None where they cannot: then a row is told line by line.

    Columns marked `below` stand in the row only where nothing at all has to wrap for them.
    """
    every = dict(enumerate(columns))
    whole = {index: column.natural for index, column in every.items()}
    if _total(whole, GAPS[0]) <= room:
        return Fit(whole, GAPS[0])
    rows = {index: column for index, column in every.items() if not column.below}
    for broken in (None, *BROKEN):
        for gap in GAPS:
            least = {index: column.least(broken) for index, column in rows.items()}
            if _total(least, gap) <= room:
                natural = {index: column.natural for index, column in rows.items()}
                return Fit(_shrunk(natural, least, room - gap * (len(rows) - 1)), gap)
    return None


def _total(widths: dict[int, int], gap: int) -> int:
    return sum(widths.values()) + gap * (len(widths) - 1)


def _shrunk(widths: dict[int, int], least: dict[int, int], room: int) -> dict[int, int]:
    """Take from the widest column that can still give, until all fit."""
    found = dict(widths)
    while sum(found.values()) > room:
        giving = max((i for i in found if found[i] > least[i]), key=lambda i: found[i])
        found[giving] -= 1
    return found
