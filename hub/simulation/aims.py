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
"""How many seeds are looked at for one cell: the one that is aimed at most empty ones is played."""


def focus(seed: int, cells: Sequence[Cell]) -> Aim | None:
    """The one cell a seed must meet, in turn over all of them."""
    if not cells:
        return None
    return cells[seed % len(cells)], _nth(Random(f"{seed}/focus"))


def aims(seed: int, cells: Sequence[Cell], *, each: bool) -> Mapping[str, Aim]:
    """By operation, what a seed is aimed at; `each`: one cell of every operation that changes something."""
    found: dict[str, Aim] = {}
    for operation, own in _changing(cells).items() if each else ():
        rng = Random(f"{seed}/aim/{operation}")
        found[operation] = own[int(rng.random() * len(own))], _nth(rng)
    first = focus(seed, cells)
    return found if first is None else {**found, first[0].operation: first}


def seeds_for(empty: Collection[Cell], cells: Sequence[Cell], above: int, *, each: bool) -> list[int]:
    """A seed from `above` on for each empty cell that is aimed at it, and at as many others as may be."""
    left, turn = set(empty), len(cells)
    first = -(-above // turn) * turn
    found = []
    for n, cell in enumerate(cells):
        if cell not in empty:
            continue
        tries = [first + n + k * turn for k in range(_TRIES if each else 1)]
        hits = {seed: {aim for aim, _ in aims(seed, cells, each=each).values()} & left for seed in tries}
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


def _nth(rng: Random) -> int:
    return rng.choice((1, 1, 2))
