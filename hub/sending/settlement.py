"""Writing outcomes: fenced, so a late answer is recorded on its attempt and never overwrites a newer state.

Status, link, audit row and the marks of what waits are one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hub import audit
from hub.planning.context import Context
from hub.sending.batches import Member
from hub.sending.outcome import CLOSE_ATTEMPT, EXHAUSTED, UNNAMED, Fence, Outcome, Tally, backoff, moving
from hub.sending.outgoing import standing
from hub.store import cases, holds, links
from hub.store.deliveries import REPLANNED
from hub.store.links import LinkRow
from hub.store.session import Unit
from hub.targets import Life, Op, Seen, Step, Verdict


@dataclass(slots=True)
class _Marks:
    own: set[str] = field(default_factory=set)
    closing: dict[str, int] = field(default_factory=dict)  # by case, the marks it was planned with
    look: set[str] = field(default_factory=set)
    documents: set[str] = field(default_factory=set)


class Settlement:
    """Settles members one by one within one unit; `done()` writes marks and what is assumed of neighbours."""

    def __init__(self, unit: Unit, context: Context, members: Sequence[Member], fence: Fence) -> None:
        self.unit = unit
        self.context = context
        self.fence = fence
        self.tally = Tally()
        self._marks = _Marks()
        self._rows: Mapping[str, LinkRow] = standing(unit, members)
        self._believed: dict[str, Seen] = {d: links.believed(row) for d, row in self._rows.items()}
        self._touched: set[str] = set()

    def settle(self, outcome: Outcome) -> None:
        """One member's own outcome."""
        if (
            outcome.verdict is Verdict.DELIVERED
            and outcome.seen is None
            and not outcome.member.row.op.removes
        ):
            outcome = replace(outcome, verdict=Verdict.UNKNOWN, code="no-object-in-answer")
        ours = {
            Verdict.DELIVERED: self._delivered,
            Verdict.REFUSED: self._refused,
            Verdict.UNKNOWN: self._unknown,
            Verdict.RETRY: self._again,
            Verdict.REPLAN: self._replan,
        }[outcome.verdict](outcome)
        if not ours:
            self.tally.late += 1
        self._note_attempt(outcome, late=not ours)

    def done(self) -> Tally:
        """Write marks and neighbours; answer the counts."""
        neighbours = [self._believed[d] for d in sorted(self._touched)]
        links.note_seen(self.unit, {d: self._rows[d] for d in self._touched}, neighbours)
        self._marks.own |= cases.moved_on(self.unit, self._marks.closing)
        cases.mark_ids(self.unit, self._marks.own - self._marks.look)
        cases.mark_ids(self.unit, self._marks.look, look_first=True)
        cases.mark_waiting_on(self.unit, self._marks.documents)
        return self.tally

    def _note_attempt(self, outcome: Outcome, *, late: bool) -> None:
        """Close the attempt of this batch; a late answer says so."""
        if self.fence.batch is None:
            return
        code = "late" if late else (outcome.code or (outcome.reason.code if outcome.reason else None))
        self.unit.db.execute(
            CLOSE_ATTEMPT,
            {
                "f_group": self.unit.group,
                "f_batch": self.fence.batch,
                "f_id": outcome.member.row.id,
                "v_at": self.unit.now,
                "v_verdict": outcome.verdict.value,
                "v_status": outcome.status,
                "v_code": code,
            },
        )

    def _move(self, row_id: str, **values: object) -> bool:
        """The fenced update: by id, state, lease owner and batch."""
        free = values.pop("free", False)
        statement = moving(tuple(sorted(values)), self.fence.batch is not None, bool(free))
        fence = {
            "f_group": self.unit.group,
            "f_id": row_id,
            "f_state": self.fence.state,
            "f_owner": self.fence.owner,
            "f_batch": self.fence.batch,
        }
        if self.fence.batch is None:
            del fence["f_batch"]
        new = {f"v_{name}": value for name, value in values.items()}
        return self.unit.db.execute(statement, {**fence, **new}).rowcount == 1

    def _audit(self, outcome: Outcome, state: str, **codes: Any) -> None:
        row = outcome.member.row
        audit.record(
            self.unit,
            "deliver",
            "delivery",
            row.id,
            outcome=state,
            connection=self.context.id,
            correlation=self.fence.batch,
            document=row.document,
            op=row.op.value,
            version=row.version,
            **codes,
        )

    def _delivered(self, outcome: Outcome) -> bool:
        row = outcome.member.row
        if not self._move(
            row.id, state="delivered", reason=None, sentence=None, look_first=False, settled_at=self.unit.now
        ):
            return False
        seen = self._now_standing(outcome)
        self._link(outcome, seen)
        self._assume(outcome.member, seen)
        self._audit(outcome, "delivered", external_id=seen.external_id)
        if outcome.reason is not None:  # taken, but not as sent
            reason = outcome.reason if outcome.reason.cents else replace(outcome.reason, cents=row.cents)
            holds.refuse(self.unit, row.case, row.document, row.id, row.content_hash, reason)
            self.tally.held += 1
        closing = self.context.closing.pop(row.id, None)
        if closing is not None and closing.came_true(seen):
            self._marks.closing[row.case] = closing.marked
        else:
            self._marks.own.add(row.case)
        self._marks.documents.add(row.document)
        self.tally.delivered += 1
        return True

    def _now_standing(self, outcome: Outcome) -> Seen:
        row = outcome.member.row
        before = self._believed.get(row.document) or Seen(row.document, row.kind, Life.ABSENT)
        seen = outcome.seen or before
        if row.op.removes:
            return replace(seen, document=row.document, kind=row.kind, life=Life.ENDED,
                           external_id=seen.external_id or before.external_id)  # fmt: skip
        return replace(seen, document=row.document, kind=row.kind, life=Life.LIVE,
                       matches=outcome.reason is None, content_hash=row.content_hash)  # fmt: skip

    def _link(self, outcome: Outcome, seen: Seen) -> None:
        row = outcome.member.row
        links.write(
            self.unit,
            case=row.case,
            target=self.context.id,
            seen=seen,
            op=row.op,
            version=row.version,
            delivery=row.id,
            content_hash=row.content_hash,
            basis_hash=row.basis_hash,
        )

    def _assume(self, member: Member, seen: Seen) -> None:
        """What the change did to the documents it stands on (an invoice's open amount, a credit's rest)."""
        row = member.row
        content = None if row.op.removes else member.content
        step = Step(row.op, row.document, row.kind, content, row.content_hash)
        needs = [need for need in member.content.needs() if need in self._rows]
        if not needs or row.op is Op.UPDATE:
            return
        before = {need: self._believed[need] for need in needs}
        own = self._believed.get(row.document) or Seen(row.document, row.kind, Life.ABSENT)
        after = self.context.rules.assume({**before, row.document: own}, step)
        for need in needs:
            if need in after and after[need] != before[need]:
                self._believed[need] = _named(after[need], row.document, seen.external_id or "")
                self._touched.add(need)

    def _refused(self, outcome: Outcome) -> bool:
        row = outcome.member.row
        reason = outcome.reason or UNNAMED
        if not reason.cents:
            reason = replace(reason, cents=row.cents)
        moved = self._move(
            row.id, state="held", reason=reason.code[:200], sentence=reason.sentence, settled_at=self.unit.now
        )
        if not moved:
            return False
        if outcome.seen is not None and outcome.seen.life is Life.LIVE and outcome.seen.external_id:
            # It stands although it is not what we asked for: never lose sight of it.
            self._link(outcome, replace(outcome.seen, document=row.document, kind=row.kind))
        holds.refuse(self.unit, row.case, row.document, row.id, row.content_hash, reason)
        self._audit(outcome, "held", cause=reason.code)
        self._marks.own.add(row.case)
        self._marks.documents.add(row.document)
        self.tally.held += 1
        return True

    def _unknown(self, outcome: Outcome) -> bool:
        now = self.unit.now
        moved = self._move(
            outcome.member.row.id,
            state="unknown",
            unknown_since=now,
            due_at=outcome.due_at or now,
            reason=outcome.code,
        )
        self.tally.unknown += moved
        return moved

    def _again(self, outcome: Outcome) -> bool:
        """Back to pending: at once where a limit was met, else later and looked up first."""
        row = outcome.member.row
        if outcome.free:
            due = outcome.due_at or row.due_at
            return self._move(row.id, state="pending", due_at=due, free=True)
        attempts = row.attempts + 1
        delay = backoff(self.context, attempts)
        if delay is None:
            return self._refused(replace(outcome, reason=EXHAUSTED))
        moved = self._move(
            row.id, state="pending", look_first=True, due_at=self.unit.now + delay, reason=outcome.code
        )
        self.tally.retried += moved
        return moved

    def _replan(self, outcome: Outcome) -> bool:
        row = outcome.member.row
        if row.unknown_since is not None and self.unit.now < row.unknown_since + self.context.quiet:
            # An earlier call may still take effect: looked at again when it can not any more.
            believed_from = row.unknown_since + self.context.quiet
            moved = self._move(row.id, state="unknown", due_at=believed_from, reason="replan")
            self.tally.unknown += moved
            return moved
        moved = self._move(
            row.id, state="cancelled", reason=REPLANNED, look_first=False, settled_at=self.unit.now
        )
        if moved:
            self._audit(outcome, "replanned")
            self._marks.look.add(row.case)
            self.tally.replanned += 1
        return moved


def _named(root: Seen, document: str, external_id: str) -> Seen:
    """What was assumed to be put on a document, under the id it really got."""
    applied = tuple(
        replace(one, external_id=external_id) if one.document == document else one for one in root.applied
    )
    return replace(root, applied=applied)
