"""A small ledger in memory with rules like a real one: removals, then changes, then creations.

Contacts and invoices have unique numbers; receipts, overpayments and allocations do not, so anything sent
twice is there twice. `faults` says what happens to the next calls, before or after their effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hub.contracts import Budget, HttpFactory
from hub.documents import Allocation, DocKind, Document
from hub.errors import NotProcessed, OutcomeUnknown, RateLimited, ReadFailed, Reason, ReconnectNeeded, Who
from hub.store.deliveries import cents_of, date_of
from hub.targets import (
    TWIN,
    Answer,
    Applied,
    Blocked,
    Chart,
    Desired,
    Key,
    KindSpec,
    Life,
    Next,
    Observed,
    Op,
    Outgoing,
    OutgoingBatch,
    Policy,
    Seen,
    Step,
    TokenStore,
    Verdict,
)
from tests.support.fake_ledger import Ledger, Thing

ROOTS = (DocKind.INVOICE, DocKind.CREDIT_NOTE, DocKind.OVERPAYMENT)
ORDER = (DocKind.CONTACT, *ROOTS, DocKind.RECEIPT, DocKind.REFUND, DocKind.ALLOCATION, DocKind.DEPOSIT)


class FakeSession:
    """hub.targets.TargetSession over a Ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def observe(self, keys: Sequence[Key]) -> Observed:
        if self.ledger.look_fails:
            self.ledger.look_fails -= 1
            raise ReadFailed("the fake target does not answer")
        self.ledger.looks.append(tuple(key.document for key in keys))
        if self.ledger.hide:
            self.ledger.hide -= 1
            return {key.document: Seen(key.document, key.kind, Life.ABSENT) for key in keys}
        return {key.document: self._seen(key) for key in keys}

    def _seen(self, key: Key) -> Seen:
        if key.document in self.ledger.poison:
            raise KeyError("a defect")
        ours = key.mark.split("-")[0]
        mine = [t for t in self.ledger.live(key.kind) if t.ours == ours and t.document == key.document]
        if self.ledger.unmarked and key.kind is DocKind.OVERPAYMENT:
            mine = [t for t in self.ledger.live(key.kind) if t.content == key.content]
        number = getattr(key.content, "number", None)
        if len(mine) > 1:
            return Seen(key.document, key.kind, Life.AMBIGUOUS)
        if not mine:
            strangers = [
                t for t in self.ledger.live(key.kind) if number and getattr(t.content, "number", 0) == number
            ]
            if strangers:
                return Seen(key.document, key.kind, Life.FOREIGN, strangers[0].id)
            ended = [t for t in self.ledger.things if t.document == key.document]
            life = Life.ENDED if ended and key.external_id else Life.ABSENT
            return Seen(key.document, key.kind, life, ended[-1].id if ended else None)
        return self.shown(mine[0], key.content_hash)

    def shown(self, thing: Thing, asked: str | None = None) -> Seen:
        matches = thing.content_hash == asked and thing.document not in self.ledger.differs
        applied = tuple(
            Applied(t.id, t.kind, cents_of(t.content), t.document or None, date_of(t.content), t.reconciled)
            for t in self.ledger.live()
            if thing.document in t.content.needs() and t.kind not in (DocKind.INVOICE, *ROOTS)
        )
        total = cents_of(thing.content)
        left = total - sum(a.amount for a in applied)
        return Seen(
            thing.document,
            thing.kind,
            Life.DEAD_PARENT if thing.archived else Life.LIVE,
            thing.id,
            getattr(thing.content, "number", None),
            thing.content_hash if matches else None,
            matches,
            on=date_of(thing.content),
            total=total,
            due=left if thing.kind is DocKind.INVOICE else None,
            remaining=left if thing.kind in ROOTS else None,
            applied=applied if thing.kind in ROOTS else (),
            reconciled=thing.reconciled,
            why="archived" if thing.archived else None,
        )

    def send(self, batch: OutgoingBatch) -> Sequence[Answer]:
        if self.ledger.before_send is not None:
            self.ledger.before_send(batch)
        self.ledger.sent.append(batch)
        fault = self.ledger.faults.pop(0) if self.ledger.faults else None
        if fault == "429":
            raise RateLimited("too many calls", self.ledger.now() + timedelta(seconds=90))
        if fault == "429-over":
            raise RateLimited("too many calls", self.ledger.now() - timedelta(seconds=5))
        if fault == "reconnect":
            raise ReconnectNeeded("the grant is dead")
        if fault == "not-processed":
            raise NotProcessed("connection refused")
        if fault in ("before", "500"):
            raise OutcomeUnknown("no answer seen")
        if fault in ("retry", "replan"):
            return [Answer(out.delivery, Verdict(fault)) for out in batch.members]
        members = batch.members[:1] if fault == "partial" else batch.members
        answers = [self._one(out) for out in members]
        if fault in ("after", "partial"):
            raise OutcomeUnknown("no answer seen")
        if fault == "short":
            return answers[:1]
        return answers

    def _one(self, out: Outgoing) -> Answer:
        ledger, key = self.ledger, out.key
        if key.document in ledger.refuse:
            return Answer(out.delivery, Verdict.REFUSED, None, ledger.refuse[key.document])
        if out.op is Op.CREATE:
            return self._create(out)
        thing = next((t for t in ledger.live() if t.id == key.external_id), None)
        if thing is None:
            return Answer(out.delivery, Verdict.REPLAN)
        if self.shown(thing).applied and thing.kind is not DocKind.CONTACT:
            return Answer(out.delivery, Verdict.REPLAN)
        if out.op.removes:
            thing.live = False
            return Answer(out.delivery, Verdict.DELIVERED, Seen(key.document, key.kind, Life.ENDED, thing.id))
        thing.content, thing.content_hash = key.content, key.content_hash
        return Answer(out.delivery, Verdict.DELIVERED, self.shown(thing, key.content_hash))

    def _create(self, out: Outgoing) -> Answer:
        ledger, key = self.ledger, out.key
        if any(need not in key.related for need in key.content.needs()):
            return Answer(out.delivery, Verdict.REPLAN)
        number = getattr(key.content, "number", None)
        clash = [t for t in ledger.live(key.kind) if number and getattr(t.content, "number", None) == number]
        ours = key.mark.split("-")[0]
        if clash and clash[0].ours != ours:
            reason = Reason("number:taken", "The number is used by somebody else's document.", Who.BOOKKEEPER)
            return Answer(out.delivery, Verdict.REFUSED, None, reason)
        if clash:
            return Answer(out.delivery, Verdict.DELIVERED, self.shown(clash[0], key.content_hash))
        thing = Thing(
            f"x{len(ledger.things) + 1}", key.kind, key.content, key.content_hash, ours, key.document
        )
        ledger.things.append(thing)
        if key.document in ledger.differs:
            reason = Reason("target:total-differs", "The totals differ.", Who.BOOKKEEPER)
            return Answer(out.delivery, Verdict.DELIVERED, self.shown(thing, key.content_hash), reason)
        return Answer(out.delivery, Verdict.DELIVERED, self.shown(thing, key.content_hash))

    def chart(self) -> Chart:
        return self.ledger.chart()

    def probe(self) -> Sequence[Reason]:
        return []


def _spec(kind: DocKind, tier: int, unique: bool, **more: Any) -> KindSpec:
    """Contacts, invoices and notes are edited, invoices and notes voided, all money deleted."""
    batch = {Op.CREATE: 50}
    if unique:
        batch |= {Op.UPDATE: 50}
    if kind in (DocKind.INVOICE, DocKind.CREDIT_NOTE):
        batch |= {Op.VOID: 50}
    elif kind is not DocKind.CONTACT:
        batch |= {Op.DELETE: 1}
    return KindSpec(kind, tier, unique, batch, **more)


class FakeTarget:
    """hub.targets.Target over a Ledger."""

    system = "fake"
    budget = Budget(5, 60)
    kinds: Mapping[DocKind, KindSpec] = {
        spec.kind: spec
        for spec in (
            _spec(DocKind.CONTACT, 1, True),
            _spec(DocKind.INVOICE, 2, True),
            _spec(DocKind.CREDIT_NOTE, 3, True),
            _spec(DocKind.OVERPAYMENT, 4, False, apart=("contact", "account", "on", "amount")),
            _spec(DocKind.RECEIPT, 5, False),
            _spec(DocKind.REFUND, 6, False),
            _spec(DocKind.ALLOCATION, 7, False, together=("credit",)),
            _spec(DocKind.DEPOSIT, 8, False),
        )
    }

    def __init__(self, ledger: Ledger | None = None) -> None:
        self.ledger = ledger or Ledger()

    def open(self, config: Mapping[str, Any], tokens: TokenStore, http: HttpFactory) -> FakeSession:
        return FakeSession(self.ledger)

    def refresh(
        self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory
    ) -> Mapping[str, Any]:
        return {"access_token": "fake", "expires_in": 1800}

    def steps(
        self, observed: Observed, desired: Sequence[Desired], own: frozenset[str], policy: Policy
    ) -> Next:
        want = {d.document: d for d in desired}

        def seen(document: str) -> Seen:
            return observed.get(document) or Seen(document, want[document].kind, Life.ABSENT)

        def same(document: str) -> bool:
            one, have = want.get(document), seen(document)
            fits = have.matches and one is not None and have.content_hash == one.content_hash
            return have.life is Life.LIVE and fits

        mine = sorted(own, key=lambda d: (ORDER.index(seen(d).kind), d))
        blocked = list(self._blocked(mine, seen, same, want, observed))
        if any(b.document is None for b in blocked):
            return Next((), tuple(blocked))
        stopped = {b.document for b in blocked}
        waits: list[str] = []
        now = self._removals(mine, seen, same, want, stopped, own, waits)
        now = now or self._changes(mine, seen, same, want, stopped)
        now = now or self._creations(mine, seen, want, stopped, observed, own, waits)
        return Next(tuple(now), tuple(blocked), tuple(dict.fromkeys(waits)))

    def _blocked(self, mine: Any, seen: Any, same: Any, want: Any, observed: Observed) -> Any:
        for document in mine:
            have = seen(document)
            if have.life is Life.FOREIGN:
                yield Blocked(document, Reason("number:taken", "A stranger's.", Who.BOOKKEEPER))
            if have.life is Life.AMBIGUOUS:
                code = "target:twin" if have.why == TWIN else "target:ambiguous"
                yield Blocked(document, Reason(code, "Whose is it?", Who.BOOKKEEPER))
            settled = have.reconciled or any(a.reconciled for a in have.applied)
            if have.life is Life.LIVE and settled and not same(document):
                yield Blocked(None, Reason("target:reconciled", "A person reconciled it.", Who.BOOKKEEPER))
            if document in want:
                for need in want[document].content.needs():
                    if need in observed and observed[need].life is Life.DEAD_PARENT and not same(document):
                        yield Blocked(document, Reason("contact:archived", "Archived.", Who.BOOKKEEPER))

    def _removals(
        self, mine: Any, seen: Any, same: Any, want: Any, stopped: Any, own: Any, waits: list[str]
    ) -> list[Step]:
        gone: dict[str, None] = {}
        for document in mine:
            have = seen(document)
            if document in stopped or have.life is not Life.LIVE or same(document):
                continue
            if have.kind in ROOTS:
                for applied in have.applied:
                    if applied.document in own:
                        gone[applied.document] = None
                    elif applied.document is not None:
                        waits.append(applied.document)
            elif have.kind is not DocKind.CONTACT:
                gone[document] = None
        return [
            Step(Op.DELETE, d, seen(d).kind, None, seen(d).content_hash or "", _days(seen(d), None))
            for d in gone
            if seen(d).life is Life.LIVE
        ]

    def _changes(self, mine: Any, seen: Any, same: Any, want: Any, stopped: Any) -> list[Step]:
        now = []
        for document in mine:
            have = seen(document)
            if document in stopped or have.life is not Life.LIVE or same(document) or have.applied:
                continue
            if document in want and have.kind is not DocKind.OVERPAYMENT:
                one = want[document]
                days = _days(have, one.content)
                now.append(Step(Op.UPDATE, document, one.kind, one.content, one.content_hash, days))
            elif have.kind is not DocKind.CONTACT:
                op = Op.DELETE if have.kind is DocKind.OVERPAYMENT else Op.VOID
                now.append(Step(op, document, have.kind, None, have.content_hash or "", _days(have, None)))
        return now

    def _creations(
        self, mine: Any, seen: Any, want: Any, stopped: Any, observed: Observed, own: Any, waits: list[str]
    ) -> list[Step]:
        now = []
        for document in mine:
            if document not in want or document in stopped:
                continue
            if seen(document).life not in (Life.ABSENT, Life.ENDED):
                continue
            one = want[document]
            missing = [
                n for n in one.content.needs() if n not in observed or observed[n].life is not Life.LIVE
            ]
            waits.extend(n for n in missing if n not in own)
            if not missing:
                days = _days(None, one.content)
                now.append(Step(Op.CREATE, document, one.kind, one.content, one.content_hash, days))
        return now

    def assume(self, observed: Observed, step: Step) -> Observed:
        after = dict(observed)
        have = observed.get(step.document) or Seen(step.document, step.kind, Life.ABSENT)
        if step.op.removes or step.content is None:
            after[step.document] = replace(have, life=Life.ENDED, applied=())
            for document, root in list(after.items()):
                kept = tuple(a for a in root.applied if a.document != step.document)
                after[document] = replace(root, applied=kept)
            return after
        amount, drawn = cents_of(step.content), sum(one.amount for one in have.applied)
        after[step.document] = replace(
            have,
            kind=step.kind,
            life=Life.LIVE,
            external_id=have.external_id or f"assumed:{step.document}",
            number=getattr(step.content, "number", None),
            content_hash=step.content_hash,
            matches=True,
            on=date_of(step.content),
            total=amount,
            due=amount - drawn if step.kind is DocKind.INVOICE else None,
            remaining=amount - drawn if step.kind in ROOTS else None,
        )
        if step.op is Op.CREATE and step.kind not in (DocKind.CONTACT, *ROOTS):
            entry = Applied("assumed", step.kind, amount, step.document, date_of(step.content))
            for need in step.content.needs():
                if need in after:
                    after[need] = replace(after[need], applied=(*after[need].applied, entry))
        return after

    def check(self, step: Step, policy: Policy) -> Reason | None:
        through = policy.locked_through
        if through is not None and any(day <= through for day in step.dates):
            return Reason("period:locked", "The period is locked.", Who.BOOKKEEPER)
        codes = {line.account for line in getattr(step.content, "lines", ())}
        codes |= {code for code in [getattr(step.content, "account", None)] if code}
        for code in sorted(codes):
            account = policy.chart.accounts.get(code)
            if account is not None and not account.active:
                return Reason(f"account:archived:{code}", f"Account {code} is archived.", Who.BOOKKEEPER)
        return None

    def took_effect(self, outgoing: Outgoing, seen: Seen) -> bool:
        if outgoing.op.removes:
            return seen.life in (Life.ENDED, Life.ABSENT)
        return seen.life is Life.LIVE and seen.matches and seen.content_hash == outgoing.key.content_hash


def _days(have: Seen | None, content: Document | None) -> tuple[date, ...]:
    days = {have.on if have is not None else None, date_of(content) if content is not None else None}
    return tuple(sorted(day for day in days if day is not None))


def credit_of(content: Document) -> str | None:
    return content.credit if isinstance(content, Allocation) else None
