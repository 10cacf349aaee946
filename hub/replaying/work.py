"""Working a replay through in slices: look once per slice, then mark, each delivery once.

A slice is one look outside any transaction and one transaction after it, so a kill anywhere loses at most a
look. Nothing is sent from here: cases are marked, and delivery goes on as always.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from hub import audit
from hub.errors import PauseConnection
from hub.kernel import Kernel
from hub.planning.context import Context
from hub.sending.batches import Member
from hub.sending.outgoing import opened, standing
from hub.store import cases, deliveries, holds, replays
from hub.store.deliveries import DeliveryRow
from hub.store.links import LinkRow
from hub.store.replays import Became
from hub.store.session import Unit
from hub.targets import Key, Life, Seen

SLICE = 100


def work(kernel: Kernel, group: str, target: str, until: datetime, only: str | None = None) -> int:
    """Go on with every running replay (or one) at one target; how many deliveries were settled.

    Raises ReadFailed and the pauses where the target cannot be looked at; what was settled before stays.
    """
    done = 0
    with kernel.store.read(group) as unit:
        if not replays.any_waiting(unit, target):
            return 0
    context = Context(kernel, group, target)
    while kernel.world.now() < until and (settled := _slice(context, only)):
        done += settled
    return done


def _slice(context: Context, only: str | None) -> int:
    with context.store.read(context.group) as unit:
        todo = replays.waiting(unit, context.id, SLICE, only)
        if not todo:
            return 0
        keys = _keys(unit, list(deliveries.by_ids(unit, [one for _, one in todo]).values()))
    try:
        observed = context.observe(list(keys.values()))
    except PauseConnection as error:
        context.pause(error)
        raise
    settled = 0
    with context.store.write(context.group) as unit:
        rows = deliveries.by_ids(unit, [one for _, one in todo])
        newest = deliveries.newest(unit, {row.document for row in rows.values()})
        for replay_id, delivery_id in todo:
            row = rows[delivery_id]
            if row.state == "delivered" and row.id not in keys and row.version == newest[row.document]:
                continue  # delivered meanwhile: looked at in the next slice
            seen = observed.get(row.document) if row.id in keys else None
            settled += _settle(unit, replay_id, row, _became(row, newest[row.document], seen))
        for replay_id in sorted({replay_id for replay_id, _ in todo}):
            if replays.finish(unit, replay_id):
                audit.record(unit, "replay", "replay", replay_id, outcome="done")
    return settled


def _keys(unit: Unit, rows: Sequence[DeliveryRow]) -> dict[str, Key]:
    """What to look for, by delivery: the documents whose link names it, under the id the link knows."""
    members = opened(unit, [row for row in rows if row.state == "delivered"])
    linked = standing(unit, members)
    return {
        member.row.id: _key(member, linked)
        for member in members
        if member.row.document in linked and linked[member.row.document].delivery == member.row.id
    }


def _key(member: Member, linked: Mapping[str, LinkRow]) -> Key:
    row, content = member.row, member.content
    related = {need: linked[need].external_id for need in content.needs() if need in linked}
    external = linked[row.document].external_id
    return Key(row.document, row.kind, content, row.content_hash, row.mark, external, related)


def _settle(unit: Unit, replay_id: str, row: DeliveryRow, became: Became) -> bool:
    if not replays.settle(unit, replay_id, row.id, became):
        return False
    if became in (Became.AGAIN, Became.GONE):
        holds.release(unit, delivery=row.id)
        cases.mark_ids(unit, [row.case], look_first=became is Became.GONE)
        audit.record(
            unit, "delivery.replay", "delivery", row.id, outcome=became.value, correlation=replay_id,
            was=row.state,
        )  # fmt: skip
    return True


def _became(row: DeliveryRow, newest: int, seen: Seen | None) -> Became:
    """`seen` is what a look found of a delivered one that stands behind its document's link."""
    if row.state in deliveries.OPEN:
        return Became.UNDER_WAY
    if row.state == "delivered" and seen is not None:
        undone = seen.life is Life.LIVE if row.op.removes else seen.life in (Life.ABSENT, Life.ENDED)
        return Became.GONE if undone else Became.STANDS
    if row.version < newest or row.state == "delivered":
        return Became.OVERTAKEN
    return Became.AGAIN
