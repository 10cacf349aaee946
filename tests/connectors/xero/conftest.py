"""Fixtures: organisations in the Xero sandbox with the connector's session over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ledger_world import LedgerWorld


@pytest.fixture
def make_xero() -> Iterator[Callable[..., LedgerWorld]]:
    """Organisations with sandbox settings; all are closed at the end."""
    made: list[LedgerWorld] = []

    def build(**settings: Any) -> LedgerWorld:
        made.append(LedgerWorld(**settings))
        return made[-1]

    yield build
    for world in made:
        world.control.close()
        world.state.close()


@pytest.fixture
def xero(make_xero: Callable[..., LedgerWorld]) -> LedgerWorld:
    """An organisation with default settings."""
    return make_xero()
