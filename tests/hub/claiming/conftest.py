"""What is claimed does not depend on the database: SQLite alone (tests/hub/store has both)."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine


@pytest.fixture
def engine(quick_engine: Engine) -> Engine:
    return quick_engine
