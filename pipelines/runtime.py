"""The one kernel of a Dagster process, opened on first use (definitions load without a database)."""

from __future__ import annotations

import logging
from functools import cache

from hub.kernel import Kernel, open_kernel
from hub.patience import patiently
from hub.settings import Settings

REPORTS = "dagster"
PATIENCE = 15.0
"""Seconds a run or a sensor waits for a database that is busy or restarting; a sensor may take a minute."""
NO_RETRIES = {"dagster/max_retries": "0"}
"""Run tag: retries belong to the hub's own queue, whatever the instance is set to."""


@cache
def _open() -> Kernel:
    return patiently(lambda: open_kernel(Settings()), PATIENCE, logging.getLogger("hub").warning)


def kernel() -> Kernel:
    """The hub of this process's environment."""
    return _open()
