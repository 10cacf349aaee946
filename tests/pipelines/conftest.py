"""A living clinic group behind the definitions, and a Dagster instance of its own per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from hub.cli.context import kernel as command_line_kernel
from pipelines import runtime, sync
from tests.cli.town import Town, town


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """A configured, connected group that the definitions work on."""
    with town(tmp_path, monkeypatch) as made:
        made.go_live()
        monkeypatch.setattr(runtime, "_open", command_line_kernel)
        monkeypatch.setattr(sync, "LINGER", 0.2)
        yield made


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made
