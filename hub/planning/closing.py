"""Steps that a plan saw to the end: when they come out as assumed, there is nothing to plan after them.

A plan is made again when its steps settle, for what comes next. Of most documents nothing does: the plan that
enqueued them folded the target's rules until nothing was left, and that was one round of creations. Where a
document then stands as it was assumed, and nobody marked the case meanwhile, another plan would say the same.
Known to the process that made the plan, and to nobody else: whatever settles elsewhere is planned again.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.planning.decide import Decision
from hub.planning.state import CaseState, Scope
from hub.targets import Op, Seen


@dataclass(frozen=True, slots=True)
class Closing:
    """What will stand of a document, and the count of marks its case was planned with."""

    marked: int
    assumed: Seen

    def came_true(self, seen: Seen) -> bool:
        """Whether all that rules decide by is as assumed; ids and stamps are the target's to give."""
        return _essence(seen) == _essence(self.assumed)


def closings(scope: Scope, decision: Decision) -> dict[str, Closing]:
    """By document, if the steps enqueued now are all there are, and nothing is held or waited for."""
    last = (
        len(decision.ready) == len(decision.sequence)
        and all(step.op is Op.CREATE for step in decision.ready)
        and not decision.waits
        and not any(decision.holds.values())
        and all(map(_says_all, scope.cases))
    )
    if not last:
        return {}
    return {
        step.document: Closing(scope.case_of(step.document).row.marked, decision.after[step.document])
        for step in decision.ready
    }


def _says_all(state: CaseState) -> bool:
    """Whether what was rendered asks for documents alone, and for no later plan."""
    rendered = state.rendered
    return not (rendered.waiting or rendered.again or rendered.instead or rendered.work)


def _essence(seen: Seen) -> tuple[object, ...]:
    return (seen.life, seen.matches, seen.content_hash, seen.number, seen.contact, seen.on, seen.total,
            seen.due, seen.remaining, seen.reconciled, len(seen.applied), seen.why)  # fmt: skip
