"""The pure decision over one scope: the steps that may be sent now, and the holds that say why others not.

While nothing has to be removed a hold stops its document and what needs it, and the rest goes on. As soon
as any step of the whole sequence removes something, all of it must be free of holds, over all cases of
the scope, otherwise nothing is touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hub.errors import Reason, Who
from hub.planning.fold import Folded, fold
from hub.planning.problems import Found, objections, problems
from hub.planning.state import CaseState, Scope
from hub.planning.wish import Wish, wish
from hub.store import deliveries
from hub.store.holds import Wanted
from hub.store.vault import Vault
from hub.targets import Desired, Observed, Op, Policy, Seen, Step, Target


@dataclass(slots=True)
class Decision:
    """What a plan of one scope says. `needs_look`: it was made on belief and must be made again on sight."""

    ready: list[Step] = field(default_factory=list)
    sequence: list[Step] = field(default_factory=list)
    rounds: list[int] = field(default_factory=list)
    waits: set[str] = field(default_factory=set)
    holds: dict[str, list[Wanted]] = field(default_factory=dict)  # by case id
    stuck: set[str] = field(default_factory=set)
    desired: dict[str, Desired] = field(default_factory=dict)
    after: Observed = field(default_factory=dict)
    removes: bool = False
    changes: bool = False
    needs_look: bool = False
    by_rules: bool = False  # the target's own rules hold something: look at what it stands on, too


def decide(
    target: Target, policy: Policy, scope: Scope, observed: Mapping[str, Seen], vault: Vault
) -> Decision:
    """Pure. Folds until no new hold appears; every round of holds bars at least one more document."""
    found = Found()
    for state in scope.cases:
        for want in objections(state):
            found.add(state.id, want)
    while True:
        wishes = {state.id: wish(state, vault, found.of_document) for state in scope.cases}
        desired = [want for one in wishes.values() for want in one.desired.values()]
        own = frozenset().union(*(state.documents() for state in scope.cases))
        barred = set().union(*(one.dropped for one in wishes.values()))
        for state in scope.cases:
            if wishes[state.id].stopped or found.of_case[state.id]:
                barred |= state.documents()
        folded = fold(target, policy, observed, desired, own, barred)
        news = problems(target, policy, scope, folded, found, observed, wishes)
        if not news or _must_stop(folded, wishes, found):
            return _decision(scope, folded, wishes, found, desired)


def safely(
    target: Target, policy: Policy, scope: Scope, observed: Mapping[str, Seen], vault: Vault
) -> Decision:
    """`decide`, where a defect in the rules holds this scope and no other."""
    try:
        return decide(target, policy, scope, observed, vault)
    except Exception as error:  # its text may carry values of people: only the class is told
        return defect(scope, "plan", error)


def defect(scope: Scope, where: str, error: Exception) -> Decision:
    """Nothing is done and every case of the scope is held for a developer."""
    name = type(error).__name__
    sentence = f"The steps of this case cannot be worked out ({name}); a developer must look."
    reason = Reason(f"internal:{where}:{name}", sentence, Who.DEVELOPER)
    return Decision(holds={state.id: [Wanted(None, reason)] for state in scope.cases})


def _must_stop(folded: Folded, wishes: Mapping[str, Wish], found: Found) -> bool:
    held = any(w.held or w.stopped for w in wishes.values())
    return folded.removes and (held or any(found.of_document.values()) or any(found.of_case.values()))


def _decision(
    scope: Scope, folded: Folded, wishes: Mapping[str, Wish], found: Found, desired: list[Desired]
) -> Decision:
    made = Decision(
        folded.ready, folded.sequence, folded.rounds, folded.waits, after=folded.after,
        removes=folded.removes, changes=folded.changes,
        desired={want.document: want for want in desired},
    )  # fmt: skip
    made.by_rules = found.by_rules
    needed = {need for want in desired for need in want.content.needs()}
    made.needs_look = (
        folded.changes
        or bool(folded.suppressed)
        or found.by_rules
        or any(state.look_first for state in scope.cases)
        or bool(folded.waits - needed)  # something of another case must go first: plan it together
    )
    for state in scope.cases:
        made.holds[state.id] = _holds_of(state, wishes[state.id], found, scope, folded)
    stops = any(want.stops for wants in made.holds.values() for want in wants)
    if folded.removes and (stops or folded.waits):
        made.ready, made.sequence, made.rounds = [], [], []
        if stops:
            _spread(scope, folded, made)
    for state in scope.cases:
        if _stuck(state, made):
            made.stuck.add(state.id)
            made.holds[state.id] = [replace(want, urgent=want.stops) for want in made.holds[state.id]]
    return made


def _holds_of(state: CaseState, mine: Wish, found: Found, scope: Scope, folded: Folded) -> list[Wanted]:
    wants = [Wanted(None, reason) for reason in state.rendered.stops]
    wants += [Wanted(None, reason, stops=False) for reason in state.rendered.notes]
    wants += [Wanted(document, reason) for document, reasons in mine.held.items() for reason in reasons]
    wants += found.of_case[state.id]
    for document in sorted(state.documents()):
        wants += found.of_document.get(document, ())
    cents = max((deliveries.cents_of(w.content) for w in mine.desired.values()), default=0)
    if folded.waits:
        wants += [Wanted(None, replace(r, cents=cents)) for r in scope.elsewhere.get(state.id, ())]
    unique: dict[tuple[str | None, str], Wanted] = {}
    for want in wants:
        have = unique.get(want.key)
        if have is None or (have.delivery is None and want.delivery is not None):
            unique[want.key] = want
    return list(unique.values())


def _spread(scope: Scope, folded: Folded, made: Decision) -> None:
    """A case whose steps wait because a joined case is held says so itself."""
    reasons = [w.reason for state in scope.cases for w in made.holds[state.id] if w.stops]
    for state in scope.cases:
        touched = any(step.document in state.documents() for step in folded.sequence)
        touched = touched or (bool(folded.suppressed) and state is scope.primary)
        if touched and not any(want.stops for want in made.holds[state.id]):
            made.holds[state.id].append(Wanted(None, reasons[0]))


def _stuck(state: CaseState, made: Decision) -> bool:
    """A document that we removed to make it again, and whose making is held."""
    if not any(want.stops for want in made.holds[state.id]):
        return False
    coming = {step.document for step in made.sequence if step.op is Op.CREATE}
    for rendered in state.rendered.documents:
        known = state.known.get(rendered.document)
        if known is None or known.link is None or known.live or rendered.document in coming:
            continue
        if known.link.basis_hash and known.standing is not None and known.standing.op.removes:
            return True
    return False
