"""A connected hub and the clinic behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.clinic import Clinic, Hub, connected


@pytest.fixture
def both(engine: Engine, tmp_path: Path) -> Iterator[tuple[Hub, Clinic]]:
    with connected(engine, tmp_path) as pair:
        yield pair


@pytest.fixture
def hub(both: tuple[Hub, Clinic]) -> Hub:
    return both[0]


@pytest.fixture
def clinic(both: tuple[Hub, Clinic]) -> Clinic:
    return both[1]
