"""Which cells of the table a seed is aimed at, and which seeds fill what is still empty.

Every seed is aimed at one cell in turn. Where a table is to be filled, it is aimed at one cell of every other
operation that changes something, too: such operations are seldom called, so each call must count.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from random import Random

from hub.simulation.faults import REFUSED, Cell

Aim = tuple[Cell, int]
"""A cell, and at which exchange of its operation."""
_CHANGES = "late effect"  # a kind that only what changes something can meet
_ALONE = (REFUSED, "429 hours")  # more than one of these in a schedule, and little else happens
_TRIES = 12
"""How many seeds are looked at for each that is played: the one that is aimed at most empty cells."""
_AT_LEAST = 100
"""Seeds of one filling round: what is left at last is seldom called, and needs several each."""


def focus(seed: int, cells: Sequence[Cell]) -> Aim | None:
    """The one cell a seed must meet, in turn over all of them."""
    if not cells:
        return None
    return cells[seed % len(cells)], Random(f"{seed}/focus").choice((1, 1, 2))


def aims(seed: int, cells: Sequence[Cell], *, each: bool) -> Mapping[str, Aim]:
    """By operation, what a seed is aimed at; `each`: one cell of every operation that changes something."""
    found: dict[str, Aim] = {}
    for operation, own in _changing(cells).items() if each else ():
        found[operation] = own[int(Random(f"{seed}/aim/{operation}").random() * len(own))], 1
    first = focus(seed, cells)
    if first is None:
        return found
    cell, nth = first
    return {**found, cell.operation: (cell, 1 if each else nth)}


def seeds_for(empty: Collection[Cell], cells: Sequence[Cell], above: int, *, each: bool) -> list[int]:
    """Seeds from `above` on that are aimed at an empty cell, one for each.

    `each`: several for each where few are left, and aimed at as many others as may be.
    """
    turn = len(cells)
    first = -(-above // turn) * turn
    if not each:
        return [first + n for n, cell in enumerate(cells) if cell in empty]
    found: list[int] = []
    for copy in range(-(-_AT_LEAST // len(empty))):
        left = set(empty)
        for n, cell in enumerate(cells):
            if cell not in empty:
                continue
            tries = [first + n + (copy * _TRIES + k) * turn for k in range(_TRIES)]
            hits = {seed: {aim for aim, _ in aims(seed, cells, each=True).values()} & left for seed in tries}
            best = max(tries, key=lambda seed: len(hits[seed]))
            left -= hits[best] - {cell}
            found.append(best)
    return sorted(found)


def _changing(cells: Sequence[Cell]) -> Mapping[str, list[Cell]]:
    changing = {cell.operation for cell in cells if cell.kind == _CHANGES}
    return {
        operation: [cell for cell in cells if cell.operation == operation and cell.kind not in _ALONE]
        for operation in sorted(changing)
    }
