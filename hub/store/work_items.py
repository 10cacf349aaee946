"""Work for people as rows: opened by what the hub knows, closed by a person or by evidence.

Kinds are open words (`record-payment`, `upload-file`); (kind, subject) names the thing, so opening it twice
is once. What a person closed stays closed; what evidence closed is opened again where the evidence is gone.
No text of a row holds personal details.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, update

from hub import audit
from hub.errors import Misconfigured, Who
from hub.ids import digest
from hub.rendering import Work
from hub.store import cases
from hub.store.bulk import chunks
from hub.store.session import Unit
from hub.store.tables import work_item

_w = work_item.c
PERSON = "person"


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do. `number` is what people call its subject; `case`: planned again once it is done."""

    kind: str
    subject: str
    number: str
    sentence: str
    who: Who
    cents: int = 0
    note: str | None = None
    case: str | None = None


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A row: the thing to do, and who or what closed it when and why."""

    id: str
    todo: Todo
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    closed_why: str | None

    @property
    def open(self) -> bool:
        return self.closed_at is None

    @property
    def by_person(self) -> bool:
        """Whether a person said that it is done."""
        return (self.closed_by or "").startswith(f"{PERSON}:")


_ONE = select(work_item).where(_w.group_id == bindparam("g"), _w.id == bindparam("i"))
_OF_CASES = (
    select(work_item)
    .where(_w.group_id == bindparam("g"), _w.case_id.in_(bindparam("ids", expanding=True)))
    .order_by(_w.id)
)
_CLOSE = (
    update(work_item)
    .where(_w.group_id == bindparam("g"), _w.id == bindparam("i"), _w.closed_at.is_(None))
    .values(closed_at=bindparam("now"), closed_by=bindparam("by"), closed_why=bindparam("why"), note=None)
)


def id_of(unit: Unit, kind: str, subject: str) -> str:
    """The deterministic id of a thing to do."""
    return digest("work", unit.group, kind, subject)


def want(unit: Unit, todo: Todo) -> bool:
    """Have this open, with this text; True when that opened it, or opened it again.

    One that was closed opens again unless a person closed this very thing (same amount, same sentence).
    """
    found = get(unit, todo.kind, todo.subject)
    values = _values(todo)
    if found is None:
        new = {"id": id_of(unit, todo.kind, todo.subject), "group_id": unit.group, "opened_at": unit.now}
        unit.db.execute(work_item.insert().values(**new, **values, kind=todo.kind, subject=todo.subject))
        _record(unit, "work.open", str(new["id"]), todo, "opened")
        return True
    same = (found.todo.sentence, found.todo.cents) == (todo.sentence, todo.cents)
    if not found.open and found.by_person and same:
        return False
    if found.open and found.todo == todo:
        return False
    reopened = {} if found.open else {"closed_at": None, "closed_by": None, "closed_why": None}
    unit.db.execute(
        update(work_item).where(_w.group_id == unit.group, _w.id == found.id).values(**values, **reopened)
    )
    if not found.open:
        _record(unit, "work.open", found.id, todo, "opened-again")
    return not found.open


def sync(unit: Unit, wanted: Mapping[str, tuple[str, Sequence[Work]]]) -> None:
    """Make the open items of cases those that their mapping wants: new ones open, the others close.

    `wanted`: case id -> its number and what there is to do. Closing by evidence marks no case: the case just
    said so itself.
    """
    have: dict[str, list[WorkItem]] = {}
    for some in chunks(sorted(wanted)):
        for row in unit.db.execute(_OF_CASES, {"g": unit.group, "ids": list(some)}):
            have.setdefault(row.case_id, []).append(_item(row))
    for case_id, (number, works) in wanted.items():
        _sync_one(unit, case_id, number, works, have.get(case_id, ()))


def _sync_one(
    unit: Unit, case_id: str, number: str, wanted: Sequence[Work], known: Sequence[WorkItem]
) -> None:
    have = {(row.todo.kind, row.todo.subject): row for row in known}
    for work in wanted:
        row = have.pop((work.kind, work.subject), None)
        if work.settled is None:
            todo = Todo(
                work.kind, work.subject, number, work.sentence, work.who, work.cents, work.note, case_id
            )
            want(unit, todo)
        elif row is not None and row.open:
            _end(unit, row, work.settled, "read back", "found")
    for row in have.values():
        if row.open:
            _end(unit, row, "hub", "there is nothing to do any more", "gone")


def close(unit: Unit, item_id: str, *, by: str, why: str) -> bool:
    """Close one, by a person (`person:anna`) or by evidence (`payment:cliniko:17`); False: not open.

    Its case, if it has one, is marked to be planned again.
    """
    found = by_id(unit, item_id)
    if found is None or not _end(unit, found, by, why, "done" if by.startswith(f"{PERSON}:") else "found"):
        return False
    if found.todo.case is not None:
        cases.mark_ids(unit, [found.todo.case])
    return True


def _end(unit: Unit, row: WorkItem, by: str, why: str, outcome: str) -> bool:
    keys = {"g": unit.group, "i": row.id, "now": unit.now, "by": by[:200], "why": why}
    if not unit.db.execute(_CLOSE, keys).rowcount:
        return False
    _record(unit, "work.close", row.id, row.todo, outcome, why)
    return True


def get(unit: Unit, kind: str, subject: str) -> WorkItem | None:
    """The row of a thing to do, open or closed."""
    return by_id(unit, id_of(unit, kind, subject))


def by_id(unit: Unit, item_id: str) -> WorkItem | None:
    """One row by its id."""
    row = unit.db.execute(_ONE, {"g": unit.group, "i": item_id}).first()
    return None if row is None else _item(row)


def listed(
    unit: Unit, *, kind: str | None = None, subjects: Iterable[str] | None = None, closed: bool = False
) -> Sequence[WorkItem]:
    """Open ones (or all, with `closed`), oldest first."""
    where: list[ColumnElement[bool]] = [_w.group_id == unit.group]
    where += [] if closed else [_w.closed_at.is_(None)]
    where += [_w.kind == kind] if kind is not None else []
    where += [_w.subject.in_(sorted(set(subjects)))] if subjects is not None else []
    query = select(work_item).where(*where).order_by(_w.opened_at, _w.id)
    return [_item(row) for row in unit.db.execute(query)]


def whole_id(unit: Unit, given: str) -> str:
    """An item's id from its beginning or end. Raises Misconfigured unless one fits."""
    fits = _w.id.startswith(given, autoescape=True) | _w.id.endswith(given, autoescape=True)
    found = unit.db.execute(select(_w.id).where(_w.group_id == unit.group, fits).limit(2)).scalars().all()
    if len(found) != 1:
        what = "Several work items" if found else "No work item"
        raise Misconfigured(f"{what} called {given!r}; see `hub work list`.", code="missing")
    return str(found[0])


def _values(todo: Todo) -> dict[str, Any]:
    return {
        "number": todo.number[:100],
        "sentence": todo.sentence,
        "who": str(todo.who),
        "cents": todo.cents,
        "note": todo.note,
        "case_id": todo.case,
    }


def _item(row: Any) -> WorkItem:
    todo = Todo(row.kind, row.subject, row.number, row.sentence, Who(row.who), row.cents, row.note,
                row.case_id)  # fmt: skip
    return WorkItem(row.id, todo, row.opened_at, row.closed_at, row.closed_by, row.closed_why)


def _record(
    unit: Unit, action: str, item_id: str, todo: Todo, outcome: str, reason: str | None = None
) -> None:
    audit.record(
        unit, action, "work", item_id, outcome=outcome, reason=reason,
        kind=todo.kind, subject=todo.subject, number=todo.number, cents=todo.cents,
    )  # fmt: skip
