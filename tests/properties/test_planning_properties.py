"""Xero's real rules under the real planner: a plan ends, is what is sent, and removes only what may return.

A month of edits to one patient's invoice, credit note and credit, with locked periods, archived accounts
and held parts coming and going in between; delivered over a ledger that refuses what Xero refuses.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.xero import TARGET as XERO
from hub.documents import CreditNote, DocKind, Line, Refund
from hub.errors import Reason
from hub.plan import preview
from hub.rendering import CaseKind, RenderedDocument
from hub.store.tables import case, delivery, hold
from hub.targets import Account, Chart, Next, Observed, Op, Policy, Step, TaxRate
from tests.properties.budget import budget
from tests.properties.opening import books_over
from tests.support.databases import SqliteTemplate
from tests.support.fake_books import DAY, GROUP, Books, document_id, held, key, rendered
from tests.support.fake_ledger import Ledger, Thing
from tests.support.fake_target import FakeTarget
from tests.support.world import FakeClock

CODES = {"200": "REVENUE", "201": "REVENUE", "1101": "BANK", "1102": "BANK"}


@dataclass
class XeroLedger(Ledger):
    """A ledger with Xero's kinds of account."""

    def chart(self) -> Chart:
        accounts = {
            code: Account(code, code, code, kind, code not in self.archived_accounts, kind == "BANK")
            for code, kind in CODES.items()
        }
        taxes = {"EXEMPTOUTPUT": TaxRate("EXEMPTOUTPUT", "GST free", "0", True, frozenset({"revenue"}))}
        return Chart("Fake", "AUD", "Australia/Melbourne", self.locked_through, accounts, taxes, {})


class XeroRules(FakeTarget):
    """The fake ledger under Xero's own rules."""

    kinds = XERO.kinds

    def steps(self, observed: Observed, desired: Any, own: frozenset[str], policy: Policy) -> Next:
        return XERO.steps(observed, desired, own, policy)

    def assume(self, observed: Observed, step: Step) -> Observed:
        return XERO.assume(observed, step)

    def check(self, step: Step, policy: Policy) -> Reason | None:
        return XERO.check(step, policy)


@dataclass(frozen=True)
class Wish:
    """What the practice shows at one moment, and what the bookkeeper locked and archived by then."""

    gross: int | None
    day: date
    account: str
    receipts: tuple[tuple[int, str, bool], ...]  # cents, account, held
    used: int
    note: int | None
    refunded: int
    locked: date | None
    archived: frozenset[str] = field(default=frozenset())
    reconciled: bool = False


days = st.integers(0, 4).map(lambda n: DAY + timedelta(days=n))
wishes = st.builds(
    Wish,
    gross=st.sampled_from([9500, 9500, 12000, 3000, None]),
    day=days,
    account=st.sampled_from(["200", "200", "201"]),
    receipts=st.lists(
        st.tuples(
            st.sampled_from([1000, 2000]),
            st.sampled_from(["1101", "1102"]),
            st.sampled_from([False] * 4 + [True]),
        ),
        max_size=2,
    ).map(tuple),
    used=st.sampled_from([0, 500]),
    note=st.sampled_from([None, 2000, 2500]),
    refunded=st.sampled_from([0, 1000]),
    locked=st.sampled_from([None, None, None, DAY + timedelta(days=1)]),
    archived=st.sampled_from([frozenset[str](), frozenset[str](), frozenset({"1102"}), frozenset({"201"})]),
    reconciled=st.sampled_from([False, False, False, True]),
)


def tell(books: Books, wish: Wish) -> None:
    """The practice shows this now."""
    ledger = books.ledger
    ledger.locked_through, ledger.archived_accounts = wish.locked, set(wish.archived)
    for thing in ledger.live(DocKind.RECEIPT):
        thing.reconciled = wish.reconciled
    on_it = [
        held(DocKind.RECEIPT, f"r{n}", "unmapped:method:Promo card", basis=repr(one), cents=one[0])
        if one[2]
        else books.receipt(f"r{n}", "i1", one[0], account=one[1], day=wish.day)
        for n, one in enumerate(wish.receipts)
    ]
    needs = []
    if wish.used:
        on_it.append(books.allocation("c1", "i1", wish.used))
        needs.append(key(CaseKind.CREDIT, "c1"))
    if wish.gross is None:
        books.say(CaseKind.INVOICE, "i1")
    else:
        books.invoice("i1", *on_it, gross=wish.gross, day=wish.day, account=wish.account, needs=tuple(needs))
    books.say(CaseKind.INVOICE, "n1", *_note(wish), needs=(key(CaseKind.CONTACT, "p1"),))


def _note(wish: Wish) -> list[RenderedDocument]:
    if wish.note is None:
        return []
    contact, line = (
        document_id(DocKind.CONTACT, "p1"),
        Line("Back", wish.account, "EXEMPTOUTPUT", wish.note, 0),
    )
    note = rendered("n1", CreditNote("n1", contact, wish.day, "AUD", (line,)))
    if not wish.refunded:
        return [note]
    return [
        note,
        rendered("n1-back", Refund(document_id(DocKind.CREDIT_NOTE, "n1"), "1101", wish.day, wish.refunded)),
    ]


def sent(books: Books, since: int) -> list[tuple[str, str]]:
    return [(b.op.value, m.key.document) for b in books.ledger.sent[since:] for m in b.members]


def holding(books: Books) -> set[str]:
    """Cases with an open hold that stops them."""
    return {row.case_id for row in books.rows(hold) if row.closed_at is None and row.stops}


@given(st.lists(wishes, min_size=1, max_size=4))
@budget(15)
def test_what_is_planned_is_sent_and_what_is_held_keeps_what_stands(
    sqlite_template: SqliteTemplate, month: list[Wish]
) -> None:
    with tempfile.TemporaryDirectory() as name, sqlite_template.database(Path(name)) as engine:
        clock, ledger = FakeClock(), XeroLedger()
        ledger.now = clock.now
        books = books_over(engine, Path(name), clock, ledger, XeroRules(ledger))
        books.contact("p1")
        books.credit("c1", 5000)
        books.go()
        for wish in month:
            clock.advance(3600)  # the chart is read again
            tell(books, wish)
            planned = [(step.op.value, step.document) for step in preview(books.kernel, GROUP).steps]
            before, done = {t.id: t for t in ledger.live()}, len(ledger.sent)
            books.go()
            assert sorted(sent(books, done)) == sorted(planned)
            _in_order(sent(books, done))
            _nothing_went_for_good(books, wish, before, done)
            live = Counter(thing.document for thing in ledger.live())
            assert all(count == 1 for count in live.values())
            assert preview(books.kernel, GROUP).steps == ()
            assert not [row for row in books.rows(delivery) if row.state not in ("delivered", "cancelled")]


def _in_order(steps: list[tuple[str, str]]) -> None:
    """A document is removed before it is made again, and no step is sent twice."""
    assert len(set(steps)) == len(steps)
    for op, document in steps:
        if op == "create" and ("delete", document) in steps:
            assert steps.index(("delete", document)) < steps.index(("create", document))


def _nothing_went_for_good(books: Books, wish: Wish, before: dict[str, Thing], done: int) -> None:
    """Where anything is held, nothing of that case was taken off."""
    removed = {
        m.key.document for b in books.ledger.sent[done:] for m in b.members if b.op in (Op.DELETE, Op.VOID)
    }
    stopped = holding(books)
    of = {row.document_id: row.case_id for row in books.rows(delivery)}
    assert not [document for document in removed if of[document] in stopped]
    assert not [row for row in books.rows(case) if row.stuck]
