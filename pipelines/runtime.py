"""The one kernel of a Dagster process, opened on first use (definitions load without a database)."""

from __future__ import annotations

from functools import cache

from hub.kernel import Kernel, open_kernel
from hub.settings import Settings

REPORTS = "dagster"
NO_RETRIES = {"dagster/max_retries": "0"}
"""Run tag: retries belong to the hub's own queue, whatever the instance is set to."""


@cache
def _open() -> Kernel:
    return open_kernel(Settings())


def kernel() -> Kernel:
    """The hub of this process's environment."""
    return _open()
