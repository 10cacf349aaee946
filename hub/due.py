"""How much work is due now, and for how long it has been: for workers, sensors and `hub status`.

What a person or a pause keeps from going on is not due: a sensor that counted it would start runs for
nothing. A frozen connection is still read and planned for; only its writes wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Executable,
    String,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from hub.kernel import Kernel
from hub.store.session import Unit
from hub.store.tables import (
    Instant,
    case,
    clinic_group,
    connection,
    delivery,
    grant,
    inbox_message,
    replay,
    replay_item,
)

_G = bindparam("g", type_=String)
_NOW = bindparam("now", type_=Instant)
_BEFORE = bindparam("before", type_=Instant)
_c = connection.c
_STOPPED = or_(_c.reconnect, _c.paused_until > _NOW)
_NO_CALLS = select(_c.id).where(_c.group_id == _G, _STOPPED)
_NO_WRITES = select(_c.id).where(_c.group_id == _G, or_(_STOPPED, _c.frozen))
_THAWED = ~select(clinic_group.c.frozen).where(clinic_group.c.id == _G).scalar_subquery()
_HINTS = select(func.count(), func.min(inbox_message.c.due_at)).where(
    inbox_message.c.group_id == _G,
    inbox_message.c.state == "waiting",
    inbox_message.c.due_at <= _BEFORE,
    or_(inbox_message.c.lease_until.is_(None), inbox_message.c.lease_until <= _NOW),
    inbox_message.c.connection_id.not_in(_NO_CALLS),
)
_CASES = select(func.count(), func.min(case.c.due_at)).where(
    case.c.group_id == _G,
    case.c.marked > case.c.planned,
    case.c.due_at <= _BEFORE,
    or_(case.c.lease_until.is_(None), case.c.lease_until <= _NOW),
    case.c.target_id.not_in(_NO_CALLS),
)
_DELIVERIES = select(func.count(), func.min(delivery.c.due_at)).where(
    delivery.c.group_id == _G,
    or_(
        and_(delivery.c.state.in_(("pending", "unknown")), delivery.c.due_at <= _BEFORE),
        and_(delivery.c.state == "sending", delivery.c.lease_until <= _BEFORE),
    ),
    delivery.c.target_id.not_in(_NO_WRITES),
    _THAWED,
)
_i = replay_item.c
_REPLAYS = (
    select(func.count(), func.min(replay.c.created_at))
    .select_from(replay_item)
    .join(replay, and_(replay.c.group_id == _i.group_id, replay.c.id == _i.replay_id))
    .where(
        _i.group_id == _G,
        _i.outcome.is_(None),
        replay.c.paused_at.is_(None),
        replay.c.created_at <= _BEFORE,
        _i.target_id.not_in(_NO_CALLS),
    )
)
_RENEWALS = select(func.count(), func.min(grant.c.renew_at)).where(
    grant.c.group_id == _G, grant.c.renew_at <= _BEFORE, ~grant.c.dead
)  # also while the connection is paused: a grant does not outlast its pause


def _writes_at(target: ColumnElement[str]) -> ColumnElement[bool]:
    return or_(
        exists(_CASES.with_only_columns(case.c.id).where(case.c.target_id == target)),
        exists(_DELIVERIES.with_only_columns(delivery.c.id).where(delivery.c.target_id == target)),
        exists(_REPLAYS.with_only_columns(_i.outcome).where(_i.target_id == target)),
        exists(_RENEWALS.with_only_columns(grant.c.id).where(grant.c.renew_for == target)),
    )


_AT_TARGET = select(_writes_at(bindparam("t", type_=String)))
_there = connection.alias("there")
_EVERYWHERE = union_all(
    select(_there.c.id).where(
        _there.c.group_id == _G,
        _writes_at(_there.c.id),
    ),
    select(literal("")).where(exists(_HINTS.with_only_columns(inbox_message.c.id))),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Counts of due hints, unplanned cases, unsent deliveries, deliveries to replay and grants to renew."""

    hints: int
    cases: int
    deliveries: int
    oldest: datetime | None
    replays: int = 0
    renewals: int = 0

    @property
    def total(self) -> int:
        return self.hints + self.cases + self.deliveries + self.replays + self.renewals


def waiting(kernel: Kernel, *, grace_seconds: float = 0.0) -> Waiting:
    """What has been due for at least `grace_seconds` over all groups, and nobody works on."""
    grace = timedelta(seconds=grace_seconds)
    found = list(_each(kernel, grace))
    return Waiting(
        sum(one.hints for one in found),
        sum(one.cases for one in found),
        sum(one.deliveries for one in found),
        min((one.oldest for one in found if one.oldest is not None), default=None),
        sum(one.replays for one in found),
        sum(one.renewals for one in found),
    )


def _each(kernel: Kernel, grace: timedelta) -> Iterator[Waiting]:
    for group in kernel.store.groups():
        with kernel.store.read(group) as unit:
            yield of_group(unit, grace)


def of_group(unit: Unit, grace: timedelta = timedelta(0)) -> Waiting:
    """What has been due in this unit's group for at least `grace`."""
    hints, first_hint = _ask(unit, _HINTS, grace)
    cases, first_case = _ask(unit, _CASES, grace)
    deliveries, first_delivery = _ask(unit, _DELIVERIES, grace)
    replays, first_replay = _ask(unit, _REPLAYS, grace)
    renewals, first_renewal = _ask(unit, _RENEWALS, grace)
    firsts = (first_hint, first_case, first_delivery, first_replay, first_renewal)
    oldest = min((first for first in firsts if first is not None), default=None)
    return Waiting(hints, cases, deliveries, oldest, replays, renewals)


def hints(unit: Unit) -> bool:
    """Whether a hint of this group is due and nobody's."""
    return _ask(unit, _HINTS, timedelta(0))[0] > 0


def writes(unit: Unit, target: str) -> bool:
    """Whether something is due to be planned, sent, replayed or renewed at one target."""
    keys = {"g": unit.group, "t": target, "now": unit.now, "before": unit.now}
    return bool(unit.db.execute(_AT_TARGET, keys).scalar_one())


def lanes(unit: Unit) -> set[str]:
    """In one statement where this group has work: connections it is to be written to, "" for hints."""
    keys = {"g": unit.group, "now": unit.now, "before": unit.now}
    return set(unit.db.execute(_EVERYWHERE, keys).scalars())


def _ask(unit: Unit, query: Executable, grace: timedelta) -> tuple[int, datetime | None]:
    keys = {"g": unit.group, "now": unit.now, "before": unit.now - grace}
    count, first = unit.db.execute(query, keys).one()
    return count, first
