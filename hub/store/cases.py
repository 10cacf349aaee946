"""Cases, the units of planning: marked by whoever changes what they are made of, taken under a lease to plan.

`marked` counts changes and `planned` the count a plan has seen: a change while a plan is being made
leaves marked > planned, so nothing is ever planned away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Insert, and_, bindparam, delete, func, literal, or_, select, update
from sqlalchemy import case as either
from sqlalchemy.dialects import postgresql, sqlite

from hub import ids
from hub.rendering import CaseKey, CaseKind
from hub.store.bulk import chunks
from hub.store.session import Unit
from hub.store.tables import case, case_need, delivery


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as taken: `marked` is the count this plan will have seen."""

    id: str
    key: CaseKey
    location: str | None
    marked: int
    planned: int
    look_first: bool
    stuck: bool


_COLUMNS = (
    case.c.id,
    case.c.target_id,
    case.c.kind,
    case.c.subject,
    case.c.number,
    case.c.location,
    case.c.marked,
    case.c.planned,
    case.c.look_first,
    case.c.stuck,
)


def _upsert(dialect: str) -> Insert:
    insert = postgresql.insert(case) if dialect == "postgresql" else sqlite.insert(case)
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=["group_id", "target_id", "kind", "subject"],
        set_={
            "marked": case.c.marked + 1,
            "marked_at": new.marked_at,
            "due_at": new.due_at,
            "number": new.number,
            "location": func.coalesce(new.location, case.c.location),
        },
    )


_UPSERTS: dict[str, Insert] = {name: _upsert(name) for name in ("postgresql", "sqlite")}


def id_of(unit: Unit, key: CaseKey) -> str:
    """The deterministic id of a case."""
    return ids.case_id(unit.group, key.target, key.kind.value, key.subject)


def mark(unit: Unit, key: CaseKey, *, location: str | None = None) -> str:
    """Note that something a case is made of changed; creates the case. Due at once. Returns its id."""
    mark_each(unit, {key: location})
    return id_of(unit, key)


def mark_each(unit: Unit, keys: Mapping[CaseKey, str | None]) -> None:
    """Mark these as `mark` does, each with its location where it is known."""
    rows = [
        {
            "id": id_of(unit, key),
            "group_id": unit.group,
            "target_id": key.target,
            "kind": key.kind.value,
            "subject": key.subject,
            "number": key.number[:100],
            "location": location,
            "marked": 1,
            "planned": 0,
            "due_at": unit.now,
            "marked_at": unit.now,
            "look_first": False,
            "stuck": False,
        }
        for key, location in keys.items()
    ]
    if rows:
        unit.db.execute(_UPSERTS[unit.db.dialect.name], rows)


def mark_ids(unit: Unit, case_ids: Iterable[str], *, look_first: bool = False) -> int:
    """Mark existing cases; `look_first` makes the next plan observe the target before believing our links."""
    marking = _MARK_AND_LOOK if look_first else _MARK
    return sum(
        unit.db.execute(marking, {"g": unit.group, "ids": list(part), "now": unit.now}).rowcount
        for part in chunks(sorted(set(case_ids)))
    )


_MARK = (
    update(case)
    .where(case.c.group_id == bindparam("g"), case.c.id.in_(bindparam("ids", expanding=True)))
    .values(marked=case.c.marked + 1, marked_at=bindparam("now"), due_at=bindparam("now"))
)
_MARK_AND_LOOK = _MARK.values(look_first=True)


def moved_on(unit: Unit, planned: Mapping[str, int]) -> set[str]:
    """Which of these cases no longer stand at the marks they were planned with. Inside a writing unit."""
    found = set(planned)
    for part in chunks(sorted(planned)):
        for case_id, marked, seen in unit.db.execute(_COUNTS, {"g": unit.group, "ids": list(part)}):
            if marked == seen == planned[case_id]:
                found.discard(case_id)
    return found


_COUNTS = select(case.c.id, case.c.marked, case.c.planned).where(
    case.c.group_id == bindparam("g"), case.c.id.in_(bindparam("ids", expanding=True))
)


def bring_forward(unit: Unit, target: str) -> None:
    """What was put off because the target could not be used is due now: a person just reconnected it."""
    now = {"due_at": unit.now}
    mine = (case.c.group_id == unit.group, case.c.target_id == target)
    late = (case.c.marked > case.c.planned, case.c.due_at > unit.now)
    unit.db.execute(update(case).where(*mine, *late).values(now))
    waiting = (delivery.c.state == "pending", delivery.c.due_at > unit.now)
    own = (delivery.c.group_id == unit.group, delivery.c.target_id == target)
    unit.db.execute(update(delivery).where(*own, *waiting).values(now))


def mark_waiting_on(unit: Unit, document_ids: str | Iterable[str]) -> int:
    """Mark every case that waits for one of these documents of other cases."""
    wanted = {document_ids} if isinstance(document_ids, str) else set(document_ids)
    found: set[str] = set()
    for part in chunks(sorted(wanted)):
        found.update(unit.db.execute(_WAITING_ON, {"g": unit.group, "ids": list(part)}).scalars())
    return mark_ids(unit, found)


_WAITING_ON = select(case_need.c.case_id).where(
    case_need.c.group_id == bindparam("g"), case_need.c.document_id.in_(bindparam("ids", expanding=True))
)


def _row(row: object) -> CaseRow:
    r = row._mapping  # type: ignore[attr-defined]
    key = CaseKey(r["target_id"], CaseKind(r["kind"]), r["subject"], r["number"])
    return CaseRow(r["id"], key, r["location"], r["marked"], r["planned"], r["look_first"], r["stuck"])


def get(unit: Unit, case_id: str) -> CaseRow | None:
    """One case by id."""
    row = unit.db.execute(
        select(*_COLUMNS).where(case.c.group_id == unit.group, case.c.id == case_id)
    ).first()
    return None if row is None else _row(row)


_MANY = (
    select(*_COLUMNS)
    .where(case.c.group_id == bindparam("g"), case.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(case.c.id)
)


def get_many(unit: Unit, case_ids: Sequence[str]) -> list[CaseRow]:
    """Cases by id, ordered by id."""
    found: list[CaseRow] = []
    ordered = sorted(set(case_ids))
    for start in range(0, len(ordered), 500):
        keys = {"g": unit.group, "ids": ordered[start : start + 500]}
        found += [_row(row) for row in unit.db.execute(_MANY, keys)]
    return found


_MARKED = and_(
    case.c.group_id == bindparam("g"), case.c.target_id == bindparam("t"), case.c.marked > case.c.planned
)
_DUE = and_(_MARKED, case.c.due_at <= bindparam("now"))
_IN_ORDER = (case.c.kind != CaseKind.CONTACT.value, case.c.due_at, case.c.id)
_LIST_DUE = select(*_COLUMNS).where(_DUE).order_by(*_IN_ORDER).limit(bindparam("most"))
ANY_DUE = select(literal(1)).where(_DUE).limit(1)
_FREE = or_(case.c.lease_until.is_(None), case.c.lease_until <= bindparam("now"))
_FREE_DUE = select(case.c.id).where(_DUE, _FREE).order_by(*_IN_ORDER).limit(bindparam("most"))
_FREE_DUE_LOCKED = _FREE_DUE.with_for_update(skip_locked=True)
_LEASE = (
    update(case)
    .where(
        case.c.group_id == bindparam("g"),
        case.c.id.in_(bindparam("ids", expanding=True)),
        or_(_FREE, case.c.lease_owner == bindparam("o")),
    )
    .values(lease_owner=bindparam("o"), lease_until=bindparam("until"))
    .returning(*_COLUMNS)
)
_LEASED = case.c.lease_until.is_not(None) & (case.c.lease_until > case.c.due_at)
_NEXT_DUE = select(func.min(either((_LEASED, case.c.lease_until), else_=case.c.due_at))).where(_MARKED)


def due(unit: Unit, target: str, limit: int = 10_000) -> list[CaseRow]:
    """Marked cases that are due, leased or not (for previews), the kinds others need first."""
    keys = {"g": unit.group, "t": target, "now": unit.now, "most": limit}
    return [_row(row) for row in unit.db.execute(_LIST_DUE, keys)]


def any_due(unit: Unit, target: str) -> bool:
    """Whether a marked case is due, leased or not."""
    keys = {"g": unit.group, "t": target, "now": unit.now}
    return unit.db.execute(ANY_DUE, keys).first() is not None


def take_due(unit: Unit, target: str, owner: str, ttl: timedelta, limit: int) -> list[CaseRow]:
    """Lease up to `limit` due cases nobody else plans, contacts first. Call inside a writing unit."""
    chosen = _FREE_DUE_LOCKED if unit.db.dialect.name == "postgresql" else _FREE_DUE
    keys = {"g": unit.group, "t": target, "now": unit.now, "most": limit}
    ids_ = [row[0] for row in unit.db.execute(chosen, keys)]
    return take(unit, ids_, owner, ttl)


def take(unit: Unit, case_ids: Sequence[str], owner: str, ttl: timedelta) -> list[CaseRow]:
    """Lease these cases where they are free (or already ours); answers those that are leased now."""
    if not case_ids:
        return []
    keys = {"g": unit.group, "ids": list(case_ids), "now": unit.now, "o": owner, "until": unit.now + ttl}
    rows = {row[0]: _row(row) for row in unit.db.execute(_LEASE, keys)}
    return [rows[one] for one in case_ids if one in rows]


def held(unit: Unit, case_ids: Sequence[str], owner: str) -> set[str]:
    """Which of these cases are still leased by `owner` (the fence of a plan's commit)."""
    query = select(case.c.id).where(
        case.c.group_id == unit.group,
        case.c.id.in_(list(case_ids)),
        case.c.lease_owner == owner,
        case.c.lease_until > unit.now,
    )
    if unit.db.dialect.name == "postgresql":
        query = query.with_for_update()
    return {row[0] for row in unit.db.execute(query)}


_AGAIN = bindparam("at", type_=case.c.due_at.type)
_LATER = and_(_AGAIN.is_not(None), case.c.marked == bindparam("p"))
_PLANNED = (
    update(case)
    .where(
        and_(
            case.c.group_id == bindparam("g"),
            case.c.id == bindparam("i"),
            case.c.lease_owner == bindparam("o"),
        )
    )
    .values(
        planned=bindparam("p"),
        marked=either((_LATER, case.c.marked + 1), else_=case.c.marked),
        due_at=either((_LATER, _AGAIN), else_=case.c.due_at),
        look_first=False,
        stuck=bindparam("s"),
        note=bindparam("n"),
        lease_owner=None,
        lease_until=None,
    )
)


@dataclass(frozen=True, slots=True)
class Seen:
    """That a plan saw a case as of `row.marked`, and what it says of it.

    `again`: when the case wants to be planned once more although nothing of it changed.
    """

    row: CaseRow
    stuck: bool
    note: str | None
    again: datetime | None = None


def planned(unit: Unit, owner: str, seen: Sequence[Seen]) -> None:
    """Note what plans saw, and give the leases back."""
    if seen:
        unit.db.execute(
            _PLANNED,
            [
                {
                    "g": unit.group,
                    "i": one.row.id,
                    "o": owner,
                    "p": one.row.marked,
                    "s": one.stuck,
                    "n": one.note,
                    "at": one.again,
                }
                for one in seen
            ],
        )


_GIVE_BACK = update(case).where(
    case.c.group_id == bindparam("b_g"),
    case.c.id.in_(bindparam("b_ids", expanding=True)),
    case.c.lease_owner == bindparam("b_owner"),
)


def leave(unit: Unit, row: CaseRow, owner: str) -> None:
    """Note the case as seen without a new plan: the outcome of what is on its way marks it again."""
    values = {"planned": row.marked, "lease_owner": None, "lease_until": None}
    keys = {"b_g": unit.group, "b_ids": [row.id], "b_owner": owner}
    unit.db.execute(_GIVE_BACK, {**keys, **values})


def put_back(unit: Unit, case_ids: Sequence[str], owner: str, *, due_at: datetime | None = None) -> None:
    """Give leases back unplanned (a look failed, a slice ended)."""
    values: dict[str, object] = {"lease_owner": None, "lease_until": None}
    if due_at is not None:
        values["due_at"] = due_at
    unit.db.execute(_GIVE_BACK, {"b_g": unit.group, "b_ids": list(case_ids), "b_owner": owner, **values})


def next_due(unit: Unit, target: str) -> datetime | None:
    """When the next marked case is due; one that is leased, when its lease ends."""
    keys = {"g": unit.group, "t": target}
    found: datetime | None = unit.db.execute(_NEXT_DUE, keys).scalar_one()
    return found


def set_needs(unit: Unit, wanted: Mapping[str, Iterable[str]]) -> None:
    """Replace, for each case, the documents of other cases that it waits for or stands on."""
    ordered = sorted(wanted)
    have: dict[str, set[str]] = {one: set() for one in ordered}
    for part in chunks(ordered):
        for case_id, document in unit.db.execute(_NEEDS, {"g": unit.group, "ids": list(part)}):
            have[case_id].add(document)
    new: list[dict[str, str]] = []
    gone: list[dict[str, str]] = []
    for one in ordered:
        needs = set(wanted[one])
        new += [{"group_id": unit.group, "case_id": one, "document_id": d} for d in sorted(needs - have[one])]
        gone += [{"g": unit.group, "c": one, "d": document} for document in sorted(have[one] - needs)]
    if gone:
        unit.db.execute(_DROP_NEED, gone)
    if new:
        unit.db.execute(_ADD_NEED, new)


_NEEDS = select(case_need.c.case_id, case_need.c.document_id).where(
    case_need.c.group_id == bindparam("g"), case_need.c.case_id.in_(bindparam("ids", expanding=True))
)
_ADD_NEED = case_need.insert()
_DROP_NEED = delete(case_need).where(
    case_need.c.group_id == bindparam("g"),
    case_need.c.case_id == bindparam("c"),
    case_need.c.document_id == bindparam("d"),
)
