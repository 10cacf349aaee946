"""Holds: (case, document or none, cause). Opened and closed by comparing with what a plan wants held.

A hold made by a refusal carries its delivery and what was refused: the same content stays held until the
hold is released by a person, a new configuration or a changed chart of accounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, bindparam, or_, select, update

from hub.errors import Reason, Who
from hub.store import cases
from hub.store.session import Unit
from hub.store.tables import delivery, hold

CHUNK = 400
# Refusals a changed chart of accounts may mend by itself.
_OF_CHART = ("account:", "period:", "unmapped:", "tax:", "tracking:")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A hold as a plan wants it. `document` None holds the whole case; not `stops`: a person should look."""

    document: str | None
    reason: Reason
    stops: bool = True
    urgent: bool = False
    delivery: str | None = None
    content_hash: str | None = None

    @property
    def key(self) -> tuple[str | None, str]:
        return (self.document, self.reason.code)


@dataclass(frozen=True, slots=True)
class HoldRow:
    """An open hold without its detail."""

    id: str
    case: str
    document: str | None
    reason: Reason
    stops: bool
    urgent: bool
    delivery: str | None
    content_hash: str | None = field(default=None)

    @property
    def key(self) -> tuple[str | None, str]:
        return (self.document, self.reason.code)


_COLUMNS = (
    hold.c.id,
    hold.c.case_id,
    hold.c.document_id,
    hold.c.cause,
    hold.c.sentence,
    hold.c.who,
    hold.c.cents,
    hold.c.stops,
    hold.c.urgent,
    hold.c.delivery_id,
    hold.c.content_hash,
)


def _row(row: Any) -> HoldRow:
    reason = Reason(row[3], row[4], Who(row[5]), row[6])
    return HoldRow(row[0], row[1], row[2], reason, row[7], row[8], row[9], row[10])


_OPEN_OF = (
    select(*_COLUMNS)
    .where(
        hold.c.group_id == bindparam("g"),
        hold.c.case_id.in_(bindparam("ids", expanding=True)),
        hold.c.closed_at.is_(None),
    )
    .order_by(hold.c.opened_at, hold.c.id)
)


def open_of(unit: Unit, case_ids: Sequence[str]) -> list[HoldRow]:
    """The open holds of these cases, oldest first."""
    found: list[HoldRow] = []
    for start in range(0, len(case_ids), CHUNK):
        part = list(case_ids[start : start + CHUNK])
        found += [_row(row) for row in unit.db.execute(_OPEN_OF, {"g": unit.group, "ids": part})]
    return found


def _values(unit: Unit, row_id: str, case: str, want: Wanted) -> dict[str, Any]:
    reason = want.reason
    detail = unit.vault.seal("hold", "detail_enc", row_id, reason.detail) if reason.detail else None
    return {
        "id": row_id,
        "group_id": unit.group,
        "case_id": case,
        "document_id": want.document,
        "cause": reason.code[:200],
        "sentence": reason.sentence,
        "who": reason.who.value,
        "cents": reason.cents,
        "detail_enc": detail,
        "stops": want.stops,
        "urgent": want.urgent,
        "delivery_id": want.delivery,
        "content_hash": want.content_hash,
        "opened_at": unit.now,
    }


_CLOSE = (
    update(hold)
    .where(hold.c.group_id == bindparam("g"), hold.c.id == bindparam("i"), hold.c.closed_at.is_(None))
    .values(closed_at=bindparam("at"), closed_why=bindparam("why"))
)
_CHANGE = (
    update(hold)
    .where(hold.c.group_id == bindparam("g"), hold.c.id == bindparam("i"))
    .values(
        sentence=bindparam("s"),
        who=bindparam("w"),
        cents=bindparam("c"),
        urgent=bindparam("u"),
        stops=bindparam("st"),
        delivery_id=bindparam("d"),
        content_hash=bindparam("h"),
    )
)


_FORGIVE = (
    update(delivery)
    .where(
        delivery.c.group_id == bindparam("g"),
        delivery.c.id == bindparam("d"),
        delivery.c.state == "cancelled",
        delivery.c.reason == "replanned",
    )
    .values(reason="released")
)


def sync(
    unit: Unit, wanted: Mapping[str, Sequence[Wanted]], have: Sequence[HoldRow], why: str = "mended"
) -> set[str]:
    """Make the open holds of the cases in `wanted` exactly these. Answers the cases whose holds changed.

    `have` are the open holds of those cases as read in the same plan.
    """
    changed: set[str] = set()
    new: list[dict[str, Any]] = []
    gone: list[dict[str, Any]] = []
    for case, wants in wanted.items():
        by_key = {want.key: want for want in reversed(wants)}
        for row in have:
            if row.case != case:
                continue
            want = by_key.pop(row.key, None)
            if want is None:
                gone.append({"g": unit.group, "i": row.id, "at": unit.now, "why": why})
                changed.add(case)
            elif not _same(row, want):
                reason = want.reason
                unit.db.execute(
                    _CHANGE,
                    {"g": unit.group, "i": row.id, "s": reason.sentence, "w": reason.who.value,
                     "c": reason.cents, "u": want.urgent, "st": want.stops, "d": want.delivery,
                     "h": want.content_hash},
                )  # fmt: skip
        for key in sorted(by_key, key=lambda k: (k[0] or "", k[1])):
            new.append(_values(unit, unit.new_id(), case, by_key[key]))
            changed.add(case)
    if gone:
        unit.db.execute(_CLOSE, gone)
    if new:
        unit.db.execute(hold.insert(), new)
    return changed


def _same(row: HoldRow, want: Wanted) -> bool:
    mine = (row.reason.sentence, row.reason.who, row.reason.cents, row.urgent, row.stops, row.delivery)
    reason = want.reason
    return mine == (reason.sentence, reason.who, reason.cents, want.urgent, want.stops, want.delivery)


def refuse(unit: Unit, case: str, document: str, delivery: str, content_hash: str, reason: Reason) -> None:
    """Open the hold of a refusal with its outcome, in the same transaction."""
    for row in open_of(unit, [case]):
        if row.key == (document, reason.code):
            unit.db.execute(_CLOSE, {"g": unit.group, "i": row.id, "at": unit.now, "why": "refused again"})
    want = Wanted(document, reason, delivery=delivery, content_hash=content_hash)
    unit.db.execute(hold.insert(), _values(unit, unit.new_id(), case, want))


def release(
    unit: Unit, *, cause: str | None = None, hold_id: str | None = None, delivery: str | None = None
) -> list[HoldRow]:
    """Let the matching holds be planned again. A refusal's hold is closed, so that its content may go out
    again; any other is closed by the plan that finds it mended. `cause` may end in `*`."""
    query = select(*_COLUMNS).where(hold.c.group_id == unit.group, hold.c.closed_at.is_(None))
    if cause is not None:
        query = query.where(_caused_by(cause))
    if hold_id is not None:
        query = query.where(hold.c.id == hold_id)
    if delivery is not None:
        query = query.where(hold.c.delivery_id == delivery)
    rows = [_row(row) for row in unit.db.execute(query.order_by(hold.c.opened_at, hold.c.id))]
    _let_go(unit, rows, "released")
    return rows


def _caused_by(cause: str) -> ColumnElement[bool]:
    if cause.endswith("*"):
        return hold.c.cause.startswith(cause[:-1], autoescape=True)
    return hold.c.cause == cause


def is_held(unit: Unit, cause: str) -> bool:
    """Whether anything is held for this cause, which may end in `*`."""
    query = select(hold.c.id).where(hold.c.group_id == unit.group, hold.c.closed_at.is_(None))
    return unit.db.execute(query.where(_caused_by(cause)).limit(1)).first() is not None


def _let_go(unit: Unit, rows: Iterable[HoldRow], why: str) -> None:
    found = list(rows)
    refusals = [row for row in found if row.delivery is not None]
    if refusals:
        unit.db.execute(
            _CLOSE, [{"g": unit.group, "i": row.id, "at": unit.now, "why": why} for row in refusals]
        )
        # A target that never agreed gets its further tries: what was withdrawn before counts no more.
        unit.db.execute(_FORGIVE, [{"g": unit.group, "d": row.delivery} for row in refusals])
    cases.mark_ids(unit, {row.case for row in found})


def release_for_configuration(unit: Unit) -> int:
    """A new configuration: cases with an open hold are planned again, no others. Answers how many holds."""
    query = select(*_COLUMNS).where(hold.c.group_id == unit.group, hold.c.closed_at.is_(None))
    rows = [_row(row) for row in unit.db.execute(query)]
    _let_go(unit, rows, "new configuration")
    return len(rows)


def release_for_chart(unit: Unit) -> int:
    """A changed chart of accounts: what it may have mended is planned again. Answers how many holds."""
    query = select(*_COLUMNS).where(
        hold.c.group_id == unit.group,
        hold.c.closed_at.is_(None),
        or_(*(hold.c.cause.startswith(prefix) for prefix in _OF_CHART)),
    )
    rows = [_row(row) for row in unit.db.execute(query)]
    _let_go(unit, rows, "chart of accounts changed")
    return len(rows)
