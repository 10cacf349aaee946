"""Holds: what they stop, when they stop everything, how they end."""

from __future__ import annotations

from datetime import date

import pytest

from hub import replay
from hub.documents import DocKind, SalesInvoice
from hub.errors import Misconfigured, Reason, Who
from hub.rendering import CaseKind
from hub.store import holds
from hub.store.tables import case, delivery, hold
from tests.support.fake_books import (
    GROUP,
    Books,
    document_id,
    held,
    invoice_of,
    key,
    rendered,
)
from tests.support.fake_ledger import Thing

REFUSED = Reason("account:archived:200", "Account 200 is archived.", Who.BOOKKEEPER)


def test_an_unmapped_method_stops_that_receipt_only(books: Books) -> None:
    books.invoice("10432", held(DocKind.RECEIPT, "501", "unmapped:method:Promo card", cents=4000),
                  books.receipt("502", "10432", 5500))  # fmt: skip
    books.go()
    assert books.holds() == [("10432", "unmapped:method:Promo card")]
    assert len(books.ledger.live(DocKind.RECEIPT)) == 1
    assert books.rows(hold)[0].cents == 4000


def test_an_unmapped_line_stops_the_invoice_with_its_receipts(books: Books) -> None:
    books.say(CaseKind.INVOICE, "10432", held(DocKind.INVOICE, "10432", "unmapped:item:EX30"),
              books.receipt("501", "10432"), needs=(key(CaseKind.CONTACT, "p1"),))  # fmt: skip
    books.contact("p1")
    books.go()
    assert books.holds() == [("10432", "unmapped:item:EX30")]
    assert [t.kind for t in books.ledger.live()] == [DocKind.CONTACT]


def test_a_mended_hold_closes_and_goes_on(books: Books) -> None:
    books.invoice("10432", held(DocKind.RECEIPT, "501", "unmapped:method:Promo card"))
    books.go()
    books.invoice("10432", books.receipt("501", "10432"))
    books.go()
    assert books.holds() == []
    assert books.rows(hold)[0].closed_why == "mended"
    assert len(books.ledger.live(DocKind.RECEIPT)) == 1


def test_a_stop_holds_the_whole_case_and_touches_nothing(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432"))
    books.go()
    stop = Reason("unsupported:debtor-change", "The debtor changed.", Who.BOOKKEEPER, 9500)
    books.invoice("10432", gross=12000, stops=(stop,))
    books.go()
    assert len(books.ledger.sent) == 3
    assert books.holds() == [("10432", "unsupported:debtor-change")]


def test_a_note_stops_nothing(books: Books) -> None:
    books.invoice("10432", notes=(Reason("invoice:closed", "Somebody should look.", Who.CLINIC, 100),))
    books.go()
    assert books.holds() == [("10432", "invoice:closed")]
    assert len(books.ledger.live(DocKind.INVOICE)) == 1


def test_while_something_must_be_removed_any_hold_stops_everything(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432", 5000))
    books.go()
    sent = len(books.ledger.sent)
    books.invoice("10432", books.receipt("501", "10432", 5000),
                  held(DocKind.RECEIPT, "502", "unmapped:method:Promo card"), gross=12000)  # fmt: skip
    books.go()
    assert len(books.ledger.sent) == sent
    assert books.holds() == [("10432", "unmapped:method:Promo card")]
    assert not books.rows(case, stuck=True)


def test_a_locked_date_anywhere_in_the_sequence_stops_it_before_the_first_removal(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432", day=date(2026, 10, 6)), day=date(2026, 10, 2))
    books.go()
    sent = len(books.ledger.sent)
    books.ledger.locked_through = date(2026, 10, 3)
    books.clock.advance(700)
    receipt = books.receipt("501", "10432", day=date(2026, 10, 6))
    books.invoice("10432", receipt, day=date(2026, 10, 2), gross=12000)
    books.go()
    assert len(books.ledger.sent) == sent
    assert ("10432", "period:locked") in books.holds()


def test_the_chart_is_read_again_before_a_removal(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432", day=date(2026, 10, 6)), day=date(2026, 10, 2))
    books.go()
    books.ledger.locked_through = date(2026, 10, 3)
    books.clock.advance(30)
    receipt = books.receipt("501", "10432", day=date(2026, 10, 6))
    books.invoice("10432", receipt, day=date(2026, 10, 2), gross=12000)
    books.go()
    assert ("10432", "period:locked") in books.holds()
    assert len(books.ledger.live(DocKind.RECEIPT)) == 1


def test_a_payment_on_an_open_date_of_a_locked_invoice_goes_out(books: Books) -> None:
    books.invoice("10432", day=date(2026, 10, 2))
    books.go()
    books.ledger.locked_through = date(2026, 10, 3)
    books.clock.advance(700)
    books.invoice("10432", books.receipt("501", "10432", day=date(2026, 10, 6)), day=date(2026, 10, 2))
    books.go()
    assert books.holds() == []
    assert len(books.ledger.live(DocKind.RECEIPT)) == 1


def test_an_edit_of_a_reconciled_invoice_is_held_on_sight(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432"))
    books.go()
    books.ledger.live(DocKind.RECEIPT)[0].reconciled = True
    books.invoice("10432", books.receipt("501", "10432"), gross=12000)
    books.go()
    assert books.holds() == [("10432", "target:reconciled")]
    assert len(books.ledger.live(DocKind.RECEIPT)) == 1


def test_a_refusal_is_held_and_sent_again_only_when_released(books: Books) -> None:
    document = document_id(DocKind.INVOICE, "10432")
    books.ledger.refuse[document] = REFUSED
    books.invoice("10432", books.receipt("501", "10432"))
    books.go()
    assert books.holds() == [("10432", "account:archived:200")]
    sent = len(books.ledger.sent)
    books.mark(CaseKind.INVOICE, "10432")
    books.go()
    assert len(books.ledger.sent) == sent
    del books.ledger.refuse[document]
    released = replay.release(
        books.kernel, GROUP, cause="account:archived:200", who="person:test", why="mended"
    )
    assert released == 1
    books.go()
    assert books.holds() == []
    assert books.states(document) == [("create", "delivered", 1)]  # a further attempt of the same version
    assert len(books.ledger.live(DocKind.RECEIPT)) == 1


def test_a_refusal_released_too_early_is_held_again(books: Books) -> None:
    document = document_id(DocKind.INVOICE, "10432")
    books.ledger.refuse[document] = REFUSED
    books.invoice("10432")
    books.go()
    replay.release(books.kernel, GROUP, cause="account:*", who="person:test", why="try")
    books.go()
    assert books.holds() == [("10432", "account:archived:200")]
    assert books.rows(delivery, document_id=document)[0].attempts == 2


def test_other_content_than_refused_is_a_new_version(books: Books) -> None:
    document = document_id(DocKind.INVOICE, "10432")
    books.ledger.refuse[document] = REFUSED
    books.invoice("10432")
    books.go()
    del books.ledger.refuse[document]
    books.invoice("10432", account="1102")
    books.go()
    assert books.states(document) == [("create", "cancelled", 1), ("create", "delivered", 2)]
    assert books.holds() == []


def test_a_new_configuration_releases_what_is_held_and_nothing_else(books: Books) -> None:
    document = document_id(DocKind.INVOICE, "10432")
    books.ledger.refuse[document] = REFUSED
    books.invoice("10432")
    books.invoice("10433")
    books.go()
    del books.ledger.refuse[document]
    sent = len(books.ledger.sent)
    with books.kernel.store.write(GROUP) as unit:
        assert holds.release_for_configuration(unit) == 1
    books.go()
    assert len(books.ledger.sent) == sent + 1


def test_a_changed_chart_releases_what_it_may_have_mended(books: Books) -> None:
    books.ledger.archived_accounts.add("207")
    books.invoice("10432", account="207")
    books.go()
    assert books.holds() == [("10432", "account:archived:207")]
    books.ledger.archived_accounts.clear()
    books.clock.advance(700)
    books.mark(CaseKind.CONTACT, "p1")  # any work reads the aged chart
    books.go()
    assert books.holds() == []
    assert len(books.ledger.live(DocKind.INVOICE)) == 1


def test_a_held_contact_stops_every_invoice_on_it_with_the_same_cause(books: Books) -> None:
    reason = Reason("contact:name-taken", "The name is used by somebody else.", Who.BOOKKEEPER)
    contact = document_id(DocKind.CONTACT, "p1")
    books.ledger.refuse[contact] = reason
    books.invoice("10432")
    books.invoice("10433")
    books.go()
    assert books.holds() == [(n, "contact:name-taken") for n in ("10432", "10433", "p1")]
    books.ledger.refuse.clear()
    replay.release(books.kernel, GROUP, cause="contact:name-taken", who="person:test", why="renamed")
    books.go()
    assert books.holds() == []
    assert len(books.ledger.live(DocKind.INVOICE)) == 2


def test_a_case_stuck_after_a_removal_is_urgent(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432"))
    books.go()
    books.ledger.refuse[document_id(DocKind.INVOICE, "10432")] = REFUSED
    books.invoice("10432", books.receipt("501", "10432"), gross=12000)
    books.go()
    found = books.rows(hold, closed_at=None)
    assert [(row.cause, row.urgent) for row in found] == [("account:archived:200", True)]
    assert len(books.rows(case, stuck=True)) == 1
    books.ledger.refuse.clear()
    replay.release(books.kernel, GROUP, hold=found[0].id, who="person:test", why="mended")
    books.go()
    assert books.holds() == []
    assert not books.rows(case, stuck=True)
    assert len(books.ledger.live(DocKind.RECEIPT)) == 1


def test_a_strangers_number_is_refused_and_the_receipt_waits(books: Books) -> None:
    stranger = invoice_of("10432", "p9", 100)
    books.ledger.things.append(Thing("s1", DocKind.INVOICE, stranger, "", "", ""))
    books.invoice("10432", books.receipt("501", "10432"))
    books.go()
    assert books.holds() == [("10432", "number:taken")]
    assert books.ledger.live(DocKind.RECEIPT) == []


def test_other_totals_are_linked_and_held(books: Books) -> None:
    document = document_id(DocKind.INVOICE, "10432")
    books.ledger.differs.add(document)
    books.invoice("10432", books.receipt("501", "10432"))
    books.go()
    assert books.holds() == [("10432", "target:total-differs")]
    assert len(books.ledger.of(document)) == 1
    books.mark(CaseKind.INVOICE, "10432")
    books.go()
    assert books.holds() == [("10432", "target:total-differs")]
    assert books.states(document) == [("create", "delivered", 1)]


def test_a_person_withdraws_a_delivery_and_it_stays_out_until_released(books: Books) -> None:
    document = document_id(DocKind.INVOICE, "10432")
    books.ledger.refuse[document] = REFUSED
    books.invoice("10432")
    books.go()
    row = books.rows(delivery, document_id=document)[0]
    replay.cancel_delivery(books.kernel, GROUP, row.id, who="person:test", why="not ours")
    books.ledger.refuse.clear()
    books.go()
    assert books.holds() == [("10432", "cancelled:by-person")]
    assert books.ledger.live(DocKind.INVOICE) == []
    replay.release(books.kernel, GROUP, cause="cancelled:by-person", who="person:test", why="ours after all")
    books.go()
    assert len(books.ledger.live(DocKind.INVOICE)) == 1
    with pytest.raises(Misconfigured):
        replay.cancel_delivery(books.kernel, GROUP, row.id, who="person:test", why="late")


def test_replay_of_a_delivered_document_asks_the_target_first(books: Books) -> None:
    books.invoice("10432")
    books.go()
    row = books.rows(delivery, kind="invoice")[0]
    with pytest.raises(Misconfigured):
        replay.replay(books.kernel, GROUP, row.id, who="person:test", why="doubt")
    books.ledger.live(DocKind.INVOICE)[0].live = False  # a person voided it
    replay.replay(books.kernel, GROUP, row.id, who="person:test", why="voided by mistake")
    books.go()
    assert len(books.ledger.live(DocKind.INVOICE)) == 1


def test_a_hold_holds_no_personal_text(books: Books) -> None:
    books.ledger.refuse[document_id(DocKind.CONTACT, "p1")] = Reason(
        "contact:name-taken", "The name is used.", Who.BOOKKEEPER, detail="Canary, Jordan"
    )
    books.invoice("10432")
    books.go()
    assert all("Canary" not in f"{row.sentence}{row.cause}{row.detail_enc}" for row in books.rows(hold))


def test_a_case_that_cannot_be_rendered_holds_itself_and_no_other(books: Books) -> None:
    books.invoice("10432")
    books.invoice("10433")
    render = books.renderer.render

    def broken(case_: object, facts: object, config: object) -> object:
        if case_.subject == "10432":  # type: ignore[attr-defined]
            raise KeyError("Canary")
        return render(case_, facts, config)  # type: ignore[arg-type]

    books.renderer.render = broken  # type: ignore[method-assign, assignment]
    books.go()
    assert books.holds() == [("10432", "internal:render:KeyError")]
    assert "Canary" not in books.rows(hold)[0].sentence
    assert len(books.ledger.live(DocKind.INVOICE)) == 1


def test_contents_are_values(books: Books) -> None:
    content = rendered("x", invoice_of("x", "p1")).content
    assert isinstance(content, SalesInvoice)
    assert content.total == 9500


def test_an_archived_contact_goes_on_after_it_was_restored_and_released(books: Books) -> None:
    """What a look said of a contact is looked at again, not believed for ever."""
    books.invoice("10432", books.receipt("501", "10432"))
    books.go()
    contact = books.ledger.live(DocKind.CONTACT)[0]
    contact.archived = True
    books.invoice("10432", books.receipt("501", "10432"), gross=12000)
    books.go()
    assert books.holds() == [("10432", "contact:archived")]
    assert len(books.ledger.live(DocKind.RECEIPT)) == 1
    contact.archived = False
    replay.release(books.kernel, GROUP, cause="contact:archived", who="person:test", why="restored")
    books.go()
    assert books.holds() == []
    assert [c.total for c in books.ledger.contents(DocKind.INVOICE)] == [12000]


def test_a_release_reads_the_chart_again_at_once(books: Books) -> None:
    books.ledger.archived_accounts.add("207")
    books.invoice("10432", account="207")
    books.go()
    books.ledger.archived_accounts.clear()
    replay.release(books.kernel, GROUP, cause="account:archived:207", who="person:test", why="restored")
    books.go()
    assert books.holds() == []
    assert len(books.ledger.live(DocKind.INVOICE)) == 1


def test_a_defect_while_looking_holds_its_case_and_no_other(books: Books) -> None:
    books.invoice("10432")
    books.invoice("10433")
    books.go()
    books.ledger.poison.add(document_id(DocKind.INVOICE, "10432"))
    books.invoice("10432", gross=12000)
    books.invoice("10433", gross=12000)
    books.go()
    (number, cause), *rest = books.holds()
    assert (number, rest) == ("10432", [])
    assert cause.startswith("internal:look:")
    assert books.ledger.of(document_id(DocKind.INVOICE, "10433"))[0].content.total == 12000  # type: ignore[union-attr]
