"""What the demo's tests share: an empty server database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.databases import PostgresTemplate


@pytest.fixture
def postgres_url(postgres_template: PostgresTemplate) -> Iterator[str]:
    """The URL of an empty PostgreSQL database; `hub demo` migrates it itself."""
    with postgres_template.empty() as url:
        yield url
