"""Claims follow their invoices until they are filed; nothing is claimed twice; what is missing is named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from hub.canonical import ClaimState, InvoiceStatus
from hub.claiming import batches
from hub.errors import Misconfigured, Refused
from hub.kernel import Kernel
from hub.store import work_items
from tests.support.claimed import GROUP, MEMBER, SERVED, Office, billed, line
from tests.support.world import FakeClock


@pytest.fixture
def office(kernel: Kernel, clock: FakeClock) -> Office:
    made = Office(kernel, clock)
    made.later(21)
    return made


def test_before_it_is_filed_a_claim_follows_its_invoice(office: Office) -> None:
    office.bill(billed("i1"))
    first = office.only()
    office.bill(billed("i1", line(cents=15000)))
    assert office.states() == {"i1": ["ready", "withdrawn"]}
    office.bill(billed("i1", status=InvoiceStatus.REMOVED))
    assert office.states() == {"i1": ["withdrawn", "withdrawn"]}
    office.bill(billed("i1"))
    (back,) = [row for row in office.rows() if row.state is ClaimState.READY]
    assert back.reference == first
    assert office.causes() == {}


def test_after_it_was_filed_a_change_of_the_invoice_is_held_until_it_is_undone_or_taken_back(
    office: Office,
) -> None:
    office.bill(billed("i1"))
    office.file()
    for changed in (
        billed("i1", line(cents=15000)),
        billed("i1", status=InvoiceStatus.REMOVED),
        billed("i1", member="430100009"),
        billed("i1", bill_to=None),
    ):
        office.bill(changed)
        assert office.causes() == {"claim:changed": ["1"]}
        office.bill(billed("i1"))
        assert office.causes() == {}
    office.bill(billed("i1", line(cents=15000)))
    office.cancel(office.only())
    assert office.causes() == {"claim:anew": ["1"]}
    anew = office.correct(office.only())
    assert office.states() == {"i1": ["cancelled", "ready"]}
    assert anew.item.total == 15000


def test_a_configuration_alone_never_changes_what_was_claimed(office: Office) -> None:
    office.bill(billed("i1"))
    office.file()
    other = Office(office.kernel, office.clock, SERVED.model_copy(update={"services": ()}))
    other.bill(billed("i1", remarks=f"NDIS {MEMBER} from 2026"))
    assert other.causes() == {}


def test_the_same_service_of_one_person_on_one_day_is_claimed_once(office: Office) -> None:
    office.bill(billed("i1"), billed("i2"))
    assert office.states() == {"i1": ["ready"]}
    assert office.causes() == {"claim:twin": ["2"]}
    office.bill(billed("i1", status=InvoiceStatus.REMOVED))
    office.file()
    assert office.states() == {"i1": ["withdrawn"], "i2": ["filed"]}
    assert office.causes() == {}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"member": None}, "claim:member"),
        ({"member": "123456789"}, "claim:member"),
        ({"issued": date(2026, 11, 30)}, "claim:future"),
    ],
)
def test_what_is_missing_is_named(office: Office, more: dict[str, object], code: str) -> None:
    office.bill(billed("i1", **more))
    assert office.causes() == {code: ["1"]}
    assert office.rows() == []


def test_a_day_that_comes_makes_a_claim_ready(office: Office) -> None:
    office.bill(billed("i1", issued=date(2026, 10, 30)))
    assert office.file() == []
    office.later(6)
    assert [batch.items for batch in office.file()] == [1]
    assert office.causes() == {}


def test_prices_that_are_no_whole_cents_and_over_the_limit_are_held(office: Office) -> None:
    odd = line("l1", 10001, price=None, quantity=Decimal("1.5"))
    office.bill(billed("i1", odd), billed("i2", line(cents=30000), issued=date(2026, 10, 6)))
    assert office.causes() == {"claim:price": ["1"], "claim:over-limit": ["2"]}


def test_who_said_what_was_uploaded_is_kept(office: Office) -> None:
    office.bill(billed("i1"))
    (made,) = office.file()
    with office.kernel.store.read(GROUP) as unit:
        (asked,) = work_items.listed(unit)
        assert (asked.todo.number, asked.todo.cents) == (made.name, 19399)
    done = office.kernel
    with pytest.raises(Misconfigured, match="no batch"):
        batches.uploaded(done, GROUP, "NOTHING.csv", agent="person:ada", why="at nine")
    told = batches.uploaded(done, GROUP, made.name, agent="person:ada", why="at ten")
    assert (told.uploaded_by, told.uploaded_why) == ("person:ada", "at ten")
    with pytest.raises(Misconfigured, match="already"):
        batches.uploaded(done, GROUP, made.name, agent="person:bo", why="again")
    with done.store.read(GROUP) as unit:
        assert work_items.listed(unit) == []
    assert office.states() == {"i1": ["uploaded"]}
    assert len(office.audited("claims.uploaded")) == 1
    assert MEMBER not in "".join(office.audited("claims.uploaded") + office.audited("claims.file"))


def test_a_refused_service_is_claimed_anew_only_on_a_person_s_word(office: Office) -> None:
    office.bill(billed("i1"))
    office.up()
    refused = office.only()
    office.results((refused, "ERROR", "0"))
    office.bill(billed("i1"))
    assert office.file() == []
    with pytest.raises(Misconfigured, match="no claim"):
        office.correct("NOBODY")
    office.bill(billed("i1", member=None))
    with pytest.raises(Refused, match="member"):
        office.correct(refused)
    office.bill(billed("i1"))
    made = office.correct(refused)
    assert (made.item.replaces, made.reference != refused) == (refused, True)
    assert office.causes() == {}
    with pytest.raises(Misconfigured, match="not refused"):
        office.correct(refused)
    office.up()
    late = office.results((refused, "SUCCESSFUL", "193.99"))
    assert late.late == [refused]
    assert office.states() == {"i1": ["refused", "uploaded"]}


def test_a_scheme_with_bad_settings_holds_its_claims_and_nothing_else(office: Office) -> None:
    wrong = SERVED.model_copy(update={"settings": {**SERVED.settings, "abn": "1"}})
    other = Office(office.kernel, office.clock, wrong)
    other.bill(billed("i1"), billed("i2", bill_to=None))
    assert other.causes() == {"config:ndis": ["1"]}


# --- money


def test_what_is_paid_in_parts_and_taken_back_adds_up(office: Office) -> None:
    office.bill(billed("i1"))
    reference = office.only()
    office.settle(reference)
    office.remit("15001", (reference, "193.99", "100.00"))
    assert (office.claim(reference).paid, office.claim(reference).cut) == (10000, 0)
    office.remit("15002", (reference, "193.99", "93.99"), on="20261029")
    assert office.claim(reference).paid == 19399
    back = office.remit("15003", (reference, "193.99", "-193.99"), on="20261030")
    assert back.back == -19399
    assert office.claim(reference).state is ClaimState.REVERSED


def test_a_line_that_fits_no_claim_is_told_with_its_amount(office: Office) -> None:
    office.bill(billed("i1"))
    reference = office.only()
    office.settle(reference)
    told = office.remit("15001", (reference, "193.99", "193.99"), ("NOT-OURS", "50.00", "50.00"))
    assert told.unmatched == [("15001", 5000)]
    by_number = office.remit("15002", ("", "193.99", "0.00"))
    assert by_number.unmatched == [("15002", 0)]


def test_a_corrected_advice_replaces_what_it_said(office: Office) -> None:
    office.bill(billed("i1"), billed("i2", issued=date(2026, 10, 6)))
    office.up()
    first, second = (row.reference for row in office.rows())
    office.remit("15001", (first, "193.99", "193.99"))
    office.remit("15001", (second, "193.99", "193.99"))
    assert [office.claim(one).paid for one in (first, second)] == [0, 19399]


def test_a_line_in_the_place_of_a_claimed_one_is_not_claimed_by_itself(office: Office) -> None:
    """Practice systems give an edited line a new id."""
    office.bill(billed("i1"))
    office.up()
    office.bill(billed("i1", line("l9", 15000)))
    assert (office.states(), office.causes()) == ({"i1": ["uploaded"]}, {"claim:changed": ["1"]})
    office.results((refused := office.only(), "ERROR", "0"))
    office.bill(billed("i1", line("l9", 15000), remarks="NDIS 430100001."))
    assert office.file() == []
    assert set(office.causes()) == {"claim:refused:C22", "claim:anew"}
    made = office.correct(refused)
    assert (made.item.replaces, made.item.total, office.causes()) == (refused, 15000, {})
    assert [batch.items for batch in office.file()] == [1]


def test_two_lines_in_the_place_of_one_are_for_a_person(office: Office) -> None:
    office.bill(billed("i1"))
    office.up()
    office.results((refused := office.only(), "ERROR", "0"))
    office.bill(billed("i1", line("l8", 9000), line("l9", 9000)))
    with pytest.raises(Refused, match="Several lines"):
        office.correct(refused)
    assert office.file() == []
