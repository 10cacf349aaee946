"""A copy taken while everything runs comes back on either database, and posts nothing twice."""

from __future__ import annotations

import base64
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from hub import audit, seals
from hub.documents import DocKind
from hub.errors import HubError, Misconfigured
from hub.keeping.backup import backup
from hub.keeping.manifest import Manifest
from hub.keeping.restore import check, restore
from hub.kernel import Kernel
from hub.outbox import take
from hub.plan import plan_due
from hub.planning.context import Context
from hub.seals import Head
from hub.settings import Settings
from hub.store import connections
from hub.store.migrations.run import HEAD
from hub.store.session import Store, check_schema, open_engine
from hub.store.tables import (
    audit_event,
    case,
    clinic_group,
    delivery,
    inbox_message,
    lease,
    meta,
    metadata,
    stream_cursor,
)
from tests.conftest import MASTER_KEY
from tests.hub.keeping.conftest import reopened
from tests.support.fake_books import GROUP, TARGET, Books, document_id
from tests.support.rows import a_cursor, a_hint

WHY = "the disk died"


@contextmanager
def restored(books: Books, settings: Settings, file: Path) -> Iterator[Books]:
    """A hub over what `restore` made of a backup."""
    restore(settings, file, who="person:ops", why=WHY, world=books.kernel.world)
    again = reopened(books, settings)
    check_schema(again.kernel.world.engine)
    yield again
    again.kernel.world.engine.dispose()


def thaw(books: Books) -> None:
    with books.kernel.store.write(GROUP) as unit:
        connections.freeze(unit, None, frozen=False, why="looked at")


def plan(books: Books) -> None:
    plan_due(books.kernel, GROUP, TARGET, books.kernel.world.now() + timedelta(seconds=1))


def everything(store: Store) -> dict[str, list[Any]]:
    with store.look() as db:
        return {
            table.name: sorted((tuple(row) for row in db.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def test_what_comes_back_is_what_was_there(books: Books, elsewhere: Settings, tmp_path: Path) -> None:
    books.invoice("1", books.receipt("r1", "1"))
    books.go()
    seals.seal(books.kernel.store)
    before = everything(books.kernel.store)
    file = tmp_path / "copies" / "first.hub"
    made = backup(books.kernel, file)
    assert (made.groups, made.environment, made.schema) == ((GROUP,), "test", HEAD)
    assert made.head == str(seals.head(books.kernel.store))
    assert made.rows == sum(map(len, before.values()))
    assert file.stat().st_mode & 0o077 == 0
    assert check(file, tmp_path) == made
    with restored(books, elsewhere, file) as again:
        after = everything(again.kernel.store)
        same = {name for name in before if before[name] == after[name]}
        changed = {"audit_event", "clinic_group", "doc_case", "lease", "budget", "meta", "permit"}
        assert set(before) - same <= changed
        thaw(again)
        again.invoice("2")
        again.go()  # rows are numbered after the copied ones
        assert len(again.ledger.live(DocKind.INVOICE)) == 2
        assert seals.verify(again.kernel.store, Head.parse(made.head)).broken == ()
        with again.kernel.store.read(GROUP) as unit:
            assert [row[1:] for row in audit.history(unit, "group", GROUP)] == [
                ("person:ops", "freeze", "frozen"),
                ("person:ops", "restore", "restored"),
                ("restored", "thaw", "open"),
            ]


def test_a_copy_is_one_state_however_busy_the_hub_is(store: Store, kernel: Kernel, tmp_path: Path) -> None:
    """Two rows are always written together; no copy has one without the other."""
    stop = threading.Event()

    def pairs() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with store.write(GROUP) as unit:
                unit.db.execute(meta.insert().values(key=f"a{number}", value=str(number)))
                audit.record(unit, "pair", "pair", str(number), outcome="written")

    writer = threading.Thread(target=pairs)
    writer.start()
    try:
        files = [tmp_path / f"{number}.hub" for number in range(3)]
        for file in files:
            backup(kernel, file)
    finally:
        stop.set()
        writer.join()
    for file in files:
        with zipfile.ZipFile(file) as packed:
            packed.extract("hub.sqlite", tmp_path / file.stem)
        engine = open_engine(f"sqlite:///{tmp_path}/{file.stem}/hub.sqlite")
        with engine.connect() as db:
            keys = {int(key[1:]) for key in db.execute(select(meta.c.key)).scalars() if key[0] == "a"}
            rows = db.execute(select(audit_event.c.entity_id).where(audit_event.c.action == "pair")).scalars()
            assert keys == {int(one) for one in rows} == set(range(1, len(keys) + 1))
        engine.dispose()


def test_the_lost_days_are_found_and_nothing_is_posted_twice(
    books: Books, elsewhere: Settings, tmp_path: Path
) -> None:
    """The hub of before posted a new contact, invoices, receipts and an edit after the copy."""
    books.invoice("1", books.receipt("r1", "1"))
    books.invoice("2")
    books.go()
    backup(books.kernel, tmp_path / "old.hub")
    day = date(2026, 10, 8)
    books.clock.advance(3 * 86400)

    def lost_days(hub: Books) -> None:
        hub.invoice("2", hub.receipt("r2", "2", 4000, day=day))  # a receipt on a known invoice
        hub.invoice("3", hub.receipt("r3", "3", day=day), contact="p9", day=day)  # all new
        hub.invoice("1", gross=8000)  # edited, its receipt gone

    lost_days(books)
    books.go()
    ledger = [(t.kind, t.document, t.content) for t in books.ledger.live()]
    sent = len(books.ledger.sent)
    with restored(books, elsewhere, tmp_path / "old.hub") as again:
        lost_days(again)  # what pulling finds again
        again.once()
        assert len(books.ledger.sent) == sent  # frozen: planned, not sent
        thaw(again)
        again.go()
        assert again.holds() == []
        assert sorted(map(repr, ledger)) == sorted(
            repr((t.kind, t.document, t.content)) for t in books.ledger.live()
        )
        creates = [b for b in books.ledger.sent[sent:] if b.op.value == "create"]
        assert creates == []
        for number in ("2", "3"):
            assert len(books.ledger.of(document_id(DocKind.RECEIPT, f"r{number}"))) == 1
        # A report imported late brings a receipt of the lost days to a case that was looked at before.
        late = again.receipt("r4", "3", 100, day=day)
        with books.kernel.store.write(GROUP) as unit:
            connections.freeze(unit, None, frozen=False, why="the old hub posts it")
        books.invoice("3", books.receipt("r3", "3", day=day), late, contact="p9", day=day)
        books.go()
        again.invoice("3", again.receipt("r3", "3", day=day), late, contact="p9", day=day)
        again.go()
        assert len(books.ledger.of(document_id(DocKind.RECEIPT, "r4"))) == 1


def test_what_was_on_its_way_is_looked_up_first(books: Books, elsewhere: Settings, tmp_path: Path) -> None:
    """Pending, sending and unknown in the copy: all were sent by the hub of before."""
    books.contact("p1")
    books.go()
    books.ledger.faults, books.ledger.look_fails = ["before"], 1
    books.invoice("1")
    books.once()
    books.invoice("2", contact="p1")
    plan(books)
    assert take(Context(books.kernel, GROUP, TARGET), "gone") is not None
    books.invoice("3", contact="p1")
    plan(books)
    states = sorted(row.state for row in books.rows(delivery, kind="invoice"))
    assert states == ["pending", "sending", "unknown"]
    backup(books.kernel, tmp_path / "busy.hub")
    books.clock.advance(600)
    books.go()
    assert len(books.ledger.live(DocKind.INVOICE)) == 3
    sent = len(books.ledger.sent)
    with restored(books, elsewhere, tmp_path / "busy.hub") as again:
        assert sorted(r.state for r in again.rows(delivery, kind="invoice")) == [
            "pending", "unknown", "unknown",
        ]  # fmt: skip
        thaw(again)
        again.go()
        assert {r.state for r in again.rows(delivery, kind="invoice")} == {"delivered"}
        assert len(books.ledger.sent) == sent


def test_leases_of_the_past_are_void_and_cursors_stand(
    books: Books, elsewhere: Settings, tmp_path: Path
) -> None:
    kernel = books.kernel
    far = kernel.world.now().replace(year=2030)
    a_hint(kernel, lease_owner="gone", lease_until=far)
    a_cursor(kernel, kernel.world.now())
    books.invoice("1")
    with kernel.store.write(GROUP) as unit:
        unit.db.execute(update(case).values(lease_owner="gone", lease_until=far))
        unit.db.execute(update(stream_cursor).values(lease_owner="gone", lease_until=far))
        unit.db.execute(lease.insert().values(name="grant", owner="gone", until=far, fence=7))
    backup(kernel, tmp_path / "held.hub")
    with restored(books, elsewhere, tmp_path / "held.hub") as again:
        for table in (case, stream_cursor, inbox_message):
            assert [row.lease_owner for row in again.rows(table)] == [None]
        (row,) = again.rows(lease)
        assert (row.until, row.fence) == (books.clock.now(), 7)
        assert again.rows(stream_cursor)[0].last_complete == kernel.world.now()
        assert again.rows(case)[0].look_first
        assert again.rows(clinic_group)[0].frozen


def test_only_into_an_empty_database_and_only_a_sound_file(
    books: Books, elsewhere: Settings, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "a.hub"
    made = backup(books.kernel, file)
    with pytest.raises(Misconfigured, match="exists already"):
        backup(books.kernel, file)
    url = books.kernel.world.engine.url.render_as_string(False)
    with pytest.raises(Misconfigured, match="not empty"):
        restore(settings.model_copy(update={"database_url": url}), file, who="p", why=WHY)
    other = elsewhere.model_copy(update={"master_key": None, "master_key_file": tmp_path / "other.key"})
    (tmp_path / "other.key").write_bytes(base64.b64encode(bytes(32)))
    with pytest.raises(Misconfigured) as wrong:
        restore(other, file, who="p", why=WHY)
    assert wrong.value.code == "config:wrong-key"
    for name, content in broken_files(file, made).items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(HubError) as caught:
            restore(elsewhere, tmp_path / name, who="p", why=WHY)
        assert caught.value.code == "backup:broken", name
    with pytest.raises(Misconfigured, match="no file"):
        restore(elsewhere, tmp_path / "nothing.hub", who="p", why=WHY)
    restore(elsewhere, file, who="p", why=WHY)  # after all that it is still empty


def broken_files(file: Path, made: Manifest) -> dict[str, bytes]:
    whole = file.read_bytes()
    with zipfile.ZipFile(file) as packed:
        database, manifest = packed.read("hub.sqlite"), json.loads(packed.read("manifest.json"))
    assert manifest["sha256"] == made.sha256

    def repacked(name: str, database: bytes, **more: Any) -> bytes:
        path = file.with_name(f"re-{name}")
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("manifest.json", json.dumps({**manifest, **more}))
            packed.writestr("hub.sqlite", database)
        return path.read_bytes()

    return {
        "half": whole[: len(whole) // 2],
        "text": b"not a zip",
        "altered": repacked("altered", database.replace(b"harbour", b"harvest", 1)),
        "newer-format": repacked("newer", database, format=2),
    }


def test_no_key_is_in_it(books: Books, tmp_path: Path) -> None:
    books.invoice("1")
    books.go()
    backup(books.kernel, tmp_path / "a.hub")
    with zipfile.ZipFile(tmp_path / "a.hub") as packed:
        everything_in_it = packed.read("hub.sqlite") + packed.read("manifest.json")
    assert MASTER_KEY not in everything_in_it
    assert b"Jordan" not in everything_in_it
