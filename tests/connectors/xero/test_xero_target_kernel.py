"""The planner and the outbox over the real connector: whatever happens on the wire, the books are right."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ledger_world import LedgerWorld
from sqlalchemy import Engine
from xero_bench import xero_bench

from hub.documents import CreditNote, DocKind, Line
from hub.rendering import CaseKind, RenderedDocument
from hub.settings import Settings
from tests.conformance.target_office import over
from tests.support.fake_books import DAY, Books, rendered
from tests.support.office import document_id, key


class XeroBooks(Books):
    """Books whose target is the sandbox's organisation."""

    xero: LedgerWorld

    def credit_note(self, number: str, gross: int, contact: str = "p1") -> str:
        line = Line("Write off", "200", "EXEMPTOUTPUT", gross, 0)
        content = CreditNote(number, document_id(DocKind.CONTACT, contact), DAY, "AUD", (line,))
        needs = (key(CaseKind.CONTACT, contact),)
        return self.say(CaseKind.INVOICE, number, rendered(number, content), needs=needs)

    def summary(self) -> dict[str, Any]:
        """What stands in Xero, without its ids: status, what is due, and living payments by amount."""
        invoices = sorted(
            (i["InvoiceNumber"], i["Status"], i["Total"], i["AmountDue"]) for i in self.xero.look("Invoices")
        )
        living = [p for p in self.xero.look("Payments") if p["Status"] == "AUTHORISED"]
        notes = sorted(
            (n["CreditNoteNumber"], n["Status"], n["RemainingCredit"]) for n in self.xero.look("CreditNotes")
        )
        credits = sorted(
            (o["Status"], o["Total"], o["RemainingCredit"]) for o in self.xero.look("Overpayments")
        )
        return {
            "invoices": invoices,
            "payments": sorted((p["Amount"], p["Date"], p["Account"]["Code"]) for p in living),
            "notes": notes,
            "credits": credits,
            "contacts": len(self.xero.look("Contacts")),
            "balance": self.xero.ledger()["trial_balance"],
        }


def open_books(engine: Engine, settings: Settings, xero: LedgerWorld) -> XeroBooks:
    bench = xero_bench(xero)
    made = over(bench, engine, settings, XeroBooks)
    made.xero = xero
    return made


@pytest.fixture
def books(engine: Engine, settings: Settings, xero: LedgerWorld) -> XeroBooks:
    return open_books(engine, settings, xero)


@pytest.fixture
def quick(sqlite_engine: Engine, settings: Settings, xero: LedgerWorld) -> XeroBooks:
    return open_books(sqlite_engine, settings, xero)


def receipts(books: Books, number: str, *amounts: int) -> list[RenderedDocument]:
    return [
        books.receipt(f"{number}-{n}", number, cents, day=date(2026, 10, 6 + n))
        for n, cents in enumerate(amounts)
    ]


def test_new_paid_edited_and_voided(books: XeroBooks) -> None:
    books.invoice("HH-1", *receipts(books, "HH-1", 5000, 4500))
    books.invoice("HH-2", contact="p2")
    books.go()
    assert books.holds() == []
    assert books.summary()["invoices"] == [("HH-1", "PAID", 95.0, 0.0), ("HH-2", "AUTHORISED", 95.0, 95.0)]
    books.invoice("HH-1", *receipts(books, "HH-1", 5000, 4500), gross=11000)
    books.go()
    assert books.summary()["invoices"][0] == ("HH-1", "AUTHORISED", 110.0, 15.0)
    assert [p[0] for p in books.summary()["payments"]] == [45.0, 50.0]
    books.say(CaseKind.INVOICE, "HH-1")
    books.say(CaseKind.INVOICE, "HH-2")
    books.go()
    assert [i[1] for i in books.summary()["invoices"]] == ["VOIDED", "VOIDED"]
    assert books.summary()["payments"] == []
    assert not any(books.summary()["balance"].values())


def test_twice_changes_nothing(books: XeroBooks) -> None:
    books.invoice("HH-1", *receipts(books, "HH-1", 5000))
    books.go()
    books.xero.forget_requests()
    books.mark(CaseKind.INVOICE, "HH-1")
    books.mark(CaseKind.CONTACT, "p1")
    books.go()
    assert [r for r in books.xero.requests() if r["method"] != "GET"] == []


def test_what_a_person_did_is_held_and_goes_on_when_undone(books: XeroBooks) -> None:
    books.invoice("HH-1")
    books.go()
    books.xero.hand("pay_invoice", number="HH-1", account="1103", cents=1000, date="2026-10-07")
    books.say(CaseKind.INVOICE, "HH-1")
    books.go()
    assert books.holds() == [("HH-1", "target:paid-by-person")]
    books.xero.hand("delete_payment", number="HH-1")
    books.mark(CaseKind.INVOICE, "HH-1")
    books.go()
    assert books.holds() == []
    assert books.summary()["invoices"][0][1] == "VOIDED"


def test_a_reconciled_payment_stops_its_case_only(books: XeroBooks) -> None:
    for number in ("HH-1", "HH-2"):
        books.invoice(number, *receipts(books, number, 5000))
    books.go()
    books.xero.hand("reconcile_payment", number="HH-1")
    for number in ("HH-1", "HH-2"):
        books.invoice(number, *receipts(books, number, 5000), gross=11000)
    books.go()
    assert books.holds() == [("HH-1", "target:reconciled")]
    assert [i[2] for i in books.summary()["invoices"]] == [95.0, 110.0]


def test_a_strangers_number_and_an_archived_contact_are_held(books: XeroBooks) -> None:
    books.contact("p1")
    books.contact("p2")
    books.go()
    books.xero.hand("archive_contact", number="HH-p2")
    lines = [{"description": "By hand", "cents": 7700, "account": "200"}]
    books.xero.hand("create_invoice", contact="Stranger", number="HH-1", date="2026-10-05", lines=lines)
    books.invoice("HH-1", *receipts(books, "HH-1", 9500))
    books.invoice("HH-2", contact="p2")
    books.invoice("HH-3", contact="p2")
    books.invoice("HH-4")
    books.go()
    assert books.holds() == [
        ("HH-1", "number:taken"),
        ("HH-2", "contact:archived"),
        ("HH-3", "contact:archived"),
    ]
    assert [i[0] for i in books.summary()["invoices"]] == ["HH-1", "HH-4"]


def test_credit_is_received_used_and_kept_through_an_edit(books: XeroBooks) -> None:
    books.credit("credit", 8000)
    books.go()
    used = books.allocation("credit", "HH-1", 6000)
    books.invoice("HH-1", used)
    books.go()
    assert books.holds() == []
    assert books.summary()["credits"] == [("AUTHORISED", 80.0, 20.0)]
    books.invoice("HH-1", used, gross=11000)
    books.go()
    assert books.holds() == []
    assert books.summary()["invoices"] == [("HH-1", "AUTHORISED", 110.0, 50.0)]
    assert books.summary()["credits"] == [("AUTHORISED", 80.0, 20.0)]


def test_a_locked_edit_touches_nothing(books: XeroBooks) -> None:
    books.invoice("HH-1", *receipts(books, "HH-1", 5000), day=date(2026, 10, 2))
    books.go()
    before = books.summary()
    books.xero.hand("lock_period", date="2026-10-03")
    books.clock.advance(3600)
    books.invoice("HH-1", *receipts(books, "HH-1", 5000), day=date(2026, 10, 2), gross=11000)
    books.go()
    assert books.holds() == [("HH-1", "period:locked")]
    assert books.summary() == before


def play(books: XeroBooks) -> None:
    """A small life: new, paid, credited, edited, voided."""
    books.invoice("HH-1", *receipts(books, "HH-1", 5000, 4500))
    books.invoice("HH-2", contact="p2")
    books.credit("credit", 8000)
    books.go()
    used = books.allocation("credit", "HH-3", 3000)
    books.invoice("HH-3", used)
    books.invoice("HH-1", *receipts(books, "HH-1", 5000, 4500), gross=11000)
    books.go()
    books.say(CaseKind.INVOICE, "HH-2")
    books.invoice("HH-3", used, gross=9900)
    books.go()


EXPECTED = {
    "invoices": [
        ("HH-1", "AUTHORISED", 110.0, 15.0),
        ("HH-2", "VOIDED", 95.0, 0.0),
        ("HH-3", "AUTHORISED", 99.0, 69.0),
    ],
    "credits": [("AUTHORISED", 80.0, 50.0)],
    "contacts": 2,
}


WRITES = [*(("PUT", n) for n in range(8)), *(("POST", n) for n in range(5)), ("DELETE", 0)]


@pytest.mark.parametrize(("method", "skip"), WRITES)
def test_lost_answers_of_any_write_end_in_the_same_ledger(quick: XeroBooks, method: str, skip: int) -> None:
    """The n-th write is cut off before its effect, and the one after it (its repetition) after its effect."""
    for kind in ("reset_before", "reset_after"):
        quick.xero.fault(match={"method": method, "path": "/api.xro/"}, kind=kind, times=1, skip=skip)
    play(quick)
    found = quick.summary()
    assert quick.holds() == []
    assert {name: found[name] for name in EXPECTED} == EXPECTED
    assert [p[0] for p in found["payments"]] == [45.0, 50.0]
    assert found["notes"] == []
    assert [f["hits"] for f in quick.xero.control.get("/__control__/faults").json()] == [1, 1]
