"""A connected clinic group per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.town import Town, town


@pytest.fixture
def raw_town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Nothing set up yet."""
    with town(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def live(raw_town: Town) -> Town:
    """Configured and connected."""
    raw_town.go_live()
    return raw_town
