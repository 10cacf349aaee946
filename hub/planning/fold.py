"""Folding the target's pure rules: steps, assume, steps again, until nothing is left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from hub.targets import Blocked, Desired, Next, Observed, Op, Policy, Step, Target

ROUNDS_PER_DOCUMENT = 4


@dataclass(slots=True)
class Folded:
    """The whole sequence, its first round (what may be sent now), and what stands in the way.

    `rounds` holds, by position in `sequence`, the round a step belongs to; `suppressed` the steps of
    barred documents; `after` is what the target will hold at the end. `endless` says that the rules never
    came to rest.
    """

    sequence: list[Step] = field(default_factory=list)
    rounds: list[int] = field(default_factory=list)
    ready: list[Step] = field(default_factory=list)
    suppressed: list[Step] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    waits: set[str] = field(default_factory=set)
    after: Observed = field(default_factory=dict)
    endless: bool = False

    @property
    def removes(self) -> bool:
        return any(step.op.removes for step in (*self.sequence, *self.suppressed))

    @property
    def changes(self) -> bool:
        return any(step.op is not Op.CREATE for step in self.sequence)


def fold(
    target: Target,
    policy: Policy,
    observed: Observed,
    desired: Sequence[Desired],
    own: frozenset[str],
    barred: Collection[str],
) -> Folded:
    """Steps of documents in `barred` are left out (held, or in need of something held)."""
    found = Folded(after=observed)
    for number in range(ROUNDS_PER_DOCUMENT * len(own) + 4):
        following: Next = target.steps(found.after, desired, own, policy)
        _note(found, following)
        steps = [step for step in following.steps if step.document not in barred]
        have = {step.key for step in found.suppressed}
        found.suppressed += [s for s in following.steps if s.document in barred and s.key not in have]
        if not steps:
            return found
        if number == 0:
            found.ready = steps
        for step in steps:
            found.sequence.append(step)
            found.rounds.append(number)
            found.after = target.assume(found.after, step)
    found.endless = True
    return found


def _note(found: Folded, following: Next) -> None:
    have = {(b.document, b.reason.code) for b in found.blocked}
    found.blocked += [b for b in following.blocked if (b.document, b.reason.code) not in have]
    found.waits.update(following.waits_for)
