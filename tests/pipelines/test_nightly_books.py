"""The nightly questions: the books agree while every difference has a cause."""

from __future__ import annotations

from datetime import date

import dagster as dg

from hub.reconcile import Reconciliation
from hub.reconciling.differences import NOT_EXPLAINED, Difference
from pipelines.books import _agreement
from tests.cli.town import Town
from tests.pipelines.test_runs import red, run


def test_books_agree_after_a_run_and_the_audit_is_whole(live: Town, instance: dg.DagsterInstance) -> None:
    live.bill(live.patient(), "PH1")
    assert run("sync", instance).success
    assert run("seal", instance).success
    assert run("books", instance).success
    assert {"books_agree", "audit_unbroken"}.isdisjoint(red(instance))


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
