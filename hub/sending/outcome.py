"""What came of an attempt: the values, the fenced updates they are written with, the waits between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Update, and_, bindparam, update

from hub.errors import Reason, Who
from hub.planning.context import Context
from hub.sending.batches import Member
from hub.store.tables import attempt, delivery
from hub.targets import Seen, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one member. `seen` what stands now; `free`: the attempt does not count (a limit)."""

    member: Member
    verdict: Verdict
    seen: Seen | None = None
    reason: Reason | None = None
    status: int | None = None
    code: str | None = None
    free: bool = False
    due_at: datetime | None = None


@dataclass(slots=True)
class Fence:
    """The state a row must still be in for an outcome to be its own."""

    owner: str
    state: str = "sending"
    batch: str | None = None


@dataclass(slots=True)
class Tally:
    """Counts of outcomes by what became of the delivery."""

    delivered: int = 0
    held: int = 0
    unknown: int = 0
    retried: int = 0
    replanned: int = 0
    late: int = 0

    def add(self, other: Tally) -> None:
        for name in ("delivered", "held", "unknown", "retried", "replanned", "late"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@cache
def moving(names: tuple[str, ...], batched: bool, free: bool) -> Update:
    """The fenced update that sets these columns, built once; `free` gives the attempt back."""
    where = [
        delivery.c.group_id == bindparam("f_group"),
        delivery.c.id == bindparam("f_id"),
        delivery.c.state == bindparam("f_state"),
        delivery.c.lease_owner == bindparam("f_owner"),
    ]
    if batched:
        where.append(delivery.c.batch_id == bindparam("f_batch"))
    values: dict[str, Any] = {name: bindparam(f"v_{name}") for name in names}
    values |= {"lease_owner": None, "lease_until": None, "batch_id": None}
    if free:
        values["attempts"] = delivery.c.attempts - 1
    return update(delivery).where(and_(*where)).values(**values)


CLOSE_ATTEMPT = (
    update(attempt)
    .where(
        attempt.c.group_id == bindparam("f_group"),
        attempt.c.batch_id == bindparam("f_batch"),
        attempt.c.delivery_id == bindparam("f_id"),
    )
    .values(
        ended_at=bindparam("v_at"),
        verdict=bindparam("v_verdict"),
        status=bindparam("v_status"),
        code=bindparam("v_code"),
    )
)


UNNAMED = Reason("refused:unnamed", "The target refused without saying why.", Who.DEVELOPER)
EXHAUSTED = Reason(
    "refused:exhausted",
    "Every attempt failed on the way; look at the connection, then release it.",
    Who.OPS,
)


def backoff(context: Context, attempts: int) -> timedelta | None:
    """The wait after the `attempts`-th attempt, with jitter; None when there were enough."""
    settings = context.kernel.settings
    if attempts > len(settings.backoff):
        return None
    seconds = settings.backoff[attempts - 1]
    spread = settings.backoff_jitter
    return timedelta(seconds=seconds * (1 - spread + 2 * spread * context.world.rng.random()))
