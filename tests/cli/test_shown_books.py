"""What a bookkeeper reads of clearing accounts: balances, what is in transit, what else stands there."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from hub.cli import show as shown
from hub.cli.books import show
from hub.reconcile import ClearingRow, InTransit, Named, Reconciliation

LOOKED = datetime(2026, 10, 12, 20, 0, tzinfo=UTC)
FOUND = Reconciliation(
    LOOKED,
    (),
    (),
    (),
    (),
    (),
    (),
    (ClearingRow("geelong", "1105", 27_100, 27_100),),
    (
        InTransit("1105", "HH-1", 9800, date(2026, 10, 9)),
        InTransit("1105", "HH-2", 5000, date(2026, 10, 14)),
        InTransit("1105", "HH-3", 9800, date(2026, 10, 14)),
    ),
    (Named("1105", "po_1", 2500, "settlement:refund-unknown", "A refund.", "clinic staff"),),
)


def test_clearing_accounts_are_shown_with_their_items(capsys: pytest.CaptureFixture[str]) -> None:
    shown.console.cache_clear()
    show(FOUND, by_day=False)
    text = capsys.readouterr().out
    rows = [" ".join(line.split()) for line in text.splitlines()]
    assert "geelong 1105 271.00 271.00 0.00" in rows
    assert "1105 09 Oct 2026 1 98.00 late" in rows
    assert "1105 14 Oct 2026 2 148.00" in rows
    assert "1105 po_1 25.00 clinic staff settlement:refund-unknown" in rows
    shown.console.cache_clear()


def test_programs_get_each_item() -> None:
    found = json.loads(json.dumps(shown.plain(FOUND)))
    assert found["in_transit"][0] == {
        "account": "1105",
        "item": "HH-1",
        "cents": 9800,
        "expected_by": "2026-10-09",
    }
    assert (
        sum(one["cents"] for one in (*found["in_transit"], *found["named"])) == found["clearing"][0]["here"]
    )
