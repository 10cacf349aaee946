"""A person's hand on the queue: release what is held, withdraw what was not sent, replay. Audited."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from hub import audit
from hub.errors import Misconfigured, Reason, Who
from hub.kernel import Kernel
from hub.replaying.choice import Choice, choose, summary
from hub.replaying.work import work
from hub.store import cases, connections, deliveries, holds, replays
from hub.store.deliveries import BY_PERSON, DeliveryRow
from hub.store.replays import Became, ReplayRow
from hub.store.session import Unit
from hub.store.tables import hold

_WITHDRAWN = Reason(
    "cancelled:by-person",
    "A person withdrew this delivery; it stays out until it is released.",
    Who.BOOKKEEPER,
)


def release(
    kernel: Kernel, group: str, *, cause: str | None = None, hold: str | None = None, who: str, why: str
) -> int:
    """Plan held items again: what is mended goes on, what is not is held again. Answers how many holds.

    `cause` may end in `*`. Raises Misconfigured where nothing matches.
    """
    with kernel.store.write(group, agent=who) as unit:
        rows = holds.release(unit, cause=cause, hold_id=hold)
        if not rows:
            raise Misconfigured(f"Nothing is held under {cause or hold!r}.", code="missing")
        replays.create(unit, who, why, {"cause": cause, "hold": hold}, {"holds": len(rows)}, done=True)
        connections.forget_chart(unit)  # a person may have mended it there
        for row in rows:
            audit.record(
                unit, "hold.release", "hold", row.id, outcome="released", reason=why, cause=row.reason.code
            )
    return len(rows)


def cancel_delivery(kernel: Kernel, group: str, delivery_id: str, *, who: str, why: str) -> None:
    """Withdraw a delivery that is surely not on its way; a hold keeps the same content from coming back."""
    with kernel.store.write(group, agent=who) as unit:
        row = _get(unit, delivery_id)
        if row.state == "pending" and row.under_way:
            raise Misconfigured(
                "It was sent and may already stand at the target; only one not sent yet can be cancelled.",
                code="state",
            )
        if row.state not in ("pending", "held") or not deliveries.cancel(
            unit, row.id, BY_PERSON, was=row.state
        ):
            raise Misconfigured(
                f"This delivery is {row.state}; only one not sent yet can be cancelled.", code="state"
            )
        unit.db.execute(
            update(hold)
            .where(hold.c.group_id == group, hold.c.delivery_id == row.id, hold.c.closed_at.is_(None))
            .values(closed_at=unit.now, closed_why="cancelled")
        )
        reason = Reason(_WITHDRAWN.code, _WITHDRAWN.sentence, _WITHDRAWN.who, row.cents)
        holds.refuse(unit, row.case, row.document, row.id, row.content_hash, reason)
        cases.mark_ids(unit, [row.case])
        audit.record(unit, "delivery.cancel", "delivery", row.id, outcome="cancelled", reason=why)


def start(kernel: Kernel, group: str, choice: Choice, *, who: str, why: str) -> str:
    """Write a replay of everything meant; `run` or a worker goes on with it. Its id.

    Raises Misconfigured where nothing is meant.
    """
    with kernel.store.write(group, agent=who) as unit:
        chosen = choose(unit, choice)
        if not chosen:
            raise Misconfigured(_nothing(unit, choice), code="missing")
        asked = choice.plain()
        replay_id = replays.create(unit, who, why, asked, summary(chosen))
        replays.add(unit, replay_id, [(one.id, one.target, one.cents) for one in chosen])
        audit.record(unit, "replay", "replay", replay_id, outcome="started", reason=why, asked=asked,
                     deliveries=len(chosen))  # fmt: skip
    return replay_id


def _nothing(unit: Unit, choice: Choice) -> str:
    if choice.cause is not None and holds.is_held(unit, choice.cause):
        return (
            f"Nothing was ever sent under {choice.cause!r}, so nothing can be sent again; mend the cause, "
            "then run `hub holds release --cause`."
        )
    return "No delivery fits; see `hub deliveries list`."


def run(kernel: Kernel, group: str, replay_id: str, until: datetime) -> ReplayRow:
    """Go on with a replay until `until`, its end, or a pause; how it stands then.

    Raises ReadFailed and the pauses where a target cannot be looked at; it goes on from there later.
    """
    with kernel.store.read(group) as unit:
        targets = replays.targets(unit, replay_id)
    for target in targets:
        work(kernel, group, target, until, replay_id)
    return get(kernel, group, replay_id)


def get(kernel: Kernel, group: str, replay_id: str) -> ReplayRow:
    """One replay with its progress."""
    with kernel.store.read(group) as unit:
        return replays.listed(unit, replay_id=replay_id)[0]


def pause(kernel: Kernel, group: str, replay_id: str, *, who: str, why: str, off: bool = False) -> None:
    """Stop a replay within one slice, or let it go on. Raises Misconfigured where it stands so already."""
    with kernel.store.write(group, agent=who) as unit:
        if not replays.pause(unit, replay_id, paused=not off):
            row = replays.listed(unit, replay_id=replay_id)[0]
            raise Misconfigured(f"This replay is {row.state} already.", code="state")
        outcome = "resumed" if off else "paused"
        audit.record(unit, "replay", "replay", replay_id, outcome=outcome, reason=why)


def replay(kernel: Kernel, group: str, delivery_id: str, *, who: str, why: str) -> str:
    """Try a held delivery again; a delivered one only when a look says that it is gone.

    Answers in words what happened.

    Raises Misconfigured where it still stands or is under way, ReadFailed and the pauses from the look.
    """
    until = kernel.world.now() + PATIENCE
    row = run(kernel, group, start(kernel, group, Choice((delivery_id,)), who=who, why=why), until)
    if row.waiting:
        return "It is looked at later, by the worker or `hub replays run`"
    (became,) = row.became
    said, code = _SAID[Became(became)]
    if code:
        raise Misconfigured(said, code=code)
    return said


PATIENCE = timedelta(minutes=5)
_SAID = {
    Became.AGAIN: ("It will be tried again", ""),
    Became.GONE: ("Its case is looked at and planned again", ""),
    Became.STANDS: ("It still stands at the target; nothing was sent.", "still-there"),
    Became.UNDER_WAY: ("This delivery is under way already.", "state"),
    Became.OVERTAKEN: ("A newer version of this document counts instead; nothing was sent.", "state"),
}


def _get(unit: Unit, delivery_id: str) -> DeliveryRow:
    row = deliveries.by_ids(unit, [delivery_id]).get(delivery_id)
    if row is None:
        raise Misconfigured(f"There is no delivery {delivery_id!r}.", code="missing")
    return row
