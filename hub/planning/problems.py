"""What stands in the way of a sequence: the target's rules, local checks, refusals not yet released."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hub.errors import Reason, Who
from hub.planning.fold import Folded
from hub.planning.state import CaseState, Known, Scope
from hub.planning.wish import Wish, stands
from hub.store import deliveries
from hub.store.holds import Wanted
from hub.targets import Observed, Policy, Step, Target

MOST_REPLANS = 3


@dataclass(slots=True)
class Found:
    """Holds found after rendering: by document, and of whole cases; whether the target's rules named any."""

    of_document: dict[str, list[Wanted]] = field(default_factory=lambda: defaultdict(list))
    of_case: dict[str, list[Wanted]] = field(default_factory=lambda: defaultdict(list))
    by_rules: bool = False

    def add(self, case: str, want: Wanted) -> bool:
        place = self.of_case[case] if want.document is None else self.of_document[want.document]
        if any(have.key == want.key for have in place):
            return False
        place.append(want)
        return True


def problems(
    target: Target,
    policy: Policy,
    scope: Scope,
    folded: Folded,
    found: Found,
    observed: Observed,
    wishes: Mapping[str, Wish],
) -> bool:
    """Note what stands in the way of the folded sequence; whether anything of it is new."""
    news = False
    for blocked in folded.blocked:
        found.by_rules = True
        if blocked.document is not None:
            if blocked.document in _held_already(wishes):
                continue
            state = scope.case_of(blocked.document)
            news |= found.add(state.id, Wanted(blocked.document, blocked.reason))
        else:
            for state in _named(target, policy, scope, blocked.reason, observed, wishes):
                news |= found.add(state.id, Wanted(None, blocked.reason))
    for step in folded.sequence:
        state = scope.case_of(step.document)
        for want in _against(target, policy, state, step):
            news |= found.add(state.id, want)
    if folded.endless:
        news |= found.add(scope.primary.id, Wanted(None, _ENDLESS))
    return news


def _held_already(wishes: Mapping[str, Wish]) -> set[str]:
    """Documents held by the mapping already: the target's own objection to them says nothing new."""
    return set().union(*(one.held for one in wishes.values()))


def _named(
    target: Target,
    policy: Policy,
    scope: Scope,
    reason: Reason,
    observed: Observed,
    wishes: Mapping[str, Wish],
) -> list[CaseState]:
    """Whose case a hold of a whole case is, where several are planned together: ask the rules one by one."""
    if len(scope.cases) == 1:
        return scope.cases
    owners = [
        state
        for state in scope.cases
        if any(
            b.document is None and b.reason.code == reason.code
            for b in target.steps(
                observed, list(wishes[state.id].desired.values()), frozenset(state.documents()), policy
            ).blocked
        )
    ]
    return owners or [scope.primary]


_ENDLESS = Reason(
    "internal:endless-plan",
    "The steps of this case never come to an end; a developer must look.",
    Who.DEVELOPER,
)
_UNSETTLED = Reason(
    "target:unsettled",
    "The target keeps answering that it stands otherwise than it shows; somebody must look at it there.",
    Who.OPS,
)


def _against(target: Target, policy: Policy, state: CaseState, step: Step) -> list[Wanted]:
    """What speaks against one step: a local check, a refusal not yet released, a target that never agrees."""
    cents = deliveries.cents_of(step.content) if step.content is not None else 0
    against: list[Wanted] = []
    known = state.known.get(step.document)
    refused = _refused(state, known, step)
    if refused is not None:
        against.append(refused)
    reason = target.check(step, policy)
    if reason is not None:
        against.append(Wanted(step.document, reason if reason.cents else replace(reason, cents=cents)))
    if known is not None and known.replans >= MOST_REPLANS:
        last = known.last.id if known.last is not None else None
        against.append(Wanted(step.document, replace(_UNSETTLED, cents=cents), delivery=last))
    return against


def same_step(known: Known | None, step: Step) -> bool:
    """Whether the last delivery of the document is this very step (a removal takes what stands)."""
    last = known.last if known is not None else None
    if last is None or last.op is not step.op:
        return False
    return step.op.removes or last.content_hash == step.content_hash


def objections(state: CaseState) -> list[Wanted]:
    """Holds of documents that were taken but not as sent (other totals): until released or changed."""
    wants: list[Wanted] = []
    for row in state.holds:
        known = state.known.get(row.document or "")
        if row.delivery is None or known is None or known.last is None or known.link is None:
            continue
        same = known.last.id == row.delivery and known.last.state == "delivered"
        wished = (
            known.link.content_hash if stands(state, known.document) else state.hashes.get(known.document)
        )
        if same and wished == known.last.content_hash:
            wants.append(
                Wanted(row.document, row.reason, row.stops, row.urgent, row.delivery, row.content_hash)
            )
    return wants


def _refused(state: CaseState, known: Known | None, step: Step) -> Wanted | None:
    if known is None or known.last is None or not same_step(known, step):
        return None
    withdrawn = known.last.state == "cancelled" and known.last.reason == deliveries.BY_PERSON
    if known.last.state != "held" and not withdrawn:
        return None
    for row in state.holds:
        if row.delivery == known.last.id:
            return Wanted(step.document, row.reason, True, row.urgent, row.delivery, row.content_hash)
    return None  # released: it may go out again
