"""Writing down what a plan decided, fenced: nothing is written for a case that changed since it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select

from hub.documents import DocKind
from hub.planning.closing import Closing, closings
from hub.planning.context import Context
from hub.planning.decide import Decision
from hub.planning.found import adopt
from hub.planning.problems import same_step
from hub.planning.state import CaseState, Scope
from hub.planning.wish import stands
from hub.rendering import CaseKey, Work
from hub.store import cases, deliveries, holds, links, work_items
from hub.store.deliveries import SUPERSEDED, New
from hub.store.session import Unit
from hub.store.tables import case, delivery, hold
from hub.targets import Seen, Step

_JOINING = (DocKind.ALLOCATION, DocKind.DEPOSIT)
"""What stands on documents of several cases: as long as it stands, these are planned together."""


@dataclass(slots=True)
class Planned:
    """One scope as decided; `observed` is what was looked up (empty: believed only).

    `busy`: something of it is on its way; its outcome marks the case, so this plan changes nothing.
    """

    scope: Scope
    decision: Decision
    observed: Mapping[str, Seen]
    busy: bool = False


@dataclass(slots=True)
class Counts:
    """What a round of plans did. `conflicts` were changed meanwhile and are planned again."""

    planned: int = 0
    enqueued: int = 0
    held: int = 0
    conflicts: int = 0
    waiting: int = 0
    needs: dict[str, set[str]] = field(default_factory=dict, repr=False)
    seen: list[cases.Seen] = field(default_factory=list, repr=False)
    work: dict[str, tuple[str, Sequence[Work]]] = field(default_factory=dict, repr=False)
    wake: dict[CaseKey, None] = field(default_factory=dict, repr=False)
    adopted: dict[str, str] = field(default_factory=dict, repr=False)  # document -> its case

    def add(self, other: Counts) -> None:
        self.planned += other.planned
        self.enqueued += other.enqueued
        self.held += other.held
        self.conflicts += other.conflicts
        self.waiting += other.waiting


def commit(unit: Unit, context: Context, owner: str, plans: Sequence[Planned]) -> Counts:
    """Write the plans whose cases are still leased by `owner` and unchanged; put the others back."""
    counts = Counts()
    rows = [state.row for plan in plans for state in plan.scope.cases]
    unchanged = _unchanged(unit, [row.id for row in rows], owner)
    new: list[New] = []
    closing: dict[str, Closing] = {}
    for plan in plans:
        if any(unchanged.get(state.id) != state.row.marked for state in plan.scope.cases):
            cases.put_back(unit, [state.id for state in plan.scope.cases], owner)
            counts.conflicts += 1
            continue
        if plan.busy:
            for state in plan.scope.cases:
                cases.leave(unit, state.row, owner)
            continue
        mine = _enqueue(unit, context, plan, counts.adopted)
        if mine is None:
            cases.put_back(unit, [state.id for state in plan.scope.cases], owner)
            counts.conflicts += 1
            continue
        new += mine
        closing |= closings(plan.scope, plan.decision)
        _note(unit, plan)
        _finish(unit, plan, counts)
    for one, delivery_id in zip(new, deliveries.enqueue(unit, new), strict=True):
        if one.document in closing:
            context.closing[delivery_id] = closing[one.document]
    counts.enqueued = len(new)
    cases.planned(unit, owner, counts.seen)
    cases.set_needs(unit, counts.needs)
    work_items.sync(unit, counts.work)
    # What was found may make sense of the rest: what stands on it, and what else its own case holds.
    cases.mark_waiting_on(unit, counts.adopted)
    cases.mark_ids(unit, counts.adopted.values())
    _wake(unit, list(counts.wake))
    return counts


_STILL_OURS = select(case.c.id, case.c.marked).where(
    case.c.group_id == bindparam("g"),
    case.c.id.in_(bindparam("ids", expanding=True)),
    case.c.lease_owner == bindparam("o"),
    case.c.lease_until > bindparam("now"),
)


def _unchanged(unit: Unit, case_ids: Sequence[str], owner: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(case_ids), 400):
        keys = {"g": unit.group, "o": owner, "now": unit.now, "ids": list(case_ids[start : start + 400])}
        found.update((row[0], row[1]) for row in unit.db.execute(_STILL_OURS, keys))
    return found


def _enqueue(unit: Unit, context: Context, plan: Planned, adopted: dict[str, str]) -> list[New] | None:
    """Cancel what is superseded, revive what is released, answer what is new; None on a lost race.

    Documents of ours that a look found unlinked are linked and noted in `adopted`.
    """
    ready = {step.document: step for step in plan.decision.ready}
    new: list[New] = []
    for state in plan.scope.cases:
        for document in sorted(state.documents()):
            known, step = state.known.get(document), ready.get(document)
            version = known.last.version + 1 if known is not None and known.last is not None else 1
            seen = plan.observed.get(document)
            if seen is not None and (known is None or known.link is None):
                if links.unshared(unit, context.id, {document: seen}, context.confusable)[document] != seen:
                    return None
                wanted = plan.decision.desired.get(document)
                taken = adopt(unit, context, state, wanted, seen, version)
                version += taken
                adopted.update({document: state.id} if taken else {})
            last = known.last if known is not None else None
            if step is not None and same_step(known, step) and last is not None:
                if last.state == "pending":
                    continue
                if last.state == "held":
                    if not deliveries.revive(unit, last.id):
                        return None
                    continue
            if last is not None and last.state == "pending":
                if not deliveries.cancel(unit, last.id, SUPERSEDED):
                    return None
            elif last is not None and last.state == "held" and not _still_held(state, last.id, plan):
                deliveries.cancel(unit, last.id, SUPERSEDED, was="held")
            if step is not None:
                new.append(_new(unit, context, state, step, version))
    return new


def _still_held(state: CaseState, delivery_id: str, plan: Planned) -> bool:
    return any(want.delivery == delivery_id for want in plan.decision.holds[state.id])


def _new(unit: Unit, context: Context, state: CaseState, step: Step, version: int) -> New:
    known = state.known.get(step.document)
    basis = state.bases.get(step.document, "")
    content, digest = step.content, step.content_hash
    if step.op.removes or content is None:
        assert known is not None
        assert known.link is not None
        content, digest = known.content(unit.vault), known.link.content_hash
        basis = known.link.basis_hash if step.document in state.bases else ""
    assert content is not None
    spec = context.rules.kinds[step.kind]
    # A removal makes way for changes of what it stands on: the reverse order, before everything else.
    tier = -spec.tier if step.op.removes else spec.tier
    entity = next((d.entity for d in state.rendered.documents if d.document == step.document), None)
    return New(
        state.id, context.id, step.document, version, step.op, tier, content, digest, basis,
        entity, context.config.version, state.look_first,
    )  # fmt: skip


def _note(unit: Unit, plan: Planned) -> None:
    """What was seen goes into the links; a source that changed without changing the content, too."""
    if plan.observed:
        rows = {
            seen.document: row
            for seen in plan.observed.values()
            if (row := plan.scope.link(seen.document)) is not None
        }
        changed = links.note_seen(unit, rows, plan.observed.values())
        own = {document for state in plan.scope.cases for document in state.documents()}
        cases.mark_waiting_on(unit, [document for document in changed if document in own])
    bases: dict[str, str] = {}
    for state in plan.scope.cases:
        for document, digest in state.hashes.items():
            known = state.known.get(document)
            same = known is not None and known.link is not None and known.link.content_hash == digest
            if same and known is not None and known.live and not stands(state, document):
                bases[document] = state.bases[document]
    links.set_basis(unit, bases)


def _finish(unit: Unit, plan: Planned, counts: Counts) -> None:
    wanted = {state.id: plan.decision.holds.get(state.id, []) for state in plan.scope.cases}
    have = [row for state in plan.scope.cases for row in state.holds]
    changed = holds.sync(unit, wanted, have)
    for state in plan.scope.cases:
        own = state.documents()
        if state.id in changed:
            cases.mark_waiting_on(unit, own)
        counts.needs[state.id] = _needs(unit, plan, state, own)
        note = state.rendered.waiting or state.rendered.nothing
        stuck = state.id in plan.decision.stuck
        counts.seen.append(cases.Seen(state.row, stuck, note, state.rendered.again))
        if not state.rendered.stops:  # what cannot be made says nothing of what is to be done
            counts.work[state.id] = (state.row.key.number, state.rendered.work)
        counts.planned += 1
        counts.held += len(wanted[state.id])
        if plan.decision.waits:
            counts.waiting += 1
            counts.wake.update(dict.fromkeys(state.rendered.needs))
        # A configuration marks no case that it made: the one that stood in its place does.
        counts.wake.update(dict.fromkeys(state.rendered.instead))


def _needs(unit: Unit, plan: Planned, state: CaseState, own: set[str]) -> set[str]:
    """Documents of other cases: those waited for, and credits and invoices its documents stand on.

    What cases planned together wait for, each of them does: the steps of one may stand behind another's. What
    goes first among them is waited for by a case that has only later steps.
    """
    needs = set(plan.decision.waits) - own
    first = {step.document for step in plan.decision.ready}
    later = {step.document for step in plan.decision.sequence} - first
    if own & later and not own & first:
        needs |= first
    others = {document: row.kind for document, row in plan.scope.prerequisites.items()}
    for other in plan.scope.cases:  # what a joined case makes is no prerequisite, and joins all the same
        others |= {rendered.document: rendered.kind for rendered in other.rendered.documents}
        others |= {document: known.kind for document, known in other.known.items()}
    for rendered in state.rendered.documents:
        for need in set(rendered.content.needs() if rendered.content is not None else ()) - own:
            joins = (
                rendered.kind is DocKind.ALLOCATION
                or others.get(need, DocKind.CONTACT) is not DocKind.CONTACT
            )
            if joins:
                needs.add(need)
    for known in state.known.values():
        content = known.content(unit.vault) if known.kind in _JOINING else None
        needs.update(need for need in (content.needs() if content is not None else ()) if need not in own)
    return needs


def _wake(unit: Unit, needs: Sequence[CaseKey]) -> None:
    """Have the cases this one waits for planned, unless they are under way, held or about to be."""
    by_id = {cases.id_of(unit, key): key for key in needs}
    rows = {row.id: row for row in cases.get_many(unit, list(by_id))}
    for case_id, key in by_id.items():
        row = rows.get(case_id)
        marked = row is not None and row.marked > row.planned
        if not marked and (row is None or not _under_way(unit, case_id)):
            cases.mark(unit, key)


_SENDING = (
    select(delivery.c.id)
    .where(
        delivery.c.group_id == bindparam("g"),
        delivery.c.case_id == bindparam("c"),
        delivery.c.state.in_(deliveries.OPEN),
    )
    .limit(1)
)
_HELD = (
    select(hold.c.id)
    .where(
        hold.c.group_id == bindparam("g"),
        hold.c.case_id == bindparam("c"),
        hold.c.closed_at.is_(None),
        hold.c.stops,
    )
    .limit(1)
)


def _under_way(unit: Unit, case_id: str) -> bool:
    keys = {"g": unit.group, "c": case_id}
    return any(unit.db.execute(query, keys).first() is not None for query in (_SENDING, _HELD))
