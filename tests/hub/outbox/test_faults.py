"""Every fault of a call, before and after its effect: one effect in the end, nothing lost, nothing twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub import replay
from hub.documents import DocKind
from hub.rendering import CaseKind
from hub.store import connections
from hub.store.tables import attempt, connection, delivery, link
from tests.support.fake_books import GROUP, TARGET, Books, document_id

FAULTS = ("before", "after", "500", "not-processed", "429", "retry", "replan", "partial", "short")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", [0, 1, 2], ids=["contact", "invoice", "receipt"])
def test_a_fault_at_any_call_ends_in_one_effect_each(books: Books, fault: str, call: int) -> None:
    books.ledger.faults = [None] * call + [fault]
    for n in ("1", "2"):
        books.invoice(f"i{n}", books.receipt(f"r{n}", f"i{n}"), contact=f"p{n}")
    books.go()
    kinds = [t.kind for t in books.ledger.live()]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        DocKind.CONTACT: 2,
        DocKind.INVOICE: 2,
        DocKind.RECEIPT: 2,
    }
    assert books.holds() == []
    assert {row.state for row in books.rows(delivery)} <= {"delivered", "cancelled"}
    assert len([row for row in books.rows(link) if row.live]) == 6


@pytest.mark.parametrize("fault", ["before", "after", "not-processed", "retry", "replan", "429"])
@pytest.mark.parametrize("call", [3, 4, 5], ids=["delete", "update", "create"])
def test_a_fault_within_a_remake_ends_in_the_same_ledger(books: Books, fault: str, call: int) -> None:
    books.ledger.faults = [None] * call + [fault]
    books.invoice("10432", books.receipt("501", "10432", 5000))
    books.go()
    books.invoice("10432", books.receipt("501", "10432", 5000), gross=12000)
    books.go()
    assert [c.total for c in books.ledger.contents(DocKind.INVOICE)] == [12000]
    assert len(books.ledger.contents(DocKind.RECEIPT)) == 1
    assert books.holds() == []


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_fault_while_voiding(books: Books, fault: str) -> None:
    books.invoice("10432")
    books.go()
    books.ledger.faults = [fault]
    books.say(CaseKind.INVOICE, "10432")
    books.go()
    assert books.ledger.live(DocKind.INVOICE) == []
    assert len(books.ledger.sent) == (4 if fault == "before" else 3)


def test_an_unknown_receipt_is_not_sent_again_before_the_quiet_time(books: Books) -> None:
    books.invoice("10432")
    books.go()
    books.ledger.faults = ["before"]
    books.invoice("10432", books.receipt("501", "10432"))
    start = books.clock.now()
    report = books.once()
    assert books.states(document_id(DocKind.RECEIPT, "501")) == [("create", "unknown", 1)]
    assert report.next_due is not None
    assert report.next_due >= start + timedelta(seconds=120)
    books.go()
    assert len(books.ledger.live(DocKind.RECEIPT)) == 1
    assert books.clock.now() >= start + timedelta(seconds=120)


def test_an_unknown_invoice_is_sent_again_at_once_since_the_target_guards_its_number(books: Books) -> None:
    books.contact("p1")
    books.go()
    books.ledger.faults = ["before"]
    books.invoice("10432")
    books.once()
    assert len(books.ledger.live(DocKind.INVOICE)) == 1
    assert len(books.ledger.looks) == 1


def test_a_late_effect_that_a_look_does_not_show_yet_is_not_doubled(books: Books) -> None:
    books.invoice("10432")
    books.go()
    books.ledger.faults = ["after"]
    books.ledger.hide = 1  # the first look comes too early
    books.invoice("10432", books.receipt("501", "10432"))
    books.go()
    assert len(books.ledger.live(DocKind.RECEIPT)) == 1


def test_a_limit_pauses_the_connection_and_costs_no_attempt(books: Books) -> None:
    books.ledger.faults = ["429"]
    books.invoice("10432")
    report = books.once()
    row = books.rows(delivery)[0]
    assert (row.state, row.attempts) == ("pending", 0)
    paused = books.rows(connection, id=TARGET)[0]
    assert paused.paused_until == report.next_due
    assert len(books.ledger.sent) == 1
    books.go()
    assert len(books.ledger.live(DocKind.INVOICE)) == 1
    first, second = books.ledger.sent[:2]
    assert first.idempotency_key == second.idempotency_key  # nothing was processed: the same key may go again


def test_a_limit_that_is_over_already_is_a_short_pause(books: Books) -> None:
    """Their clock is behind ours: taken at its word, the limit would be asked for again without end."""
    books.ledger.faults = ["429-over"] * 3
    books.invoice("10432")
    asked = books.clock.now()
    report = books.once()
    assert len(books.ledger.sent) == 1
    assert report.next_due is not None
    assert asked < report.next_due <= asked + connections.UNSAID
    books.go()
    assert len(books.ledger.live(DocKind.INVOICE)) == 1


def test_a_dead_grant_keeps_its_queue(books: Books) -> None:
    books.ledger.faults = ["reconnect"]
    books.invoice("10432")
    report = books.once()
    assert report.next_due is None or report.delivered == 0
    assert books.rows(connection, id=TARGET)[0].reconnect
    assert books.rows(delivery)[0].state == "pending"
    with books.kernel.store.write(GROUP) as unit:
        connections.resume(unit, TARGET)
    books.go()
    assert len(books.ledger.live(DocKind.INVOICE)) == 1


def test_second_attempts_look_first(books: Books) -> None:
    books.ledger.faults = ["not-processed"]
    books.contact("p1")
    books.once()
    row = books.rows(delivery)[0]
    assert (row.state, row.look_first, row.attempts) == ("pending", True, 1)
    assert books.ledger.looks == []
    books.go()
    assert len(books.ledger.looks) == 1
    assert [r.verdict for r in books.rows(attempt)] == ["retry", "delivered"]
    keys = [batch.idempotency_key for batch in books.ledger.sent]
    assert len(set(keys)) == 2


def test_a_delivery_that_never_gets_through_is_held(books: Books) -> None:
    books.ledger.faults = ["not-processed"] * 20
    books.contact("p1")
    books.go()
    assert books.holds() == [("p1", "refused:exhausted")]
    assert len(books.ledger.sent) == len(books.kernel.settings.backoff) + 1


def test_a_target_that_never_agrees_is_held(books: Books) -> None:
    books.ledger.faults = ["replan"] * 20
    books.contact("p1")
    books.go()
    assert books.holds() == [("p1", "target:unsettled")]
    assert len(books.ledger.sent) == 3
    books.ledger.faults = []
    replay.release(books.kernel, GROUP, cause="target:unsettled", who="person:test", why="looked at")
    books.go()
    assert books.holds() == []
    assert len(books.ledger.live()) == 1


def test_a_look_that_fails_is_made_again_later(books: Books) -> None:
    books.invoice("10432")
    books.go()
    books.ledger.look_fails = 2
    books.invoice("10432", gross=12000)
    books.go()
    assert [c.total for c in books.ledger.contents(DocKind.INVOICE)] == [12000]


def test_no_look_while_the_connection_is_paused(books: Books) -> None:
    books.invoice("10432")
    books.go()
    with books.kernel.store.write(GROUP) as unit:
        until = unit.now + timedelta(seconds=300)
        connections.pause(unit, TARGET, until, "rate-limited", "Too many calls.")
    books.invoice("10432", gross=12000)
    books.invoice("10433")
    books.once()
    assert books.ledger.looks == []
    assert len(books.ledger.sent) == 2
    books.go()
    assert sorted(c.total for c in books.ledger.contents(DocKind.INVOICE)) == [9500, 12000]


def test_a_case_told_to_look_first_finds_its_documents_again(books: Books) -> None:
    """After a restore: what was delivered after the backup stands, and is linked instead of sent."""
    books.invoice("10432", books.receipt("501", "10432"))
    books.go()
    from sqlalchemy import update

    from hub.store.tables import case

    with books.kernel.store.write(GROUP) as unit:
        for table in (attempt, link, delivery):
            unit.db.execute(table.delete())
        unit.db.execute(update(case).values(look_first=True, planned=0))
    books.go()
    assert len(books.ledger.sent) == 3
    assert len(books.rows(link)) == 3
    assert {row.state for row in books.rows(delivery)} == {"delivered"}
    assert {row.verdict for row in books.rows(attempt)} == {"found"}
    books.invoice("10432", gross=12000)
    books.go()
    assert [c.total for c in books.ledger.contents(DocKind.INVOICE)] == [12000]
