"""One round of planning over leased cases: read, decide on belief, look where something changes, commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from hub.errors import PauseConnection, ReadFailed
from hub.planning import look
from hub.planning.commit import Counts, Planned, commit
from hub.planning.context import CHART_AGE, CHART_AGE_BEFORE_REMOVAL, Context
from hub.planning.decide import Decision, safely
from hub.planning.joined import joined
from hub.planning.load import load, scopes_of
from hub.planning.state import Scope, believed
from hub.store import cases, deliveries
from hub.store.cases import CaseRow
from hub.store.session import Unit
from hub.targets import Key, Policy, Seen

AGAIN = timedelta(seconds=30)  # after a look that failed, and the longest wait for a reconnect
SOON = timedelta(seconds=1)  # for a joined case another worker plans now


@dataclass(slots=True)
class _Draft:
    """A scope with its decision on belief."""

    scope: Scope
    decision: Decision


def run(context: Context, rows: Sequence[CaseRow], owner: str) -> Counts:
    """Plan leased cases. Cases whose target cannot be looked at now are put back with a later due time."""
    try:
        policy = context.policy(CHART_AGE)
    except (PauseConnection, ReadFailed) as error:
        _put_back(context, [row.id for row in rows], owner, error)
        return Counts()
    counts = Counts()
    simple, looking = _drafts(context, rows, policy)
    if simple:
        with context.store.write(context.group) as unit:
            counts.add(commit(unit, context, owner, simple))
    if looking:
        counts.add(_with_a_look(context, looking, owner))
    return counts


def _drafts(context: Context, rows: Sequence[CaseRow], policy: Policy) -> tuple[list[Planned], list[CaseRow]]:
    simple: list[Planned] = []
    looking: list[CaseRow] = []
    with context.store.read(context.group) as unit:
        states = load(unit, context.kernel.renderer(), context.config, rows)
        scopes = scopes_of(unit, [[state] for state in states if not state.busy])
        vault = unit.vault
    simple += [
        Planned(Scope([state]), Decision(holds={state.id: []}), {}, busy=True)
        for state in states
        if state.busy
    ]
    for scope in scopes:
        decision = safely(context.rules, policy, scope, believed(scope), vault)
        if decision.needs_look:
            looking.append(scope.primary.row)
        else:
            simple.append(Planned(scope, decision, {}))
    return simple, looking


def _with_a_look(context: Context, rows: Sequence[CaseRow], owner: str) -> Counts:
    """Join what credits bind, look once for all, decide again on sight."""
    all_rows = [row.id for row in rows]
    groups = _join(context, rows, owner)
    ids_ = sorted({row.id for group in groups for row in group} | set(all_rows))
    if not groups:
        return Counts()
    try:
        drafts = _ready(context, _joint_drafts(context, groups), owner)
        observed = observe(context, [(d.scope, d.decision) for d in drafts])
        policy = context.policy(CHART_AGE_BEFORE_REMOVAL)
    except (PauseConnection, ReadFailed) as error:
        _put_back(context, ids_, owner, error)
        return Counts()
    plans: list[Planned] = []
    for draft in drafts:
        sight = look.merged(believed(draft.scope), observed)
        decision = safely(context.rules, policy, draft.scope, sight, context.vault())
        seen = {document: one for document, one in sight.items() if document in observed}
        plans.append(Planned(draft.scope, decision, seen))
    with context.store.write(context.group) as unit:
        return commit(unit, context, owner, plans)


def _ready(context: Context, drafts: Sequence[_Draft], owner: str) -> list[_Draft]:
    """Scopes with nothing on its way; the others are planned again when that has settled."""
    busy = [d for d in drafts if any(state.busy for state in d.scope.cases)]
    if busy:
        with context.store.write(context.group) as unit:
            for draft in busy:
                cases.put_back(unit, [s.id for s in draft.scope.cases], owner, due_at=unit.now + SOON)
    return [draft for draft in drafts if draft not in busy]


def _join(context: Context, rows: Sequence[CaseRow], owner: str) -> list[list[CaseRow]]:
    """Groups of cases to plan together, all leased; a group another worker holds a part of waits."""
    groups: list[list[CaseRow]] = []
    with context.store.write(context.group) as unit:
        done: set[str] = set()
        for row in rows:
            if row.id in done:
                continue
            ids_ = joined(unit, [row.id])
            taken = cases.take(unit, ids_, owner, context.lease) if len(ids_) > 1 else [row]
            done.update(ids_)
            if len(taken) == len(ids_):
                groups.append(sorted(taken, key=lambda one: one.id != row.id))
            else:
                mine = [one.id for one in taken] + [row.id]
                cases.put_back(unit, mine, owner, due_at=unit.now + SOON)
    return groups


def _joint_drafts(context: Context, groups: Sequence[Sequence[CaseRow]]) -> list[_Draft]:
    policy = context.policy(CHART_AGE)
    with context.store.read(context.group) as unit:
        scopes = joint_scopes(unit, context, groups)
        vault = unit.vault
    return [_Draft(s, safely(context.rules, policy, s, believed(s), vault)) for s in scopes]


def joint_scopes(unit: Unit, context: Context, groups: Sequence[Sequence[CaseRow]]) -> list[Scope]:
    """The scopes of groups of cases; a group with something on its way is left for later by its fence."""
    flat = [row for group in groups for row in group]
    states = {state.id: state for state in load(unit, context.kernel.renderer(), context.config, flat)}
    return scopes_of(unit, [[states[row.id] for row in group] for group in groups])


def observe(context: Context, drafts: Sequence[tuple[Scope, Decision]]) -> Mapping[str, Seen]:
    """One look for many scopes, outside any transaction. Raises ReadFailed and the pauses."""
    standing = {row.delivery for scope, _ in drafts for row in scope.prerequisites.values() if row.live}
    with context.store.read(context.group) as unit:
        rows = deliveries.by_ids(unit, standing)
        contents = {row.document: deliveries.content(unit.vault, row) for row in rows.values()}
        vault = unit.vault
    keys: dict[str, Key] = {}
    for scope, decision in drafts:
        for key in look.keys(scope, decision, vault, contents):
            keys.setdefault(key.document, key)
    return context.observe([keys[document] for document in sorted(keys)])


def _put_back(context: Context, case_ids: Sequence[str], owner: str, error: Exception) -> None:
    if isinstance(error, PauseConnection):
        context.pause(error)
    until = context.opens_at()
    with context.store.write(context.group) as unit:
        cases.put_back(unit, case_ids, owner, due_at=until or unit.now + AGAIN)
