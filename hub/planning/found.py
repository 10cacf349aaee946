"""Finding our own documents again at the target (a restored database): linked, never sent twice."""

from __future__ import annotations

from hub import audit
from hub.planning.context import Context
from hub.planning.state import CaseState
from hub.store import deliveries, links
from hub.store.deliveries import New
from hub.store.session import Unit
from hub.store.tables import attempt
from hub.targets import Desired, Life, Op, Seen


def adopt(
    unit: Unit, context: Context, state: CaseState, wanted: Desired | None, seen: Seen, version: int
) -> int:
    """Link a document looked up under our own mark; how many versions that took (0 or 1).

    One that stands with other content is linked without a content hash: it is changed next.
    """
    if wanted is None or seen.life is not Life.LIVE or not seen.external_id:
        return 0
    digest = wanted.content_hash if seen.matches else ""
    basis = state.bases.get(wanted.document, "") if seen.matches else ""
    entity = next((d.entity for d in state.rendered.documents if d.document == wanted.document), None)
    new = New(
        state.id,
        context.id,
        wanted.document,
        version,
        Op.CREATE,
        context.rules.kinds[wanted.kind].tier,
        wanted.content,
        wanted.content_hash,
        basis,
        entity,
        context.config.version,
        False,
    )
    delivery_id = deliveries.enqueue(unit, [new], state="delivered", reason="found")[0]
    note_found(unit, delivery_id, 1)
    links.write(
        unit,
        case=state.id,
        target=context.id,
        seen=seen,
        op=Op.CREATE,
        version=version,
        delivery=delivery_id,
        content_hash=digest,
        basis_hash=basis,
    )
    audit.record(
        unit,
        "delivery.found",
        "delivery",
        delivery_id,
        outcome="linked" if seen.matches else "linked-other-content",
        connection=context.id,
        document=wanted.document,
        external_id=seen.external_id,
    )
    return 1


def note_found(unit: Unit, delivery_id: str, number: int) -> None:
    """An attempt row for a document that was found instead of sent."""
    unit.db.execute(
        attempt.insert().values(
            id=unit.new_id(),
            group_id=unit.group,
            delivery_id=delivery_id,
            batch_id=delivery_id,
            number=number,
            worker=unit.agent[:100],
            started_at=unit.now,
            ended_at=unit.now,
            verdict="found",
        )
    )
