"""`hub check`: what would be refused or go wrong, and what will be held, each with its line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from hub.canonical import ChargeItem, Location, Practitioner, Provenance
from hub.config.check import Finding, check_group
from hub.config.load import load_text
from hub.targets import Account, Chart, TaxRate

EXAMPLE = Path(__file__).parents[3] / "mappings" / "clinics" / "example.yaml"
TEXT = EXAMPLE.read_text("utf-8")
INCOME = ("200", "202", "203", "204", "205", "207", "210", "215", "220", "260", "262", "265")
CLEARING = ["090", *(f"1{place}0{n}" for place in (1, 2, 3, 4) for n in range(1, 7))]


def chart() -> Chart:
    def account(code: str, type: str, system: str | None = None) -> Account:
        return Account(code, f"id-{code}", f"Account {code}", type, True, type == "BANK", system)

    accounts = [account(code, "REVENUE") for code in INCOME]
    accounts += [account(code, "BANK") for code in CLEARING]
    accounts += [account("404", "EXPENSE")]
    accounts += [account("860", "EXPENSE", "ROUNDING"), account("610", "CURRENT", "DEBTORS")]
    income = frozenset({"revenue", "asset", "liability", "equity"})
    every = income | {"expense"}
    rates = [
        TaxRate("OUTPUT", "GST on Income", "10", True, income),
        TaxRate("EXEMPTOUTPUT", "GST Free Income", "0", True, income),
        TaxRate("INPUT", "GST on Expenses", "10", True, frozenset({"expense", "asset", "liability"})),
        TaxRate("BASEXCLUDED", "BAS Excluded", "0", True, every),
    ]
    return Chart(
        organisation="Harbour & Hills Pty Ltd",
        currency="AUD",
        zone="Australia/Sydney",
        locked_through=date(2026, 9, 30),
        accounts={a.code: a for a in accounts},
        taxes={r.tax_type: r for r in rates},
        tracking={"Location": frozenset({"Geelong", "Richmond", "Toowong", "Manly"})},
    )


def check(text: str = TEXT, at: Chart | None = None, catalogue: tuple[object, ...] = ()) -> list[Finding]:
    config = load_text(text, "group.yaml")
    return check_group(config, {"harbour-xero": at or chart()}, catalogue)  # type: ignore[arg-type]


def edited(part: str, instead: str) -> str:
    assert part in TEXT
    return TEXT.replace(part, instead, 1)


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def only(found: list[Finding], level: str) -> Finding:
    one = [f for f in found if f.level == level]
    assert len(one) == 1, found
    return one[0]


def test_the_example_has_nothing_to_mend() -> None:
    assert check() == []
    assert check_group(load_text(TEXT, "group.yaml"), {}) == []


@pytest.mark.parametrize(
    ("part", "instead", "level", "words", "line"),
    [
        ('PS1: {account: "202"', 'PS1: {account: "299"', "error", "does not have", "PS1:"),
        ('PS1: {account: "202"', 'PS1: {account: "610"', "error", "cannot stand on an invoice line", "PS1:"),
        ('WO1: "260"', 'WO1: "1101"', "error", "cannot stand on an invoice line", "WO1:"),
        ("none: EXEMPTOUTPUT", "none: INPUT", "error", "cannot be used with account", "none: INPUT"),
        ("GST@10: OUTPUT", "GST@10: OUTPUTX", "error", "does not have", "GST@10: OUTPUTX"),
        ('Cash: "1203"', 'Cash: "200"', "error", "of type REVENUE, not BANK", 'Cash: "200"'),
        ('Cash: "1203"', 'Cash: "1103"', "error", "by the locations geelong, richmond", 'Cash: "1103"'),
        ('Cash: "1203"', 'Cash: "1201"', "warning", "shared by the methods", 'Cash: "1201"'),
        ("Location: Richmond", "Location: Richmont", "error", "no active tracking option", "richmond:"),
        ("{Location: Richmond}", "{Region: Richmond}", "error", "names no option", "richmond:"),
        ("prefix: HH-", "prefix: HH", "error", "does not end in a separator", "harbour-cliniko:  "),
        ("Account credit: credit_use", "Account credit: money", "error", "sounds like", "Account credit: m"),
        ("tax: none, fee_for", "tax: GST@10, fee_for", "warning", "is taxed", "CF1:"),
        ("fee_for: RM1", "fee_for: XX", "error", "which is no item", "CF2:"),
        ("first_line_contains: SafeW", "text_contains: Coast #", "warning", "same text", "safework:"),
        ("status: AUTHORISED", "status: DRAFT", "error", "Drafts", "mode:"),
        ("start: 2026-10-01", "start: 2026-09-30", "warning", "closed through", "geelong:"),
        ("currency: AUD", "currency: NZD", "error", "keeps its books in AUD", "geelong:"),
        ('rounding_account: "860"', 'rounding_account: "861"', "error", "Rounding account", "mode:"),
        ("  rounding_tax: BASEXCLUDED\n", "", "warning", "will be held", "mode:"),
    ],
)  # fmt: skip
def test_a_finding_names_the_line(part: str, instead: str, level: str, words: str, line: str) -> None:
    text = edited(part, instead)
    found = [f for f in check(text) if f.level == level and words in f.sentence]
    assert found, check(text)
    assert {n for n, told in enumerate(text.splitlines(), 1) if line in told} & {f.line for f in found}
    assert all(f.remedy and f.file == "group.yaml" for f in found)


def test_a_suspicious_method_is_money_once_a_person_confirms_it() -> None:
    text = edited("Account credit: credit_use", "Bank transfer: {kind: money, confirmed: yes}")
    assert not [f for f in check(text) if "sounds like" in f.sentence]
    unconfirmed = edited("Account credit: credit_use", "Bank transfer: money")
    assert [f for f in check(unconfirmed) if "sounds like" in f.sentence]


def test_a_write_off_account_must_accept_both_taxes() -> None:
    at = chart()
    narrow = replace(at.taxes["EXEMPTOUTPUT"], applies_to=frozenset({"asset"}))
    found = check(TEXT, replace(at, taxes={**at.taxes, "EXEMPTOUTPUT": narrow}))
    assert {f.line for f in found if "does not accept tax type EXEMPTOUTPUT" in f.sentence} == {
        line_of(TEXT, part)
        for part in ('WO1: "260"', 'WO2: "260"', 'Adjustment: "260"', 'Discount: "265"', "  ndis:")
    }
    expense = replace(at.accounts["260"], type="EXPENSE")
    found = check(TEXT, replace(at, accounts={**at.accounts, "260": expense}))
    assert [f for f in found if "must be revenue" in f.sentence]


def test_an_archived_account_is_an_error() -> None:
    at = chart()
    archived = replace(at.accounts["207"], active=False)
    finding = only(check(TEXT, replace(at, accounts={**at.accounts, "207": archived})), "error")
    assert "archived" in finding.sentence
    assert finding.line == line_of(TEXT, "HY1:")


def test_two_systems_in_one_ledger_need_prefixes_of_their_own() -> None:
    second = "connections:\n  other-pms:\n    system: cliniko\n    role: source\n"
    text = TEXT.replace("connections:\n", second, 1).replace(
        'source: {harbour-cliniko: "514810976554457103"}', 'source: {other-pms: "1"}'
    )
    assert "has no prefix" in only(check(text), "error").sentence
    same = text.replace("    role: source\n", "    role: source\n    prefix: HH-\n", 1)
    assert "use the same prefix" in only(check(same), "error").sentence


def test_a_location_without_an_account_for_a_money_method_is_a_warning() -> None:
    text = edited('      Cash: "1303"\n', "")
    assert "toowong has no clearing account for Cash" in only(check(text), "warning").sentence


def test_a_method_is_asked_of_the_locations_of_its_own_practice_system_alone() -> None:
    """One says HICAPS, the other HealthPoint: neither lacks the other's word. Both say cash."""
    assert check(edited('      HICAPS: "1102"\n', ""))
    assert not [f for f in check(edited('      HICAPS: "1102"\n', "")) if "manly" in f.sentence]
    assert "manly has no clearing account for Cash" not in str(check(TEXT))


def test_what_the_practice_system_lists_and_nobody_wrote_down_is_a_warning() -> None:
    def source(stream: str, sid: str) -> Provenance:
        return Provenance("harbour-cliniko", stream, sid, "raw", "test")

    listed = (
        Practitioner(source("practitioners", "514810972972521912"), "Lev Sketched-Rowe"),
        Practitioner(source("practitioners", "514810972972521901"), "Ana Fictional-Ferreira"),
        Practitioner(source("practitioners", "9"), "Left Long-Ago", active=False),
        ChargeItem(source("billable_items", "1"), "EX30", "Extended review"),
        ChargeItem(source("billable_items", "2"), "WO1", "Write off"),
        Location(source("businesses", "77"), "Somewhere", "Australia/Perth"),
    )
    found = check(TEXT, chart(), listed)
    assert {f.level for f in found} == {"warning"}
    sentences = " ".join(f.sentence for f in found)
    assert [word in sentences for word in ("514810972972521912", "EX30", "77")] == [True, True, True]
    assert len(found) == 3
    assert "Sketched" not in sentences


def test_a_sale_without_practitioner_needs_a_word_about_its_supplier() -> None:
    text = edited("    supplier_without_practitioner: clinic\n", "")
    assert "geelong" in only(check(text), "warning").sentence
