"""Fixtures: worlds in the Stripe sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from stripe_world import World


@pytest.fixture
def make() -> Iterator[Callable[..., World]]:
    """Make worlds with settings; all are closed at the end."""
    made: list[World] = []

    def build(path: Path | None = None, **settings: Any) -> World:
        made.append(World(settings, path))
        return made[-1]

    yield build
    for world in made:
        world.close()


@pytest.fixture
def stripe_(make: Callable[..., World]) -> World:
    """A world with default settings."""
    return make()
