"""From marked cases to documents at the target: order, batches, edits, removals, nothing twice."""

from __future__ import annotations

from datetime import date

from hub.documents import DocKind
from hub.rendering import CaseKey, CaseKind
from hub.store.tables import attempt, audit_event, case, delivery, link
from hub.targets import Op
from tests.support.fake_books import TARGET, Books, document_id, key, receipt_of, rendered


def ops(books: Books) -> list[tuple[str, str, int]]:
    return [(batch.op.value, batch.kind.value, len(batch.members)) for batch in books.ledger.sent]


def test_an_invoice_waits_for_its_contact_and_a_receipt_for_its_invoice(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432"))
    report = books.go()
    assert ops(books) == [("create", "contact", 1), ("create", "invoice", 1), ("create", "receipt", 1)]
    assert books.holds() == []
    assert report.next_due is None
    assert {row.live for row in books.rows(link)} == {True}
    assert books.ledger.looks == []  # a create needs no look


def test_doing_everything_twice_changes_nothing(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432"))
    books.go()
    books.mark(CaseKind.INVOICE, "10432")
    books.mark(CaseKind.CONTACT, "p1")
    books.go()
    assert len(books.ledger.sent) == 3
    assert len(books.ledger.live()) == 3


def test_a_free_invoice_is_changed_in_place_after_a_look(books: Books) -> None:
    books.invoice("10432")
    books.go()
    books.invoice("10432", gross=11000)
    books.go()
    assert ops(books)[2:] == [("update", "invoice", 1)]
    assert len(books.ledger.looks) == 1
    assert [c.total for c in books.ledger.contents(DocKind.INVOICE)] == [11000]


def test_a_paid_invoice_is_freed_changed_and_paid_again(books: Books) -> None:
    day = date(2026, 10, 6)
    books.invoice("10432", books.receipt("501", "10432", 5000, day=day))
    books.go()
    books.invoice("10432", books.receipt("501", "10432", 5000, day=day), gross=11000)
    books.go()
    assert ops(books)[3:] == [("delete", "receipt", 1), ("update", "invoice", 1), ("create", "receipt", 1)]
    assert books.ledger.contents(DocKind.RECEIPT) == [receipt_of("10432", 5000, day)]
    assert books.states(document_id(DocKind.RECEIPT, "501")) == [
        ("create", "delivered", 1),
        ("delete", "delivered", 2),
        ("create", "delivered", 3),
    ]


def test_a_document_no_longer_rendered_is_removed(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432"))
    books.go()
    books.say(CaseKind.INVOICE, "10432")
    books.go()
    assert ops(books)[3:] == [("delete", "receipt", 1), ("void", "invoice", 1)]
    assert books.ledger.live(DocKind.INVOICE) == []


def test_a_new_configuration_alone_changes_no_delivered_document(books: Books) -> None:
    """What the canonical values are made of stands, so the delivered content is what is wanted."""
    books.invoice("10432", books.receipt("501", "10432", basis="payment 501"), basis="invoice")
    books.go()
    other = books.receipt("501", "10432", account="1102", basis="payment 501")
    books.invoice("10432", other, account="1102", basis="invoice")
    books.go()
    assert len(books.ledger.sent) == 3


def test_a_receipt_remade_around_an_edit_keeps_its_delivered_content(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432", basis="payment 501"))
    books.go()
    remapped = books.receipt("501", "10432", account="1102", basis="payment 501")
    books.invoice("10432", remapped, gross=11000)
    books.go()
    assert [c.account for c in books.ledger.contents(DocKind.RECEIPT)] == ["1101"]


def test_a_receipt_that_was_deleted_at_the_source_and_came_back_is_new(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432", basis="payment 501"))
    books.go()
    books.invoice("10432")
    books.go()
    books.invoice("10432", books.receipt("501", "10432", account="1102", basis="payment 501"))
    books.go()
    assert [c.account for c in books.ledger.contents(DocKind.RECEIPT)] == ["1102"]


def test_wording_alone_is_never_a_difference_and_its_basis_is_noted(books: Books) -> None:
    books.invoice("10432", basis="one")
    books.go()
    books.invoice("10432", basis="two")
    books.go()
    books.invoice("10432", account="1102", basis="two")
    books.go()
    assert ops(books) == [("create", "contact", 1), ("create", "invoice", 1)]


def test_a_pending_delivery_is_superseded_by_a_newer_content(books: Books) -> None:
    books.contact("p1")
    books.go()
    books.invoice("10432")
    _freeze(books)
    books.once()
    books.invoice("10432", gross=7000)
    books.once()
    _freeze(books, off=True)
    books.go()
    assert books.states(document_id(DocKind.INVOICE, "10432")) == [
        ("create", "cancelled", 1),
        ("create", "delivered", 2),
    ]
    assert [c.total for c in books.ledger.contents(DocKind.INVOICE)] == [7000]


def test_a_change_that_is_taken_back_before_sending_keeps_the_pending_delivery(books: Books) -> None:
    books.contact("p1")
    books.go()
    _freeze(books)
    books.invoice("10432")
    books.once()
    books.mark(CaseKind.INVOICE, "10432")
    books.once()
    assert books.states(document_id(DocKind.INVOICE, "10432")) == [("create", "pending", 1)]


def test_planning_goes_on_while_frozen_and_nothing_is_sent(books: Books) -> None:
    _freeze(books)
    books.invoice("10432")
    report = books.once()
    assert report.planned >= 2
    assert books.ledger.sent == []
    assert report.next_due is None


def test_full_batches_first_make_few_calls(books: Books) -> None:
    for n in range(120):
        books.invoice(f"i{n}", books.receipt(f"r{n}", f"i{n}"), contact=f"p{n}")
    books.go()
    assert [op[1] for op in ops(books)] == ["contact"] * 3 + ["invoice"] * 3 + ["receipt"] * 3
    assert len(books.ledger.live()) == 360


def test_every_effect_has_an_attempt_and_an_audit_row(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432"))
    books.go()
    delivered = {row.id for row in books.rows(delivery, state="delivered")}
    assert delivered == {row.delivery_id for row in books.rows(attempt, verdict="delivered")}
    assert delivered <= {row.entity_id for row in books.rows(audit_event, action="deliver")}


def test_the_contact_of_another_case_is_made_on_demand_once(books: Books) -> None:
    books.invoice("i1", contact="p7")
    books.invoice("i2", contact="p7")
    books.go()
    assert ops(books) == [("create", "contact", 1), ("create", "invoice", 2)]


def test_a_credit_is_used_on_an_invoice_after_both_stand(books: Books) -> None:
    books.credit("c1", 5000)
    use = books.allocation("c1", "i1", 3000)
    books.invoice("i1", use, needs=(key(CaseKind.CREDIT, "c1"),))
    books.go()
    assert [op[1] for op in ops(books)][-1] == "allocation"
    assert len(books.ledger.live(DocKind.ALLOCATION)) == 1
    over = next(t for t in books.ledger.live(DocKind.OVERPAYMENT))
    row = books.rows(link, document_id=over.document)[0]
    assert '"amount":3000' in row.seen  # what the allocation did to the credit is known without a look


def test_posting_date_is_the_business_date(books: Books) -> None:
    books.invoice("10432", day=date(2026, 10, 2))
    books.go()
    row = books.rows(delivery, kind="invoice")[0]
    assert (row.business_date, row.posting_date) == (date(2026, 10, 2), date(2026, 10, 2))
    assert row.target_id == TARGET
    assert row.op == Op.CREATE.value


def test_rendered_subjects_are_only_examples() -> None:
    assert rendered("x", receipt_of("i")).document == document_id(DocKind.RECEIPT, "x")


def _freeze(books: Books, *, off: bool = False) -> None:
    from hub.store import connections

    with books.kernel.store.write("harbour") as unit:
        connections.freeze(unit, TARGET, frozen=not off, why="test")


def test_a_case_that_belongs_to_another_ledger_now_has_that_one_planned(books: Books) -> None:
    """A location written down anew: nothing at the source changes, so nothing else would make the case."""
    there = CaseKey("other-books", CaseKind.INVOICE, "10432", "10432")
    books.say(CaseKind.INVOICE, "10432", nothing="Belongs to another organisation's books.", instead=(there,))
    books.go()
    (made,) = books.rows(case, target_id="other-books")
    assert (made.kind, made.subject, made.number) == ("invoice", "10432", "10432")
    assert made.marked > made.planned
    assert books.ledger.sent == []
