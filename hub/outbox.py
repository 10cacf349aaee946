"""The outbox: one batch out, its answers in. The attempt commits before the call, the outcome after it.

No call happens inside a transaction; right before it the worker checks on the monotonic clock that more
than one deadline of its lease is left. What a connector does first (a token renewed, settings read) may take
long, and a process may stand still: no request begins, or lasts, beyond the lease.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, select

from hub.errors import HubError, Misconfigured, NotProcessed, PauseConnection
from hub.kernel import Kernel
from hub.planning.context import Context
from hub.sending import looking
from hub.sending.looking import dissolve, look_up, recover
from hub.sending.outcome import Fence, Outcome, Tally
from hub.sending.settlement import Settlement
from hub.sending.taking import Taken, take
from hub.store import cases, connections, deliveries
from hub.store.session import Unit
from hub.store.tables import delivery
from hub.targets import Answer, Verdict
from hub.transport import within

NOT_CONFIGURED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Due:
    """What one target has to do now; `open` for looks, `writes` for sends. `next`: when, if nothing now."""

    expired: bool
    looks: bool
    sends: bool
    cases: bool
    open: bool
    writes: bool
    next: datetime | None = None

    @property
    def anything(self) -> bool:
        return self.expired or self.cases or (self.looks and self.open) or (self.sends and self.writes)


_MINE = (delivery.c.group_id == bindparam("g"), delivery.c.target_id == bindparam("t"))
_PENDING = (delivery.c.state == "pending", delivery.c.due_at <= bindparam("now"))
_DUE = select(
    exists().where(*_MINE, delivery.c.state == "sending", delivery.c.lease_until <= bindparam("now")),
    exists().where(looking.DUE),
    exists().where(*_MINE, *_PENDING, delivery.c.look_first.is_(False)),
    exists(cases.ANY_DUE),
)


def due(kernel: Kernel, group: str, target: str) -> Due:
    """One short look at the queue, so that an idle round opens nothing and takes no write lock."""
    with kernel.store.read(group) as unit:
        keys = {"g": unit.group, "t": target, "now": unit.now}
        expired, looks, sends, marked = unit.db.execute(_DUE, keys).one()
        state = connections.state(unit, target)
        opened = state.open(unit.now)
        found = Due(expired, looks, sends, marked, opened, opened and not state.frozen)
        return found if found.anything else replace(found, next=next_due(unit, target, state))


def next_due(unit: Unit, target: str, state: connections.State) -> datetime | None:
    """When something may go on next; a closed connection's queue waits for its opening."""
    found = [cases.next_due(unit, target)]
    queued = deliveries.next_due(unit, target)
    if queued is not None and not state.reconnect and not state.frozen:
        opens = state.paused_until
        found.append(max(queued, opens) if opens is not None else queued)
    return min((max(instant, unit.now) for instant in found if instant is not None), default=None)


def send_next(context: Context, owner: str) -> Tally | None:
    """Take one batch, send it, settle it. None when nothing could be taken."""
    taken = take(context, owner)
    if taken is None:
        return None
    return send(context, taken)


def send(context: Context, taken: Taken) -> Tally:
    """The call of a taken batch and its outcomes."""
    left = taken.by - context.world.clock.monotonic()
    if left <= context.deadline.total_seconds():
        # Too late to be sure of the lease: nothing was sent.
        return _all(context, taken, Verdict.RETRY, code="lease-short", free=True)
    try:
        with within(taken.by):
            answers = context.session.send(taken.batch)
    except PauseConnection as error:
        context.pause(error)
        until = error.until or context.world.now() + connections.UNSAID
        return _all(context, taken, Verdict.RETRY, code=error.code, free=True, due_at=until)
    except NotProcessed as error:
        return _all(context, taken, Verdict.RETRY, code=error.code)
    except Misconfigured as error:
        later = context.world.now() + NOT_CONFIGURED
        _all(context, taken, Verdict.RETRY, code=error.code, free=True, due_at=later)
        raise
    except HubError as error:  # OutcomeUnknown, and whatever else came up on the way
        return _all(context, taken, Verdict.UNKNOWN, code=error.code)
    except Exception as error:  # a defect between call and reading: what reached the target is not known
        return _all(context, taken, Verdict.UNKNOWN, code=f"internal:{type(error).__name__}")
    return _each(context, taken, list(answers))


def _each(context: Context, taken: Taken, answers: list[Answer]) -> Tally:
    """Every element settles on its own; one that was not answered is unknown."""
    by_delivery = {answer.delivery: answer for answer in answers}
    with context.store.write(context.group) as unit:
        settlement = _settlement(unit, context, taken)
        for member in taken.members:
            answer = by_delivery.get(member.row.id)
            if answer is None:
                settlement.settle(Outcome(member, Verdict.UNKNOWN, code="no-answer"))
            else:
                settlement.settle(Outcome(member, answer.verdict, answer.seen, answer.reason, answer.status))
        dissolve(unit, [taken.batch.id], "settled")
        return settlement.done()


def _all(
    context: Context,
    taken: Taken,
    verdict: Verdict,
    *,
    code: str,
    free: bool = False,
    due_at: datetime | None = None,
) -> Tally:
    """One outcome for the whole batch, which is dissolved."""
    with context.store.write(context.group) as unit:
        settlement = _settlement(unit, context, taken)
        for member in taken.members:
            settlement.settle(Outcome(member, verdict, code=code, free=free, due_at=due_at))
        dissolve(unit, [taken.batch.id])
        return settlement.done()


def _settlement(unit: Unit, context: Context, taken: Taken) -> Settlement:
    fence = Fence(taken.owner, "sending", taken.batch.id)
    return Settlement(unit, context, taken.members, fence)


__all__ = ["Due", "due", "look_up", "recover", "send", "send_next", "take"]
