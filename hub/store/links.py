"""What stands at a target under our documents: one row per document, believed until looked at again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Insert, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.documents import DocKind
from hub.store.bulk import chunks
from hub.store.session import Unit
from hub.store.tables import link
from hub.targets import TWIN, Life, Observed, Op, Seen

_SEEN: TypeAdapter[Seen] = TypeAdapter(Seen)
CHUNK = 400


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link as stored. `delivery` is the last delivery that changed the object; its content is what stands.

    `basis_hash` is the keyed hash of the canonical values the content was made of; empty when the
    document was removed because its source is gone (a later return is a new beginning).
    """

    document: str
    case: str
    kind: DocKind
    external_id: str
    live: bool
    version: int
    delivery: str
    content_hash: str
    basis_hash: str
    objects: int
    seen: Seen


_COLUMNS = (
    link.c.document_id,
    link.c.case_id,
    link.c.kind,
    link.c.external_id,
    link.c.live,
    link.c.version,
    link.c.delivery_id,
    link.c.content_hash,
    link.c.basis_hash,
    link.c.objects,
    link.c.seen,
)


def dump_seen(seen: Seen) -> str:
    """A Seen as JSON: ids, dates and amounts."""
    return _SEEN.dump_json(seen).decode()


def load_seen(text: str) -> Seen:
    """The Seen back from `dump_seen`."""
    return _SEEN.validate_json(text)


def _row(row: Any) -> LinkRow:
    return LinkRow(row[0], row[1], DocKind(row[2]), row[3], row[4], row[5], row[6], row[7], row[8], row[9],
                   load_seen(row[10]))  # fmt: skip


_MINE = select(*_COLUMNS).where(link.c.group_id == bindparam("g"))
_OF_CASES = _MINE.where(link.c.case_id.in_(bindparam("ids", expanding=True))).order_by(link.c.document_id)
_OF_DOCUMENTS = _MINE.where(link.c.document_id.in_(bindparam("ids", expanding=True)))


def of_cases(unit: Unit, case_ids: Sequence[str]) -> list[LinkRow]:
    """All links of these cases."""
    found: list[LinkRow] = []
    for start in range(0, len(case_ids), CHUNK):
        part = list(case_ids[start : start + CHUNK])
        found += [_row(row) for row in unit.db.execute(_OF_CASES, {"g": unit.group, "ids": part})]
    return found


def of_documents(unit: Unit, documents: Iterable[str]) -> dict[str, LinkRow]:
    """The links of these documents, by document id."""
    wanted = sorted(set(documents))
    found: dict[str, LinkRow] = {}
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        rows = unit.db.execute(_OF_DOCUMENTS, {"g": unit.group, "ids": part})
        found.update((row[0], _row(row)) for row in rows)
    return found


_HOLDERS = select(link.c.document_id, link.c.kind, link.c.external_id).where(
    link.c.group_id == bindparam("g"),
    link.c.target_id == bindparam("t"),
    link.c.external_id.in_(bindparam("ids", expanding=True)),
    link.c.live,
)


def unshared(unit: Unit, target: str, observed: Observed, kinds: Collection[DocKind]) -> Observed:
    """Of these kinds, one object stands for one document: whoever else it was taken for is told so.

    Where a target returns no mark, two equal documents look alike, and one of them would be linked to the
    other's object and never sent.
    """
    seen = {d: s for d, s in observed.items() if s.kind in kinds and s.life is Life.LIVE and s.external_id}
    holders: dict[tuple[str, str], str] = {}
    for part in chunks(sorted({one.external_id or "" for one in seen.values()})):
        for document, kind, external_id in unit.db.execute(
            _HOLDERS, {"g": unit.group, "t": target, "ids": list(part)}
        ):
            holders[kind, external_id] = document
    found = dict(observed)
    for document, one in sorted(seen.items()):
        if holders.setdefault((one.kind.value, one.external_id or ""), document) != document:
            found[document] = Seen(document, one.kind, Life.AMBIGUOUS, why=TWIN)
    return found


def believed(row: LinkRow) -> Seen:
    """The link as an observation: what is taken as true until the target is looked at."""
    life = row.seen.life if row.seen.life is not Life.LIVE or row.live else Life.ENDED
    return replace(row.seen, document=row.document, kind=row.kind, external_id=row.external_id, life=life)


def _upsert(dialect: str) -> Insert:
    insert = postgresql.insert(link) if dialect == "postgresql" else sqlite.insert(link)
    new = insert.excluded
    names = ("case_id", "external_id", "number", "url", "live", "version", "delivery_id", "content_hash",
             "basis_hash", "seen", "stamp", "updated_at")  # fmt: skip
    values: dict[str, Any] = {name: new[name] for name in names}
    values["objects"] = link.c.objects + bindparam("more")
    return insert.on_conflict_do_update(index_elements=["group_id", "document_id"], set_=values)


_UPSERTS = {name: _upsert(name) for name in ("postgresql", "sqlite")}


def write(
    unit: Unit,
    *,
    case: str,
    target: str,
    seen: Seen,
    op: Op,
    version: int,
    delivery: str,
    content_hash: str,
    basis_hash: str,
    at: datetime | None = None,
) -> None:
    """Record what a settled delivery left at the target. A removal keeps the row with `live` false."""
    unit.db.execute(
        _UPSERTS[unit.db.dialect.name],
        {
            "group_id": unit.group,
            "document_id": seen.document,
            "case_id": case,
            "target_id": target,
            "kind": seen.kind.value,
            "external_id": seen.external_id or "",
            "number": None if seen.number is None else seen.number[:255],
            "url": seen.url,
            "live": seen.life is Life.LIVE,
            "version": version,
            "delivery_id": delivery,
            "content_hash": content_hash,
            "basis_hash": basis_hash,
            "seen": dump_seen(seen),
            "stamp": seen.stamp,
            "objects": 1,
            "updated_at": at or unit.now,
            "more": 1 if op is Op.CREATE else 0,
        },
    )


_SET_SEEN = (
    update(link)
    .where(link.c.group_id == bindparam("g"), link.c.document_id == bindparam("d"))
    .values(
        seen=bindparam("new_seen"),
        live=bindparam("new_live"),
        external_id=bindparam("new_external"),
        stamp=bindparam("new_stamp"),
    )
)


def note_seen(unit: Unit, rows: Mapping[str, LinkRow], observed: Iterable[Seen]) -> list[str]:
    """Store what was looked up where it differs from what we believed; answers the changed documents.

    `updated_at` stays the time of our last write: what is told soon after that is an echo, after a look it is
    news.
    An object not found keeps its external id: it is what a person is told to look for.
    """
    changed: list[str] = []
    values: list[dict[str, Any]] = []
    for seen in observed:
        row = rows.get(seen.document)
        if row is None:
            continue
        kept = seen if seen.external_id else replace(seen, external_id=row.external_id)
        if kept == row.seen and row.live == (kept.life is Life.LIVE):
            continue
        live = kept.life is Life.LIVE or (row.live and kept.life in _UNDECIDED)
        if live != row.live or _essence(kept) != _essence(row.seen):
            changed.append(seen.document)
        values.append(
            {"g": unit.group, "d": seen.document, "new_seen": dump_seen(kept), "new_live": live,
             "new_external": kept.external_id, "new_stamp": kept.stamp}
        )  # fmt: skip
    if values:
        unit.db.execute(_SET_SEEN, values)
    return changed


_UNDECIDED = (Life.DEAD_PARENT, Life.AMBIGUOUS, Life.FOREIGN)


def _essence(seen: Seen) -> tuple[Any, ...]:
    return (seen.life, seen.matches, seen.content_hash, seen.total, seen.due, seen.remaining, seen.reconciled)


def set_basis(unit: Unit, bases: Mapping[str, str]) -> None:
    """The source changed but the content did not: what stands is now made of these canonical values."""
    for document, basis in sorted(bases.items()):
        unit.db.execute(
            update(link)
            .where(link.c.group_id == unit.group, link.c.document_id == document)
            .values(basis_hash=basis)
        )
