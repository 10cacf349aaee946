"""After its last step a case is planned again only where that came out otherwise or more was said."""

from __future__ import annotations

from collections.abc import Callable

from hub.documents import DocKind
from hub.plan import plan_due
from hub.rendering import CaseKind
from hub.store.tables import case
from hub.targets import OutgoingBatch
from tests.support.fake_books import GROUP, TARGET, Books, document_id
from tests.support.office import Office


def unplanned(books: Office) -> list[str]:
    return [row.subject for row in books.rows(case) if row.marked > row.planned]


def while_sending(books: Books, kind: DocKind, act: Callable[[], object]) -> None:
    """Have something happen once, between the taking of a batch of this kind and its answer."""

    def before(batch: OutgoingBatch) -> None:
        if batch.kind is kind:
            books.ledger.before_send = None
            act()

    books.ledger.before_send = before


def test_a_case_is_planned_once_for_each_step_and_not_once_more(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432"))
    report = books.go()
    # The contact; the invoice, which waits; the invoice; its receipt, which is the end of it.
    assert (report.planned, report.delivered) == (4, 3)
    assert unplanned(books) == []


def test_what_was_said_while_the_last_step_was_sent_follows(books: Books) -> None:
    books.contact("p1")
    books.go()
    while_sending(books, DocKind.INVOICE, lambda: books.invoice("10432", gross=7000))
    books.invoice("10432")
    books.go()
    assert [c.total for c in books.ledger.contents(DocKind.INVOICE)] == [7000]
    assert unplanned(books) == []


def test_what_a_plan_left_to_the_outcome_of_the_last_step_follows(books: Books) -> None:
    """A plan made while something is on its way changes nothing: the outcome has it made again."""
    books.contact("p1")
    books.go()

    def said_and_planned() -> None:
        books.invoice("10432", gross=7000)
        plan_due(books.kernel, GROUP, TARGET, books.kernel.world.now().replace(year=2100))
        assert unplanned(books) == []

    while_sending(books, DocKind.INVOICE, said_and_planned)
    books.invoice("10432")
    books.go()
    assert [c.total for c in books.ledger.contents(DocKind.INVOICE)] == [7000]


def test_a_document_that_came_out_otherwise_is_planned_again(books: Books) -> None:
    books.ledger.differs.add(document_id(DocKind.INVOICE, "10432"))
    books.invoice("10432")
    books.go()
    assert books.holds() == [("10432", "target:total-differs")]


def test_a_removal_is_followed_by_another_plan(books: Books) -> None:
    books.invoice("10432")
    books.go()
    books.say(CaseKind.INVOICE, "10432")
    assert books.go().planned == 2
    assert books.ledger.live(DocKind.INVOICE) == []


def test_an_answer_seen_in_another_turn_has_the_case_planned_again(books: Books) -> None:
    """What a plan saw is known to the turn that made it: a lost answer is settled by whoever looks it up."""
    books.contact("p1")
    books.go()
    books.ledger.faults, books.ledger.look_fails = ["after"], 1
    books.invoice("10432")
    assert books.once().unknown == 1
    assert books.go().planned == 1
    assert len(books.ledger.live(DocKind.INVOICE)) == 1
