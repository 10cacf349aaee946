"""`hub freeze` in the middle of a delivery run: nothing leaves after the batch under way, nothing is lost."""

from __future__ import annotations

import pytest

from hub.documents import DocKind
from hub.plan import plan_due
from hub.store import connections
from hub.store.tables import delivery
from hub.targets import OutgoingBatch
from tests.support.fake_books import GROUP, TARGET, Books


def freeze(books: Books, what: str | None, *, frozen: bool = True) -> None:
    with books.kernel.store.write(GROUP, agent="person:test") as unit:
        connections.freeze(unit, what, frozen=frozen, why="stop")


@pytest.mark.parametrize("what", [TARGET, None], ids=["connection", "group"])
def test_writes_stop_within_one_batch_and_planning_goes_on(books: Books, what: str | None) -> None:
    for number in range(120):  # three batches of invoices
        books.invoice(str(number))

    def stop_at_the_first_invoices(batch: OutgoingBatch) -> None:
        if batch.kind is DocKind.INVOICE:
            freeze(books, what)

    books.ledger.before_send = stop_at_the_first_invoices
    books.go()
    assert len(books.ledger.live(DocKind.INVOICE)) == 50
    states = [row.state for row in books.rows(delivery, kind="invoice")]
    assert (states.count("delivered"), states.count("pending")) == (50, 70)

    sent = len(books.ledger.sent)
    books.invoice("later")
    assert plan_due(books.kernel, GROUP, TARGET, books.clock.now().replace(year=2030)).planned > 0
    books.go()
    assert len(books.ledger.sent) == sent

    books.ledger.before_send = None
    freeze(books, what, frozen=False)
    books.go()
    assert len(books.ledger.live(DocKind.INVOICE)) == 121
    assert {row.state for row in books.rows(delivery)} == {"delivered"}


def test_the_answer_of_the_batch_under_way_is_kept_and_an_unknown_one_looked_up(books: Books) -> None:
    """Frozen stops writes only: what was sent is looked up, so that nothing stays unknown meanwhile."""
    books.invoice("1")
    books.ledger.faults = [None, "after"]

    def stop(batch: OutgoingBatch) -> None:
        if batch.kind is DocKind.INVOICE:
            freeze(books, TARGET)

    books.ledger.before_send = stop
    books.go()
    assert {row.state for row in books.rows(delivery)} == {"delivered"}
    assert len(books.ledger.live(DocKind.INVOICE)) == 1
