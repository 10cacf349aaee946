"""How fast records are pulled and interpreted: a first load, then a poll that finds nothing new."""

from __future__ import annotations

import time
from typing import Any

from hub.cli.demo import flow
from tests.benchmarks.clinic import PRACTICE, clinic, invoices, patients


def measure(count: int = 1000, *, keep: bool = False) -> dict[str, Any]:
    """Rows per second with raised limits and servers that answer at once."""
    with clinic(raised=True, keep=keep) as one:
        invoices(one, patients(one, count))
        first, rows, entities = _load(one)
        begun = time.monotonic()
        flow.pull_until_quiet(one.hub, one.group, PRACTICE)
        again = time.monotonic() - begun
        return {
            "rows": rows,
            "values": entities,
            "seconds": round(first, 1),
            "rows_per_second": round(rows / first),
            "empty_poll_seconds": round(again, 2),
        }


def _load(one: Any) -> tuple[float, int, int]:
    begun = time.monotonic()
    flow.pull_until_quiet(one.hub, one.group, PRACTICE)
    seconds = time.monotonic() - begun
    ((rows,),) = one.rows("SELECT count(*) FROM raw_record")
    ((entities,),) = one.rows("SELECT count(*) FROM entity")
    return seconds, rows, entities
