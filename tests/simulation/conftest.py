"""One simulator for all schedules of a module: its engine keeps the statements it has built."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.simulation.scenario import find
from hub.simulation.simulator import Simulator


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    made = Simulator(find())
    yield made
    made.close()
