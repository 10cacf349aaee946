"""Deliveries: one row per change of one document, its content sealed and never altered.

States: pending (waiting for its due time), sending (taken under a lease, the attempt committed), unknown
(sent, outcome not seen), delivered, held (a person must act), cancelled (superseded or withdrawn).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, select, update
from sqlalchemy import case as either

from hub import ids
from hub.documents import DocKind, Document, dump, load
from hub.store.bulk import chunks
from hub.store.session import Unit
from hub.store.tables import delivery
from hub.store.vault import Vault
from hub.targets import Op

OPEN = ("pending", "sending", "unknown")
BY_PERSON = "by-person"
REPLANNED = "replanned"
SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery without its content (see `content`)."""

    id: str
    case: str
    document: str
    kind: DocKind
    version: int
    op: Op
    state: str
    content_hash: str
    basis_hash: str
    mark: str
    cents: int
    reason: str | None
    attempts: int
    look_first: bool
    unknown_since: datetime | None
    due_at: datetime
    business_date: date | None
    sealed: bytes

    @property
    def under_way(self) -> bool:
        """Sent, or waiting to be sent again after an answer was lost: it may yet take effect."""
        return self.state in ("sending", "unknown") or (
            self.state == "pending" and self.unknown_since is not None
        )


@dataclass(frozen=True, slots=True)
class New:
    """A delivery to enqueue; `version` is the document's next one."""

    case: str
    target: str
    document: str
    version: int
    op: Op
    tier: int
    content: Document
    content_hash: str
    basis_hash: str
    entity: str | None
    config: str
    look_first: bool


COLUMNS = (
    delivery.c.id,
    delivery.c.case_id,
    delivery.c.document_id,
    delivery.c.kind,
    delivery.c.version,
    delivery.c.op,
    delivery.c.state,
    delivery.c.content_hash,
    delivery.c.basis_hash,
    delivery.c.mark,
    delivery.c.cents,
    delivery.c.reason,
    delivery.c.attempts,
    delivery.c.look_first,
    delivery.c.unknown_since,
    delivery.c.due_at,
    delivery.c.business_date,
    delivery.c.content_enc,
)


def from_row(row: Any) -> DeliveryRow:
    """One row of COLUMNS."""
    return DeliveryRow(
        row[0],
        row[1],
        row[2],
        DocKind(row[3]),
        row[4],
        Op(row[5]),
        *row[6:],
    )


def content(vault: Vault, row: DeliveryRow) -> Document:
    """What the delivery sends (or, for a removal, what goes)."""
    return load(row.kind, vault.open("delivery", "content_enc", row.id, row.sealed))


def cents_of(document: Document) -> int:
    """The cents a document stands for; a contact stands for none."""
    return int(getattr(document, "total", None) or getattr(document, "amount", 0) or 0)


def date_of(document: Document) -> date | None:
    """The business date of a document."""
    found = getattr(document, "issued", None) or getattr(document, "on", None)
    return found if isinstance(found, date) else None


_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_IN_GROUP = delivery.c.group_id == bindparam("g")
_OF_CASES = (
    select(*COLUMNS)
    .where(_IN_GROUP, delivery.c.case_id.in_(_IDS))
    .order_by(delivery.c.document_id, delivery.c.version)
)
_BY_IDS = select(*COLUMNS).where(_IN_GROUP, delivery.c.id.in_(_IDS))
_CASES_OF = (
    select(delivery.c.document_id, func.max(delivery.c.case_id))
    .where(_IN_GROUP, delivery.c.document_id.in_(_IDS))
    .group_by(delivery.c.document_id)
)
_LATEST = (
    select(delivery.c.document_id, func.max(delivery.c.version))
    .where(_IN_GROUP, delivery.c.document_id.in_(_IDS))
    .group_by(delivery.c.document_id)
)
_INSERT = delivery.insert()


def of_cases(unit: Unit, case_ids: Sequence[str]) -> list[DeliveryRow]:
    """All deliveries of these cases by document and version."""
    found: list[DeliveryRow] = []
    for part in chunks(case_ids):
        found += [from_row(row) for row in unit.db.execute(_OF_CASES, {"g": unit.group, "ids": list(part)})]
    return found


def by_ids(unit: Unit, delivery_ids: Iterable[str]) -> dict[str, DeliveryRow]:
    """Deliveries by id."""
    found: dict[str, DeliveryRow] = {}
    for part in chunks(sorted(set(delivery_ids))):
        rows = unit.db.execute(_BY_IDS, {"g": unit.group, "ids": list(part)})
        found.update((row[0], from_row(row)) for row in rows)
    return found


def newest(unit: Unit, documents: Iterable[str]) -> dict[str, int]:
    """The newest version of each of these documents that was ever enqueued."""
    found: dict[str, int] = {}
    for part in chunks(sorted(set(documents))):
        rows = unit.db.execute(_LATEST, {"g": unit.group, "ids": list(part)})
        found.update((row[0], row[1]) for row in rows)
    return found


def cases_of(unit: Unit, documents: Iterable[str]) -> dict[str, str]:
    """The case each of these documents belongs to, where it was ever enqueued."""
    found: dict[str, str] = {}
    for part in chunks(sorted(set(documents))):
        rows = unit.db.execute(_CASES_OF, {"g": unit.group, "ids": list(part)})
        found.update((row[0], row[1]) for row in rows)
    return found


def enqueue(
    unit: Unit, new: Sequence[New], *, state: str = "pending", reason: str | None = None
) -> list[str]:
    """Insert deliveries; the posting date is the business date. Answers their ids in order."""
    rows: list[dict[str, Any]] = []
    for one in new:
        row_id = unit.new_id()
        day = date_of(one.content)
        rows.append(
            {
                "id": row_id,
                "group_id": unit.group,
                "target_id": one.target,
                "case_id": one.case,
                "document_id": one.document,
                "kind": one.content.kind.value,
                "version": one.version,
                "op": one.op.value,
                "tier": one.tier,
                "content_enc": unit.vault.seal("delivery", "content_enc", row_id, dump(one.content)),
                "content_hash": one.content_hash,
                "basis_hash": one.basis_hash,
                "mark": ids.mark(unit.vault.key, one.document, one.version, one.content_hash),
                "entity_id": one.entity,
                "config_version": one.config,
                "business_date": day,
                "posting_date": day,
                "cents": cents_of(one.content),
                "state": state,
                "reason": reason,
                "due_at": unit.now,
                "attempts": 0,
                "look_first": one.look_first,
                "created_at": unit.now,
                "settled_at": unit.now if state not in OPEN else None,
            }
        )
    if rows:
        unit.db.execute(_INSERT, rows)
    return [row["id"] for row in rows]


_MOVE = (
    update(delivery)
    .where(
        delivery.c.group_id == bindparam("g"),
        delivery.c.id == bindparam("i"),
        delivery.c.state == bindparam("from_state"),
    )
    .values(
        state=bindparam("to_state"),
        reason=bindparam("new_reason"),
        due_at=bindparam("due"),
        look_first=bindparam("look"),
        settled_at=bindparam("settled"),
        lease_owner=None,
        lease_until=None,
        batch_id=None,
    )
)


def cancel(unit: Unit, delivery_id: str, reason: str, *, was: str = "pending") -> bool:
    """Withdraw a delivery that is surely not on its way; False when it is no longer in state `was`."""
    done = unit.db.execute(
        _MOVE,
        {"g": unit.group, "i": delivery_id, "from_state": was, "to_state": "cancelled", "new_reason": reason,
         "due": unit.now, "look": False, "settled": unit.now},
    )  # fmt: skip
    return done.rowcount == 1


def revive(unit: Unit, delivery_id: str) -> bool:
    """A further attempt of the same version of a refused delivery; it is looked up before it is sent."""
    done = unit.db.execute(
        _MOVE,
        {"g": unit.group, "i": delivery_id, "from_state": "held", "to_state": "pending", "new_reason": None,
         "due": unit.now, "look": True, "settled": None},
    )  # fmt: skip
    return done.rowcount == 1


_LEASED = delivery.c.lease_until.is_not(None) & (delivery.c.lease_until > delivery.c.due_at)
_AT_TARGET = (delivery.c.group_id == bindparam("g"), delivery.c.target_id == bindparam("t"))
_NEXT = (
    select(func.min(either((_LEASED, delivery.c.lease_until), else_=delivery.c.due_at))).where(
        *_AT_TARGET, delivery.c.state.in_(("pending", "unknown"))
    ),
    select(func.min(delivery.c.lease_until)).where(*_AT_TARGET, delivery.c.state == "sending"),
)


def next_due(unit: Unit, target: str) -> datetime | None:
    """When the next open delivery is due: pending and unknown by their due time, sending by its lease."""
    found = [unit.db.execute(query, {"g": unit.group, "t": target}).scalar_one() for query in _NEXT]
    return min((instant for instant in found if instant is not None), default=None)
