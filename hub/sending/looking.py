"""Looking up what was sent without an answer, and every further attempt before it is sent again.

Unknown is not failed: nothing goes out again before the target was asked. A call may take effect long after
its caller gave up, so what a look does not show is believed only after the quiet time. Only a create of a
kind whose uniqueness the target enforces goes out again at once; until that settles nothing else is planned
there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, or_, select, update

from hub.errors import HubError, PauseConnection, ReadFailed
from hub.planning.context import Context
from hub.planning.found import note_found
from hub.planning.rounds import AGAIN
from hub.sending.batches import Member
from hub.sending.outcome import Fence, Outcome, Tally, backoff
from hub.sending.outgoing import opened, outgoing, standing
from hub.sending.settlement import Settlement
from hub.store import deliveries, links
from hub.store.session import Unit
from hub.store.tables import attempt, batch, delivery
from hub.targets import Life, Op, Outgoing, Seen, Verdict

CHUNK = 200

DUE = and_(
    delivery.c.group_id == bindparam("g"),
    delivery.c.target_id == bindparam("t"),
    delivery.c.due_at <= bindparam("now"),
    or_(
        delivery.c.state == "unknown",
        and_(delivery.c.state == "pending", delivery.c.look_first.is_(True)),
    ),
    or_(delivery.c.lease_until.is_(None), delivery.c.lease_until <= bindparam("now")),
)
"""What must be looked up now: g group, t target, now."""
_NEXT = select(delivery.c.id).where(DUE).order_by(delivery.c.due_at, delivery.c.id).limit(CHUNK)

_END = (
    update(batch)
    .where(
        batch.c.group_id == bindparam("g"),
        batch.c.id.in_(bindparam("ids", expanding=True)),
        batch.c.state == "open",
    )
    .values(state=bindparam("to"), ended_at=bindparam("now"))
)


@dataclass(slots=True)
class _Looking:
    members: list[Member]
    keys: list[Outgoing]
    owner: str


def recover(context: Context) -> int:
    """Deliveries whose sender is gone: their lease ran out, so their outcome is unknown."""
    with context.store.write(context.group) as unit:
        where = and_(
            delivery.c.group_id == unit.group,
            delivery.c.target_id == context.id,
            delivery.c.state == "sending",
            delivery.c.lease_until <= unit.now,
        )
        batches = [row[0] for row in unit.db.execute(select(delivery.c.batch_id).where(where).distinct())]
        done = unit.db.execute(
            update(delivery)
            .where(where)
            .values(
                state="unknown",
                unknown_since=unit.now,
                due_at=unit.now,
                reason="lease-ran-out",
                lease_owner=None,
                lease_until=None,
                batch_id=None,
            )
        )
        dissolve(unit, [one for one in batches if one])
        return done.rowcount


def dissolve(unit: Unit, batch_ids: Sequence[str], state: str = "dissolved") -> None:
    """End batches: settled element by element, or dissolved because their outcome is not known."""
    if batch_ids:
        unit.db.execute(_END, {"g": unit.group, "ids": list(batch_ids), "to": state, "now": unit.now})


def look_up(context: Context, owner: str) -> Tally | None:
    """One look over everything due. None when nothing was due; a look that fails is due again later."""
    looking = _take(context, owner)
    if looking is None:
        return None
    return _look(context, looking)


def _look(context: Context, looking: _Looking) -> Tally:
    try:
        observed = context.observe([one.key for one in looking.keys])
    except HubError as error:
        if isinstance(error, PauseConnection):
            context.pause(error)
        _later(context, looking)
        if not isinstance(error, PauseConnection | ReadFailed):
            raise
        return Tally()
    except Exception:
        # A defect while looking concerns the document it comes from; the others are looked up one by one.
        if len(looking.members) == 1:
            _later(context, looking)
            return Tally()
        total = Tally()
        for member, out in zip(looking.members, looking.keys, strict=True):
            total.add(_look(context, _Looking([member], [out], looking.owner)))
        return total
    return _settle(context, looking, observed)


def _take(context: Context, owner: str) -> _Looking | None:
    with context.store.write(context.group) as unit:
        keys = {"g": unit.group, "t": context.id, "now": unit.now}
        ids = [row[0] for row in unit.db.execute(_NEXT, keys)]
        if not ids:
            return None
        unit.db.execute(
            update(delivery)
            .where(delivery.c.group_id == unit.group, delivery.c.id.in_(ids))
            .values(lease_owner=owner, lease_until=unit.now + context.lease)
        )
        members = opened(unit, list(deliveries.by_ids(unit, ids).values()))
        rows = standing(unit, members)
        return _Looking(members, [outgoing(member, rows) for member in members], owner)


def _later(context: Context, looking: _Looking) -> None:
    until = context.opens_at()
    with context.store.write(context.group) as unit:
        unit.db.execute(
            update(delivery)
            .where(
                delivery.c.group_id == unit.group,
                delivery.c.id.in_([m.row.id for m in looking.members]),
                delivery.c.lease_owner == looking.owner,
                delivery.c.state.in_(("unknown", "pending")),
            )
            .values(lease_owner=None, lease_until=None, due_at=until or unit.now + AGAIN)
        )


def _settle(context: Context, looking: _Looking, observed: Mapping[str, Seen]) -> Tally:
    total = Tally()
    with context.store.write(context.group) as unit:
        observed = links.unshared(unit, context.id, observed, context.confusable)
        for state in ("unknown", "pending"):
            mine = [
                (member, out)
                for member, out in zip(looking.members, looking.keys, strict=True)
                if member.row.state == state
            ]
            fence = Fence(looking.owner, state)
            settlement = Settlement(unit, context, [member for member, _ in mine], fence)
            for member, out in mine:
                _settle_one(unit, context, settlement, member, out, observed.get(member.row.document), fence)
            total.add(settlement.done())
    return total


def _settle_one(
    unit: Unit,
    context: Context,
    settlement: Settlement,
    member: Member,
    out: Outgoing,
    seen: Seen | None,
    fence: Fence,
) -> None:
    row = member.row
    if seen is None:
        _move(unit, row.id, fence, due_at=unit.now + AGAIN)
    elif context.rules.took_effect(out, seen):
        settlement.settle(Outcome(member, Verdict.DELIVERED, seen))
        _note(unit, row.id)
    elif not _may_repeat(row.op, seen):
        settlement.settle(Outcome(member, Verdict.REPLAN))
    else:
        _send_again(unit, context, settlement, member, fence)


def _may_repeat(op: Op, seen: Seen) -> bool:
    """Whether the change still makes sense on what stands there."""
    return seen.life in (Life.ABSENT, Life.ENDED) if op is Op.CREATE else seen.life is Life.LIVE


def _send_again(unit: Unit, context: Context, settlement: Settlement, member: Member, fence: Fence) -> None:
    row = member.row
    guarded = row.op is Op.CREATE and context.rules.kinds[row.kind].enforces_unique
    exhausted = fence.state == "unknown" and row.attempts > len(context.kernel.settings.backoff)
    if row.unknown_since is not None and (exhausted or not guarded):
        believed_from = row.unknown_since + context.quiet
        if unit.now < believed_from:
            _move(unit, row.id, fence, due_at=believed_from)
            return
    delay = backoff(context, row.attempts - 1) if fence.state == "unknown" and row.attempts > 1 else None
    if exhausted:
        settlement.settle(Outcome(member, Verdict.RETRY, code="unknown"))  # exhausted: held
        return
    due_at = unit.now + delay if delay is not None else unit.now
    # What was looked up and is not there may be sent; a wait in between asks for another look.
    since = row.unknown_since if guarded else None
    _move(
        unit, row.id, fence, state="pending", look_first=delay is not None, due_at=due_at, unknown_since=since
    )


def _move(unit: Unit, row_id: str, fence: Fence, **values: object) -> None:
    unit.db.execute(
        update(delivery)
        .where(
            delivery.c.group_id == unit.group,
            delivery.c.id == row_id,
            delivery.c.state == fence.state,
            delivery.c.lease_owner == fence.owner,
        )
        .values(lease_owner=None, lease_until=None, **values)
    )


def _note(unit: Unit, delivery_id: str) -> None:
    """A document found without an attempt of ours gets one that says so."""
    tried = select(attempt.c.id).where(attempt.c.group_id == unit.group, attempt.c.delivery_id == delivery_id)
    if unit.db.execute(tried.limit(1)).first() is None:
        note_found(unit, delivery_id, 1)
