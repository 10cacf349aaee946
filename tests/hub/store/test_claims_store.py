"""Claims at rest on both databases: one claim a service, files encrypted, decisions and money once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from hub.canonical import ClaimState
from hub.errors import Reason, Who
from hub.kernel import Kernel
from hub.store import claim_files, claims, issues
from hub.store.tables import claim_batch, entity, scheme_file
from tests.support.claimed import DAY, GROUP, MEMBER, NDIS, Office, billed, line
from tests.support.world import FakeClock


@pytest.fixture
def office(kernel: Kernel, clock: FakeClock) -> Office:
    made = Office(kernel, clock)
    made.later(21)
    return made


def test_a_line_is_one_claim_under_a_reference_of_its_own(office: Office) -> None:
    office.bill(billed("i1", line(), line("l2", 9700, code="XX")), billed("i2", bill_to=None))
    claim = office.claim(office.only())
    assert (claim.number, claim.item.total, claim.item.member) == ("1", 19399, MEMBER)
    assert (claim.item.minutes, claim.item.served_from) == (60, DAY)
    assert len(claim.reference) == 14
    assert office.causes() == {"unmapped:service:XX": ["1"]}
    office.bill(billed("i1", line(), line("l2", 9700, code="XX")))
    assert len(office.rows()) == 1


def test_the_database_itself_refuses_a_second_claim_of_a_line(office: Office) -> None:
    office.bill(billed("i1"))
    claim = office.claim(office.only())
    twice = replace(
        claim,
        source=replace(claim.source, source_id="OTHER"),
        item=replace(claim.item, reference="OTHER", member="430100002"),
    )
    with pytest.raises(IntegrityError), office.kernel.store.write(GROUP) as unit:
        claims.make(unit, twice, "another-twin", 1)


def test_issues_of_an_invoice_s_lines_are_not_those_of_one_whose_id_begins_alike(office: Office) -> None:
    """Ids of practice systems may hold the signs that a pattern takes for something else."""
    reason = Reason("claim:member", "No number.", Who.CLINIC, 100)
    with office.kernel.store.write(GROUP) as unit:
        for source_id in ("i_1:l1", "i%1:l1", "ix1:l1", "i/1:l1", "i_1:l2", "i_10:l1"):
            issues.open_issue(unit, NDIS, "claims", source_id, "1", reason)
    with office.kernel.store.read(GROUP) as unit:
        found = {one: issues.under(unit, NDIS, "claims", f"{one}:") for one in ("i_1", "i%1", "i/1")}
    assert found == {"i_1": ["i_1:l1", "i_1:l2"], "i%1": ["i%1:l1"], "i/1": ["i/1:l1"]}


def test_a_file_is_made_once_and_its_bytes_are_encrypted(office: Office) -> None:
    office.bill(billed("i1"), billed("i2", issued=date(2026, 10, 6)))
    (made,) = office.file()
    assert office.file() == []
    assert (made.items, made.cents, len(made.name) <= 20) == (2, 38798, True)
    with office.kernel.store.read(GROUP) as unit:
        data = claim_files.data_of(unit, made.id)
        rows = [
            *unit.db.execute(select(claim_batch.c.data_enc)).scalars(),
            *unit.db.execute(select(scheme_file.c.data_enc)).scalars(),
            *unit.db.execute(select(entity.c.body_enc)).scalars(),
        ]
        assert claim_files.data_of(unit, claim_files.batch(unit, made.name).id) == data
    assert data.startswith(b"RegistrationNumber,NDISNumber,")
    assert data.count(MEMBER.encode()) == 2
    assert all(MEMBER.encode() not in row and b"Registration" not in row for row in rows)


def test_decisions_go_forward_and_what_is_odd_is_told(office: Office) -> None:
    office.bill(*(billed(f"i{n}", issued=date(2026, 10, n)) for n in (5, 6, 7)))
    office.file()
    first, second, third = (row.reference for row in office.rows())
    strange = [("SOMEBODY 1", "ERROR", "0"), ("AAAA-BBBB-CCCC", "ERROR", "0")]
    decided = [(first, "SUCCESSFUL", "193.99"), (second, "ERROR", "0.00"), (third, "Open", "0")]
    told = office.results(*decided, (first, "ERROR", "0"), *strange)
    assert (told.accepted, told.refused, told.open, told.twice) == (1, 1, 1, 1)
    assert told.unknown == ["(not of our form)", "AAAA-BBBB-CCCC"]
    assert office.states() == {"i5": ["accepted"], "i6": ["refused"], "i7": ["open"]}
    assert office.causes() == {"claim:refused:C22": ["6"]}
    assert [batch.uploaded_by for batch in _batches(office)] == ["results:ndis"]
    late = office.results((first, "Open", "0"), (third, "SUCCESSFUL", "150.00"))
    assert (late.late, late.cut, late.cut_cents) == ([first], 1, 4399)
    disputed = office.results((third, "ERROR", "0"))
    assert disputed.refused == 1
    again = office.results((third, "ERROR", "0"))
    assert (again.again, again.refused) == (True, 0)


def _batches(office: Office) -> list[claim_files.Batch]:
    with office.kernel.store.read(GROUP) as unit:
        return claim_files.batches(unit, NDIS)


def test_money_is_put_on_the_claim_once(office: Office) -> None:
    office.bill(billed("i1"))
    reference = office.only()
    office.settle(reference, "180.00")
    told = office.remit("15001", (reference, "193.99", "180.00"))
    assert (told.cents, told.unmatched, told.changed > 0) == (18000, [], True)
    claim = office.claim(reference)
    assert (claim.state, claim.paid, claim.cut) == (ClaimState.PAID, 18000, 1399)
    again = office.remit("15001", (reference, "193.99", "180.00"))
    assert (again.again, again.changed) == (True, 0)
    assert office.claim(reference) == claim
    assert len(office.audited("import.remittance")) == 1
