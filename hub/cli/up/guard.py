"""Ends process groups when whoever watches over them is gone: the last member of `hub up`'s tree.

The hub's own children end when the pipe to their parent closes. Dagster's watch no pipe, start children of
their own, and a stopped process notices nothing at all; so this small process reads which groups there are
from its standard input, and when that closes (also after SIGKILL of the parent) it asks every group to end
and then kills it. A file to be run by its path, on the standard library alone: it starts in milliseconds.

`+GROUP SECONDS` adds a group with the seconds it gets to end, `-GROUP` forgets it.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import suppress

LOOK_EVERY = 0.2


def main() -> None:
    """Read until the pipe closes, then end what is left. Signals meant for a terminal's group are ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, float] = {}
    for line in sys.stdin:
        name, _, seconds = line[1:].strip().partition(" ")
        if line[0] == "+":
            groups[int(name)] = float(seconds)
        else:
            groups.pop(int(name), None)
    end(groups)


def end(groups: dict[int, float]) -> None:
    """SIGTERM to each group, SIGKILL to what is still there when its seconds are over."""
    left = {group: seconds for group, seconds in groups.items() if _signal(group, signal.SIGTERM)}
    waited = 0.0
    while left:
        left = {group: seconds for group, seconds in left.items() if _signal(group, 0)}
        for group in [group for group, seconds in left.items() if waited >= seconds]:
            _signal(group, signal.SIGKILL)
            del left[group]
        select.select([], [], [], LOOK_EVERY)
        waited += LOOK_EVERY


def _signal(group: int, number: int) -> bool:
    """Whether the group was there to be signalled."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
        return True
    return False


if __name__ == "__main__":
    main()
