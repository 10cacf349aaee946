"""Somebody's hands in the ledger show as differences of exactly what they touched, named by what they did."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.town import Town


@pytest.fixture
def billed(live: Town) -> Town:
    """One paid invoice, one open, one deposit; everything delivered and agreed."""
    ann = live.patient()
    paid = live.bill(ann, "PH1")
    live.pay(ann, paid, 12000)
    live.bill(ann, "RM1", day="2026-10-13")
    live.pay(ann, None, 3000, "Cash")
    live.sync()
    assert live.ask("reconcile")["agrees"]
    return live


def one(found: dict[str, Any]) -> dict[str, Any]:
    assert not found["agrees"]
    assert len({d["number"] for d in found["differences"]}) == 1, found["differences"]
    difference: dict[str, Any] = found["differences"][0]
    return difference


def test_a_voided_invoice(billed: Town) -> None:
    billed.person("void_invoice", number="HH-10002")
    difference = one(billed.ask("reconcile"))
    assert (difference["number"], difference["here"], difference["target"]) == ("10002", 11000, 0)
    assert difference["cause"] == "target:gone"
    assert difference["who"] == "bookkeeper"


def test_a_deleted_payment(billed: Town) -> None:
    billed.person("delete_payment", number="HH-10001")
    difference = one(billed.ask("reconcile"))
    assert (difference["here"], difference["target"], difference["cause"]) == (12000, 0, "target:gone")
    assert set(difference["tables"]) == {"money", "debtors"}


def test_a_payment_by_hand(billed: Town) -> None:
    billed.person("pay_invoice", number="HH-10002", account="090", cents=5000, date="2026-10-20")
    found = billed.ask("reconcile")
    difference = one(found)
    assert (difference["here"], difference["target"]) == (0, 5000)
    assert difference["cause"] == "target:paid-by-person"
    row = next(r for r in found["debtors"] if r["day"] == "2026-10-20")
    assert (row["here"]["received"], row["target"]["received"]) == (0, 5000)


def test_other_lines_of_the_same_total(billed: Town) -> None:
    line = {"description": "Massage", "cents": 11000, "account": "200", "tax_type": "EXEMPTOUTPUT"}
    billed.person("edit_invoice", number="HH-10002", lines=[line])
    difference = one(billed.ask("reconcile"))
    assert (difference["number"], difference["cause"]) == ("10002", "target:changed")
    assert difference["here"] == difference["target"] == 11000


def test_another_date(billed: Town) -> None:
    billed.person("edit_invoice", number="HH-10002", date="2026-10-14")
    found = billed.ask("reconcile")
    assert one(found)["cause"] == "target:changed"
    days = {r["day"]: (r["here"]["billed"], r["target"]["billed"]) for r in found["debtors"]}
    assert (days["2026-10-13"], days["2026-10-14"]) == ((11000, 0), (0, 11000))


def test_what_was_not_delivered_yet(billed: Town) -> None:
    ann = billed.patient()
    billed.bill(ann, "PH2", day="2026-10-15")
    billed.hub("pull")
    found = billed.ask("reconcile")
    assert one(found)["cause"] == "pending"
    assert found["unexplained"] == 0


def test_paid_by_status_stands_under_unknown(billed: Town) -> None:
    ann = billed.patient()
    bill = billed.bill(ann, "PH2", day="2026-10-15")
    billed.pay(ann, bill, 9500, "HICAPS", day="2026-10-15")
    billed.hub("pull")
    billed.hub("deliver")
    found = billed.ask("reconcile")
    difference = one(found)
    assert (difference["number"], difference["cause"]) == ("10003", "derived:no-report")
    unknown = [r for r in found["money"] if r["method"] == "unknown"]
    assert [(r["here"], r["target"]) for r in unknown] == [(9500, 0)]
    billed.import_reports()
    billed.hub("deliver")
    assert billed.ask("reconcile")["agrees"]
