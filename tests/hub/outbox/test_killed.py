"""Killed before or after any commit, or in the middle of any call: the same ledger in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from hub.documents import DocKind
from hub.rendering import CaseKind
from hub.store.session import Store, Unit
from hub.store.tables import case, delivery
from hub.targets import OutgoingBatch
from tests.support.fake_books import Books, document_id, key


class Killed(BaseException):
    """The process is gone: nothing may catch it."""


class MortalStore(Store):
    """Dies before or after the n-th commit."""

    life = 10**9
    after = False

    @contextmanager
    def write(self, group: str, agent: str | None = None) -> Iterator[Unit]:
        self.life -= 1
        with super().write(group, agent) as unit:
            yield unit
            if self.life == 0 and not self.after:
                raise Killed
        if self.life == 0 and self.after:
            raise Killed


def scenario(books: Books, n: int) -> list[Callable[[], object]]:
    """A paid invoice with a credit used on it, then edited."""
    contact, number, credit = f"p{n}", f"i{n}", f"c{n}"
    needs = (key(CaseKind.CREDIT, credit),)

    def first() -> None:
        books.credit(credit, 5000, contact=contact)
        use = books.allocation(credit, number, 1000)
        books.invoice(number, books.receipt(f"r{n}", number, 4000), use, contact=contact, needs=needs)

    def edit() -> None:
        use = books.allocation(credit, number, 1000)
        receipt = books.receipt(f"r{n}", number, 4000)
        books.invoice(number, receipt, use, contact=contact, needs=needs, gross=12000)

    return [first, edit]


def deliver_dying(books: Books, mortal: MortalStore, life: int, after: bool) -> bool:
    """One delivery loop of a worker that dies; whether it did."""
    mortal.life, mortal.after = life, after
    kernel = books.kernel
    books.kernel = replace(kernel, store=mortal)
    try:
        books.once()
    except Killed:
        return True
    finally:
        books.kernel = kernel
        mortal.life = 10**9
    return False


def check(books: Books, n: int) -> None:
    of = books.ledger.of
    invoice = of(document_id(DocKind.INVOICE, f"i{n}"))
    assert [t.content.total for t in invoice] == [12000]  # type: ignore[union-attr]
    for kind, subject in (
        (DocKind.CONTACT, f"p{n}"),
        (DocKind.RECEIPT, f"r{n}"),
        (DocKind.OVERPAYMENT, f"c{n}"),
        (DocKind.ALLOCATION, f"c{n}>i{n}"),
    ):
        assert len(of(document_id(kind, subject))) == 1, (n, kind)


@pytest.mark.parametrize("after", [False, True], ids=["before-commit", "after-commit"])
def test_killed_at_any_commit(books: Books, after: bool) -> None:
    kernel = books.kernel
    mortal = MortalStore(kernel.world, kernel.store._vaults)
    for n in range(1 + after, 40, 2):  # every commit is met on one side or the other
        died = False
        for say in scenario(books, n):
            say()
            died |= deliver_dying(books, mortal, n, after)
            books.clock.advance(100)
            books.go()
        check(books, n)
        if not died:
            break
    else:
        raise AssertionError("the scenario has more commits than expected")
    assert n > 10
    assert books.holds() == []
    assert {row.state for row in books.rows(delivery)} <= {"delivered", "cancelled"}
    assert all(row.marked == row.planned for row in books.rows(case))


@pytest.mark.parametrize("effect", [False, True], ids=["before-effect", "after-effect"])
def test_killed_in_the_middle_of_any_call(books: Books, effect: bool) -> None:
    session = type(books.kernel.target("harbour", "books")[1])
    send = session.send
    calls = [0, 0]  # seen, deadly

    def deadly(self: object, batch: OutgoingBatch) -> object:
        calls[0] += 1
        if calls[0] == calls[1] and not effect:
            raise Killed
        answers = send(self, batch)  # type: ignore[arg-type]
        if calls[0] == calls[1]:
            raise Killed
        return answers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "send", deadly)
        for n in range(1, 9):
            calls[:] = [0, n]
            for say in scenario(books, n):
                say()
                try:
                    books.once()
                except Killed:
                    books.clock.advance(100)
                books.go()
            check(books, n)
    assert books.holds() == []
