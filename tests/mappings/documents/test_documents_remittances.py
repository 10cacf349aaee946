"""A funder's money as documents: one deposit for many invoices, cuts credited, everything else held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from hub.canonical import (
    Claim,
    ClaimPayment,
    ClaimState,
    Entity,
    PartKind,
    Provenance,
    Ref,
    Settlement,
    SettlementPart,
    SettlementStatus,
)
from hub.claims import ClaimItem, Decision, ItemOutcome
from hub.config.model import Entry, GroupConfig
from hub.config.schemes import SchemeConfig
from hub.documents import Allocation, CreditNote, Deposit, DocKind, Document
from hub.rendering import CaseKey, CaseKind, Rendered
from mappings.documents import RENDERER
from tests.mappings.documents.making import (
    GST,
    LEDGER,
    PMS,
    day,
    group,
    invoice,
    line,
    patient,
    pay,
    render_all,
)
from tests.support.fake_facts import FakeFacts

NDIS = "ndis"
NDIA = "National Disability Insurance Agency"
SCHEME = SchemeConfig(id=NDIS, system="ndis", ledger=LEDGER, bank="1001", write_off="262")
PAID_ON = day(20)


def config() -> GroupConfig:
    made = group()
    lodged = Entry(key="NDIS portal", value={"kind": "funder_lodged"})
    tables = made.tables.model_copy(update={"methods": (*made.tables.methods, lodged)})
    return made.model_copy(update={"schemes": (SCHEME,), "tables": tables})


def owed(number: int, *lines: Any, **more: Any) -> Any:
    return invoice(number, *(lines or (line("PH2", 9500),)), bill_to=NDIA, **more)


def claim(
    reference: str, number: int, cents: int, paid: int, *, approved: int | None = None, code: str = "PH2",
    settlement: str = "15001",
) -> Claim:  # fmt: skip
    """A claim of a line, with what came of it; `approved` None: no result was imported."""
    item = ClaimItem(reference, "430100001", "15_617_0128_1_3", day(10), day(10), cents, minutes=60,
                     invoice_line=f"line-{code}-{cents}")  # fmt: skip
    outcome = None if approved is None else ItemOutcome(reference, Decision.ACCEPTED, approved)
    payments = (ClaimPayment(settlement, PAID_ON, paid),) if paid else ()
    source = Provenance(NDIS, "claims", reference, "raw", "1")
    return Claim(source, item, PMS, f"i{number}", str(number), ClaimState.PAID, "", outcome, payments)


def advice(*parts: tuple[str | None, int], number: str = "15001") -> Settlement:
    """A remittance: (reference, None where the line fits no claim; cents) per line."""
    return Settlement(
        Provenance(NDIS, "remittances", number, "raw", "1"), number, sum(cents for _, cents in parts), "AUD",
        PAID_ON, SettlementStatus.ARRIVED,
        tuple(
            SettlementPart(str(n), PartKind.CLAIM if ref else PartKind.UNKNOWN, cents, PAID_ON,
                           Ref("claim", ref) if ref else None)
            for n, (ref, cents) in enumerate(parts)
        ),
    )  # fmt: skip


def rendered(*entities: Entity) -> dict[CaseKey, Rendered]:
    return render_all(FakeFacts([patient(), *entities]), entities, config())


def documents(found: dict[CaseKey, Rendered], kind: type[Any]) -> list[Any]:
    every: Iterable[Document | None] = (d.content for one in found.values() for d in one.documents)
    return [content for content in every if isinstance(content, kind)]


def held(found: dict[CaseKey, Rendered]) -> list[str]:
    return [
        f"{reason.code} {reason.cents}"
        for key, one in found.items()
        if key.kind is CaseKind.SETTLEMENT
        for document in one.documents
        for reason in document.holds
    ]


def test_one_deposit_pays_each_invoice_its_sum() -> None:
    two = owed(1, line("PH2", 9500), line("PH1", 12000))
    found = rendered(
        two, owed(2), claim("A", 1, 9500, 9500, approved=9500),
        claim("B", 1, 12000, 12000, approved=12000, code="PH1"), claim("C", 2, 9500, 9500, approved=9500),
        advice(("A", 9500), ("B", 12000), ("C", 9500)),
    )  # fmt: skip
    (deposit,) = documents(found, Deposit)
    assert (deposit.account, deposit.on, deposit.amount) == ("1001", PAID_ON, 31000)
    assert [part.amount for part in deposit.parts] == [21500, 9500]
    assert held(found) == []
    assert documents(found, CreditNote) == []


def test_what_was_cut_is_credited_under_the_tax_of_its_line() -> None:
    taxed = owed(1, line("RM1", 11000, GST), line("PH2", 9500))
    found = rendered(
        taxed, claim("A", 1, 11000, 8800, approved=8800, code="RM1"),
        claim("B", 1, 9500, 9500, approved=9500), advice(("A", 8800), ("B", 9500)),
    )  # fmt: skip
    (note,) = documents(found, CreditNote)
    (put,) = documents(found, Allocation)
    assert (note.number, note.issued, note.total, put.amount) == ("HH-1-15001", PAID_ON, 2200, 2200)
    (cut,) = note.lines
    assert (cut.account, cut.tax_type, cut.gross, cut.gst) == ("262", "OUTPUT", 2200, 200)


def test_less_than_claimed_without_a_result_is_named_and_nothing_is_written_off() -> None:
    found = rendered(owed(1), claim("A", 1, 9500, 9000), advice(("A", 9000)))
    assert documents(found, CreditNote) == []
    (case,) = [one for key, one in found.items() if key.kind is CaseKind.INVOICE]
    assert [f"{note.code} {note.cents}" for note in case.notes] == ["claim:short-paid 500"]
    assert [deposit.amount for deposit in documents(found, Deposit)] == [9000]


def test_a_line_that_fits_nothing_holds_the_whole_deposit() -> None:
    found = rendered(owed(1), claim("A", 1, 9500, 9500), advice(("A", 9500), (None, 4000)))
    assert (held(found), documents(found, Deposit)) == (["settlement:unmatched 4000"], [])


def test_lines_that_fit_nothing_and_come_to_nothing_are_only_named() -> None:
    found = rendered(owed(1), claim("A", 1, 9500, 9500), advice(("A", 9500), (None, 4000), (None, -4000)))
    assert (held(found), len(documents(found, Deposit))) == ([], 1)
    (case,) = [one for key, one in found.items() if key.kind is CaseKind.SETTLEMENT]
    assert [note.code for note in case.notes] == ["settlement:unmatched"]


def test_money_taken_back_and_too_much_money_are_held() -> None:
    back = rendered(owed(1), owed(2), claim("A", 1, 9500, 9500), claim("B", 2, 9500, -9500),
                    advice(("A", 9500), ("B", -9500)))  # fmt: skip
    assert (held(back), documents(back, Deposit)) == (["settlement:taken-back 9500"], [])
    much = rendered(owed(1), claim("A", 1, 9500, 9600, approved=9500), advice(("A", 9600)))
    assert held(much) == ["settlement:excess 100"]


def test_money_for_a_claim_whose_decision_was_not_read_again_is_posted() -> None:
    """It was open when the results were downloaded; the remittance came before anybody looked again."""
    waited = claim("A", 1, 9500, 9500)
    asked = replace(waited, outcome=ItemOutcome("A", Decision.OPEN, 0))
    found = rendered(owed(1), asked, advice(("A", 9500)))
    assert (held(found), [deposit.amount for deposit in documents(found, Deposit)]) == ([], [9500])


def test_what_staff_note_as_paid_by_the_scheme_is_no_second_payment() -> None:
    noted = pay(51, {"NDIS portal": 9500}, [(0, "i1", 9500)], on=20)
    found = rendered(owed(1), noted, claim("A", 1, 9500, 9500, approved=9500), advice(("A", 9500)))
    kinds = [d.kind for one in found.values() for d in one.documents]
    assert DocKind.RECEIPT not in kinds
    assert [deposit.amount for deposit in documents(found, Deposit)] == [9500]
    assert all(not one.stops for one in found.values())
    patient_owes = rendered(invoice(1, line("PH2", 9500)), noted)
    codes = [r.code for one in patient_owes.values() for d in one.documents for r in d.holds]
    assert codes == ["unsupported:method-kind:funder_lodged"]


def test_a_remittance_of_more_than_a_deposit_holds_is_several() -> None:
    many = [owed(n) for n in range(1, 202)]
    made = [claim(f"C{n}", n, 9500, 9500) for n in range(1, 202)]
    facts = FakeFacts([patient(), *many, *made, paid := advice(*((c.reference, 9500) for c in made))])
    (key,) = RENDERER.cases_of(paid, facts, config())
    deposits = [d.content for d in RENDERER.render(key, facts, config()).documents]
    assert [len(d.parts) for d in deposits if isinstance(d, Deposit)] == [200, 1]
    assert sum(d.amount for d in deposits if isinstance(d, Deposit)) == 201 * 9500


def test_a_claim_touches_its_invoice_and_the_money_it_got() -> None:
    facts = FakeFacts([owed(1), advice(("A", 9500)), made := claim("A", 1, 9500, 9500)])
    kinds = {key.kind for key in RENDERER.cases_of(made, facts, config())}
    assert kinds == {CaseKind.INVOICE, CaseKind.SETTLEMENT}
    assert date(2026, 10, 20) == PAID_ON
