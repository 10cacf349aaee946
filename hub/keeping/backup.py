"""Taking a copy while everything runs: one committed state, from either database into one portable file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from hub.errors import HubError, Who
from hub.keeping.copying import copy_rows, count_rows, fold_log, online_copy
from hub.keeping.manifest import DATABASE, Manifest, digest, pack
from hub.kernel import Kernel
from hub.seals import Head
from hub.store.migrations import run as migrations
from hub.store.session import migrate, open_engine, transaction
from hub.store.tables import audit_event, audit_seal, clinic_group


def backup(kernel: Kernel, into: Path) -> Manifest:
    """Write a backup to a new file. Raises Misconfigured where it exists, HubError where there is no room."""
    taken_at = kernel.world.now().isoformat()
    engine = kernel.world.engine
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=into.parent) as folder:
            copy = Path(folder) / DATABASE
            if engine.dialect.name == "sqlite":
                online_copy(engine, copy)
            else:
                _through_the_schema(kernel, copy)
            manifest = _described(copy, taken_at, engine.dialect.name)
            pack(copy, manifest, into)
    except OSError as error:
        raise HubError(
            f"The backup could not be written ({error.strerror or type(error).__name__}); nothing was kept.",
            code="backup:write",
            who=Who.OPS,
        ) from None
    return manifest


def opened(file: Path) -> Engine:
    """An engine over a copy that stays one file."""
    return open_engine(f"sqlite:///{file}")


def _through_the_schema(kernel: Kernel, copy: Path) -> None:
    engine = opened(copy)
    try:
        migrate(engine)
        with kernel.store.look() as source, transaction(engine) as target:
            copy_rows(source.connection, target.connection)
    finally:
        engine.dispose()


def _described(copy: Path, taken_at: str, taken_from: str) -> Manifest:
    engine = opened(copy)
    try:
        with engine.connect() as db:
            last = db.execute(select(audit_seal).order_by(audit_seal.c.seq.desc()).limit(1)).first()
            groups = db.execute(
                select(clinic_group.c.id, clinic_group.c.master_key_id).order_by(clinic_group.c.id)
            ).all()
            facts: dict[str, Any] = {
                "schema": migrations.current(db) or "",
                "environment": migrations.environment(db) or "",
                "groups": tuple(row[0] for row in groups),
                "master_keys": tuple(sorted({row[1] for row in groups})),
                "head": str(Head(last.seq, last.hash)) if last is not None else None,
                "audit_rows": db.execute(select(func.count()).select_from(audit_event)).scalar_one(),
                "rows": count_rows(db),
            }
    finally:
        engine.dispose()
    fold_log(copy)
    return Manifest(
        **facts, taken_at=taken_at, taken_from=taken_from, bytes=copy.stat().st_size, sha256=digest(copy)
    )
