"""The target suite catches wrong targets: each of these is the fake target with one thing wrong.

Each says at which operation and under which fault it must be found out; the right one passes all of these.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from hub.documents import DocKind
from hub.errors import NotProcessed, OutcomeUnknown
from hub.settings import Settings
from hub.targets import Answer, Key, KindSpec, Life, Observed, Op, Outgoing, OutgoingBatch, Seen, Verdict
from tests.conformance import target as suite
from tests.conformance.fake_wire import LedgerServer, WiredSession, WiredTarget, fake_bench
from tests.conformance.target_office import TargetOffice, open_office
from tests.conformance.wire import FAULTS, Fault

Check = Callable[[TargetOffice], None]


def under(kind: DocKind, op: Op, *faults: str) -> Check:
    """The suite's own check of one operation."""
    chosen = {name: FAULTS.get(name) for name in faults}
    return lambda office: suite.one_effect(office, kind, op, chosen)


def refusal(office: TargetOffice) -> None:
    suite.refusal_stays_with_its_element(office, DocKind.INVOICE)


def apart(office: TargetOffice) -> None:
    suite.told_apart(office, DocKind.RECEIPT, Op.DELETE)


def partly(office: TargetOffice) -> None:
    suite.partly_saved(office, DocKind.RECEIPT, Op.CREATE)


def portal(office: TargetOffice) -> None:
    """Somebody else's page came back with 200, and nothing reached the organisation."""
    suite.one_effect(office, *RECEIPT, {"portal": Fault(status=200, body=b"<html>Please sign in</html>")})


RECEIPT = (DocKind.RECEIPT, Op.CREATE)


class SendsAgain(WiredSession):
    """Repeats a write whose answer it did not see, as an SDK with retries of its own does."""

    def send(self, batch: OutgoingBatch) -> Sequence[Answer]:
        try:
            return super().send(batch)
        except OutcomeUnknown:
            return super().send(replace(batch, idempotency_key=f"{batch.idempotency_key}-again"))


class DoesNotLook(WiredSession):
    """Says that nothing is there without asking."""

    def observe(self, keys: Sequence[Key]) -> Observed:
        return {key.document: Seen(key.document, key.kind, Life.ABSENT) for key in keys}


class LooksByNumberOnly(WiredSession):
    """Takes what stands for what was sent, whatever its content."""

    def observe(self, keys: Sequence[Key]) -> Observed:
        hashes = {key.document: key.content_hash for key in keys}
        return {
            document: replace(seen, matches=True, content_hash=hashes[document])
            if seen.life is Life.LIVE
            else seen
            for document, seen in super().observe(keys).items()
        }


class IgnoresElementErrors(WiredSession):
    """Takes an answer for a success because the call was one."""

    def answers(self, batch: OutgoingBatch, answer: httpx.Response) -> Sequence[Answer]:
        taken = Seen("", DocKind.INVOICE, Life.LIVE, "x")
        return [
            replace(one, verdict=Verdict.DELIVERED, seen=one.seen or taken, reason=None)
            for one in super().answers(batch, answer)
        ]


class RefusesTheWholeBatch(WiredSession):
    """Takes one element's refusal for everybody's."""

    def answers(self, batch: OutgoingBatch, answer: httpx.Response) -> Sequence[Answer]:
        found = super().answers(batch, answer)
        bad = next((one for one in found if one.verdict is Verdict.REFUSED), None)
        return found if bad is None else [replace(bad, delivery=one.delivery) for one in found]


class MatchesByPosition(WiredSession):
    """Gives the first answer to the first member, although answers come in another order."""

    def answers(self, batch: OutgoingBatch, answer: httpx.Response) -> Sequence[Answer]:
        found = super().answers(batch, answer)
        return [replace(one, delivery=out.delivery) for one, out in zip(found, batch.members, strict=True)]


class CallsUnknownUnsent(WiredSession):
    """Says that a call without an answer had no effect."""

    def send(self, batch: OutgoingBatch) -> Sequence[Answer]:
        try:
            return super().send(batch)
        except OutcomeUnknown:
            raise NotProcessed("no answer") from None


class CallsUnknownRefused(WiredSession):
    """Takes an answer it cannot read for a refusal."""

    def answers(self, batch: OutgoingBatch, answer: httpx.Response) -> Sequence[Answer]:
        try:
            return super().answers(batch, answer)
        except OutcomeUnknown:
            return [Answer(out.delivery, Verdict.REFUSED) for out in batch.members]


class CallsUnknownDelivered(WiredSession):
    """Takes an answer it cannot read for a success."""

    def answers(self, batch: OutgoingBatch, answer: httpx.Response) -> Sequence[Answer]:
        try:
            return super().answers(batch, answer)
        except OutcomeUnknown:
            seen = [Seen(out.key.document, out.key.kind, Life.LIVE, "x") for out in batch.members]
            return [
                Answer(out.delivery, Verdict.DELIVERED, one)
                for out, one in zip(batch.members, seen, strict=True)
            ]


class CreatesForChanges(WiredSession):
    """Sends a change as a new object under another number (PUT turned into POST)."""

    def send(self, batch: OutgoingBatch) -> Sequence[Answer]:
        if batch.op is not Op.UPDATE:
            return super().send(batch)
        new = tuple(replace(out, op=Op.CREATE, key=_renamed(out.key)) for out in batch.members)
        return super().send(replace(batch, op=Op.CREATE, members=new))


def _renamed(key: Key) -> Key:
    content: Any = key.content
    return replace(key, external_id=None, content=replace(content, number=f"{content.number} (2)"))


class Backwards(LedgerServer):
    """A ledger that answers elements in reverse order."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        if request.url.path != "/send":
            return answer
        return httpx.Response(200, content=pickle.dumps(list(reversed(pickle.loads(answer.content)))))


class SaysYes(WiredTarget):
    """Whatever is seen, it took effect."""

    def took_effect(self, outgoing: Outgoing, seen: Seen) -> bool:
        return True


class SaysNo(WiredTarget):
    """Whatever is seen, it took no effect."""

    def took_effect(self, outgoing: Outgoing, seen: Seen) -> bool:
        return False


class TrustsTheLedger(WiredTarget):
    """Declares that the ledger guards what it does not."""

    kinds: Mapping[DocKind, KindSpec] = {
        kind: replace(spec, enforces_unique=True) for kind, spec in WiredTarget.kinds.items()
    }


def speaking(kind: type[WiredSession]) -> type[WiredTarget]:
    return type(kind.__name__, (WiredTarget,), {"session": kind})


@dataclass(frozen=True)
class Wrong:
    """A wrong target, and the check that must fail."""

    name: str
    target: type[WiredTarget]
    check: Check
    server: type[LedgerServer] = LedgerServer


WRONG = (
    Wrong("sends again by itself", speaking(SendsAgain), under(*RECEIPT, "500-after")),
    Wrong("does not look", speaking(DoesNotLook), under(*RECEIPT, "reset-after")),
    Wrong(
        "looks by number only", speaking(LooksByNumberOnly), under(DocKind.INVOICE, Op.UPDATE, "reset-before")
    ),
    Wrong("ignores element errors", speaking(IgnoresElementErrors), refusal),
    Wrong("refuses the whole batch", speaking(RefusesTheWholeBatch), refusal),
    Wrong("matches by position", speaking(MatchesByPosition), refusal, Backwards),
    Wrong("calls unknown unsent", speaking(CallsUnknownUnsent), under(*RECEIPT, "late")),
    Wrong("calls unknown refused", speaking(CallsUnknownRefused), under(*RECEIPT, "truncated")),
    Wrong("calls unknown delivered", speaking(CallsUnknownDelivered), portal),
    Wrong("creates for changes", speaking(CreatesForChanges), under(DocKind.INVOICE, Op.UPDATE, "none")),
    Wrong("says yes", SaysYes, under(*RECEIPT, "timeout-before")),
    Wrong("says no", SaysNo, under(*RECEIPT, "timeout-after")),
    Wrong("trusts the ledger", TrustsTheLedger, under(*RECEIPT, "late")),
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_a_wrong_target_is_found_out(wrong: Wrong, quick_engine: Engine, settings: Settings) -> None:
    office = open_office(fake_bench(wrong.target(), wrong.server), quick_engine, settings)
    with pytest.raises(AssertionError):
        wrong.check(office)


def test_answers_in_another_order_are_no_harm(quick_engine: Engine, settings: Settings) -> None:
    apart(open_office(fake_bench(WiredTarget(), Backwards), quick_engine, settings))


@pytest.mark.parametrize("check", [apart, refusal, partly, portal], ids=lambda check: check.__name__)
def test_a_right_target_passes_the_same_checks(
    check: Check, quick_engine: Engine, settings: Settings
) -> None:
    check(open_office(fake_bench(), quick_engine, settings))
