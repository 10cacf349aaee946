"""Cases that a credit joins: planned together, stopped together, and what each of them waits for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hub.documents import Deposit, DepositPart, DocKind
from hub.plan import plan_due
from hub.rendering import CaseKind
from hub.store import cases
from hub.store.tables import case_need
from tests.support.fake_books import DAY, GROUP, TARGET, Books, document_id, held, key, rendered


def needed(books: Books, kind: CaseKind, subject: str) -> set[str]:
    """The documents of other cases that a case waits for or stands on."""
    with books.kernel.store.read(GROUP) as unit:
        id_ = cases.id_of(unit, key(kind, subject))
    return {row.document_id for row in books.rows(case_need, case_id=id_)}


def deposit(books: Books, *invoices: str, on: date = DAY, bad: bool = False) -> None:
    """A remittance that pays invoices in full; `bad`: nothing can be made of it any more."""
    content = Deposit("1101", on, tuple(DepositPart(document_id(DocKind.INVOICE, i), 9500) for i in invoices))
    made = held(DocKind.DEPOSIT, "s1", "remittance:unmatched") if bad else rendered("s1", content)
    needs = tuple(key(CaseKind.INVOICE, one) for one in invoices)
    books.say(CaseKind.SETTLEMENT, "s1", made, needs=needs)


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
        return needed(books, kind, subject)

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


@pytest.mark.parametrize("marked", [CaseKind.SETTLEMENT, CaseKind.INVOICE])
def test_a_deposit_and_its_invoices_stay_joined_however_often_they_are_planned(
    books: Books, marked: CaseKind
) -> None:
    """Planned with its invoices once, it must not be planned without them the next time."""
    both = {document_id(DocKind.INVOICE, one) for one in ("i1", "i2")}
    for one in ("i1", "i2"):
        books.invoice(one)
    deposit(books, "i1", "i2")
    for _ in range(3):
        books.go()
        assert needed(books, CaseKind.SETTLEMENT, "s1") == both
        books.mark(marked, "s1" if marked is CaseKind.SETTLEMENT else "i1")


@pytest.mark.parametrize("bad", [False, True])
def test_a_deposit_that_stands_keeps_its_invoices_joined(books: Books, bad: bool) -> None:
    """What it pays must be known when it is taken back, whatever the remittance says now."""
    for one in ("i1", "i2"):
        books.invoice(one)
    deposit(books, "i1", "i2")
    books.go()
    deposit(books, "i1", bad=bad)
    plan_due(books.kernel, GROUP, TARGET, books.kernel.world.now() + timedelta(hours=1))
    assert document_id(DocKind.INVOICE, "i2") in needed(books, CaseKind.SETTLEMENT, "s1")
