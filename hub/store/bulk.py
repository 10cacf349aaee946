"""Reading rows for many keys without asking the database for too many at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

MOST = 500


def chunks(values: Sequence[T], size: int = MOST) -> Iterator[Sequence[T]]:
    """`values` in slices of at most `size` (databases bound the number of parameters)."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
