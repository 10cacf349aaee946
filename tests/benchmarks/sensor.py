"""The sensor alone, without a worker, against a sensor whose job only marks the message handled.

Same interval, same arrivals, same machine, one after the other; what is compared is the 95th percentile from
the receiver's row to the outcome's (the message's, for the other one).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.clinic import Clinic, answers, clinic, wait_for
from tests.benchmarks.hints import PER_MINUTE, Sender, instant, outcomes, play, prepared, receiver
from tests.benchmarks.measuring import free_port, ratio, summary

MOST = 2.0
ROOT = Path(__file__).parents[2]


def measure(minutes: float = 5.0, *, seed: int = 7, keep: bool = False) -> dict[str, Any]:
    """Both arms and the ratio of their 95th percentiles."""
    ours = _arm(["-w", "workspace.yaml"], outcomes, minutes, seed, keep)
    least = _arm(["-m", "tests.benchmarks.baseline", "-d", str(ROOT)], handled, minutes, seed, keep)
    times = ratio(ours["p95"], least["p95"])
    return {
        "minutes": minutes,
        "sensor_p50": ours["p50"],
        "sensor_p95": ours["p95"],
        "marking_p50": least["p50"],
        "marking_p95": least["p95"],
        "ratio_p95": times,
        "target_ratio": MOST,
        "met": times <= MOST,
    }


def _arm(where: list[str], measured: Any, minutes: float, seed: int, keep: bool) -> dict[str, float]:
    with clinic(raised=False, keep=keep) as one:
        bills = prepared(one, round(PER_MINUTE * minutes))
        url = receiver(one)
        port = free_port()
        dagster = str(Path(sys.executable).with_name("dagster"))
        one.children.start("dagster", [dagster, "dev", *where, "-p", str(port)], one.env)
        wait_for("Dagster", lambda: answers(f"http://127.0.0.1:{port}/server_info"), 120)
        _first(one, bills[0], url, measured)
        play(one, bills[1:], Sender(url), minutes, seed, measured)
        return summary(measured(one, bills[1:]))


def _first(one: Clinic, bill: str, url: str, measured: Any) -> None:
    """The daemon ticks and has run once: starting up is not what is measured."""
    play(one, [bill], Sender(url, 1000), 0.0, 0, measured)


def handled(one: Clinic, bills: list[str]) -> list[float]:
    """Seconds from each received hint to the moment it was marked."""
    rows = one.rows(
        "SELECT source_id, received_at, handled_at FROM inbox_message WHERE handled_at IS NOT NULL"
    )
    found = {row[0]: (instant(row[2]) - instant(row[1])).total_seconds() for row in rows}
    return [found[bill] for bill in bills if bill in found]
