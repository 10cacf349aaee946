"""Files of claiming: those made for a person to upload, and those a person brought back. All encrypted.

Bytes are kept as made and as received; a digest tells the same file again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update

from hub.claims import ClaimFile
from hub.errors import Misconfigured
from hub.store.session import Unit
from hub.store.tables import claim_batch, scheme_file

_b, _f = claim_batch.c, scheme_file.c
CATALOGUE, RESULTS, REMITTANCE = "catalogue", "results", "remittance"


@dataclass(frozen=True, slots=True)
class Batch:
    """A file made once. `uploaded_by` None: nobody said yet that it was uploaded."""

    id: str
    scheme: str
    name: str
    digest: str
    items: int
    cents: int
    made_by: str
    made_at: datetime
    uploaded_by: str | None
    uploaded_at: datetime | None
    uploaded_why: str | None


_COLUMNS = (
    _b.id, _b.scheme, _b.name, _b.digest, _b["items"], _b.cents, _b.made_by, _b.made_at, _b.uploaded_by,
    _b.uploaded_at, _b.uploaded_why,
)  # fmt: skip


def store_batch(unit: Unit, scheme: str, file: ClaimFile) -> Batch:
    """Keep a made file; its bytes never change."""
    new = unit.new_id()
    values: dict[str, Any] = {
        "id": new,
        "group_id": unit.group,
        "scheme": scheme,
        "name": file.name,
        "digest": file.digest,
        "items": len(file.references),
        "cents": file.cents,
        "data_enc": unit.vault.seal("claim_batch", "data_enc", new, file.data.decode("latin-1")),
        "made_by": unit.agent,
        "made_at": unit.now,
    }
    unit.db.execute(claim_batch.insert().values(**values))
    return batch(unit, new)


def batch(unit: Unit, given: str) -> Batch:
    """A batch by its id, its file's name (with or without ending) or its id's end. Raises Misconfigured."""
    found = [
        one
        for one in batches(unit)
        if given in (one.id, one.name, one.name.rpartition(".")[0]) or one.id.endswith(given)
    ]
    if len(found) != 1:
        what = "Several batches fit" if found else "There is no batch"
        raise Misconfigured(f"{what} {given!r}; see `hub claims list`.", code="missing")
    return found[0]


def batches(unit: Unit, scheme: str | None = None) -> list[Batch]:
    """Every file made, oldest first."""
    query = select(*_COLUMNS).where(_b.group_id == unit.group).order_by(_b.made_at, _b.name)
    if scheme is not None:
        query = query.where(_b.scheme == scheme)
    return [Batch(*row) for row in unit.db.execute(query)]


def data_of(unit: Unit, batch_id: str) -> bytes:
    """The bytes of a made file, checked against its digest. Raises Misconfigured."""
    query = select(_b.data_enc, _b.digest).where(_b.group_id == unit.group, _b.id == batch_id)
    row = unit.db.execute(query).one()
    data = unit.vault.open("claim_batch", "data_enc", batch_id, row.data_enc).encode("latin-1")
    if hashlib.sha256(data).hexdigest() != row.digest:
        raise Misconfigured("The stored file is not the one that was made.", code="claims:digest")
    return data


def uploaded(unit: Unit, batch_id: str, by: str, why: str) -> bool:
    """A person's word that a file was uploaded; False where somebody had said so."""
    done = unit.db.execute(
        update(claim_batch)
        .where(_b.group_id == unit.group, _b.id == batch_id, _b.uploaded_at.is_(None))
        .values(uploaded_by=by[:100], uploaded_at=unit.now, uploaded_why=why)
    )
    return bool(done.rowcount)


def received(
    unit: Unit,
    scheme: str,
    what: str,
    data: bytes,
    *,
    rows: int,
    cents: int = 0,
    days: tuple[date | None, date | None] = (None, None),
) -> str | None:
    """Keep a file as received; its id, or None where the same file was imported before."""
    digest = hashlib.sha256(data).hexdigest()
    if was_received(unit, scheme, what, digest):
        return None
    new = unit.new_id()
    unit.db.execute(
        scheme_file.insert().values(
            id=new,
            group_id=unit.group,
            scheme=scheme,
            what=what,
            digest=digest,
            data_enc=unit.vault.seal("scheme_file", "data_enc", new, data.decode("latin-1")),
            rows=rows,
            cents=cents,
            from_day=days[0],
            to_day=days[1],
            imported_by=unit.agent,
            imported_at=unit.now,
        )
    )
    return new


def was_received(unit: Unit, scheme: str, what: str, digest: str) -> bool:
    """Whether a file of this digest was imported."""
    query = select(_f.id).where(
        _f.group_id == unit.group, _f.scheme == scheme, _f.what == what, _f.digest == digest
    )
    return unit.db.execute(query).first() is not None


def catalogues(unit: Unit, scheme: str) -> list[tuple[str, bytes]]:
    """(digest, bytes) of every imported catalogue of a scheme, oldest first."""
    query = (
        select(_f.id, _f.digest, _f.data_enc)
        .where(_f.group_id == unit.group, _f.scheme == scheme, _f.what == CATALOGUE)
        .order_by(_f.imported_at, _f.id)
    )
    return [
        (row.digest, unit.vault.open("scheme_file", "data_enc", row.id, row.data_enc).encode("latin-1"))
        for row in unit.db.execute(query)
    ]
