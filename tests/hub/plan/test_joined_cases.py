"""Cases that a credit joins: planned together, stopped together, and what each of them waits for."""

from __future__ import annotations

from datetime import timedelta

from hub.documents import DocKind
from hub.plan import plan_due
from hub.rendering import CaseKind
from hub.store import cases
from hub.store.tables import case_need
from tests.support.fake_books import GROUP, TARGET, Books, document_id, held, key


def test_a_removal_is_stopped_by_a_hold_of_a_case_joined_by_a_credit(books: Books) -> None:
    """The overpayment must go and come again; an allocation of another case stands on it."""
    books.credit("c1", 5000)
    books.invoice("i1", books.allocation("c1", "i1", 3000), needs=(key(CaseKind.CREDIT, "c1"),))
    books.go()
    sent = len(books.ledger.sent)
    bad = held(DocKind.RECEIPT, "501", "unmapped:method:Promo card")
    books.invoice("i1", books.allocation("c1", "i1", 3000), bad, needs=(key(CaseKind.CREDIT, "c1"),))
    books.go()
    books.credit("c1", 4000)
    books.go()
    assert len(books.ledger.sent) == sent
    assert ("c1", "unmapped:method:Promo card") in books.holds()
    books.invoice("i1", books.allocation("c1", "i1", 3000), needs=(key(CaseKind.CREDIT, "c1"),))
    books.mark(CaseKind.CREDIT, "c1")
    books.go()
    assert books.holds() == []
    done = [(b.op.value, b.kind.value) for b in books.ledger.sent[sent:]]
    assert done == [
        ("delete", "allocation"),
        ("delete", "overpayment"),
        ("create", "overpayment"),
        ("create", "allocation"),
    ]


def test_what_goes_first_is_waited_for_by_cases_with_later_steps_alone(books: Books) -> None:
    """Three cases joined by a credit: its change takes both allocations off first."""

    def needs(kind: CaseKind, subject: str) -> set[str]:
        with books.kernel.store.read(GROUP) as unit:
            id_ = cases.id_of(unit, key(kind, subject))
        return {row.document_id for row in books.rows(case_need, case_id=id_)}

    credit, put = document_id(DocKind.OVERPAYMENT, "c1"), books.allocation("c1", "i1", 3000)
    books.credit("c1", 5000)
    for name, cents in (("i1", 3000), ("i2", 2000)):
        books.invoice(name, books.allocation("c1", name, cents), needs=(key(CaseKind.CREDIT, "c1"),))
    books.go()
    assert (needs(CaseKind.CREDIT, "c1"), needs(CaseKind.INVOICE, "i2")) == (set(), {credit})
    books.invoice("i1", put, gross=12000, needs=(key(CaseKind.CREDIT, "c1"),))
    plan_due(books.kernel, GROUP, TARGET, books.kernel.world.now() + timedelta(hours=1))
    assert (needs(CaseKind.CREDIT, "c1"), needs(CaseKind.INVOICE, "i2")) == (set(), {credit})
    books.go()
    books.credit("c1", 5100)
    plan_due(books.kernel, GROUP, TARGET, books.kernel.world.now() + timedelta(hours=1))
    assert len(needs(CaseKind.CREDIT, "c1")) == 2
    books.go()
    assert books.holds() == []
