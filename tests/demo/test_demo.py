"""The demo as a user runs it: headless, on both databases, twice, a week further, and without reports.

Each run starts real child processes and plays a whole month, so the runs share one per database.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FIVE = ("planted_not_held", "held_unplanned", "missing", "doubled", "unexplained")
CLAIMED = {"paid": 18, "refused": 3, "uploaded": 2}
"""What the story claims from the NDIS in a month; one of the refused was claimed again and is paid."""
ROOT = Path(__file__).parents[2]


def demo(home: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Run `hub demo --once --json`; exit code and the one JSON object."""
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", "demo", "--once", "--json", "--home", str(home), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=560,
        env={k: v for k, v in os.environ.items() if not k.startswith("HUB_")},
        check=False,
    )
    assert done.stdout, done.stderr[-2000:]
    return done.returncode, json.loads(done.stdout)


def counts(result: dict[str, Any]) -> dict[str, int]:
    return {name: result["books"][name] for name in FIVE}


@pytest.mark.timeout(1150)
@pytest.mark.xdist_group("demo-sqlite")
def test_a_month_on_sqlite_is_explained_to_the_cent_and_a_further_week_too(tmp_path: Path) -> None:
    """Nothing is missing, doubled or unexplained; going on posts that week's differences only."""
    home = tmp_path / "demo"
    code, month = demo(home)
    assert counts(month) == dict.fromkeys(FIVE, 0)
    assert code == 0
    assert month["books"]["planted"] >= 40
    for row in month["books"]["in_transit"]:
        assert row.keys() == {"account", "item", "cents", "expected_by"}
    assert {row["account"] for row in month["books"]["in_transit"]} >= {"1406"}
    assert {state: sums["count"] for state, sums in month["claims"]["ndis"].items()} == CLAIMED
    assert month["deliveries"]["delivered"] > 300
    code, week = demo(home, "--weeks", "1", "--continue")
    assert counts(week) == dict.fromkeys(FIVE, 0)
    assert code == 0
    assert week["claims"]["ndis"]["paid"]["count"] == CLAIMED["paid"] + CLAIMED["uploaded"]
    fresh = week["deliveries"]["delivered"] - month["deliveries"]["delivered"]
    assert 0 < fresh < month["deliveries"]["delivered"] / 2


@pytest.mark.timeout(1150)
@pytest.mark.xdist_group("demo-postgres")
def test_a_month_on_postgresql_is_explained_to_the_cent(tmp_path: Path, postgres_url: str) -> None:
    """The same month on a server database."""
    code, month = demo(tmp_path / "demo", "--database", postgres_url)
    assert counts(month) == dict.fromkeys(FIVE, 0)
    assert code == 0


@pytest.mark.timeout(1150)
@pytest.mark.xdist_group("demo-sqlite")
def test_without_reports_what_was_billed_agrees_and_paid_amounts_are_unknown(tmp_path: Path) -> None:
    """No method is guessed and nothing counts as zero."""
    code, month = demo(tmp_path / "demo", "--without-reports")
    assert month["without_reports"]["billed_unexplained"] == 0
    assert month["without_reports"]["unknown_missing"] == 0
    assert month["without_reports"]["unknown_wrong"] == 0
    assert code == 0
