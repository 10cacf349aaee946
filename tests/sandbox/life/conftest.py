"""Played months to look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.sandbox.life import Life
from tests.sandbox.life.playing import month


@pytest.fixture(scope="session")
def played() -> Life:
    """One month at full scale; not to be changed by a test."""
    return month(7)


@pytest.fixture
def small() -> Callable[..., Life]:
    """Makes small months that a test may go on with."""
    return lambda seed=3, **facts: month(seed, scale=0.2, **facts)
