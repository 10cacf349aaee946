"""Payouts of a payment system as documents: fees and transfers bring clearing to what is in transit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from hub.canonical import (
    Entity,
    Evidence,
    PartKind,
    Payment,
    PaymentAllocation,
    PaymentSource,
    Provenance,
    Ref,
    Settlement,
    SettlementPart,
    SettlementStatus,
)
from hub.config.model import ConnectionConfig, GroupConfig
from hub.config.settlements import SettlementRule
from hub.documents import BankPayment, Document, Transfer
from hub.errors import Reason, Who
from hub.rendering import CaseKey, CaseKind, Rendered
from mappings.documents import RENDERER
from tests.mappings.documents.making import (
    GEELONG,
    LEDGER,
    PMS,
    RICHMOND,
    day,
    group,
    invoice,
    line,
    patient,
    pay,
    render_all,
)
from tests.support.fake_facts import FakeFacts
from tests.support.payouts import payouts_rule

STRIPE = "harbour-stripe"
RULE = payouts_rule(STRIPE, LEDGER, {"geelong": "1105", "richmond": "1205"}, fees="404")
CARD = "Online card"


def config(*rules: SettlementRule) -> GroupConfig:
    card = ConnectionConfig(id=STRIPE, system="stripe", role="both")
    base = group()
    return base.model_copy(update={"connections": (*base.connections, card), "settlements": rules or (RULE,)})


def taken(name: str, cents: int, on_invoice: str = "i1", *, at: str = GEELONG, on: int = 10) -> Payment:
    """What the payment system took (or gave back) on an invoice."""
    return Payment(
        Provenance(STRIPE, "charges", name, f"raw-{name}", "test-1"),
        name,
        day(on),
        at,
        "p1",
        "AUD",
        (PaymentSource("Stripe", cents),),
        (PaymentAllocation(0, on_invoice, cents),),
        Evidence.RECORDED,
        PMS,
    )


def part(kind: PartKind, name: str, cents: int, tax: int | None = None) -> SettlementPart:
    about = Ref(Payment.kind, name.partition(":")[0]) if name else None
    return SettlementPart(f"row-{name}-{kind}", kind, cents, day(11), about, tax)


def charged(name: str, cents: int, fee: int, tax: int | None = None) -> tuple[SettlementPart, ...]:
    return part(PartKind.CHARGE, name, cents), part(PartKind.FEE, name, -fee, None if tax is None else -tax)


def payout(
    *parts: SettlementPart,
    status: SettlementStatus = SettlementStatus.ARRIVED,
    number: str = "po_1",
    on: date | None = None,
) -> Settlement:
    source = Provenance(STRIPE, "payouts", number, f"raw-{number}", "test-1")
    total = sum(one.amount for one in parts)
    return Settlement(source, number, total, "AUD", on or day(13), status, parts)


PAT = patient()
VISIT = invoice(1, line("PH2", 9900))
PAID = pay(51, {CARD: 9900}, [(0, "i1", 9900)])
CHARGE = taken("ch_1", 9900)
ONE = payout(*charged("ch_1", 9900, 198, 18))
KNOWN: list[Entity] = [PAT, VISIT, PAID, CHARGE]


def render(made: Settlement, known: Iterable[Entity], *rules: SettlementRule) -> Rendered:
    mine = config(*rules)
    facts = FakeFacts([*known, made])
    (case,) = RENDERER.cases_of(made, facts, mine)
    assert case == CaseKey(LEDGER, CaseKind.SETTLEMENT, f"{STRIPE}:{made.number}", made.number)
    return RENDERER.render(case, facts, mine)


def contents(rendered: Rendered) -> list[Document | None]:
    return [one.content for one in rendered.documents]


def codes(reasons: Iterable[Reason]) -> dict[str, int]:
    return {reason.code: reason.cents for reason in reasons}


def moved(rendered: Rendered) -> list[tuple[str, str, int]]:
    """(from, to, cents) of everything rendered: a fee leaves to its expense account."""
    found = []
    for one in contents(rendered):
        if isinstance(one, Transfer):
            found.append((one.from_account, one.to_account, one.amount))
        if isinstance(one, BankPayment):
            found.append((one.account, one.lines[0].account, one.total))
    return found


def test_fee_and_transfer_empty_the_clearing_account() -> None:
    made = render(ONE, KNOWN)
    fee, transfer = contents(made)
    assert isinstance(fee, BankPayment)
    assert (fee.account, fee.on, fee.total) == ("1105", day(13), 198)
    (posted,) = fee.lines
    assert (posted.account, posted.tax_type, posted.gst, posted.tracking) == ("404", "INPUT", 18, "Geelong")
    assert transfer == Transfer("1105", "1001", day(13), 9702, "Payout po_1")
    assert (made.stops, made.notes) == ((), ())
    (need,) = made.needs
    assert (need.kind, need.subject) == (CaseKind.CONTACT, f"supplier:{STRIPE}")
    card = RENDERER.render(need, FakeFacts(), config()).documents[0].content
    assert card is not None
    assert (card.name, card.number) == ("Stripe Payments", f"harbour-S-{STRIPE}")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("rate", "told", "gst"), [("10", 18, 18), ("10", None, 18), ("10", 17, 17), ("0", 18, 0), ("0", None, 0)]
)
def test_the_tax_of_a_fee_is_told_or_written_down_and_never_guessed(
    rate: str, told: int | None, gst: int
) -> None:
    rule = RULE.model_copy(update={"fee_tax_rate": Decimal(rate)})
    fee = contents(render(payout(*charged("ch_1", 9900, 198, told)), KNOWN, rule))[0]
    assert isinstance(fee, BankPayment)
    assert fee.lines[0].gst == gst


@pytest.mark.parametrize("status", [SettlementStatus.EXPECTED, SettlementStatus.IN_TRANSIT])
def test_nothing_is_posted_before_it_arrived(status: SettlementStatus) -> None:
    made = render(replace(ONE, status=status), KNOWN)
    assert (made.documents, made.stops) == ((), ())
    assert made.nothing


@pytest.mark.parametrize(
    "kind", [PartKind.DISPUTE, PartKind.ADJUSTMENT, PartKind.SETTLEMENT, PartKind.UNKNOWN]
)
def test_what_a_person_decides_holds_the_payout_whole_with_its_amount(kind: PartKind) -> None:
    made = render(payout(*charged("ch_1", 9900, 198), part(kind, "", -2500)), KNOWN)
    assert made.documents == ()
    assert codes(made.stops) == {f"settlement:part:{kind}": -2500}


def test_a_failed_payout_is_held_and_the_sentence_of_its_record_is_enough() -> None:
    failed = replace(ONE, status=SettlementStatus.FAILED)
    assert codes(render(failed, KNOWN).stops) == {"settlement:failed": 9702}
    facts = FakeFacts([*KNOWN, failed])
    facts.add_issue(failed, Reason("stripe:payout-failed", "It failed.", Who.CLINIC, 9702))
    (case,) = RENDERER.cases_of(failed, facts, config())
    assert codes(RENDERER.render(case, facts, config()).stops) == {"stripe:payout-failed": 9702}


def test_a_negative_payout_takes_money_back_from_the_bank() -> None:
    note = invoice(2, line("PH2", -9900), reverses="i1", on=12)
    back = pay(52, {CARD: -9900}, [(0, "i2", -9900)], on=12)
    given = taken("re_1", -9900, on=12)
    made = render(payout(part(PartKind.REFUND, "re_1", -9900)), [*KNOWN, note, back, given])
    assert moved(made) == [("1001", "1105", 9900)]
    assert made.notes == ()


def test_two_places_are_two_transfers_that_sum_to_the_payout_and_account_fees_follow_the_larger() -> None:
    there = invoice(3, line("PH2", 5000), location=RICHMOND)
    theirs = pay(53, {CARD: 5000}, [(0, "i3", 5000)], location=RICHMOND)
    other = taken("ch_3", 5000, "i3", at=RICHMOND)
    radar = SettlementPart("row-fee", PartKind.FEE, -100)
    both = payout(*charged("ch_1", 9900, 198), *charged("ch_3", 5000, 115), radar)
    made = render(both, [*KNOWN, there, theirs, other])
    assert sorted(moved(made)) == [
        ("1105", "1001", 9602),
        ("1105", "404", 298),
        ("1205", "1001", 4885),
        ("1205", "404", 115),
    ]
    assert both.amount == 9602 + 4885
    assert len({one.document for one in made.documents}) == 4


def test_a_place_without_clearing_account_is_held() -> None:
    rule = RULE.model_copy(update={"clearing": {"richmond": "1205"}})
    made = render(ONE, KNOWN, rule)
    assert contents(made) == [None, None]
    assert [codes(one.holds) for one in made.documents] == [
        {"unmapped:clearing:geelong": 198},
        {"unmapped:clearing:geelong": 9702},
    ]


def test_settlements_nobody_wrote_down_are_held_at_the_ledger() -> None:
    other = RULE.model_copy(update={"connection": "elsewhere"})
    made = render(ONE, KNOWN, other)
    assert {code for one in made.documents for code in codes(one.holds)} == {f"unmapped:settlements:{STRIPE}"}


@pytest.mark.parametrize(
    "missing",
    [
        [PAT, VISIT, PAID],  # the charge was not read
        [PAT, VISIT, CHARGE],  # nobody recorded it at the practice
        [PAT, VISIT, pay(51, {"EFTPOS": 9900}, [(0, "i1", 9900)]), CHARGE],  # by another method
        [PAT, VISIT, pay(51, {CARD: 9800}, [(0, "i1", 9800)]), CHARGE],  # of another amount
        [PAT, VISIT, PAID, replace(CHARGE, pms=None, allocations=())],  # it names no invoice
    ],
)
def test_a_deposit_that_matches_nothing_is_posted_and_named(missing: list[Entity]) -> None:
    rule = RULE.model_copy(update={"clearing": {"*": "1105"}})
    made = render(ONE, missing, rule)
    assert moved(made) == [("1105", "404", 198), ("1105", "1001", 9702)]
    assert codes(made.notes) == {"settlement:charge-unknown": 9900}


def test_a_payout_short_by_a_refund_that_nobody_recorded_says_so() -> None:
    given = taken("re_1", -2500, on=12)
    short = payout(*charged("ch_1", 9900, 198), part(PartKind.REFUND, "re_1", -2500))
    made = render(short, [*KNOWN, given])
    assert moved(made)[-1] == ("1105", "1001", 7202)
    assert codes(made.notes) == {"settlement:refund-unknown": -2500}


def test_two_equal_charges_need_two_records() -> None:
    twice = payout(*charged("ch_1", 9900, 198), *charged("ch_2", 9900, 198))
    second = taken("ch_2", 9900, on=11)
    assert codes(render(twice, [*KNOWN, second]).notes) == {"settlement:charge-unknown": 9900}
    again = pay(52, {CARD: 9900}, [(0, "i1", 9900)], on=11)
    assert render(twice, [*KNOWN, second, again]).notes == ()


def test_before_the_start_nothing_is_posted_but_what_was_posted_stays() -> None:
    late = RULE.model_copy(update={"start": day(14)})
    assert render(ONE, KNOWN, late).documents == ()
    facts = FakeFacts([*KNOWN, ONE])
    (case,) = RENDERER.cases_of(ONE, facts, config())
    facts.deliver(RENDERER.render(case, facts, config()))
    kept = RENDERER.render(case, facts, config(late))
    assert [one.document for one in kept.documents] == [
        one.document for one in RENDERER.render(case, facts, config()).documents
    ]


def test_what_belongs_to_another_ledger_now_is_made_there() -> None:
    """A new file marks only cases that are held: the one at the first ledger names the one it became."""
    moved_to = RULE.model_copy(update={"ledger": "other-xero"})
    facts = FakeFacts([*KNOWN, ONE])
    here = CaseKey(LEDGER, CaseKind.SETTLEMENT, f"{STRIPE}:po_1", "po_1")
    made = RENDERER.render(here, facts, config(moved_to))
    assert (made.documents, made.instead) == ((), (replace(here, target="other-xero"),))
    base = config()
    places = tuple(place.model_copy(update={"target": "other-xero"}) for place in base.locations)
    elsewhere = base.model_copy(update={"locations": places})
    rest = pay(53, {CARD: 5000})
    facts.put(rest)
    for entity, kind in ((VISIT, CaseKind.INVOICE), (rest, CaseKind.CREDIT)):
        old = next(case for case in RENDERER.cases_of(entity, facts, base) if case.kind is kind)
        new = RENDERER.render(old, facts, elsewhere)
        assert (new.documents, new.instead) == ((), (replace(old, target="other-xero"),))


def test_accounts_are_no_part_of_what_a_document_is_made_of() -> None:
    """So a new configuration alone never changes what was posted; a change of the payout does."""
    other = RULE.model_copy(update={"bank": "1009", "clearing": {"*": "1999"}, "fee_account": "999"})
    first, second = render(ONE, KNOWN), render(ONE, KNOWN, other)
    assert [(d.document, d.basis) for d in first.documents] == [
        (d.document, d.basis) for d in second.documents
    ]
    traced = render(replace(ONE, reference="trace-1"), KNOWN)
    assert [d.basis for d in traced.documents] == [d.basis for d in first.documents]
    later = render(replace(ONE, arrives_on=day(14)), KNOWN)
    assert not {d.basis for d in later.documents} & {d.basis for d in first.documents}


def test_whatever_a_settlement_reads_marks_it() -> None:
    note = invoice(2, line("PH2", -9900), reverses="i1", on=12)
    back = pay(52, {CARD: -9900}, [(0, "i2", -9900)], on=12)
    given = taken("re_1", -9900, on=12)
    short = payout(*charged("ch_1", 9900, 198), part(PartKind.REFUND, "re_1", -9900))
    facts = FakeFacts([*KNOWN, note, back, given, short])
    for entity in (PAID, CHARGE, given, note, back, short):
        kinds = {case.kind for case in RENDERER.cases_of(entity, facts, config())}
        assert CaseKind.SETTLEMENT in kinds, entity.source.source_id


def test_nothing_else_of_the_books_is_touched_by_a_payout() -> None:
    facts = FakeFacts([*KNOWN, ONE])
    rendered = render_all(facts, [PAT, VISIT, PAID, ONE], config())
    kinds = {(case.kind, doc.kind.value) for case, one in rendered.items() for doc in one.documents}
    assert kinds == {
        (CaseKind.CONTACT, "contact"),
        (CaseKind.INVOICE, "invoice"),
        (CaseKind.INVOICE, "receipt"),
        (CaseKind.SETTLEMENT, "bank-payment"),
        (CaseKind.SETTLEMENT, "transfer"),
    }
