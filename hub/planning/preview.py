"""`hub plan`: the whole sequence a delivery would send now, by the same functions, nothing written.

Each case's steps are folded to their end, and what they leave at the target is assumed for the cases that
wait for it, so that a new patient's contact, invoice and receipts show as one sequence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from hub.documents import Document, as_dict
from hub.kernel import Kernel
from hub.planning import look
from hub.planning.context import CHART_AGE_BEFORE_REMOVAL, Context
from hub.planning.decide import Decision, safely
from hub.planning.joined import components
from hub.planning.rounds import loaded, observe
from hub.planning.state import Scope, believed
from hub.rendering import CaseKey
from hub.store import cases, deliveries
from hub.store.cases import CaseRow
from hub.store.session import Unit
from hub.store.tables import case, case_need, delivery
from hub.store.vault import Vault
from hub.targets import Op, Policy, Seen, Step

MOST_WAVES = 50


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step as it would be sent. `ready`: now, else after those before it; `content` only if asked for."""

    number: str
    target: str
    op: Op
    kind: str
    label: str
    business_date: date | None
    posting_date: date | None
    cents: int
    ready: bool
    document: str
    content: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PlannedHold:
    """What a plan made now would hold."""

    number: str
    cause: str
    sentence: str
    who: str
    cents: int
    stops: bool = True
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """Steps in the order they would go out, and holds of the cases planned; `looked_at` is aware UTC."""

    steps: tuple[PlannedStep, ...]
    holds: tuple[PlannedHold, ...]
    looked_at: datetime


@dataclass(slots=True)
class _Run:
    context: Context
    policy: Policy
    content: bool
    overlay: dict[str, Seen] = field(default_factory=dict)
    steps: list[tuple[tuple[int, int, int], PlannedStep]] = field(default_factory=list)
    holds: dict[str, list[PlannedHold]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)


def preview(kernel: Kernel, group: str, target: str | None = None, *, content: bool = False) -> Preview:
    """What `deliver` would do now. Raises ReadFailed and the pauses where the target cannot be looked at.

    A target for which nothing is due is not opened.
    """
    chosen = [c.id for c in kernel.config(group).connections if c.is_written and target in (None, c.id)]
    steps: list[PlannedStep] = []
    holds: list[PlannedHold] = []
    for one in chosen:
        with kernel.store.read(group) as unit:
            rows = _rows(unit, one)
        if not rows:
            continue
        context = Context(kernel, group, one, writes=False)
        run = _Run(context, context.policy(CHART_AGE_BEFORE_REMOVAL), content)
        _waves(run, rows)
        steps += [step for _, step in sorted(run.steps, key=lambda pair: (pair[0], pair[1].number))]
        holds += [hold for case_id in sorted(run.holds) for hold in run.holds[case_id]]
    holds.sort(key=lambda h: (h.cause, h.number))
    return Preview(tuple(steps), tuple(holds), kernel.world.now())


def _waves(run: _Run, rows: list[CaseRow]) -> None:
    run.known.update(row.id for row in rows)
    for wave in range(MOST_WAVES):
        if not rows:
            return
        rows = _wave(run, rows, wave)


def _wave(run: _Run, rows: Sequence[CaseRow], wave: int) -> list[CaseRow]:
    """Plan these cases over what is assumed so far; answers those that may go on in the next wave."""
    before = len(run.steps)
    waiting: dict[str, CaseRow] = {}
    needs: list[CaseKey] = []
    for scope, decision, vault in _decided(run, rows):
        _emit(run, scope, decision, wave, vault)
        for state in scope.cases:
            run.known.add(state.id)
            if decision.waits:
                waiting[state.id] = state.row
                needs += state.rendered.needs
    new = _new_rows(run, needs)
    return [*new, *waiting.values()] if new or len(run.steps) > before else []


def _decided(run: _Run, rows: Sequence[CaseRow]) -> Iterable[tuple[Scope, Decision, Vault]]:
    context = run.context
    with context.store.read(context.group) as unit:
        scopes = loaded(unit, context, _joined(unit, rows))
        vault = unit.vault
    looking: list[tuple[Scope, Decision]] = []
    for scope in scopes:
        if scope.busy:
            continue
        decision = _decide(run, scope, believed(scope, _over(run, scope)), vault)
        if decision.needs_look:
            looking.append((scope, decision))
        else:
            yield scope, decision, vault
    observed = observe(context, looking)
    for scope, _ in looking:
        sight = look.merged(believed(scope), observed)
        sight.update(_over(run, scope))
        yield scope, _decide(run, scope, sight, vault), vault


def _joined(unit: Unit, rows: Sequence[CaseRow]) -> list[list[CaseRow]]:
    by_id = {row.id: row for row in rows}
    groups = components(unit, list(by_id))
    others = [one for group in groups for one in group if one not in by_id]
    by_id.update((row.id, row) for row in cases.get_many(unit, others))
    return [[by_id[one] for one in group] for group in groups]


def _decide(run: _Run, scope: Scope, observed: Mapping[str, Seen], vault: Vault) -> Decision:
    return safely(run.context.rules, run.policy, scope, observed, vault)


def _over(run: _Run, scope: Scope) -> dict[str, Seen]:
    """What earlier steps are assumed to leave, as far as this scope may ask for it."""
    asked: set[str] = set(scope.prerequisites)
    for state in scope.cases:
        asked |= state.documents()
        for rendered in state.rendered.documents:
            asked.update(rendered.content.needs() if rendered.content is not None else ())
    return {document: run.overlay[document] for document in asked if document in run.overlay}


def _emit(run: _Run, scope: Scope, decision: Decision, wave: int, vault: Vault) -> None:
    ready = {step.key for step in decision.ready}
    for step, round_ in zip(decision.sequence, decision.rounds, strict=True):
        stands_on = {step.document, *(step.content.needs() if step.content is not None else ())}
        now = round_ == 0 and step.key in ready and not stands_on & run.overlay.keys()
        tier = run.context.rules.kinds[step.kind].tier
        order = (wave, round_, -tier if step.op.removes else tier)
        run.steps.append((order, _step(run, scope, step, now, vault)))
    if decision.sequence:
        stood = believed(scope, _over(run, scope))
        run.overlay.update({d: s for d, s in decision.after.items() if s != stood.get(d)})
    for state in scope.cases:
        number = state.row.key.number
        run.holds[state.id] = [
            PlannedHold(
                number, w.reason.code, w.reason.sentence, w.reason.who, w.reason.cents, w.stops, w.urgent
            )
            for w in decision.holds.get(state.id, ())
        ]


def _step(run: _Run, scope: Scope, step: Step, ready: bool, vault: Vault) -> PlannedStep:
    known = scope.known(step.document)
    content: Document | None = step.content
    if content is None and known is not None:
        content = known.content(vault)
    state = scope.case_of(step.document)
    number = state.row.key.number
    day = deliveries.date_of(content) if content is not None else None
    label = str(getattr(content, "number", "") or f"{step.kind.value} {number}")
    cents = deliveries.cents_of(content) if content is not None else 0
    shown = as_dict(content) if run.content and content is not None else None
    return PlannedStep(
        number, run.context.id, step.op, step.kind.value, label, day, day, cents, ready, step.document, shown
    )


def _rows(unit: Unit, target: str) -> list[CaseRow]:
    """Cases marked or with something not sent yet; if there are any, also those that wait for others."""
    mine = [case.c.group_id == unit.group, case.c.target_id == target]
    open_ = select(delivery.c.case_id).where(
        delivery.c.group_id == unit.group, delivery.c.target_id == target, delivery.c.state == "pending"
    )
    due = (case.c.marked > case.c.planned) | case.c.id.in_(open_)
    needing = select(case_need.c.case_id).where(case_need.c.group_id == unit.group)
    if unit.db.execute(select(case.c.id).where(*mine, due).limit(1)).first() is None:
        return []
    query = select(case.c.id).where(*mine, due | case.c.id.in_(needing))
    return cases.get_many(unit, [row[0] for row in unit.db.execute(query)])


def _new_rows(run: _Run, needs: Sequence[CaseKey]) -> list[CaseRow]:
    """Cases others need that nobody planned in this preview yet, whether the hub has them or not."""
    found: list[CaseRow] = []
    with run.context.store.read(run.context.group) as unit:
        for key in dict.fromkeys(needs):
            case_id = cases.id_of(unit, key)
            if case_id in run.known or key.target != run.context.id:
                continue
            run.known.add(case_id)
            found.append(cases.get(unit, case_id) or CaseRow(case_id, key, None, 1, 0, False, False))
    return found
