"""Two equal documents of different cases, and no mark at the target: an object stands for one of them."""

from __future__ import annotations

from hub.documents import DocKind
from hub.store.tables import link
from tests.support.fake_books import Books, document_id


def test_a_lost_one_is_not_linked_to_its_twins_object(books: Books) -> None:
    """The second never arrived, the first looks like it: linked to that, the second would be lost."""
    books.ledger.unmarked = True
    books.contact("p1")
    books.credit("501", 5000)
    books.go()
    books.ledger.faults = ["before"]
    books.credit("502", 5000)
    books.go()
    (first,) = books.ledger.live(DocKind.OVERPAYMENT)
    assert [row.document_id for row in books.rows(link, external_id=first.id)] == [
        document_id(DocKind.OVERPAYMENT, "501")
    ]
    assert [cause for _, cause in books.holds()] == ["target:twin"]


def test_two_that_are_found_by_one_look_are_not_both_the_same_object(books: Books) -> None:
    """Both answers were lost, one of both arrived."""
    books.ledger.unmarked = True
    books.contact("p1")
    books.go()
    books.ledger.faults = ["after", "before"]
    books.credit("501", 5000)
    books.credit("502", 5000)
    books.go()
    (thing,) = books.ledger.live(DocKind.OVERPAYMENT)
    assert len(books.rows(link, external_id=thing.id)) == 1
    assert [cause for _, cause in books.holds()] == ["target:twin"]
