"""One round of planning over leased cases: read, decide on belief, look where something changes, commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from hub.errors import HubError, PauseConnection, ReadFailed
from hub.planning import look
from hub.planning.commit import Counts, Planned, commit
from hub.planning.context import CHART_AGE, CHART_AGE_BEFORE_REMOVAL, Context
from hub.planning.decide import Decision, defect, safely
from hub.planning.joined import components
from hub.planning.load import load, scopes_of
from hub.planning.state import Scope, believed
from hub.store import cases, deliveries, links
from hub.store.cases import CaseRow
from hub.store.session import Unit
from hub.store.vault import Vault
from hub.targets import Key, Policy, Seen

AGAIN = timedelta(seconds=30)  # after a look that failed, and the longest wait for a reconnect
SOON = timedelta(seconds=1)  # for a joined case another worker plans now


def run(context: Context, rows: Sequence[CaseRow], owner: str) -> Counts:
    """Plan leased cases. Cases whose target cannot be looked at now are put back with a later due time."""
    try:
        policy = context.policy(CHART_AGE)
    except (PauseConnection, ReadFailed) as error:
        _put_back(context, [row.id for row in rows], owner, error)
        return Counts()
    counts = Counts()
    simple, looking = _drafts(context, rows, owner, policy)
    if simple:
        with context.store.write(context.group) as unit:
            counts.add(commit(unit, context, owner, simple))
    if looking:
        counts.add(_with_a_look(context, looking, owner))
    return counts


def _drafts(
    context: Context, rows: Sequence[CaseRow], owner: str, policy: Policy
) -> tuple[list[Planned], list[Planned]]:
    """Decisions on belief: those that may be committed, and those that need a look first."""
    scopes, vault = _scopes(context, rows, owner)
    simple: list[Planned] = []
    looking: list[Planned] = []
    for scope in scopes:
        if scope.busy:
            simple.append(Planned(scope, Decision(), {}, busy=True))
            continue
        decision = safely(context.rules, policy, scope, believed(scope), vault)
        (looking if decision.needs_look else simple).append(Planned(scope, decision, {}))
    return simple, looking


def _scopes(context: Context, rows: Sequence[CaseRow], owner: str) -> tuple[list[Scope], Vault]:
    """The cases with all they are joined with, which has to be leased before it is read."""
    by_id = {row.id: row for row in rows}
    with context.store.read(context.group) as unit:
        groups = components(unit, list(by_id))
        alone = [[by_id[group[0]]] for group in groups if len(group) == 1]
        joint = [group for group in groups if len(group) > 1]
        if not joint:
            return loaded(unit, context, alone), unit.vault
    together = _leased(context, joint, owner)
    with context.store.read(context.group) as unit:
        return loaded(unit, context, [*alone, *together]), unit.vault


def _leased(context: Context, joint: Sequence[Sequence[str]], owner: str) -> list[list[CaseRow]]:
    """Those of the groups whose cases are all ours now; a group another worker holds a part of waits."""
    found: list[list[CaseRow]] = []
    with context.store.write(context.group) as unit:
        for group in joint:
            taken = cases.take(unit, group, owner, context.lease)
            if len(taken) == len(group):
                found.append(taken)
            else:
                cases.put_back(unit, [row.id for row in taken], owner, due_at=unit.now + SOON)
    return found


def loaded(unit: Unit, context: Context, groups: Sequence[Sequence[CaseRow]]) -> list[Scope]:
    """The scopes of groups of cases, read in bulk."""
    flat = [row for group in groups for row in group]
    states = {state.id: state for state in load(unit, context.kernel.renderer(), context.config, flat)}
    return scopes_of(unit, [[states[row.id] for row in group] for group in groups])


def _with_a_look(context: Context, drafts: Sequence[Planned], owner: str) -> Counts:
    """Look once for all, decide again on sight."""
    try:
        observed = observe(context, [(draft.scope, draft.decision) for draft in drafts])
        removes = any(draft.decision.removes for draft in drafts)
        policy = context.policy(CHART_AGE_BEFORE_REMOVAL if removes else CHART_AGE)
    except HubError as error:
        _put_back(context, [state.id for draft in drafts for state in draft.scope.cases], owner, error)
        if not isinstance(error, PauseConnection | ReadFailed):
            raise
        return Counts()
    except Exception as error:
        return _apart(context, drafts, owner, error)
    plans: list[Planned] = []
    for draft in drafts:
        sight = look.merged(believed(draft.scope), observed)
        decision = safely(context.rules, policy, draft.scope, sight, context.vault())
        seen = {document: one for document, one in sight.items() if document in observed}
        plans.append(Planned(draft.scope, decision, seen))
    with context.store.write(context.group) as unit:
        return commit(unit, context, owner, plans)


def _apart(context: Context, drafts: Sequence[Planned], owner: str, error: Exception) -> Counts:
    """A defect while looking holds the case it comes from, and no other."""
    counts = Counts()
    if len(drafts) > 1:
        for draft in drafts:
            counts.add(_with_a_look(context, [draft], owner))
        return counts
    held = defect(drafts[0].scope, "look", error)
    with context.store.write(context.group) as unit:
        return commit(unit, context, owner, [Planned(drafts[0].scope, held, {})])


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
    found = context.observe([keys[document] for document in sorted(keys)])
    with context.store.read(context.group) as unit:
        return links.unshared(unit, context.id, found, context.confusable)


def _put_back(context: Context, case_ids: Sequence[str], owner: str, error: Exception) -> None:
    if isinstance(error, PauseConnection):
        context.pause(error)
    until = context.opens_at()
    with context.store.write(context.group) as unit:
        cases.put_back(unit, case_ids, owner, due_at=until or unit.now + AGAIN)
