"""The benchmarks' own arithmetic: a figure that is wrong in silence would be believed."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from tests.benchmarks.hints import spent
from tests.benchmarks.measuring import cpu_seconds, descendants, each_ms, percentile, ratio, summary, table

BURN = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\ninput()"


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
        used = spent([child.pid], lambda: _burnt(child.pid))
        assert 0.2 <= used <= 1.0
        assert spent([child.pid], lambda: time.sleep(0.2)) <= 0.05
        assert cpu_seconds([child.pid, os.getpid()]) > cpu_seconds([child.pid])
    finally:
        child.communicate(b"\n", timeout=30)


def _burnt(pid: int) -> None:
    while cpu_seconds([pid]) < 0.3:
        time.sleep(0.02)


def test_a_table_leaves_lists_out() -> None:
    assert table("hints", {"p95": 0.5, "latencies": [1, 2]}) == "== hints\n  p95        0.5"
