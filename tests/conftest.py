"""Fixtures of all tests: no network beyond this machine, a world to command, a database on both engines."""

from __future__ import annotations

import base64
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from hub.kernel import Kernel
from hub.limits import Budgets
from hub.plugins import Plugins
from hub.settings import Settings
from hub.store.session import Store
from hub.store.vault import Vaults
from hub.world import World
from tests.support.databases import PostgresTemplate, SqliteTemplate
from tests.support.world import FakeClock, make_world

MASTER_KEY = bytes(range(32))
GROUP = "harbour"
_HERE = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Only loopback and local sockets; anything else fails the test that tried."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in _HERE:
            raise AssertionError("a test tried to reach the network")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_template(worker_id: str, testrun_uid: str) -> Iterator[PostgresTemplate]:
    """One server for the whole run, shared by xdist's workers.

    Outside pytest's own folder: each pytest that starts takes other users' rights from that, and a server
    started by root runs as another user.
    """
    folder = Path(tempfile.gettempdir()) / f"clinic-hub-postgres-{testrun_uid[:12]}"
    template = PostgresTemplate(folder, worker_id)
    yield template
    template.close()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated, empty database of its own, once on each engine."""
    if request.param == "sqlite":
        template: SqliteTemplate = request.getfixturevalue("sqlite_template")
        with template.database(tmp_path) as made:
            yield made
    else:
        postgres: PostgresTemplate = request.getfixturevalue("postgres_template")
        with postgres.database() as made:
            yield made


@pytest.fixture
def sqlite_engine(sqlite_template: SqliteTemplate, tmp_path: Path) -> Iterator[Engine]:
    """For tests whose subject does not depend on the database."""
    with sqlite_template.database(tmp_path) as made:
        yield made


@pytest.fixture
def quick_engine(sqlite_template: SqliteTemplate, tmp_path: Path) -> Iterator[Engine]:
    """For suites of hundreds of small tests: as `sqlite_engine`, with statements compiled once."""
    with sqlite_template.shared(tmp_path) as made:
        yield made


@pytest.fixture
def postgres_engine(postgres_template: PostgresTemplate) -> Iterator[Engine]:
    """For one test of a suite whose others run on SQLite."""
    with postgres_template.database() as made:
        yield made


@pytest.fixture
def postgres_url(postgres_template: PostgresTemplate) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of the test's own, without a schema."""
    with postgres_template.empty() as url:
        yield url


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def world(engine: Engine, clock: FakeClock) -> World:
    """A world on the fake clock; connections have no transport (see tests.support.world.make_world)."""
    return make_world(engine, clock=clock)


@pytest.fixture
def store(world: World) -> Store:
    """A store with one clinic group, `harbour`."""
    made = Store(world, Vaults(MASTER_KEY, world.rng))
    made.create_group(GROUP)
    return made


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a test's own, whatever the environment says."""
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    key = base64.b64encode(MASTER_KEY).decode()
    return Settings(home=tmp_path / "home", environment="test", master_key=key)


@pytest.fixture
def kernel(world: World, settings: Settings, store: Store) -> Kernel:
    """A kernel without plugins; `dataclasses.replace(kernel, plugins=...)` gives it some."""
    return Kernel(world, settings, store, Plugins(), Budgets(store))
