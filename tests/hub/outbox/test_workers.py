"""Two workers by hand, leases that run out, late answers, together and apart."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from hub import outbox
from hub.documents import DocKind
from hub.kernel import Kernel
from hub.plan import plan_case, plan_due
from hub.planning.context import Context
from hub.rendering import CaseKind
from hub.store import cases
from hub.store.tables import attempt, batch, delivery
from hub.targets import Op, OutgoingBatch
from hub.transport import end_of
from tests.support.fake_books import GROUP, TARGET, Books, another_worker, document_id, key
from tests.support.world import FakeClock, make_world


@pytest.fixture
def other(books: Books, kernel: Kernel, clock: FakeClock) -> Books:
    world = replace(make_world(kernel.world.engine, clock=clock, worker="worker-2"),
                    transport=books.kernel.world.transport)  # fmt: skip
    return another_worker(books, world)


def context(books: Books) -> Context:
    return Context(books.kernel, GROUP, TARGET)


def plan(books: Books) -> None:
    until = books.clock.now() + timedelta(hours=1)
    plan_due(books.kernel, GROUP, TARGET, until)


def test_two_workers_never_take_the_same_delivery(books: Books, other: Books) -> None:
    for n in range(60):
        books.contact(f"p{n}")
    plan(books)
    one, two = outbox.take(context(books), "one"), outbox.take(context(other), "two")
    assert one is not None
    assert two is not None
    first = {m.row.id for m in one.members}
    assert (len(one.members), len(two.members)) == (50, 10)
    assert not first & {m.row.id for m in two.members}
    assert outbox.take(context(books), "one") is None
    outbox.send(context(other), two)
    outbox.send(context(books), one)
    assert len(books.ledger.live(DocKind.CONTACT)) == 60


def test_a_dead_senders_delivery_becomes_unknown_when_its_lease_runs_out(books: Books, other: Books) -> None:
    books.contact("p1")
    plan(books)
    assert outbox.take(context(books), "gone") is not None
    other.once()
    assert books.states() == [("create", "sending", 1)]
    report = other.once()
    assert report.next_due == books.clock.now() + timedelta(seconds=90)
    books.clock.advance(91)
    other.once()
    assert books.states() == [("create", "delivered", 1)]
    assert len(books.ledger.live(DocKind.CONTACT)) == 1
    assert {row.state for row in books.rows(batch)} == {"dissolved", "settled"}


def test_a_sender_that_slept_does_not_call(books: Books) -> None:
    books.contact("p1")
    plan(books)
    taken = outbox.take(context(books), "slow")
    assert taken is not None
    books.clock.advance(61)  # less than one deadline of the lease is left
    outbox.send(context(books), taken)
    assert books.ledger.sent == []
    assert books.states() == [("create", "pending", 1)]
    assert books.rows(delivery)[0].attempts == 0


def test_no_request_of_a_call_lasts_beyond_its_lease(books: Books) -> None:
    """A connector may renew a token first, and a process may stand still there: the guard is told the end."""
    books.contact("p1")
    plan(books)
    taken = outbox.take(context(books), "one")
    assert taken is not None
    ends: list[float] = []
    books.ledger.before_send = lambda batch: ends.append(end_of(math.inf))
    outbox.send(context(books), taken)
    assert ends == [taken.by]
    assert end_of(math.inf) == math.inf


def test_a_late_answer_is_recorded_and_overwrites_nothing(books: Books, other: Books) -> None:
    """While the first worker's call hangs its lease runs out and another worker settles it by a look."""
    books.contact("p1")
    plan(books)
    taken = outbox.take(context(books), "slow")
    assert taken is not None

    def hang(sent: OutgoingBatch) -> None:
        books.ledger.before_send = None
        books.clock.advance(91)
        other.once()

    books.ledger.before_send = hang
    outbox.send(context(books), taken)
    row = books.rows(delivery)[0]
    assert row.state == "delivered"
    assert "late" in {r.code for r in books.rows(attempt)}
    assert len(books.ledger.live(DocKind.CONTACT)) == 1


def test_a_change_while_sending_is_planned_when_that_settles(books: Books) -> None:
    books.contact("p1")
    books.go()
    books.invoice("10432")
    plan(books)
    taken = outbox.take(context(books), "one")
    assert taken is not None
    books.invoice("10432", gross=12000)
    plan(books)
    assert books.states(document_id(DocKind.INVOICE, "10432")) == [("create", "sending", 1)]
    outbox.send(context(books), taken)
    books.go()
    assert [c.total for c in books.ledger.contents(DocKind.INVOICE)] == [12000]
    assert [s[0] for s in books.states(document_id(DocKind.INVOICE, "10432"))] == ["create", "update"]


def test_a_plan_of_a_case_that_changed_meanwhile_is_not_written(books: Books) -> None:
    books.contact("p1")
    books.go()
    case_id = books.invoice("10432")
    render = books.renderer.render

    def interrupted(case_: object, facts: object, config: object) -> object:
        found = render(case_, facts, config)  # type: ignore[arg-type]
        if case_.subject == "10432" and not calls:  # type: ignore[attr-defined]
            calls.append(1)
        return found

    calls: list[int] = []
    books.renderer.render = interrupted  # type: ignore[method-assign, assignment]
    chart = books.ledger.chart

    def change() -> object:
        books.ledger.chart = chart  # type: ignore[method-assign]
        return chart()

    books.ledger.chart = change  # type: ignore[method-assign, assignment]
    with books.kernel.store.write(GROUP) as unit:
        rows = cases.take(unit, [case_id], "slow", timedelta(seconds=60))
    books.invoice("10432", gross=12000)
    from hub.planning.rounds import run

    counts = run(context(books), rows, "slow")
    assert (counts.planned, counts.conflicts) == (0, 1)
    books.go()
    assert [c.total for c in books.ledger.contents(DocKind.INVOICE)] == [12000]


def test_a_leased_case_is_not_planned_by_another(books: Books, other: Books) -> None:
    case_id = books.invoice("10432")
    with books.kernel.store.write(GROUP) as unit:
        cases.take(unit, [case_id], "one", timedelta(seconds=60))
    assert not plan_case(other.kernel, GROUP, case_id).planned
    books.clock.advance(61)
    assert plan_case(other.kernel, GROUP, case_id).planned


def test_freezing_between_two_batches_stops_the_second(books: Books) -> None:
    from hub.store import connections

    for n in range(60):
        books.contact(f"p{n}")

    def freeze(sent: OutgoingBatch) -> None:
        with books.kernel.store.write(GROUP) as unit:
            connections.freeze(unit, None, why="stop")

    books.ledger.before_send = freeze
    books.once()
    assert len(books.ledger.sent) == 1
    assert len(books.ledger.live()) == 50


def test_overpayments_of_the_same_values_go_one_at_a_time(books: Books) -> None:
    books.contact("p1")
    books.go()
    books.credit("c1", 5000)
    books.credit("c2", 5000)
    books.credit("c3", 6000)
    books.go()
    sizes = [len(b.members) for b in books.ledger.sent if b.kind is DocKind.OVERPAYMENT]
    assert sizes == [2, 1]


def test_a_batch_of_allocations_is_of_one_credit(books: Books) -> None:
    books.credit("c1", 5000)
    books.credit("c2", 6000)
    for n, credit in enumerate(("c1", "c2", "c1")):
        needs = (key(CaseKind.CREDIT, credit),)
        books.invoice(f"i{n}", books.allocation(credit, f"i{n}", 1000), needs=needs)
    books.go()
    used = [b for b in books.ledger.sent if b.kind is DocKind.ALLOCATION]
    assert sorted(len(b.members) for b in used) == [1, 2]
    assert all(len({m.key.content.needs()[0] for m in b.members}) == 1 for b in used)


def test_a_change_does_not_wait_behind_a_first_load(books: Books) -> None:
    books.invoice("10432")
    books.go()
    books.ledger.sent.clear()
    for n in range(120):
        books.contact(f"new{n}")
    books.invoice("10432", gross=12000)
    books.go()
    order = [(b.op, b.kind) for b in books.ledger.sent]
    assert order == [(Op.UPDATE, DocKind.INVOICE), *[(Op.CREATE, DocKind.CONTACT)] * 3]


def test_removals_go_before_everything_else(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432"))
    books.go()
    books.say(CaseKind.INVOICE, "10432")
    books.contact("p2")
    books.go()
    assert [b.op for b in books.ledger.sent[3:]] == [Op.DELETE, Op.VOID, Op.CREATE]
