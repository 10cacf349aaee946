"""A connected clinic group per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.town import Town, town
from tests.support.databases import PostgresTemplate


@pytest.fixture
def raw_town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Nothing set up yet."""
    with town(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def on_postgres(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_template: PostgresTemplate
) -> Iterator[Town]:
    """Configured and connected over PostgreSQL."""
    with postgres_template.database() as engine, town(tmp_path, monkeypatch) as made:
        monkeypatch.setenv("HUB_DATABASE_URL", engine.url.render_as_string(False))
        monkeypatch.setenv("HUB_ENVIRONMENT", "test")
        made.go_live()
        yield made


@pytest.fixture
def live(raw_town: Town) -> Town:
    """Configured and connected."""
    raw_town.go_live()
    return raw_town
