"""What every target must do: one effect for each change, whatever happens to the call.

A connector's test subclasses `TargetConformance`, names its `target` and gives a `bench` fixture. Operations
come from what the target declares, so that none can be forgotten. The hub's own planner and outbox drive
them over the organisation behind the bench, and the organisation's own books are asked in the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from sqlalchemy import Engine

from hub.documents import DocKind
from hub.planning.context import Context
from hub.settings import Settings
from hub.store.tables import attempt, delivery, hold
from hub.targets import Life, Op, Target
from tests.conformance.bench import Example, TargetBench
from tests.conformance.target_office import TargetOffice, open_office
from tests.conformance.wire import FAULTS, PARTIAL, Fault
from tests.support.office import GROUP, TARGET

Operation = tuple[DocKind, Op]
SLEPT = 30.0
"""Seconds: short waits within calls are slept, longer ones never."""

ON_CHANGE = frozenset(
    (
        *("none", "timeout-before", "timeout-after", "late", "429-hours"),
        *("500-after", "401", "truncated", "portal"),
    )
)
"""Faults of a change in place. It goes the way of a creation, and made twice it is there once: the others
tell nothing new."""


def operations(target: Target) -> list[Operation]:
    """Every change of every kind that a target declares, prerequisites first."""
    kinds = sorted(target.kinds.values(), key=lambda spec: spec.tier)
    return [(spec.kind, op) for spec in kinds for op in Op if op in spec.batch]


def one_effect(office: TargetOffice, kind: DocKind, op: Op, faults: Mapping[str, Fault | None]) -> None:
    """One operation under each fault ends with exactly its one effect, and the hub knows it.

    Everything that must stand before is delivered in one go; then each copy of the example meets one fault.
    """
    copies = {name: office.of(kind, n)[0] for n, name in enumerate(faults)}
    begin(office, op, *copies.values())
    wrong: dict[str, str] = {}
    for name, example in copies.items():
        try:
            _under(office, op, example, faults[name])
        except AssertionError as error:
            wrong[name] = str(error).split("\n")[0]
    assert not wrong, f"{kind} {op}: {wrong}"
    for example in copies.values():
        stands(office, op, example)
    assert office.look_again() == 0, "something was written again"
    assert office.holds() == []


def _under(office: TargetOffice, op: Op, example: Example, fault: Fault | None) -> None:
    before, hits, taken = office.bench.count(example.kind), office.wire.hits, office.wire.effects
    if fault is not None:
        office.wire.arm(fault)
    change(office, op, example)
    office.settle()
    assert office.wire.hits == hits + (fault is not None), "the fault was not met"
    effects = office.bench.count(example.kind) - before
    assert effects == effect_of(op), f"{effects} effects instead of {effect_of(op)}"
    assert office.wire.effects > taken, "nothing reached the organisation"
    assert office.lives(example) is not op.removes, "the hub believes otherwise"
    assert office.holds() == [], f"held: {office.holds()}"
    if fault is not None and fault.wait:
        obeyed(office, fault)


def partly_saved(office: TargetOffice, kind: DocKind, op: Op) -> None:
    """A batch of which one element was saved and no answer was seen ends with one effect for each."""
    pair = office.of(kind, 0)[:2]
    begin(office, op, *pair)
    before = office.bench.count(kind)
    office.wire.arm(PARTIAL)
    change(office, op, *pair)
    office.settle()
    assert office.wire.hits == 1
    assert office.bench.count(kind) == before + 2 * effect_of(op)
    for example in pair:
        stands(office, op, example)
    assert office.look_again() == 0, "something was written again"


def told_apart(office: TargetOffice, kind: DocKind, op: Op) -> None:
    """Of two that were made in one call, the one that is taken back is the one that goes."""
    gone, kept = office.of(kind, 0)[:2]
    office.want(gone, kept)
    office.settle()
    before = office.bench.count(kind)
    office.unwant(gone)
    office.settle()
    assert office.bench.count(kind) == before - 1
    assert office.seen(gone)[1].life in (Life.ENDED, Life.ABSENT), "the other one went"
    stands(office, op, gone)
    stands(office, Op.CREATE, kept)
    assert office.look_again() == 0, "something was written again"


def refusal_stays_with_its_element(office: TargetOffice, kind: DocKind) -> None:
    """One element that a person must mend is held with its reason; the other of the call goes through."""
    example, other = sorted(office.of(kind, 0), key=lambda one: one.refused is None)[:2]
    begin(office, Op.CREATE, example, other)
    before = office.bench.count(kind)
    office.want(example, refused=True)
    office.want(other)
    office.settle()
    assert office.bench.count(kind) == before + 1
    held = office.rows(hold, closed_at=None)
    assert [row.document_id for row in held] == [example.document]
    assert all(row.sentence and row.who and not row.cause.startswith("internal") for row in held)
    assert office.delivered(other, Op.CREATE) == 1
    assert office.delivered(example, Op.CREATE) == 0
    office.want(example)
    office.settle()
    assert office.bench.count(kind) == before + 2
    stands(office, Op.CREATE, example)
    assert office.look_again() == 0, "something was written again"


def begin(office: TargetOffice, op: Op, *examples: Example) -> None:
    """Everything the examples need stands; for a change or removal they do themselves."""
    for example in examples:
        office.want(example)
        if op is Op.CREATE:
            office.unwant(example)
    office.settle()
    assert office.holds() == []


def change(office: TargetOffice, op: Op, *examples: Example) -> None:
    """The change of mind that the planner turns into this operation."""
    if op.removes:
        office.unwant(*examples)
    else:
        office.want(*examples, changed=op is Op.UPDATE)


def effect_of(op: Op) -> int:
    """By how much one operation changes the number of living objects."""
    return -1 if op.removes else int(op is Op.CREATE)


def stands(office: TargetOffice, op: Op, example: Example) -> None:
    """The change is there, known, and nothing of the document is held, open or unanswered."""
    assert office.holds() == []
    rows = office.rows(delivery, document_id=example.document)
    assert {row.state for row in rows} <= {"delivered", "cancelled"}
    assert office.delivered(example, op) <= 1
    assert office.lives(example) is not op.removes
    tries = [one for row in rows for one in office.rows(attempt, delivery_id=row.id)]
    assert all(one.verdict for one in tries), "an attempt was never closed"
    out, seen = office.seen(example)
    assert office.bench.target.took_effect(out, seen)
    if not op.removes:
        assert (seen.life, seen.matches) == (Life.LIVE, True)


def obeyed(office: TargetOffice, fault: Fault) -> None:
    """A limit is waited for in full, and never inside a call."""
    struck = next(write for write in reversed(office.wire.sent) if write.fault)
    after = office.wire.sent[office.wire.sent.index(struck) + 1]
    assert after.at >= struck.at + timedelta(seconds=fault.wait)
    assert sum(office.clock.slept) < SLEPT


class TargetConformance:
    """Inherit, name the `target`, and give a `bench` fixture: a fresh organisation for each test."""

    target: ClassVar[Target]
    faults: ClassVar[Mapping[str, Fault]] = FAULTS

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Parameters from the target's own declaration."""
        every = operations(self.target)
        several = [(kind, op) for kind, op in every if self.target.kinds[kind].batch[op] > 1]
        sets = {
            "operation": every,
            "batch": several,
            "removal": [(kind, op) for kind, op in every if op.removes and (kind, Op.CREATE) in several],
        }
        for name, found in sets.items():
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, found, ids=[f"{kind}-{op}" for kind, op in found])
        if "kind" in metafunc.fixturenames:
            metafunc.parametrize("kind", list(self.target.kinds), ids=str)

    @pytest.fixture
    def bench(self) -> Any:
        raise NotImplementedError

    @pytest.fixture
    def office(self, bench: TargetBench, quick_engine: Engine, settings: Settings) -> TargetOffice:
        return open_office(bench, quick_engine, settings)

    def test_each_declared_operation_has_an_example(self, bench: TargetBench) -> None:
        names = [example.name for example in bench.examples]
        assert len(set(names)) == len(names)
        for kind, op in operations(self.target):
            found = bench.of(kind)
            enough = 1 + (self.target.kinds[kind].batch[op] > 1)
            assert len(found) >= enough, f"{kind} needs {enough} examples"
            if op is Op.UPDATE:
                assert all(example.changed is not None for example in found[:enough]), f"{kind} changes"

    def test_an_operation_has_one_effect_whatever_happens(
        self, office: TargetOffice, operation: Operation
    ) -> None:
        faults: dict[str, Fault | None] = {"none": None, **self.faults}
        if operation[1] is Op.UPDATE:
            faults = {name: fault for name, fault in faults.items() if name in ON_CHANGE}
        if not office.bench.replays:
            faults.pop("duplicate", None)
        one_effect(office, *operation, faults)

    def test_a_partly_saved_batch_has_one_effect_for_each(
        self, office: TargetOffice, batch: Operation
    ) -> None:
        partly_saved(office, *batch)

    def test_what_was_made_in_one_call_is_told_apart(self, office: TargetOffice, removal: Operation) -> None:
        told_apart(office, *removal)

    def test_a_refusal_stays_with_its_element(self, office: TargetOffice) -> None:
        kinds = [example.kind for example in office.bench.examples if example.refused is not None]
        assert kinds, "no example says what the target refuses"
        for kind in dict.fromkeys(kinds):
            refusal_stays_with_its_element(office, kind)

    def test_what_is_not_there_is_absent(self, office: TargetOffice, kind: DocKind) -> None:
        example = office.of(kind, 0)[0]
        begin(office, Op.CREATE, example)
        office.wire.arm(FAULTS["unreachable"])
        office.want(example)
        office.once()
        out, seen = office.seen(example)
        assert seen.life is Life.ABSENT
        assert not office.bench.target.took_effect(out, seen)

    def test_the_chart_can_be_read(self, office: TargetOffice) -> None:
        chart = Context(office.kernel, GROUP, TARGET).session.chart()
        assert chart.organisation
        assert chart.currency == "AUD"

    def test_one_of_each_on_postgresql(
        self, bench: TargetBench, postgres_engine: Engine, settings: Settings
    ) -> None:
        """Everything together, each write of a new organisation answered by nobody the first time."""
        office = open_office(bench, postgres_engine, settings)
        for kind in self.target.kinds:
            office.wire.arm(FAULTS["reset-after"])
            office.want(office.of(kind, 0)[0])
            office.settle()
        for kind in self.target.kinds:
            stands(office, Op.CREATE, office.of(kind, 0)[0])
