"""Truth, witness and comparison: equal for faultless books, every fault found, every plant explained."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from connectors.sandbox.life import Life, compare, compare_without_reports, target_books
from connectors.sandbox.life.books import ROLLS
from tests.sandbox.life.scribe import Scribe, by_person

COUNTS = ("planted_not_held", "held_unplanned", "missing", "doubled", "unexplained")


@pytest.fixture(scope="module")
def ledger(played: Life) -> dict[str, Any]:
    """What a faultless hub and the story's persons leave in the books."""
    scribe = Scribe(played.clinic)
    taken = next(p for p in played.planted() if p.id == "number-taken")
    by_person(scribe, f"HH-{taken.number}", 7700, "2026-10-09")
    paid = next(p for p in played.planted() if p.id == "paid-by-person")
    voided = next(i for i in scribe.documents["invoices"] if i["number"] == f"HH-{paid.number}")
    scribe.add(
        "payments", kind="invoice", target_id=voided["id"], number=voided["number"], date="2026-10-17",
        cents=9500, account="090",
    )  # fmt: skip
    return scribe.ledger()


def counts(life: Life, ledger: dict[str, Any]) -> dict[str, int]:
    held = [(plant.number, plant.cause) for plant in life.planted()]
    found = compare(life.truth(), target_books(ledger), life.planted(), held)
    return {name: found[name] for name in COUNTS}


def test_faultless_books_are_explained_to_the_cent(played: Life, ledger: dict[str, Any]) -> None:
    assert target_books(ledger).as_json() == played.expected().as_json()
    assert counts(played, ledger) == dict.fromkeys(COUNTS, 0)


def test_a_payment_not_posted_is_found(played: Life, ledger: dict[str, Any]) -> None:
    less = copy.deepcopy(ledger)
    gone = less["documents"]["payments"].pop(0)
    found = counts(played, less)
    assert found["missing"] == 1
    assert found["doubled"] == 0
    assert found["unexplained"] >= 2 * gone["cents"]


def test_a_document_posted_twice_is_found(played: Life, ledger: dict[str, Any]) -> None:
    more = copy.deepcopy(ledger)
    again = {**more["documents"]["invoices"][0], "id": "again"}
    more["documents"]["invoices"].append(again)
    found = counts(played, more)
    assert (found["missing"], found["doubled"]) == (0, 1)
    assert found["unexplained"] > 0


def test_a_cent_on_the_wrong_account_is_found(played: Life, ledger: dict[str, Any]) -> None:
    wrong = copy.deepcopy(ledger)
    line = wrong["documents"]["invoices"][0]["lines"][0]
    line["account"] = "215" if line["account"] != "215" else "210"
    found = counts(played, wrong)
    assert found["unexplained"] >= 2 * line["gross"]
    assert (found["missing"], found["doubled"]) == (0, 0)


def test_gst_may_differ_by_a_cent_a_line_and_no_more(played: Life, ledger: dict[str, Any]) -> None:
    within, beyond = copy.deepcopy(ledger), copy.deepcopy(ledger)
    for found, by in ((within, 1), (beyond, 500)):
        taxed = next(i for i in found["documents"]["invoices"] if i["lines"][0]["tax_type"] == "OUTPUT")
        taxed["lines"][0]["tax"] += by
    assert counts(played, within)["unexplained"] == 0
    assert counts(played, beyond)["unexplained"] > 400


def test_a_plant_that_was_posted_is_found(played: Life, ledger: dict[str, Any]) -> None:
    planted = played.planted()
    held = [(plant.number, plant.cause) for plant in planted if plant.id != "unknown-tax"]
    held.append(("10401", "refused:unheard-of"))
    found = compare(played.truth(), target_books(ledger), planted, held)
    assert found["lists"]["planted_not_held"] == [
        [p.number, p.cause] for p in planted if p.id == "unknown-tax"
    ]
    assert found["lists"]["held_unplanned"] == [["10401", "refused:unheard-of"]]


def test_rolls_close_and_money_is_received_or_credit(played: Life) -> None:
    books = played.truth()
    for name, flows in ROLLS.items():
        closing: dict[str, int] = {}
        for row in books.as_json()[name]:
            assert row["opening"] == closing.get(row["location"], 0)
            change = sum(sign * row[column] for column, sign in flows.items())
            assert row["closing"] == row["opening"] + change
            closing[row["location"]] = row["closing"]
    notes = sum(row["gross"] for row in books.billed) - sum(row["billed"] for row in books.debtors)
    received = sum(row["received"] for row in books.debtors) - sum(row["revived"] for row in books.debtors)
    credit = sum(row["received"] - row["returned"] for row in books.credits) + notes
    assert sum(row["cents"] for row in books.money) == received + credit
    applied = sum(row["credited"] + row["written_off"] + row["credit_applied"] for row in books.debtors)
    closed_by_hand = next(plant.cents for plant in played.planted() if plant.id == "status-30")
    assert applied - closed_by_hand == sum(row["applied"] for row in books.credits)


def test_without_reports_billed_agrees_and_paid_is_unknown(played: Life, ledger: dict[str, Any]) -> None:
    must, may = played.unknown()
    unknown = [{"number": number, "cents": max(cents)} for number, cents in must.items()]
    target = target_books(ledger)
    books, reported = (played.truth(), target, played.planted()), played.reported
    found = compare_without_reports(*books, unknown, must, may, reported)
    assert found["shown_unexplained"] == 0
    assert (found["billed_unexplained"], found["unknown_missing"], found["unknown_wrong"]) == (0, 0, 0)
    worse = [*unknown[1:], {"number": "1", "cents": 5}]
    found = compare_without_reports(*books, worse, must, may, reported)
    assert (found["unknown_missing"], found["unknown_wrong"]) == (1, 1)


def test_the_witness_reads_a_ledger_made_by_hand() -> None:
    line = {"account": "205", "tax_type": "OUTPUT", "option": "Toowong", "gross": 3300, "tax": 300}
    back = {"account": "260", "tax_type": "OUTPUT", "option": "Toowong", "gross": 1000, "tax": 91}
    paid = {"id": "p", "kind": "invoice", "target_id": "i", "number": "HH-1", "status": "AUTHORISED"}
    kept = {"kind": "overpayment", "source_id": "o", "invoice_id": "i", "deleted": False, "cents": 800}
    ledger = {
        "documents": {
            "invoices": [
                {"id": "i", "number": "HH-1", "status": "PAID", "date": "2026-10-05", "total": 3300,
                 "lines": [line]},
                {"id": "v", "number": "HH-2", "status": "VOIDED", "date": "2026-10-05", "total": 3300,
                 "lines": [line]},
            ],
            "credit_notes": [
                {"id": "c", "number": "HH-3", "status": "PAID", "date": "2026-10-09", "total": 1000,
                 "lines": [back]},
            ],
            "payments": [
                {**paid, "date": "2026-10-06", "cents": 1500, "account": "1303"},
                {**paid, "date": "2026-10-06", "cents": 1500, "account": "1303", "status": "DELETED"},
            ],
            "overpayments": [
                {"id": "o", "status": "PAID", "date": "2026-10-01", "total": 800, "account": "1305"},
            ],
            "allocations": [
                {**kept, "date": "2026-10-30"},
                {**kept, "kind": "credit_note", "source_id": "c", "cents": 1000, "date": "2026-10-09"},
            ],
        }
    }  # fmt: skip
    found = target_books(ledger).as_json()
    assert found["money"] == [
        {"location": "toowong", "day": "2026-10-01", "method": "Online card", "cents": 800},
        {"location": "toowong", "day": "2026-10-06", "method": "Cash", "cents": 1500},
    ]
    assert [(r["day"], r["account"], r["gross"], r["gst"]) for r in found["billed"]] == [
        ("2026-10-05", "205", 3300, 300),
        ("2026-10-09", "260", -1000, -91),
    ]
    assert [(r["day"], r["opening"], r["closing"]) for r in found["debtors"]] == [
        ("2026-10-05", 0, 2500),
        ("2026-10-06", 2500, 1000),
        ("2026-10-09", 1000, 0),
    ]
    assert [(r["day"], r["received"], r["applied"], r["closing"]) for r in found["credits"]] == [
        ("2026-10-01", 800, 0, 800),
        ("2026-10-05", 0, 800, 0),
        ("2026-10-09", 1000, 1000, 0),
    ]
