"""Fixtures: worlds in the Xero sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from xero_world import World


@pytest.fixture
def make() -> Iterator[Callable[..., World]]:
    """Make worlds with settings; all are closed at the end."""
    made: list[World] = []

    def build(path: Path | None = None, **settings: Any) -> World:
        made.append(World(settings, path))
        return made[-1]

    yield build
    for world in made:
        world.http.close()
        world.state.close()


@pytest.fixture
def xero(make: Callable[..., World]) -> World:
    """A world with default settings."""
    return make()
