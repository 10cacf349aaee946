"""Section `schemes`: read with line and remedy, and checked against the chart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from test_config_check import TEXT, chart
from test_config_load import errors

from hub.claims import ServiceKind
from hub.config.check import check_group
from hub.config.load import load_text
from hub.targets import Account, Chart

SECTION = r"""
schemes:
  ndis:
    ledger: harbour-xero
    bank: "1009"
    write_off: "260"
    settings: {registration: "4050012345", abn: 18 123 456 789, region: VIC}
    by_location:
      toowong: {region: QLD}
    read:
      harbour-cliniko: {member: remarks, member_pattern: 'NDIS\D*(\d{9})', day: issued}
    services:
      EP1: {item: 15_617_0128_1_3, minutes: 60}
      CF1:
        - {item: 15_617_0128_1_3, minutes: 60, kind: cancellation, cancelled: NSDO}
        - {item: 15_055_0128_1_3, minutes: 60, from: 2027-07-01}
"""
PLAIN = "\n".join(line for line in TEXT.splitlines() if not line.startswith("#"))
WHOLE = PLAIN.split("\nschemes:", 1)[0] + SECTION


def whole_chart() -> Chart:
    at = chart()
    return replace(at, accounts={**at.accounts, "1009": Account("1009", "id", "Bank", "BANK", True, True)})


def about_schemes(text: str = WHOLE, at: Chart | None = None) -> list[str]:
    found = check_group(load_text(text, "group.yaml"), {"harbour-xero": at or whole_chart()})
    return [f.sentence for f in found if "ndis" in f.sentence]


def test_a_scheme_is_read_as_it_is_written() -> None:
    scheme = load_text(WHOLE, "group.yaml").scheme("ndis")
    assert (scheme.system, scheme.bank, scheme.upload_within) == ("ndis", "1009", 2)
    assert scheme.settings_at("toowong")["region"] == "QLD"
    assert scheme.settings_at("geelong")["region"] == "VIC"
    first, later = (scheme.service("CF1", day) for day in (date(2026, 10, 1), date(2027, 7, 1)))
    assert first is not None
    assert later is not None
    assert (first.kind, first.cancelled, later.item) == (ServiceKind.CANCELLATION, "NSDO", "15_055_0128_1_3")
    assert scheme.service("XX", date(2026, 10, 1)) is None
    assert about_schemes() == []


@pytest.mark.parametrize(
    ("part", "instead", "says"),
    [
        ("  ndis:\n    ledger", "  harbour-xero:\n    ledger", "name of a connection"),
        (r"'NDIS\D*(\d{9})'", r"'NDIS\D*\d{9}'", "one group"),
        (r"'NDIS\D*(\d{9})'", "'NDIS(('", "regular expression"),
        ("day: issued", "day: line", "y, m and d"),
        ("member: remarks", "member: patient", "cannot be"),
        ("kind: cancellation", "kind: holiday", "cannot be"),
        ('    bank: "1009"\n', "", "lacks `bank`"),
        ("scheme: ndis", "scheme: medicare", "cannot be"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(part: str, instead: str, says: str) -> None:
    assert part in WHOLE
    assert any(says in sentence for _, sentence, _ in errors(WHOLE.replace(part, instead, 1)))


@pytest.mark.parametrize(
    ("part", "instead", "says"),
    [
        ('bank: "1009"', 'bank: "9999"', "not active"),
        ('bank: "1009"', 'bank: "200"', "not BANK"),
        ('write_off: "260"', 'write_off: "9999"', "not active"),
        ('write_off: "260"', 'write_off: "1009"', "not revenue"),
        ("ledger: harbour-xero\n    bank", "ledger: nowhere\n    bank", "no target"),
        ("      harbour-cliniko: {member", "      nowhere: {member", "no source"),
        ("      toowong: {region", "      perth: {region", "perth"),
        ("    scheme: ndis\n", "", "No payer"),
    ],
)
def test_what_would_go_wrong_is_found(part: str, instead: str, says: str) -> None:
    assert part in WHOLE
    assert any(says in sentence for sentence in about_schemes(WHOLE.replace(part, instead, 1)))
