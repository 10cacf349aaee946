"""Asking and telling, rule by rule: what is owing, which payment is which, and what staff are to enter."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hub.canonical import Evidence, InvoiceStatus, Payment, PaymentAllocation, PaymentSource, Provenance
from hub.config.model import Collect, ConnectionConfig, GroupConfig
from hub.documents import DocKind, PaymentRequest, RecordedPayment
from hub.errors import Reason, Who
from hub.rendering import Asked, CaseKey, CaseKind, Rendered
from mappings.documents import RENDERER
from tests.mappings.documents.making import GEELONG, LEDGER, PMS, day, group, invoice, line, patient, pay
from tests.support.fake_facts import FakeFacts
from tests.support.world import START

STRIPE, WORD = "harbour-stripe", "Online card"
VISIT = line("PH2", 9500)
ASK = Asked("ask-1", STRIPE, START + timedelta(hours=9), over=False)


def config(*, writable: bool = False, words: bool = True) -> GroupConfig:
    """The example group with a payment system; `writable`: its practice system takes payments back."""
    made = group()
    practice, *others = made.connections
    assert practice.id == PMS
    stripe = ConnectionConfig(id=STRIPE, system="stripe", role="both")
    practice = practice.model_copy(update={"role": "both" if writable else "source"})
    collect = Collect(connection=STRIPE, methods={PMS: WORD} if words else {})
    return made.model_copy(update={"connections": (practice, *others, stripe), "collect": collect})


def card(number: int, cents: int = 9500, on: int = 10) -> Payment:
    """What the payment system took (or gave back) for invoice i1."""
    return Payment(
        Provenance(STRIPE, "charges", f"ch_{number}", f"raw-{number}", "stripe-1"),
        number=f"ch_{number}",
        paid_on=day(on),
        location=GEELONG,
        patient="p1",
        currency="AUD",
        sources=(PaymentSource("Stripe", cents),),
        allocations=(PaymentAllocation(0, "i1", cents),),
        evidence=Evidence.RECORDED,
        pms=PMS,
    )


def told(number: int, cents: int = 9500, on: int = 10, method: str = WORD) -> Payment:
    return pay(number, {method: cents}, [(0, "i1", cents)], on=on)


def request(facts: FakeFacts, **asked: Any) -> Rendered:
    facts.asks[PMS, "i1"] = [replace(ASK, **asked)]
    return RENDERER.render(CaseKey(STRIPE, CaseKind.REQUEST, f"{PMS}:i1", "1"), facts, config())


def asks_for(facts: FakeFacts) -> int | None:
    (*pages,) = request(facts).documents
    if not pages:
        return None
    assert isinstance(pages[0].content, PaymentRequest)
    return pages[0].content.amount


def record(facts: FakeFacts, *, target: str = STRIPE, **how: Any) -> Rendered:
    return RENDERER.render(CaseKey(target, CaseKind.RECORD, f"{PMS}:i1", "1"), facts, config(**how))


def settled(facts: FakeFacts) -> dict[str, str | None]:
    """Charge -> the practice's payment that it became."""
    return {one.subject.partition(":")[2]: one.settled for one in record(facts).work}


def test_what_is_owing_is_the_total_less_everything_known() -> None:
    whole = invoice(1, VISIT)
    assert asks_for(FakeFacts([whole])) == 9500
    assert asks_for(FakeFacts([whole, told(51, 4000)])) == 5500
    assert asks_for(FakeFacts([whole, card(1, 4000)])) == 5500
    assert asks_for(FakeFacts([whole, card(1, 4000), told(51, 4000)])) == 5500  # the same money, once
    assert asks_for(FakeFacts([whole, card(1)])) is None
    note = invoice(2, line("PH2", -3000), on=12, reverses="i1")
    assert asks_for(FakeFacts([whole, note])) == 6500


def test_money_given_back_is_never_asked_for_again() -> None:
    assert asks_for(FakeFacts([invoice(1, VISIT), card(1), card(2, -2500, on=11)])) is None


def test_what_was_closed_paid_removed_or_is_no_debt_is_not_asked_for() -> None:
    for status in (InvoiceStatus.PAID, InvoiceStatus.CLOSED, InvoiceStatus.REMOVED):
        assert asks_for(FakeFacts([replace(invoice(1, VISIT), status=status)])) is None
    assert asks_for(FakeFacts([])) is None
    assert asks_for(FakeFacts([invoice(1, line("PH2", -9500))])) is None


def test_a_system_that_shows_its_money_is_believed_by_its_money_not_its_status() -> None:
    shown = replace(invoice(1, VISIT), status=InvoiceStatus.PAID, money_shown=True)
    assert asks_for(FakeFacts([shown])) == 9500
    assert asks_for(FakeFacts([shown, told(51)])) is None


def test_an_ask_has_its_own_page_and_is_looked_at_again_at_its_end() -> None:
    facts = FakeFacts([invoice(1, VISIT)])
    first, second = request(facts), request(facts, id="ask-2")
    assert first.documents[0].document != second.documents[0].document
    assert first.again == ASK.expires
    over = request(facts, over=True)
    assert (over.documents, over.again) == ((), None)
    facts.asks.clear()
    key = CaseKey(STRIPE, CaseKind.REQUEST, f"{PMS}:i1", "1")
    assert RENDERER.render(key, facts, config()).documents == ()


def test_a_page_counts_the_pages_that_were_paid() -> None:
    facts = FakeFacts([invoice(1, VISIT), card(1, 4000), told(51, 4000), card(2, -500)])
    (page,) = request(facts).documents
    assert isinstance(page.content, PaymentRequest)
    assert (page.content.amount, page.content.answered) == (5500, 1)


def test_an_invoice_that_cannot_be_read_stops_its_page() -> None:
    made = invoice(1, VISIT)
    facts = FakeFacts([made])
    facts.add_issue(made, Reason("bundle:incomplete", "It does not add up.", Who.CLINIC))
    assert [one.code for one in request(facts).stops] == ["bundle:incomplete"]


def test_the_day_decides_first_then_what_was_dated_later() -> None:
    base = [invoice(1, VISIT), card(1, on=10)]
    assert settled(FakeFacts([*base, told(51, on=10), told(52, on=12)])) == {"ch_1": f"payment:{PMS}:51"}
    assert settled(FakeFacts([*base, told(52, on=12)])) == {"ch_1": f"payment:{PMS}:52"}
    assert settled(FakeFacts([*base, told(51, on=9), told(52, on=12)])) == {"ch_1": f"payment:{PMS}:52"}
    for unfit in (told(51, on=9), told(51, on=25), told(51, 9499), told(51, method="EFTPOS")):
        assert settled(FakeFacts([*base, unfit])) == {"ch_1": None}
    assert settled(FakeFacts([*base, told(51, on=11), told(52, on=12)])) == {"ch_1": None}


def test_equal_payments_meet_equal_numbers_of_them() -> None:
    base = [invoice(1, VISIT, VISIT), card(1, on=10), card(2, on=12)]
    both = [told(51, on=11), told(52, on=13)]
    assert settled(FakeFacts([*base, *both])) == {"ch_1": f"payment:{PMS}:51", "ch_2": f"payment:{PMS}:52"}
    assert settled(FakeFacts([*base, told(52, on=12)])) == {"ch_1": None, "ch_2": f"payment:{PMS}:52"}
    unclear = record(FakeFacts([*base, told(52, on=13)])).work
    assert [one.settled for one in unclear] == [None, None]
    assert all(one.note and "more than one" in one.note for one in unclear)


def test_a_status_that_implies_the_payment_is_evidence_until_a_report_says_otherwise() -> None:
    closed = replace(invoice(1, VISIT), status=InvoiceStatus.PAID, closed_on=day(11))
    derived = replace(
        told(51, on=11),
        sources=(PaymentSource(None, 9500),),
        evidence=Evidence.DERIVED,
    )
    assert settled(FakeFacts([closed, card(1), derived])) == {"ch_1": f"payment:{PMS}:51"}
    assert settled(FakeFacts([closed, card(1), told(52, on=11, method="EFTPOS")])) == {"ch_1": None}


def test_what_staff_enter_names_no_person_and_says_what_is_odd() -> None:
    (item,) = record(FakeFacts([patient(), invoice(1, VISIT), card(1)])).work
    assert item.sentence == (
        "Enter a payment of $95.00 on invoice 1 in harbour-cliniko, dated 10 Oct 2026, method Online card: "
        "it was taken by harbour-stripe."
    )
    assert (item.kind, item.who, item.note) == ("record-payment", Who.CLINIC, None)
    gone = record(FakeFacts([card(1)])).work[0].note
    assert gone is not None
    assert "Nothing is owing" in gone
    twice = record(FakeFacts([invoice(1, VISIT), card(1), told(51, 3000, method="EFTPOS")])).work[0].note
    assert twice is not None
    assert "more than is owing" in twice
    (back,) = record(FakeFacts([invoice(1, VISIT), card(2, -2500)])).work
    assert (back.kind, back.cents) == ("record-refund", -2500)


def test_a_system_that_takes_payments_is_written_to_and_people_only_give_back() -> None:
    facts = FakeFacts([invoice(1, VISIT), card(1), card(2), card(3, -2500)])
    made = record(facts, target=PMS, writable=True)
    assert [one.kind for one in made.documents] == [DocKind.RECORDED_PAYMENT] * 2
    first, second = (one.content for one in made.documents)
    assert isinstance(first, RecordedPayment)
    assert isinstance(second, RecordedPayment)
    assert (first.invoice, first.on, first.amount, first.method, first.after) == (
        "i1",
        day(10),
        9500,
        WORD,
        (),
    )
    assert second.after == (made.documents[0].document,)
    assert [one.kind for one in made.work] == ["record-refund"]


def test_an_equal_payment_learned_later_waits_for_the_one_that_stands() -> None:
    facts = FakeFacts([invoice(1, VISIT), card(2)])
    facts.deliver(record(facts, target=PMS, writable=True), "77")
    facts.put(card(1))
    stands, late = record(facts, target=PMS, writable=True).documents
    assert isinstance(late.content, RecordedPayment)
    assert late.content.after == (stands.document,)
    assert late.content.reference == "ch_1"


def test_the_practices_own_payment_is_known_by_the_link_and_counts_once() -> None:
    facts = FakeFacts([invoice(1, VISIT), card(1, 4000)])
    facts.deliver(record(facts, target=PMS, writable=True), "77")
    assert asks_for(facts) == 5500
    facts.put(told(77, 4000))
    assert asks_for(facts) == 5500
    facts.put(told(78, 4000))  # equal, and another one
    assert asks_for(facts) == 1500


def test_a_payment_with_an_issue_is_told_to_nobody() -> None:
    charge = card(1)
    facts = FakeFacts([invoice(1, VISIT), charge])
    facts.add_issue(charge, Reason("stripe:payment-returned", "It came back.", Who.BOOKKEEPER, 9500))
    assert record(facts).work == ()
    (held,) = record(facts, target=PMS, writable=True).documents
    assert [one.code for one in held.holds] == ["stripe:payment-returned"]


def test_without_a_word_nothing_is_told() -> None:
    made = record(FakeFacts([invoice(1, VISIT), card(1)]), words=False)
    assert [(one.code, one.cents) for one in made.stops] == [(f"unmapped:collect:{PMS}", 9500)]
    assert (made.documents, made.work) == ((), ())


def test_which_cases_a_payment_of_a_payment_system_touches() -> None:
    """Never one of the ledger: it is posted once it is read back."""
    facts = FakeFacts([invoice(1, VISIT), card(1)])
    facts.asks[PMS, "i1"] = [ASK]
    found = RENDERER.cases_of(card(1), facts, config())
    assert [(one.target, one.kind) for one in found] == [
        (STRIPE, CaseKind.REQUEST),
        (STRIPE, CaseKind.RECORD),
    ]
    found = RENDERER.cases_of(card(1), facts, config(writable=True))
    assert [(one.target, one.kind) for one in found] == [(STRIPE, CaseKind.REQUEST), (PMS, CaseKind.RECORD)]
    nameless = replace(card(1), allocations=(), location="", patient=None, pms="")
    assert RENDERER.cases_of(nameless, facts, config()) == ()


def test_what_changes_at_the_practice_plans_its_asks_and_its_money_again() -> None:
    facts = FakeFacts([invoice(1, VISIT), card(1)])
    facts.asks[PMS, "i1"] = [ASK]
    for entity in (invoice(1, VISIT), told(51), invoice(2, line("PH2", -3000), reverses="i1")):
        kinds = {(one.target, one.kind) for one in RENDERER.cases_of(entity, facts, config())}
        assert {(STRIPE, CaseKind.REQUEST), (STRIPE, CaseKind.RECORD), (LEDGER, CaseKind.INVOICE)} <= kinds
