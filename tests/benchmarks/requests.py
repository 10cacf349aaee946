"""A thousand new invoices, each with a new contact and one payment: planned first, then one `hub deliver`.

The floor is 60 requests: three kinds, fifty elements a call.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import timedelta
from typing import Any

from connectors.sandbox.life.demo import LEDGER
from hub import plan
from hub.cli.demo import flow
from tests.benchmarks.clinic import PRACTICE, clinic, import_reports, invoices, patients, pay

MOST = 72
SETTINGS = (
    "/Organisation",
    "/Accounts",
    "/TaxRates",
    "/TrackingCategories",
    "/connections",
    "/connect/token",
)


def measure(count: int = 1000, *, keep: bool = False) -> dict[str, Any]:
    """Requests counted at the simulated ledger, settings reads and tokens apart."""
    with clinic(raised=True, keep=keep) as one:
        owners = patients(one, count)
        bills = invoices(one, owners)
        pay(one, owners, bills)
        begun = time.monotonic()
        flow.pull_until_quiet(one.hub, one.group, PRACTICE)
        pulled = time.monotonic() - begun
        import_reports(one)
        begun = time.monotonic()
        end = one.hub.world.now() + timedelta(minutes=10)
        planned = plan.plan_due(one.hub, one.group, LEDGER, end)
        planning = time.monotonic() - begun
        last = max((row["seq"] for row in one.requests()), default=0)
        begun = time.monotonic()
        said = one.command("deliver", "--json")
        seconds = time.monotonic() - begun
        asked = one.requests(since=last)
        counted = [row for row in asked if not row["path"].endswith(SETTINGS)]
        kinds = Counter(f"{row['method']} {row['path'].rsplit('/', 1)[-1]}" for row in counted)
        states = dict(one.rows("SELECT kind || ' ' || state, count(*) FROM delivery GROUP BY 1"))
        return {
            "invoices": count,
            "requests": len(counted),
            "target": MOST,
            "floor": 3 * -(-count // 50),
            "met": len(counted) <= max(MOST * count // 1000, 3 * -(-count // 50)),
            "by_call": dict(sorted(kinds.items())),
            "settings_reads": len(asked) - len(counted),
            "deliveries": states,
            "pull_seconds": round(pulled, 1),
            "planned_first": planned.planned,
            "plan_seconds": round(planning, 1),
            "deliver_seconds": round(seconds, 1),
            "deliver_says": _loaded(said),
        }


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text[-500:]
