"""Making a failing schedule small: leave out faults, deaths and freezes while it still fails.

What is left out changes the schedule only from there on, so most of the rest stays as it was drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Fails = Callable[[frozenset[str]], Sequence[str] | None]
"""Plays without some events: the events of a run that still fails, None for one that does not."""


def shrink(events: Sequence[str], fails: Fails, most: int = 120) -> tuple[list[str], frozenset[str], int]:
    """(events left, events left out, schedules played). Halves first, then one by one."""
    left, out, played = list(events), frozenset[str](), 0
    size = max(1, len(left) // 2)
    start = 0
    while left and played < most:
        part = left[start : start + size]
        if part:
            played += 1
            without = out | frozenset(part)
            still = fails(without)
            if still is not None:
                left, out = [one for one in still if one not in without], without
                continue
            start += size
        if start >= len(left):
            if size == 1:
                break
            size, start = max(1, size // 2), 0
    return left, out, played
