"""How far the properties search: a fixed, derandomised amount in CI, and as much as asked by hand.

`HUB_PROPERTIES=20 pytest tests/properties` (or `make properties N=20`) searches twenty times as far, with
fresh randomness, and shrinks what it finds to the fewest steps, which may take minutes.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

TIMES = int(os.environ.get("HUB_PROPERTIES", "1"))
_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


def budget(examples: int, steps: int = 50) -> settings:
    """`examples` in CI, the same ones each time; `TIMES` as many otherwise, with longer sequences."""
    searching = TIMES > 1
    return settings(
        max_examples=examples * TIMES,
        stateful_step_count=steps * (2 if searching else 1),
        derandomize=not searching,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate, *([Phase.shrink] if searching else [])),
        report_multiple_bugs=False,
        print_blob=searching,
        suppress_health_check=_SLOW,
    )
