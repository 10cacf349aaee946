"""Single rules that a golden file would hide: cases, waiting, issues, names, dated entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from hub.canonical import InvoiceStatus, Location, Tax
from hub.config.model import Entry, GroupConfig
from hub.documents import Allocation, DebtorCard, SalesInvoice
from hub.errors import Reason, Who
from hub.rendering import CaseKey, CaseKind, Rendered
from mappings.documents import RENDERER
from mappings.documents.contacts import clean
from mappings.tables import Scope, look_up, plain_rate, tax_key
from tests.mappings.documents.making import (
    GEELONG,
    LEDGER,
    PMS,
    day,
    group,
    invoice,
    line,
    patient,
    pay,
    render_all,
    source,
    use,
)
from tests.support.fake_facts import FakeFacts

VISIT = line("PH2", 9500)


def case(sid: str, kind: CaseKind = CaseKind.INVOICE) -> CaseKey:
    return CaseKey(LEDGER, kind, f"{PMS}:{sid}", sid)


def render(facts: FakeFacts, sid: str, kind: CaseKind = CaseKind.INVOICE) -> Rendered:
    return RENDERER.render(case(sid, kind), facts, group())


def test_a_credit_note_waits_for_a_report_that_covers_its_day() -> None:
    note = invoice(2, line("PH2", -9500), on=12, reverses="i1")
    facts = FakeFacts([patient(), invoice(1, VISIT), note], everything_covered=False)
    before = render(facts, "i1")
    assert before.waiting is not None
    assert "2026-10-12" in before.waiting
    assert not [d for d in before.documents if isinstance(d.content, Allocation)]
    facts.days.add((GEELONG, day(12)))
    after = render(facts, "i1")
    assert after.waiting is None
    assert [d.content.amount for d in after.documents if isinstance(d.content, Allocation)] == [9500]
    facts.deliver(after)
    facts.days.clear()
    assert [d.content for d in render(facts, "i1").documents] == [d.content for d in after.documents]


def test_an_open_issue_on_the_invoice_or_its_payment_stops_the_case() -> None:
    made, paid = invoice(1, VISIT), pay(51, {"Cash": 9500}, [(0, "i1", 9500)])
    facts = FakeFacts([patient(), made, paid])
    gone = Reason("payment:vanished", "The payment is not in the report.", Who.CLINIC, 9500)
    facts.add_issue(paid, gone)
    assert render(facts, "i1").stops == (gone,)
    assert render(facts, "51", CaseKind.CREDIT).stops == ()
    lines = Reason("bundle:incomplete", "Lines do not add up.", Who.CLINIC)
    facts.add_issue(made, lines)
    assert set(render(facts, "i1").stops) == {gone, lines}


def test_an_invoice_waits_for_the_record_of_its_patient() -> None:
    facts = FakeFacts([invoice(1, VISIT)])
    assert render(facts, "i1").waiting is not None
    assert render(facts, "i1").documents == ()
    someone = patient()
    facts.put(someone)
    assert case("i1").subject in {key.subject for key in RENDERER.cases_of(someone, facts, group())}
    assert render(facts, "i1").documents


def test_an_invoice_waits_for_the_record_of_whoever_its_patient_was_merged_into() -> None:
    """Found by simulation (paging 5): the merge was read before the survivor, and nobody planned it again."""
    survivor = patient("p2")
    facts = FakeFacts([patient(merged_into="p2"), invoice(1, VISIT)])
    assert render(facts, "i1").waiting is not None
    facts.put(survivor)
    assert case("i1").subject in {key.subject for key in RENDERER.cases_of(survivor, facts, group())}
    assert render(facts, "i1").documents


def test_money_of_a_removed_invoice_holds_it_until_the_report_says_where_the_money_went() -> None:
    gone = invoice(1, VISIT, status=InvoiceStatus.REMOVED)
    alone = pay(51, {"Cash": 9500}, [(0, "i1", 9500)])
    assert render(FakeFacts([patient(), gone, alone]), "i1").stops == ()
    shared = pay(51, {"Cash": 19000}, [(0, "i1", 9500), (0, "i2", 9500)])
    found = render(FakeFacts([patient(), gone, invoice(2, VISIT), shared]), "i1")
    assert [r.code for r in found.stops] == ["payment:on-removed-invoice"]
    assert found.documents == ()


def test_the_numbers_of_cases_are_what_people_call_them() -> None:
    made, paid = invoice(10432, VISIT), pay(5123, {"Cash": 9500}, [(0, "i10432", 9500)])
    facts = FakeFacts([patient(), made, paid])
    found = RENDERER.cases_of(paid, facts, group())
    assert {(key.kind.value, key.number) for key in found} == {
        ("invoice", "10432"),
        ("credit", "payment:5123"),
    }
    assert next(key.number for key in RENDERER.cases_of(patient(), facts, group())) == "patient:p1"


def test_a_use_of_credit_marks_the_patients_credit_notes() -> None:
    """A closed note stayed unexplained: a report says that credit was used, not whose."""
    gift = invoice(2, line("PH2", -3000), on=8, status=InvoiceStatus.CLOSED)
    used = use(52, "i1", 3000)
    facts = FakeFacts([patient(), gift, invoice(1, VISIT), used])
    assert case("i2").subject in {key.subject for key in RENDERER.cases_of(used, facts, group())}


def test_a_payment_marks_the_credit_notes_of_its_invoices() -> None:
    """Whether a write-off has the right tax depends on what was paid."""
    note = invoice(2, line("WO1", -9500), on=12, reverses="i1")
    paid = pay(51, {"Cash": 5000}, [(0, "i1", 5000)])
    facts = FakeFacts([patient(), invoice(1, VISIT), note, paid])
    assert "2" in {key.number for key in RENDERER.cases_of(paid, facts, group())}


def test_a_contact_by_reference_shows_no_name() -> None:
    config = group().model_copy(
        update={"policy": group().policy.model_copy(update={"contact_names": "references"})}
    )
    world = [patient(email="pat@example.com"), invoice(1, VISIT)]
    rendered = render_all(FakeFacts(world), world, config)
    cards = [d.content for r in rendered.values() for d in r.documents if isinstance(d.content, DebtorCard)]
    assert cards == [DebtorCard("HH-p1", "HH-p1")]


def test_a_long_name_is_cut_and_its_reference_never() -> None:
    world = [patient(first="P" * 200, last="L" * 200), invoice(1, VISIT)]
    rendered = render_all(FakeFacts(world), world)
    card = next(
        d.content for r in rendered.values() for d in r.documents if isinstance(d.content, DebtorCard)
    )
    assert len(card.name) == 255
    assert card.name.endswith(" (HH-p1)")


@pytest.mark.parametrize(
    ("written", "shown"), [(" A  <b> c ", "A b c"), ("O'Pretend\tPat\n", "O'Pretend Pat"), ("<>", "")]
)
def test_a_name_is_cleaned(written: str, shown: str) -> None:
    assert clean(written) == shown


def test_an_invoice_redated_before_the_start_stays_and_its_money_goes_on() -> None:
    made = invoice(1, VISIT)
    facts = FakeFacts([patient(), made])
    posted = render(facts, "i1")
    facts.deliver(posted)
    facts.put(replace(made, issued=date(2026, 9, 20)))
    facts.put(pay(51, {"Cash": 9500}, [(0, "i1", 9500)]))
    found = render(facts, "i1").documents
    assert [type(d.content).__name__ for d in found] == ["SalesInvoice", "Receipt"]
    assert found[0].content == posted.documents[0].content


def test_a_reason_shows_no_personal_text_but_in_its_detail() -> None:
    world = [patient(last="Canary"), invoice(1, VISIT, bill_to="Canary Benefits Co")]
    rendered = render_all(FakeFacts(world), world)
    held = [r for one in rendered.values() for d in one.documents for r in d.holds]
    assert [r.detail for r in held] == ["Canary Benefits Co"]
    assert "Canary" not in " ".join(f"{r.code} {r.sentence}" for r in held)


def test_the_basis_of_a_receipt_holds_no_line_and_that_of_an_invoice_no_name() -> None:
    world = [patient(last="Canary"), invoice(1, VISIT), pay(51, {"Cash": 9500}, [(0, "i1", 9500)])]
    facts = FakeFacts(world)
    invoice_basis, receipt_basis = (d.basis for d in render(facts, "i1").documents)
    assert "PH2" in invoice_basis
    assert "Canary" not in invoice_basis
    assert "PH2" not in receipt_basis
    recoded = invoice(1, line("EP1", 9500), on=9)
    facts.put(recoded)
    assert render(facts, "i1").documents[1].basis == receipt_basis


def test_quantity_is_told_in_words_and_lines_of_zero_are_left_out() -> None:
    many = replace(line("PR2", 3300), quantity=Decimal("2.0"), tax=Tax("GST", Decimal(10)), tax_cents=300)
    made = invoice(1, many, line("Paid: cash", 0))
    content = render(FakeFacts([patient(), made]), "i1").documents[0].content
    assert isinstance(content, SalesInvoice)
    assert [one.description for one in content.lines] == ["2 x Item PR2"]


def test_two_organisations_keep_their_own_documents() -> None:
    config = _two_ledgers()
    made = invoice(1, VISIT)
    facts = FakeFacts([patient(), made])
    assert {key.target for key in RENDERER.cases_of(made, facts, config)} == {LEDGER}
    assert RENDERER.render(replace(case("i1"), target="other"), facts, config).documents == ()


def _two_ledgers() -> GroupConfig:
    second = group().connections[1].model_copy(update={"id": "other"})
    places = [*group().locations[:2], group().locations[2].model_copy(update={"target": "other"})]
    return group().model_copy(
        update={"connections": (*group().connections, second), "locations": tuple(places)}
    )


# --- tables


def entry(key: str | None, account: str, **scope: object) -> Entry:
    return Entry(key=key, value={"account": account}, **scope)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entries", "account"),
    [
        ((entry("A", "1"), entry("A", "2", location="geelong")), "2"),
        ((entry("A", "2", location="geelong"), entry("A", "3", practitioner="9")), "3"),
        ((entry("A", "1"), entry(None, "4", location="geelong")), "4"),
        ((entry(None, "5"), entry("A", "1")), "1"),
        ((entry(None, "5"), entry("B", "1")), "5"),
        ((entry("A", "1", location="richmond"),), None),
        ((entry("A", "1", practitioner="8"),), None),
        ((entry("A", "1"), entry("A", "6", from_day=date(2026, 10, 5))), "6"),
        ((entry("A", "6", from_day=date(2026, 10, 5)), entry("A", "7", from_day=date(2026, 10, 11))), "6"),
        ((entry("A", "7", from_day=date(2026, 10, 11)),), None),
        ((entry("A", "1", from_day=date(2026, 10, 9)), entry(None, "2", location="geelong")), "2"),
    ],
)
def test_the_more_particular_entry_wins_then_the_later(
    entries: tuple[Entry, ...], account: str | None
) -> None:
    found = look_up(entries, "A", Scope("geelong", day(10), "9"))
    assert (None if found is None else found.value["account"]) == account
    backwards = look_up(entries[::-1], "A", Scope("geelong", day(10), "9"))
    assert backwards == found


@pytest.mark.parametrize(
    ("rate", "shown"), [("10.0", "10"), ("12.50", "12.5"), ("0", "0"), ("100", "100"), ("1E+1", "10")]
)
def test_a_tax_is_named_by_name_and_plain_rate(rate: str, shown: str) -> None:
    assert plain_rate(Decimal(rate)) == shown
    assert tax_key(Tax("GST", Decimal(rate))) == f"GST@{shown}"
    assert tax_key(None) == "none"


def test_no_fact_of_another_kind_touches_a_case() -> None:
    assert RENDERER.cases_of(Location(source("businesses", GEELONG), "G", "UTC"), FakeFacts(), group()) == ()
