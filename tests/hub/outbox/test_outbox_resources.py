"""The database fails in the middle of planning and sending: nothing is lost and nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from hub.documents import DocKind
from hub.errors import DatabaseFailed
from hub.store.tables import attempt, case, delivery
from tests.support.breaking import NO_ROOM, no_room
from tests.support.fake_books import Books


def code_of(books: Books) -> str:
    return NO_ROOM[books.kernel.world.engine.dialect.name]


def settled(books: Books) -> None:
    """One effect each, as if nothing had been."""
    books.go()
    kinds = sorted(thing.kind.value for thing in books.ledger.live())
    assert kinds == sorted([DocKind.CONTACT.value, DocKind.INVOICE.value, DocKind.RECEIPT.value])
    assert {row.state for row in books.rows(delivery)} <= {"delivered", "cancelled"}
    assert books.holds() == []


def test_no_room_while_planning_leaves_the_case_to_be_planned(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432"))
    with no_room(books.kernel.world.engine), pytest.raises(DatabaseFailed) as caught:
        books.once()
    assert caught.value.code == code_of(books)
    assert books.rows(delivery) == []
    assert any(row.marked > row.planned for row in books.rows(case))
    assert books.ledger.sent == []
    settled(books)


def test_no_room_for_the_attempt_row_and_nothing_is_sent(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attempt commits before the call: where it cannot, there is no call."""
    from hub import outbox

    take, full = outbox.take, ExitStack()

    def fill_up(*args: object) -> object:
        full.enter_context(no_room(books.kernel.world.engine))
        return take(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "take", fill_up)
    books.invoice("10432", books.receipt("501", "10432"))
    with full, pytest.raises(DatabaseFailed) as caught:
        books.once()
    monkeypatch.undo()
    assert caught.value.code == code_of(books)
    assert books.ledger.sent == []
    assert books.rows(attempt) == []
    assert {row.state for row in books.rows(delivery)} == {"pending"}
    settled(books)


@pytest.mark.parametrize("call", [0, 1, 2], ids=["contact", "invoice", "receipt"])
def test_an_outcome_that_cannot_be_kept_is_unknown_and_looked_up(books: Books, call: int) -> None:
    """The call had its effect; what the target holds is found again, not made again."""
    full = ExitStack()

    def fill_up_at_call(batch: object) -> None:
        if len(books.ledger.sent) == call:
            full.enter_context(no_room(books.kernel.world.engine))

    books.ledger.before_send = fill_up_at_call
    books.invoice("10432", books.receipt("501", "10432"))
    with full, pytest.raises(DatabaseFailed) as caught:
        books.go()
    books.ledger.before_send = None
    assert caught.value.code == code_of(books)
    under_way = [row for row in books.rows(delivery) if row.state == "sending"]
    assert len(under_way) == 1
    assert [row.ended_at for row in books.rows(attempt, delivery_id=under_way[0].id)] == [None]
    looks = len(books.ledger.looks)
    sent = len(books.ledger.sent)
    settled(books)
    assert len(books.ledger.looks) > looks
    assert len(books.ledger.sent) == 3
    assert sent == call + 1


def test_going_on_needs_no_restart(books: Books) -> None:
    """The same objects of the same process go on when there is room again."""
    books.invoice("10432", books.receipt("501", "10432"))
    work: Callable[[], object] = books.once
    for _ in range(3):
        with no_room(books.kernel.world.engine), pytest.raises(DatabaseFailed):
            work()
    settled(books)
