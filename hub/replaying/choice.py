"""Which deliveries a person means: some by id, or all that a filter names; and what they amount to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from hub.errors import Misconfigured
from hub.store.bulk import chunks
from hub.store.deliveries import BY_PERSON
from hub.store.session import Unit
from hub.store.tables import case, delivery, link

STATES = ("held", "delivered", "cancelled")
_d = delivery.c


@dataclass(frozen=True, slots=True)
class Choice:
    """`ids`, or a filter of at least one field; `cause` may end in `*`, the days are business dates.

    Without `state` everything that a person may replay: what is held, what a person withdrew, and what was
    delivered and is gone at the target.
    """

    ids: tuple[str, ...] = ()
    state: str | None = None
    kind: str | None = None
    location: str | None = None
    first: date | None = None
    last: date | None = None
    cause: str | None = None

    def plain(self) -> dict[str, Any]:
        """The fields that say something, as JSON values."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        found |= {name: str(day) for name in ("first", "last") if (day := found[name])}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in found.items() if v}


@dataclass(frozen=True, slots=True)
class Chosen:
    """One delivery meant."""

    id: str
    target: str
    case: str
    kind: str
    state: str
    cents: int


_COLUMNS = (_d.id, _d.target_id, _d.case_id, _d.kind, _d.state, _d.cents)


def choose(unit: Unit, choice: Choice) -> list[Chosen]:
    """The deliveries meant, in order of their id. Raises Misconfigured for a choice that names nothing."""
    if not choice.plain():
        raise Misconfigured(
            "Say which: a delivery, or a filter such as --state, --cause, --from.", code="usage"
        )
    if choice.state is not None and choice.state not in STATES:
        raise Misconfigured(
            f"What is {choice.state!r} cannot be replayed; these can: {', '.join(STATES)}.", code="usage"
        )
    return _named(unit, choice.ids) if choice.ids else _filtered(unit, choice)


def _named(unit: Unit, ids: Sequence[str]) -> list[Chosen]:
    found: list[Chosen] = []
    for part in chunks(sorted(set(ids))):
        query = select(*_COLUMNS).where(_d.group_id == unit.group, _d.id.in_(part)).order_by(_d.id)
        found += [Chosen(*row) for row in unit.db.execute(query)]
    missing = set(ids) - {one.id for one in found}
    if missing:
        raise Misconfigured(f"There is no delivery {min(missing)!r}.", code="missing")
    return found


def _filtered(unit: Unit, choice: Choice) -> list[Chosen]:
    where: list[ColumnElement[bool]] = [_d.group_id == unit.group, or_(*_states(choice.state))]
    if choice.kind is not None:
        where.append(_d.kind == choice.kind)
    if choice.location is not None:
        where.append(case.c.location == choice.location)
    if choice.first is not None:
        where.append(_d.business_date >= choice.first)
    if choice.last is not None:
        where.append(_d.business_date <= choice.last)
    if choice.cause is not None and choice.cause.endswith("*"):
        where.append(_d.reason.startswith(choice.cause[:-1], autoescape=True))
    elif choice.cause is not None:
        where.append(_d.reason == choice.cause)
    query = (
        select(*_COLUMNS)
        .join(case, and_(case.c.group_id == _d.group_id, case.c.id == _d.case_id))
        .where(*where)
        .order_by(_d.id)
    )
    return [Chosen(*row) for row in unit.db.execute(query)]


def _states(state: str | None) -> list[ColumnElement[bool]]:
    """A document's standing delivery, or its newest where that is held or was withdrawn by a person."""
    newer = delivery.alias("newer")
    newest = ~exists().where(
        newer.c.group_id == _d.group_id,
        newer.c.document_id == _d.document_id,
        newer.c.version > _d.version,
    )
    stands = exists().where(link.c.group_id == _d.group_id, link.c.delivery_id == _d.id)
    each = {
        "held": and_(_d.state == "held", newest),
        "delivered": and_(_d.state == "delivered", stands),
        "cancelled": and_(_d.state == "cancelled", _d.reason == BY_PERSON, newest),
    }
    return [each[state]] if state is not None else list(each.values())


def summary(chosen: Sequence[Chosen]) -> dict[str, dict[str, int]]:
    """Counts and cents by state and kind: `held invoice` -> {"count", "cents"}."""
    found: dict[str, dict[str, int]] = {}
    for one in chosen:
        row = found.setdefault(f"{one.state} {one.kind}", {"count": 0, "cents": 0})
        row["count"] += 1
        row["cents"] += one.cents
    return dict(sorted(found.items()))
