"""A group's file: the example loads whole, and every error names file, line and remedy, all at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hub.config.load import ConfigErrors, load_group, load_text
from hub.config.model import GroupConfig
from mappings.tables import Scope, look_up

EXAMPLE = Path(__file__).parents[3] / "mappings" / "clinics" / "example.yaml"
TEXT = EXAMPLE.read_text("utf-8")


def errors(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(ConfigErrors) as caught:
        load_text(text, "group.yaml")
    assert {e.file for e in caught.value.errors} == {"group.yaml"}
    return [(e.line, e.sentence, e.remedy) for e in caught.value.errors]


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def broken(part: str, instead: str) -> tuple[str, int]:
    assert part in TEXT
    return TEXT.replace(part, instead, 1), line_of(TEXT, part)


def test_the_example_is_the_whole_fictional_group() -> None:
    config = load_group(EXAMPLE)
    assert config.id == "harbour"
    assert {c.id: c.role for c in config.connections} == {
        "harbour-cliniko": "source",
        "harbour-nookal": "both",
        "harbour-xero": "target",
        "harbour-stripe": "both",
    }
    assert [place.key for place in config.locations] == ["geelong", "richmond", "toowong", "manly"]
    assert config.locations[2].start == date(2026, 10, 1)
    money = {(e.location, e.key): e.value["account"] for e in config.tables.methods if "account" in e.value}
    assert money["toowong", "Online card"] == "1305"
    assert len(money) == 24
    assert {e.key: e.value["tax_type"] for e in config.tables.taxes} == {
        "GST@10": "OUTPUT",
        "none": "EXEMPTOUTPUT",
    }
    assert len({e.key for e in config.tables.suppliers}) == 14
    assert config.payers[0].first_line_contains == ("Coastline Plan",)
    assert config.policy.rounding_tax == "BASEXCLUDED"


def test_the_version_follows_the_text_alone() -> None:
    assert load_text(TEXT, "a.yaml").version == load_text(TEXT, "b.yaml").version
    assert load_text(TEXT + "\n# a remark\n", "a.yaml").version != load_text(TEXT, "a.yaml").version


def test_a_stored_configuration_reads_back_the_same() -> None:
    config = load_group(EXAMPLE)
    assert GroupConfig.model_validate_json(config.model_dump_json()) == config


def test_scalars_keep_what_was_written() -> None:
    config = load_text(TEXT.replace('PR1: {account: "210", tax: GST@10}', "PR1: 090"), "group.yaml")
    assert next(e.value for e in config.tables.items if e.key == "PR1") == {"account": "090"}


def test_dated_entries_and_locations_win_on_their_own_day() -> None:
    text = TEXT.replace(
        '  PH1: {account: "200", tax: none}',
        '  PH1:\n    - {account: "200"}\n    - {account: "201", from: 2026-11-01}',
    ).replace('      EFTPOS: "1101"', "      EFTPOS: [{account: 1101}, {account: 1111, from: 2026-10-20}]")
    tables = load_text(text, "group.yaml").tables

    def account(entries: object, key: str, day: date) -> str:
        found = look_up(entries, key, Scope("geelong", day))  # type: ignore[arg-type]
        assert found is not None
        return found.value["account"]

    assert account(tables.items, "PH1", date(2026, 10, 31)) == "200"
    assert account(tables.items, "PH1", date(2026, 11, 1)) == "201"
    assert account(tables.methods, "EFTPOS", date(2026, 10, 19)) == "1101"
    assert account(tables.methods, "EFTPOS", date(2026, 10, 20)) == "1111"


@pytest.mark.parametrize(
    ("part", "instead", "sentence", "remedy"),
    [
        ("    system: xero", "    sytem: xero", "has no setting 'sytem'", "Did you mean `system`?"),
        ("  EFTPOS: money", "  EFTPOS: monney", "cannot be 'monney'", "Choose one of: money"),
        ("    start: 2026-10-01", "    start: 1.10.2026", "is no date", "2026-10-01"),
        ("    zone: Australia/Melbourne", "    zone: Melbourne", "is no time zone", "Australia/Melbourne"),
        ("    target: harbour-xero", "    target: xero", "is no target connection", "role is `target`"),
        ("  due_days: 0", "  due_days: soon", "due_days", "Correct or remove"),
        ('  "514810972972521911": practitioner', '  "514810972972521911": contractor', "cannot be", "clinic"),
        ("    first_line_contains: SafeWork Insurance", "    email: a@b.au", "has no rule", "Add `first"),
        ("    grant: harbour-xero", "    token: abc", "holds a secret", "hub connect"),
        ("name: Harbour & Hills Allied Health", "name:", "lacks `name`", "Add a line"),
        ("  RM1: {", "  PH1: {", "stands twice", "Keep one"),
    ],
)  # fmt: skip
def test_an_error_names_line_and_remedy(part: str, instead: str, sentence: str, remedy: str) -> None:
    text, line = broken(part, instead)
    found = errors(text)
    told = [(where, what, how) for where, what, how in found if sentence in what]
    assert told, found
    where, _, how = told[0]
    assert remedy in how
    assert where == line or "lacks" in sentence or sentence == "has no rule"


def test_a_clearing_account_of_a_method_without_a_kind_is_an_error() -> None:
    text = TEXT.replace("  HICAPS: money\n", "")
    found = errors(text)
    assert [line for line, sentence, _ in found if "HICAPS" in sentence] == [
        n for n, line in enumerate(text.splitlines(), 1) if line.startswith("      HICAPS:")
    ]


def test_a_system_can_be_read_and_written_but_no_location_posts_to_it() -> None:
    text = TEXT.replace("    role: source", "    role: both", 1)
    practice = load_text(text, "a.yaml").connection("harbour-cliniko")
    assert (practice.is_read, practice.is_written, practice.is_ledger) == (True, True, False)
    ledger = load_text(text, "a.yaml").connection("harbour-xero")
    assert (ledger.is_read, ledger.is_written, ledger.is_ledger) == (False, True, True)
    posts = text.replace("    target: harbour-xero", "    target: harbour-cliniko", 1)
    assert "is no target connection" in str(errors(posts))


def test_all_errors_come_at_once_in_the_order_of_the_file() -> None:
    text, _ = broken("  EFTPOS: money", "  EFTPOS: monney")
    text = text.replace("    start: 2026-10-01", "    start: soon", 1)
    lines = [line for line, _, _ in errors(text)]
    assert len(lines) >= 2
    assert lines == sorted(lines)


def test_text_that_is_no_yaml_names_the_line() -> None:
    text, line = broken("  mode: per_invoice", "  mode: {per_invoice")
    assert abs(errors(text)[0][0] - line) <= 1
    assert "empty" in errors("")[0][1]


def test_an_error_never_repeats_a_secret() -> None:
    text, _ = broken("    grant: harbour-xero", "    client_secret: hunter2-canary")
    assert "hunter2-canary" not in str([*errors(text)])
