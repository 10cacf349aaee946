"""Bringing a copy back into an empty database, so that nothing is posted twice.

The hub the copy was taken from went on after it and posted what the copy does not know. So a restored hub
starts frozen, looks before it creates anything that may be there already, and holds no lease of the past.
Everything is made ready in the unpacked copy; the database itself appears whole, in one step.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, delete, inspect, select, update
from sqlalchemy.engine import make_url

from hub import audit
from hub.errors import HubError, Misconfigured, Who
from hub.keeping.backup import opened
from hub.keeping.copying import copy_rows, fold_log
from hub.keeping.manifest import DATABASE, Manifest, unpack
from hub.settings import Settings
from hub.store import connections, restored
from hub.store.db import Db
from hub.store.migrations import run as migrations
from hub.store.session import Store, migrate, open_engine, transaction
from hub.store.tables import (
    batch,
    budget,
    case,
    delivery,
    inbox_message,
    lease,
    permit,
    replay,
    stream_cursor,
)
from hub.store.vault import Vaults
from hub.world import World, real_world

_NO_LEASE = {"lease_owner": None, "lease_until": None}


def restore(settings: Settings, backup: Path, *, who: str, why: str, world: World | None = None) -> Manifest:
    """Restore into the empty database that the settings name.

    Raises Misconfigured where it is not empty or the master key is another, HubError for a broken backup.
    """
    url = make_url(settings.database_url)
    sqlite = url.get_backend_name() == "sqlite"
    home = Path(url.database or "").parent if sqlite else settings.home
    home.mkdir(parents=True, exist_ok=True)
    _must_be_empty(settings)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=home) as folder:
        copy = Path(folder) / DATABASE
        manifest = unpack(backup, copy)
        engine = opened(copy)
        try:
            _check_schema(engine)
            migrate(engine)
            _make_ready(engine, settings, manifest, world, who, why)
            if not sqlite:
                _into_postgres(engine, settings)
        finally:
            engine.dispose()
        if sqlite:
            _put_in_place(copy, Path(str(url.database)))
    return manifest


def _put_in_place(copy: Path, database: Path) -> None:
    fold_log(copy)
    for beside in ("-wal", "-shm"):  # of a database that was removed
        Path(f"{database}{beside}").unlink(missing_ok=True)
    copy.replace(database)


def check(backup: Path, folder: Path) -> Manifest:
    """Prove a backup against its manifest without restoring it."""
    with tempfile.TemporaryDirectory(prefix=".check-", dir=folder) as scratch:
        return unpack(backup, Path(scratch) / DATABASE)


def _must_be_empty(settings: Settings) -> None:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return
    engine = open_engine(settings.database_url, busy_timeout=settings.busy_timeout)
    try:
        with engine.connect() as db:
            tables = inspect(db).get_table_names()
    finally:
        engine.dispose()
    if tables:
        raise Misconfigured(
            "The database is not empty. Restore into a new HUB_HOME or another HUB_DATABASE_URL.",
            code="restore:not-empty",
        )


def _check_schema(engine: Engine) -> None:
    with engine.connect() as db:
        found = migrations.current(db) or ""
    if found > migrations.HEAD:
        raise HubError(
            f"The backup has schema version {found}, this release knows {migrations.HEAD}; "
            "restore it with the newer release.",
            code="restore:newer",
            who=Who.OPS,
        )


def _into_postgres(engine: Engine, settings: Settings) -> None:
    target = open_engine(settings.database_url, busy_timeout=settings.busy_timeout)
    try:
        with engine.connect() as source, transaction(target, "migrate") as db:
            migrations.upgrade(db.connection)
            copy_rows(source, db.connection)
    finally:
        target.dispose()


def _make_ready(
    engine: Engine, settings: Settings, manifest: Manifest, world: World | None, who: str, why: str
) -> None:
    made = world or real_world(engine)
    store = Store(replace(made, engine=engine), Vaults(settings.master(), made.rng))
    with store.shared() as db:
        _void_leases(db, made.now())
        restored.note(db, made.now())
    for group in store.groups():
        with store.write(group, agent=who) as unit:
            _look_first(unit.db, group, unit.now)
            connections.freeze(unit, None, why=f"restored from a copy of {manifest.taken_at}: {why}")
            audit.record(
                unit, "restore", "group", group, outcome="restored", reason=why, taken_at=manifest.taken_at,
                sha256=manifest.sha256, head=manifest.head,
            )  # fmt: skip


def _void_leases(db: Db, now: datetime) -> None:
    """Nobody who held a lease lives; fences stay, so that none of them ever comes back."""
    for table in (case, delivery, inbox_message, stream_cursor):
        db.execute(update(table).where(table.c.lease_owner.is_not(None)).values(_NO_LEASE))
    db.execute(update(lease).values(until=now))
    db.execute(delete(permit))
    db.execute(delete(budget))


def _look_first(db: Db, group: str, now: datetime) -> None:
    """What was on its way is unknown; what waited may be there; whatever is created is looked for first."""
    mine = delivery.c.group_id == group
    on_its_way = delivery.c.state == "sending"
    left = select(delivery.c.batch_id).where(mine, on_its_way, delivery.c.batch_id.is_not(None))
    db.execute(
        update(batch)
        .where(batch.c.group_id == group, batch.c.state == "open", batch.c.id.in_(left))
        .values(state="dissolved", ended_at=now)
    )
    db.execute(
        update(delivery)
        .where(mine, on_its_way)
        .values(state="unknown", unknown_since=now, due_at=now, reason="restored", batch_id=None)
    )
    db.execute(update(delivery).where(mine, delivery.c.state == "pending").values(look_first=True))
    db.execute(update(case).where(case.c.group_id == group).values(look_first=True))
    db.execute(
        update(replay)
        .where(replay.c.group_id == group, replay.c.finished_at.is_(None), replay.c.paused_at.is_(None))
        .values(paused_at=now)
    )
