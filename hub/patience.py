"""Waiting for a database that is busy or gone: bounded, and said once. For shells, never inside a unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hub.errors import DatabaseFailed
from hub.store.failures import passing
from hub.world import SystemClock

TRY_AGAIN = 1.0
"""Seconds between two tries."""
T = TypeVar("T")


def patiently(action: Callable[[], T], seconds: float, tell: Callable[[str], None]) -> T:
    """Do it; while the database is busy or gone, try again for `seconds`. Raises what the last try raised.

    `tell` hears once why we wait.
    """
    clock = SystemClock()
    end, told = clock.monotonic() + seconds, False
    while True:
        try:
            return action()
        except DatabaseFailed as error:
            if not passing(error) or clock.monotonic() >= end:
                raise
            if not told:
                tell(f"{error.code}: {error.sentence} Trying again for {seconds:.0f} seconds.")
            told = True
        clock.sleep(TRY_AGAIN)
