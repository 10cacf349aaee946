"""A database of the previous schema with work in every state is brought up to date, and all of it goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, MetaData, inspect, select, text

from hub import replay, seals
from hub.documents import DocKind
from hub.errors import HubError, Misconfigured, Reason, Who
from hub.keeping.copying import set_sequences
from hub.outbox import take
from hub.plan import plan_due
from hub.planning.context import Context
from hub.store.engine import open_engine
from hub.store.migrations import run as migrations
from hub.store.session import check_schema, migrate, transaction
from hub.store.tables import delivery
from tests.hub.keeping.conftest import reopened
from tests.support.databases import PostgresTemplate
from tests.support.fake_books import GROUP, TARGET, Books, document_id

PREVIOUS = "0001"
REFUSED = Reason("account:archived:200", "The account is archived.", Who.BOOKKEEPER)


@pytest.fixture
def previous(engine: Engine, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of the previous schema, on the engine the books are on."""

    def made(url: str) -> Iterator[Engine]:
        old = open_engine(url)
        with transaction(old) as db:
            migrations.upgrade(db.connection, PREVIOUS)
        yield old
        old.dispose()

    if engine.dialect.name == "sqlite":
        yield from made(f"sqlite:///{tmp_path}/previous.sqlite")
        return
    postgres: PostgresTemplate = request.getfixturevalue("postgres_template")
    with postgres.empty() as url:
        yield from made(url)


DROPPED = {("delivery_attempt", "trigger"): "scheduled"}
"""Columns that are no more, with what the previous release wrote there."""


def as_of_then(books: Books, previous: Engine) -> None:
    """The rows as the previous release would have written them: its tables, its columns."""
    tables = MetaData()
    tables.reflect(previous)
    now = MetaData()
    now.reflect(books.kernel.world.engine)
    with books.kernel.store.look() as source, transaction(previous) as db:
        for name, table in tables.tables.items():
            if name == "alembic_version":
                continue
            kept = [column.name for column in table.c if (name, column.name) not in DROPPED]
            gone = {column: value for (owner, column), value in DROPPED.items() if owner == name}
            rows = source.execute(select(*(now.tables[name].c[column] for column in kept)))
            found = [{**row._mapping, **gone} for row in rows]
            if found:
                db.execute(table.insert(), found)
        if db.dialect.name == "postgresql":
            set_sequences(db)


def test_work_in_every_state_goes_on_after_an_upgrade(books: Books, previous: Engine) -> None:
    books.contact("p1")
    books.go()
    books.ledger.refuse[document_id(DocKind.INVOICE, "held")] = REFUSED
    books.invoice("held")
    books.go()
    books.ledger.faults, books.ledger.look_fails = ["after"], 1
    books.invoice("unknown")
    books.once()
    context = Context(books.kernel, GROUP, TARGET)
    soon = books.kernel.world.now() + books.kernel.world.now().resolution
    books.invoice("sending")
    plan_due(books.kernel, GROUP, TARGET, soon)
    assert take(context, "of-the-previous-release") is not None
    books.invoice("pending")
    plan_due(books.kernel, GROUP, TARGET, soon)
    states = sorted(row.state for row in books.rows(delivery, kind="invoice"))
    assert states == ["held", "pending", "sending", "unknown"]
    as_of_then(books, previous)

    url = previous.url.render_as_string(False)
    with pytest.raises(Misconfigured, match="schema version 0001"):
        check_schema(previous)
    migrate(previous)
    check_schema(previous)
    with previous.connect() as db:
        assert migrations.environment(db) == "test"  # its own name stays
    again = reopened(books, books.kernel.settings.model_copy(update={"database_url": url}), "upgraded")
    books.clock.advance(600)
    again.go()
    assert sorted(row.state for row in again.rows(delivery, kind="invoice")) == [
        "delivered", "delivered", "delivered", "held",
    ]  # fmt: skip
    assert len(books.ledger.live(DocKind.INVOICE)) == 3
    books.ledger.refuse.clear()
    replay.release(again.kernel, GROUP, cause="account:*", who="person:test", why="restored")
    again.go()
    assert len(books.ledger.live(DocKind.INVOICE)) == 4
    assert again.holds() == []
    seals.seal(again.kernel.store)
    assert seals.verify(again.kernel.store).broken == ()
    again.kernel.world.engine.dispose()


def test_seals_and_replays_of_before_stand(previous: Engine, books: Books) -> None:
    """A chain begun by the previous release is verified as it was made, and goes on in the new way."""
    books.invoice("1")
    books.go()
    store = books.kernel.store
    as_of_then(books, previous)
    with transaction(previous) as db:
        rows = db.execute(text("SELECT seq, payload FROM audit_event ORDER BY seq")).all()
        block = hashlib.sha256(b"0" * 64)
        for seq, payload in rows:
            block.update(f"\n{seq} {payload}".encode())
        db.execute(
            text(
                "INSERT INTO audit_seal (first_event, last_event, count, previous, hash, sealed_at) "
                "VALUES (1, :last, :count, :previous, :hash, :at)"
            ),
            {"last": rows[-1][0], "count": len(rows), "previous": "0" * 64, "hash": block.hexdigest(),
             "at": store.world.now()},
        )  # fmt: skip
        db.execute(
            text(
                "INSERT INTO replay (id, group_id, who, why, filter, counts, created_at) "
                "VALUES ('r1', 'harbour', 'person:test', 'mended', '{}', '{\"holds\": 2}', :at)"
            ),
            {"at": store.world.now()},
        )
    migrate(previous)
    url = previous.url.render_as_string(False)
    again = reopened(books, books.kernel.settings.model_copy(update={"database_url": url}), "upgraded")
    assert seals.verify(again.kernel.store).broken == ()
    assert replay.get(again.kernel, GROUP, "r1").state == "done"
    again.invoice("2")
    again.go()
    assert seals.seal(again.kernel.store) > 0
    found = seals.verify(again.kernel.store)
    assert (found.broken, found.seals) == ((), 2)
    again.kernel.world.engine.dispose()


def test_a_failed_migration_leaves_the_database_as_it_was(
    previous: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(migrations, "environment", fail)
    with pytest.raises(RuntimeError):
        migrate(previous)
    monkeypatch.undo()
    with previous.connect() as db:
        assert migrations.current(db) == PREVIOUS
        assert "replay_item" not in inspect(db).get_table_names()


def test_two_who_migrate_at_once_wait_for_each_other(previous: Engine) -> None:
    """The second finds nothing left to do; on SQLite one that waits too long says so."""
    url = previous.url.render_as_string(False)
    quick = open_engine(url, busy_timeout=0.3)
    with transaction(previous, "migrate"), pytest.raises(HubError) as caught:
        migrate(quick)
    assert caught.value.code == "database-busy"
    migrate(quick)
    migrate(previous)
    check_schema(quick)
    quick.dispose()
