"""What every target must do: one effect for each delivery, whatever happens to the call.

A connector's test subclasses `TargetConformance` and gives a `bench` fixture. The suite drives the session
as the kernel does: send; an outcome not seen is looked up; what took no effect is sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from hub.documents import DocKind, Document, content_hash
from hub.errors import NotProcessed, OutcomeUnknown, RateLimited, ReadFailed
from hub.ids import mark
from hub.targets import Answer, Key, Life, Op, Outgoing, OutgoingBatch, Seen, Target, TargetSession, Verdict

KEY = b"conformance-key-of-32-bytes-long"
FAULTS = ("timeout-before", "timeout-after", "reset-before", "reset-after", "429", "500")
TRIES = 8


@dataclass(frozen=True, slots=True)
class Example:
    """A document with everything it needs before it; `changed` is it after an edit (None: never edited).

    `ends` is how it is taken back (VOID, DELETE, or None where it never is).
    """

    document: str
    content: Document
    changed: Document | None = None
    ends: Op | None = None


class Bench(Protocol):
    """A fresh organisation behind a session.

    `fault` arms the next write with one of FAULTS; `count` answers from the organisation's own books how
    many living objects of a kind there are; `rest` lets limits and quiet times pass.
    """

    target: Target
    session: TargetSession
    examples: Sequence[Example]

    def fault(self, name: str) -> None: ...

    def count(self, kind: DocKind) -> int: ...

    def rest(self) -> None: ...


class Driver:
    """The kernel's part in small: versions, keys, look-ups."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.standing: dict[str, Seen] = {}
        self.versions: dict[str, int] = {}
        self.calls = 0

    def outgoing(self, example: Example, op: Op, content: Document) -> Outgoing:
        digest = content_hash(KEY, content)
        version = self.versions.get(example.document, 1)
        seen = self.standing.get(example.document)
        external = seen.external_id if seen is not None and op is not Op.CREATE else None
        related = {
            need: found
            for need in content.needs()
            if need in self.standing and (found := self.standing[need].external_id) is not None
        }
        shown = mark(KEY, example.document, version, digest)
        key = Key(example.document, content.kind, content, digest, shown, external, related)
        extra = dict(seen.extra) if seen is not None and external else {}
        return Outgoing(f"{example.document}-{version}", op, key, extra)

    def settle(self, example: Example, op: Op, content: Document) -> Answer:
        """One delivery to its end."""
        self.versions[example.document] = self.versions.get(example.document, 0) + 1
        out = self.outgoing(example, op, content)
        for _ in range(TRIES):
            answer = self._send(out)
            if answer is not None and answer.verdict is not Verdict.UNKNOWN:
                if answer.verdict is Verdict.DELIVERED:
                    self._note(out, answer.seen)
                return answer
            self.bench.rest()
            seen = self._look(out)
            if self.bench.target.took_effect(out, seen):
                self._note(out, seen)
                return Answer(out.delivery, Verdict.DELIVERED, seen)
        raise AssertionError("it never settled")

    def _send(self, out: Outgoing) -> Answer | None:
        self.calls += 1
        batch = OutgoingBatch(
            f"b{self.calls}", out.key.kind, out.op, (out,), f"conformance-{id(self)}-{self.calls}"
        )
        try:
            (answer,) = self.bench.session.send(batch)
        except (OutcomeUnknown, NotProcessed, RateLimited):
            return None
        assert answer.delivery == out.delivery
        return None if answer.verdict in (Verdict.RETRY, Verdict.REPLAN) else answer

    def _look(self, out: Outgoing) -> Seen:
        for _ in range(TRIES):
            try:
                return self.bench.session.observe([out.key])[out.key.document]
            except (ReadFailed, RateLimited):
                self.bench.rest()
        raise AssertionError("it could not be looked up")

    def _note(self, out: Outgoing, seen: Seen | None) -> None:
        if seen is not None:
            self.standing[out.key.document] = seen


def _before(bench: Bench, kind: DocKind) -> tuple[Driver, Example]:
    """A driver with everything delivered that the example of this kind needs."""
    if kind not in bench.target.kinds:
        pytest.skip("not a kind of this target")
    driver = Driver(bench)
    example = next(e for e in bench.examples if e.content.kind is kind)
    needed = _needed(bench, example)
    for one in bench.examples:
        if one.document in needed:
            answer = driver.settle(one, Op.CREATE, one.content)
            assert answer.verdict is Verdict.DELIVERED
    return driver, example


def _needed(bench: Bench, example: Example) -> set[str]:
    found: set[str] = set()
    front = set(example.content.needs())
    while front:
        found |= front
        front = {n for e in bench.examples if e.document in front for n in e.content.needs()} - found
    return found


class TargetConformance:
    """Inherit, and give a `bench` fixture. Every test starts with a fresh organisation."""

    @pytest.fixture
    def bench(self) -> Any:
        raise NotImplementedError

    @pytest.mark.parametrize("fault", [None, *FAULTS])
    @pytest.mark.parametrize("kind", list(DocKind))
    def test_a_create_has_one_effect(self, bench: Bench, kind: DocKind, fault: str | None) -> None:
        driver, example = _before(bench, kind)
        before = bench.count(kind)
        if fault is not None:
            bench.fault(fault)
        answer = driver.settle(example, Op.CREATE, example.content)
        assert answer.verdict is Verdict.DELIVERED
        assert bench.count(kind) == before + 1
        seen = driver._look(driver.outgoing(example, Op.UPDATE, example.content))
        assert (seen.life, seen.matches) == (Life.LIVE, True)

    @pytest.mark.parametrize("fault", [None, *FAULTS])
    @pytest.mark.parametrize("kind", [DocKind.CONTACT, DocKind.INVOICE, DocKind.CREDIT_NOTE])
    def test_a_change_has_one_effect(self, bench: Bench, kind: DocKind, fault: str | None) -> None:
        driver, example = _before(bench, kind)
        assert example.changed is not None
        driver.settle(example, Op.CREATE, example.content)
        before = bench.count(kind)
        if fault is not None:
            bench.fault(fault)
        answer = driver.settle(example, Op.UPDATE, example.changed)
        assert answer.verdict is Verdict.DELIVERED
        assert bench.count(kind) == before
        seen = driver._look(driver.outgoing(example, Op.UPDATE, example.changed))
        assert (seen.life, seen.matches) == (Life.LIVE, True)

    @pytest.mark.parametrize("fault", [None, *FAULTS])
    @pytest.mark.parametrize("kind", list(DocKind))
    def test_a_removal_has_one_effect(self, bench: Bench, kind: DocKind, fault: str | None) -> None:
        driver, example = _before(bench, kind)
        if example.ends is None:
            assert not {Op.VOID, Op.DELETE} & bench.target.kinds[kind].batch.keys()
            return
        driver.settle(example, Op.CREATE, example.content)
        before = bench.count(kind)
        if fault is not None:
            bench.fault(fault)
        answer = driver.settle(example, example.ends, example.content)
        assert answer.verdict is Verdict.DELIVERED
        assert bench.count(kind) == before - 1

    @pytest.mark.parametrize("kind", list(DocKind))
    def test_what_is_not_there_is_absent(self, bench: Bench, kind: DocKind) -> None:
        driver, example = _before(bench, kind)
        seen = driver._look(driver.outgoing(example, Op.CREATE, example.content))
        assert seen.life is Life.ABSENT
        assert not bench.target.took_effect(driver.outgoing(example, Op.CREATE, example.content), seen)

    @pytest.mark.parametrize("kind", list(DocKind))
    def test_a_duplicate_is_guarded_or_can_be_seen(self, bench: Bench, kind: DocKind) -> None:
        """Where the target does not guard a kind, the kernel's look must find what it sent."""
        driver, example = _before(bench, kind)
        driver.settle(example, Op.CREATE, example.content)
        if not bench.target.kinds[kind].enforces_unique:
            out = driver.outgoing(example, Op.CREATE, example.content)
            assert bench.target.took_effect(out, driver._look(out))
            return
        before = bench.count(kind)
        answer = driver._send(driver.outgoing(example, Op.CREATE, example.content))
        assert answer is None or answer.verdict in (Verdict.DELIVERED, Verdict.REFUSED, Verdict.UNKNOWN)
        assert bench.count(kind) == before

    def test_other_content_of_ours_is_seen_as_live_and_not_matching(self, bench: Bench) -> None:
        driver, example = _before(bench, DocKind.INVOICE)
        assert example.changed is not None
        driver.settle(example, Op.CREATE, example.content)
        seen = driver._look(driver.outgoing(example, Op.UPDATE, example.changed))
        assert (seen.life, seen.matches) == (Life.LIVE, False)

    def test_the_chart_can_be_read(self, bench: Bench) -> None:
        chart = bench.session.chart()
        assert chart.organisation
        assert chart.currency == "AUD"
