"""The benchmarks' own arithmetic: a figure that is wrong in silence would be believed."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from tests.benchmarks.clinic import wait_for
from tests.benchmarks.hints import at_rest, spent
from tests.benchmarks.measuring import cpu_seconds, descendants, each_ms, percentile, ratio, summary, table

BURN = """
import time
input()
end = time.process_time() + 0.35
while time.process_time() < end:
    pass
input()
"""


def test_a_percentile_is_one_of_the_values() -> None:
    fifty = [n / 10 for n in range(50, 0, -1)]
    assert percentile(fifty, 0.95) == 4.8  # the 48th: two are longer
    assert percentile(fifty, 0.5) == 2.5
    assert percentile([7.0], 0.95) == 7.0
    assert percentile([1.0, 9.0], 0.95) == 9.0
    assert [percentile(list(range(1, 101)), share) for share in (0.29, 0.58, 1.0)] == [29, 58, 100]


def test_a_summary_names_its_values() -> None:
    assert summary([0.5, 0.1, 0.30004]) == {"p50": 0.3, "p95": 0.5, "max": 0.5}


def test_the_cost_of_an_event_is_what_the_idle_time_does_not_explain() -> None:
    assert each_ms(4.0, 1.5, 50) == 50.0
    assert each_ms(1.5, 1.5, 50) == 0.0


def test_a_ratio() -> None:
    assert ratio(3.0, 2.0) == 1.5
    assert ratio(1.0, 3.0) == 0.33


def test_cpu_is_that_of_the_named_processes_while_something_happens() -> None:
    """A child burns 0.3 s; this process only waits for it, and waiting is no CPU."""
    child = subprocess.Popen([sys.executable, "-c", BURN], stdin=subprocess.PIPE)
    try:
        assert child.pid in descendants(os.getpid())
        used = spent([child.pid], lambda: _burn(child))
        assert 0.29 <= used <= 1.0
        wait_for("the child to rest", lambda: at_rest([child.pid], 0.4), 20)
        assert cpu_seconds([child.pid, os.getpid()]) > cpu_seconds([child.pid])
    finally:
        child.communicate(b"\n", timeout=30)


def _burn(child: subprocess.Popen[bytes]) -> None:
    """Let it begin, and wait until it used what it was asked to."""
    begun = cpu_seconds([child.pid])
    assert child.stdin is not None
    child.stdin.write(b"\n")
    child.stdin.flush()
    while cpu_seconds([child.pid]) - begun < 0.3:
        time.sleep(0.02)


def test_a_table_leaves_lists_out() -> None:
    assert table("hints", {"p95": 0.5, "latencies": [1, 2]}) == "== hints\n  p95        0.5"
