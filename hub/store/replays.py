"""Replays as rows: who asked for what and why, and what became of each delivery of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, bindparam, func, literal, select, update

from hub.errors import Misconfigured
from hub.store.bulk import chunks
from hub.store.session import Unit
from hub.store.tables import delivery, replay, replay_item

_i, _r = replay_item.c, replay.c


class Became(StrEnum):
    """What became of one delivery of a replay."""

    AGAIN = "again"  # held or withdrawn: it is planned again
    GONE = "gone"  # delivered, and a look said that it is gone: its case is looked at and planned again
    STANDS = "stands"  # delivered, and it still stands: nothing is sent
    UNDER_WAY = "under-way"  # on its way already
    OVERTAKEN = "overtaken"  # a newer version of its document counts instead


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """One replay. `counts`: what was meant; `became`: its deliveries by outcome; `waiting`: the rest."""

    id: str
    who: str
    why: str
    asked: Mapping[str, Any]
    counts: Mapping[str, Any]
    created_at: datetime
    paused_at: datetime | None
    finished_at: datetime | None
    waiting: int
    became: Mapping[str, int]

    @property
    def state(self) -> str:
        """running, paused or done."""
        if self.finished_at is not None:
            return "done"
        return "paused" if self.paused_at is not None else "running"


def create(
    unit: Unit, who: str, why: str, asked: Mapping[str, Any], counts: Mapping[str, Any], *, done: bool = False
) -> str:
    """Write the row; `done` for what is over in the same transaction. Its id."""
    row_id = unit.new_id()
    unit.db.execute(
        replay.insert().values(
            id=row_id,
            group_id=unit.group,
            who=who[:100],
            why=why,
            filter=json.dumps({name: value for name, value in asked.items() if value}),
            counts=json.dumps(counts),
            created_at=unit.now,
            finished_at=unit.now if done else None,
        )
    )
    return row_id


def add(unit: Unit, replay_id: str, found: Sequence[tuple[str, str, int]]) -> None:
    """Its deliveries as (id, target, cents)."""
    for part in chunks(found):
        unit.db.execute(
            replay_item.insert(),
            [
                {"group_id": unit.group, "replay_id": replay_id, "delivery_id": one, "target_id": target,
                 "cents": cents} for one, target, cents in part
            ],
        )  # fmt: skip


_RUNNING = and_(_r.group_id == _i.group_id, _r.id == _i.replay_id, _r.paused_at.is_(None))
_WAITING = (_i.group_id == bindparam("g"), _i.target_id == bindparam("t"), _i.outcome.is_(None))
_NEXT = (
    select(_i.replay_id, _i.delivery_id)
    .join(replay, _RUNNING)
    .where(*_WAITING)
    .order_by(_i.replay_id, _i.delivery_id)
    .limit(bindparam("most"))
)
_NEXT_OF = _NEXT.where(_i.replay_id == bindparam("r"))
_ANY = select(literal(1)).select_from(replay_item).join(replay, _RUNNING).where(*_WAITING).limit(1)
_SETTLE = (
    update(replay_item)
    .where(
        _i.group_id == bindparam("g"),
        _i.replay_id == bindparam("r"),
        _i.delivery_id == bindparam("d"),
        _i.outcome.is_(None),
    )
    .values(outcome=bindparam("o"), settled_at=bindparam("at"))
)


def waiting(unit: Unit, target: str, most: int, only: str | None = None) -> list[tuple[str, str]]:
    """(replay, delivery) of running replays (or one) at a target that wait for their turn, oldest first."""
    keys = {"g": unit.group, "t": target, "most": most}
    found = unit.db.execute(_NEXT, keys) if only is None else unit.db.execute(_NEXT_OF, {**keys, "r": only})
    return [(row[0], row[1]) for row in found]


def any_waiting(unit: Unit, target: str) -> bool:
    """Whether a running replay has something to do at one target."""
    return unit.db.execute(_ANY, {"g": unit.group, "t": target}).first() is not None


def targets(unit: Unit, replay_id: str) -> list[str]:
    """Where the deliveries of a replay belong."""
    query = select(_i.target_id).where(_i.group_id == unit.group, _i.replay_id == replay_id).distinct()
    return sorted(unit.db.execute(query).scalars())


def settle(unit: Unit, replay_id: str, delivery_id: str, became: Became) -> bool:
    """Note what became of one delivery; False when another worker did before."""
    keys = {"g": unit.group, "r": replay_id, "d": delivery_id, "o": became.value, "at": unit.now}
    return unit.db.execute(_SETTLE, keys).rowcount == 1


def finish(unit: Unit, replay_id: str) -> bool:
    """End the replay when nothing of it waits; whether it ended now."""
    mine = (_i.group_id == unit.group, _i.replay_id == replay_id, _i.outcome.is_(None))
    if unit.db.execute(select(literal(1)).where(*mine).limit(1)).first() is not None:
        return False
    ended = update(replay).where(_r.group_id == unit.group, _r.id == replay_id, _r.finished_at.is_(None))
    return unit.db.execute(ended.values(finished_at=unit.now)).rowcount == 1


def pause(unit: Unit, replay_id: str, *, paused: bool) -> bool:
    """Pause or resume; False when it is over, or stands like that already."""
    stands = _r.paused_at.is_(None) if paused else _r.paused_at.is_not(None)
    change = update(replay).where(
        _r.group_id == unit.group, _r.id == replay_id, _r.finished_at.is_(None), stands
    )
    return unit.db.execute(change.values(paused_at=unit.now if paused else None)).rowcount == 1


def listed(unit: Unit, *, limit: int = 50, replay_id: str | None = None) -> list[ReplayRow]:
    """The newest replays with their progress."""
    query = select(replay).where(_r.group_id == unit.group)
    if replay_id is not None:
        query = query.where(_r.id == replay_id)
    rows = unit.db.execute(query.order_by(_r.created_at.desc(), _r.id.desc()).limit(limit)).all()
    counted: dict[str, dict[str | None, int]] = {row.id: {} for row in rows}
    for part in chunks(list(counted)):
        tally = (
            select(_i.replay_id, _i.outcome, func.count())
            .where(_i.group_id == unit.group, _i.replay_id.in_(part))
            .group_by(_i.replay_id, _i.outcome)
        )
        for one, outcome, count in unit.db.execute(tally):
            counted[one][outcome] = count
    return [
        ReplayRow(
            row.id, row.who, row.why, json.loads(row.filter), json.loads(row.counts), row.created_at,
            row.paused_at, row.finished_at, counted[row.id].get(None, 0),
            {name: count for name, count in counted[row.id].items() if name is not None},
        )
        for row in rows
    ]  # fmt: skip


def whole_id(unit: Unit, given: str) -> str:
    """A replay's id from its beginning or end. Raises Misconfigured unless one fits."""
    fits = _r.id.startswith(given, autoescape=True) | _r.id.endswith(given, autoescape=True)
    found = unit.db.execute(select(_r.id).where(_r.group_id == unit.group, fits).limit(2)).scalars().all()
    if len(found) != 1:
        what = "Several replays" if found else "No replay"
        raise Misconfigured(f"{what} called {given!r}; see `hub replays list`.", code="missing")
    return str(found[0])


def items(unit: Unit, replay_id: str) -> list[dict[str, Any]]:
    """Its deliveries with what became of them."""
    query = (
        select(_i.delivery_id, delivery.c.kind, delivery.c.state, _i.cents, _i.outcome, _i.settled_at)
        .join(delivery, and_(delivery.c.group_id == _i.group_id, delivery.c.id == _i.delivery_id))
        .where(_i.group_id == unit.group, _i.replay_id == replay_id)
        .order_by(_i.delivery_id)
    )
    return [dict(row._mapping) for row in unit.db.execute(query)]
