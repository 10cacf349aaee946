"""Section `settlements`: read whole with line and remedy, and checked against the chart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from test_config_check import TEXT, chart
from test_config_load import errors

from hub.config.check import Finding, check_group
from hub.config.load import load_text
from hub.config.model import GroupConfig
from hub.targets import Chart

CLEARING = '{geelong: "1106", richmond: "1206", toowong: "1306", manly: "1406"}'


def check(text: str = TEXT, at: Chart | None = None) -> list[Finding]:
    return check_group(load_text(text, "group.yaml"), {"harbour-xero": at or chart()})


def edited(part: str, instead: str) -> str:
    assert part in TEXT
    return TEXT.replace(part, instead, 1)


def test_a_rule_is_read_whole_and_stored_whole() -> None:
    config = load_text(TEXT, "group.yaml")
    rule = config.settlement_rule("harbour-stripe")
    assert rule is not None
    assert (rule.ledger, rule.bank, rule.start) == ("harbour-xero", "090", date(2026, 10, 1))
    assert (rule.fee_contact, rule.fee_account, rule.fee_tax_type) == ("Stripe Payments", "404", "INPUT")
    assert (rule.fee_tax_rate, rule.arrives_within) == (Decimal(10), 7)
    assert [rule.clears(key) for key in ("richmond", "manly", None)] == ["1206", "1406", None]
    assert config.settlement_rule("harbour-cliniko") is None
    assert GroupConfig.model_validate_json(config.model_dump_json()) == config


def test_one_account_stands_for_every_location() -> None:
    rule = load_text(edited(CLEARING, '"1106"'), "g").settlements[0]
    assert [rule.clears(key) for key in ("geelong", "richmond", None)] == ["1106", "1106", "1106"]


@pytest.mark.parametrize(
    ("part", "instead", "sentence", "remedy"),
    [
        ("  harbour-stripe:\n    l", "  harbour-strip:\n    l", "no such source", "or `both`"),
        ("    ledger: harbour-xero", "    ledger: harbour-cliniko", "no target conn", "role is `target`"),
        ("{geelong:", "{gelong:", "'gelong', which is no location", "location's key"),
        ("tax_rate: 10}", "tax_rate: ten}", "no percentage", "such as 10"),
        ("tax_rate: 10}", "tax_rate: -1}", "no percentage", "such as 10"),
        (", tax_rate: 10}", "}", "lacks `tax_rate`", "Add a line"),
        ('    bank: "090"\n', "", "lacks `bank`", "Add a line"),
        ('    bank: "090"', '    bank: "090"\n    tolerance: 5', "no setting 'tolerance'", "Known are"),
    ],
)  # fmt: skip
def test_an_error_names_line_and_remedy(part: str, instead: str, sentence: str, remedy: str) -> None:
    told = [how for _, what, how in errors(edited(part, instead)) if sentence in what]
    assert told
    assert remedy in told[0]


def test_a_whole_section_has_nothing_to_mend() -> None:
    assert check() == []


@pytest.mark.parametrize(
    ("part", "instead", "words"),
    [
        ('bank: "090"', 'bank: "1999"', "name account 1999, which is not active"),
        ('bank: "090"', 'bank: "200"', "of type REVENUE, not BANK"),
        ('bank: "090"', 'bank: "1106"', "their own clearing account"),
        ('richmond: "1206"', 'richmond: "1106"', "leave clearing account 1106, but not location richmond"),
        (CLEARING, '"090"', "but no location receives"),
        ('account: "404"', 'account: "090"', "cannot hold the fees"),
        ("tax_type: INPUT", "tax_type: INPUTX", "harbour-xero has no tax type INPUTX"),
        ("tax_type: INPUT", "tax_type: OUTPUT", "cannot be used with account 404"),
        ("tax_type: INPUT", "tax_type: BASEXCLUDED", "10 % tax, but BASEXCLUDED is 0 %"),
        ("tax_rate: 10", "tax_rate: 0", "0 % tax, but INPUT is 10 %"),
    ],
)
def test_a_finding_names_the_line_of_the_rule(part: str, instead: str, words: str) -> None:
    text = edited(part, instead)
    found = [one for one in check(text) if one.level == "error" and words in one.sentence]
    assert found, check(text)
    where = {number for number, line in enumerate(text.splitlines(), 1) if line == "  harbour-stripe:"}
    assert {one.line for one in found} == where
    assert all(one.remedy for one in found)


def test_what_is_collected_arrives_where_payouts_are_taken_from() -> None:
    assert check() == []
    text = edited(CLEARING, '{geelong: "1106", manly: "1406", "*": "1306"}')
    (found,) = check(text)
    assert (found.level, "location richmond" in found.sentence.lower()) == ("error", True)
    assert "in account 1206, but its payouts are taken from 1306" in found.sentence
    assert found.line == next(n for n, line in enumerate(text.splitlines(), 1) if 'Stripe: "1206"' in line)


def test_payouts_of_what_is_collected_need_a_rule() -> None:
    before, rest = TEXT.split("\nsettlements:", 1)
    (found,) = check(before + "\n" + rest[rest.index("schemes:\n") :])
    assert (found.level, "will be held" in found.sentence) == ("warning", True)


def test_an_archived_account_is_an_error() -> None:
    at = chart()
    gone = replace(at, accounts={**at.accounts, "404": replace(at.accounts["404"], active=False)})
    assert ["which is not active" in one.sentence for one in check(at=gone)] == [True]
