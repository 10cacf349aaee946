"""Books over both databases, and somewhere empty to restore into on either."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hub.kernel import Kernel
from hub.limits import Budgets
from hub.settings import Settings
from hub.store.session import Store, open_engine
from hub.store.vault import Vaults
from tests.conftest import MASTER_KEY
from tests.support.databases import PostgresTemplate
from tests.support.fake_books import Books, make_books
from tests.support.world import FakeClock, make_world


@pytest.fixture
def books(kernel: Kernel, clock: FakeClock) -> Books:
    return make_books(kernel, clock)


@pytest.fixture(params=["sqlite", "postgres"])
def elsewhere(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Settings that name an empty database."""
    home = tmp_path / "elsewhere"
    if request.param == "sqlite":
        yield settings.model_copy(update={"home": home, "database_url": f"sqlite:///{home}/hub.sqlite"})
        return
    postgres: PostgresTemplate = request.getfixturevalue("postgres_template")
    with postgres.empty() as url:
        yield settings.model_copy(update={"home": home, "database_url": url})


def reopened(books: Books, settings: Settings, worker: str = "restored") -> Books:
    """A hub over the database that the settings name, at the same ledger; dispose of its engine."""
    engine = open_engine(settings.database_url)
    transport = books.kernel.world.transport
    world = replace(make_world(engine, clock=books.clock, worker=worker), transport=transport)
    store = Store(world, Vaults(MASTER_KEY, world.rng))
    kernel = Kernel(world, settings, store, books.kernel.plugins, Budgets(store))
    return replace(books, kernel=kernel)
