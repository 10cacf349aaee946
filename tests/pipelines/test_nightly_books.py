"""The nightly questions: the books agree while every difference has a cause."""

from __future__ import annotations

from datetime import UTC, date, datetime

import dagster as dg

from hub.reconcile import ClearingRow, InTransit, Named, Reconciliation
from hub.reconciling.differences import NOT_EXPLAINED, Difference
from pipelines.books import _agreement, _clearing
from tests.cli.town import Town
from tests.pipelines.test_runs import red, run


def test_books_agree_after_a_run_and_the_audit_is_whole(live: Town, instance: dg.DagsterInstance) -> None:
    live.bill(live.patient(), "PH1")
    assert run("sync", instance).success
    assert run("seal", instance).success
    assert run("books", instance).success
    assert {"books_agree", "clearing_in_transit", "audit_unbroken"}.isdisjoint(red(instance))


def test_what_nobody_explained_is_red_with_numbers_and_cents() -> None:
    """A cent without a cause fails the check; a held one is counted beside it."""
    day = date(2026, 10, 12)

    def differing(cause: str) -> Difference:
        return Difference("10432", "invoice", "geelong", day, ("billed",), 9500, 9400, cause, "", "")

    found = (differing(NOT_EXPLAINED), differing("period:locked"))
    answer = _agreement([Reconciliation(None, (), (), (), (), found, ())])
    assert not answer.passed
    assert answer.metadata["unexplained differences"].value == 1
    assert answer.metadata["unexplained cents"].value == 100
    assert answer.metadata["differences explained by holds"].value == 1
    assert answer.metadata["sample"].value == "10432"


def test_money_past_its_day_is_red_and_what_a_hold_names_is_counted_beside_it() -> None:
    """A balance is explained item by item; only its day makes an item a question."""
    looked = datetime(2026, 10, 12, 20, 0, tzinfo=UTC)
    rows = (ClearingRow("geelong", "1105", 12_300, 12_300),)
    named = (Named("1105", "po_1", 2500, "settlement:refund-unknown", "", ""),)

    def asked(day: int) -> dg.AssetCheckResult:
        moving = (InTransit("1105", "HH-1", 9800, date(2026, 10, day)),)
        return _clearing([Reconciliation(looked, (), (), (), (), (), (), rows, moving, named)])

    on_time, late = asked(12), asked(11)
    assert (on_time.passed, late.passed) == (True, False)
    assert late.metadata["cents late"].value == 9800
    assert on_time.metadata["cents in transit"].value == 9800
    assert on_time.metadata["cents named by holds"].value == 2500
    assert "hub reconcile" in str(late.description)


def test_a_cent_in_clearing_that_nothing_explains_is_red() -> None:
    gone = Difference(
        "po_1", "transfer", "geelong", date(2026, 10, 12), ("clearing",), 9700, 0, NOT_EXPLAINED, "", ""
    )
    rows = (ClearingRow("geelong", "1105", 0, 9700),)
    answer = _clearing([Reconciliation(None, (), (), (), (), (gone,), (), rows)])
    assert not answer.passed
    assert answer.metadata["accounts that differ"].value == 1
