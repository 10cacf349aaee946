"""The children of `hub up`: who is started again and when, and that nobody outlives the tree."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from hub.cli.up.children import KEEPS_DYING, LONGEST_WAIT, STEADY, Children, Spec
from tests.support.world import FakeClock

PATIENCE = 30.0
FOR_EVER = ("sh", "-c", "sleep 1000 & sleep 1000")
DEAF = ("sh", "-c", "trap '' TERM; sleep 1000 & while :; do sleep 1; done")
DRIVER = """
import json, sys, time
from hub.cli.up.children import Children, Spec
from hub.world import SystemClock
specs = [Spec(name, command, 1.0, foreign) for name, command, foreign in json.loads(sys.argv[1])]
children = Children(specs, {"PATH": "/usr/bin:/bin"}, SystemClock(), lambda name, text: None)
children.beat()
print(json.dumps(children.pids()), flush=True)
while True:
    time.sleep(0.1)
    children.beat()
"""


class Script:
    """Children over a fake clock; `said` is what a person would read."""

    def __init__(self, *specs: Spec) -> None:
        self.clock = FakeClock()
        self.said: list[str] = []
        self.children = Children(specs, {"PATH": "/usr/bin:/bin"}, self.clock, self._say)

    def _say(self, name: str, text: str) -> None:
        self.said.append(f"{name} {text}")

    def until_died(self, name: str) -> None:
        """Beat until the child is noticed to be dead."""
        child = self.children.all[name]
        before = child.restarts
        assert soon(lambda: (self.children.beat(), child.restarts > before)[1])


def soon(ready: Callable[[], object]) -> bool:
    end = time.monotonic() + PATIENCE
    while not ready() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(ready())


def group_lives(group: int) -> bool:
    """Whether a process group has a member that is not a zombie (proc(5): state and group are 3 and 5)."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
            if fields[0] not in ("Z", "X") and int(fields[2]) == group:
                return True
    return False


@pytest.fixture
def scripts() -> Iterator[Callable[..., Script]]:
    made: list[Script] = []

    def make(*specs: Spec) -> Script:
        made.append(Script(*specs))
        return made[-1]

    yield make
    for script in made:
        script.children.stop(time.sleep)


def test_a_child_that_died_is_started_again_after_a_wait_that_grows(scripts: Callable[..., Script]) -> None:
    script = scripts(Spec("brief", ("true",), 1.0), Spec("steady", ("sleep", "1000"), 1.0))
    child, waits = script.children.all["brief"], []
    for _ in range(KEEPS_DYING + 3):
        script.until_died("brief")
        waits.append(child.due - script.clock.monotonic())
        script.clock.advance(waits[-1])
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, LONGEST_WAIT, LONGEST_WAIT]
    assert [line for line in script.said if "keeps dying" in line] == [
        "brief keeps dying, 5 times now; the others go on (to act: ops)"
    ]
    assert script.children.all["steady"].restarts == 0


def test_after_running_well_for_a_while_the_first_wait_counts_again(scripts: Callable[..., Script]) -> None:
    script = scripts(Spec("one", ("sleep", "1000"), 1.0))
    child = script.children.all["one"]
    for lived, wait in ((1.0, 1.0), (1.0, 2.0), (STEADY, 1.0)):
        script.children.beat()
        assert child.pid is not None
        script.clock.advance(lived)
        os.kill(child.pid, signal.SIGKILL)
        script.until_died("one")
        assert child.due - script.clock.monotonic() == wait
        script.clock.advance(wait)
    assert "one ended (killed by SIGKILL); starts again in 1 s" in script.said


def test_a_child_waits_for_its_turn(scripts: Callable[..., Script]) -> None:
    ready = False
    script = scripts(Spec("late", ("sleep", "1000"), 1.0, ready=lambda: ready))
    script.children.beat()
    assert script.children.all["late"].pid is None
    ready = True
    script.children.beat()
    assert script.children.all["late"].pid is not None


def test_what_a_dead_child_left_behind_ends_before_it_is_started_again(
    scripts: Callable[..., Script],
) -> None:
    script = scripts(Spec("family", FOR_EVER, 1.0, foreign=True))
    script.children.beat()
    group = script.children.all["family"].pid
    assert group is not None
    os.kill(group, signal.SIGKILL)  # the shell alone: its child lives on
    script.until_died("family")
    assert soon(lambda: not group_lives(group))


def test_stopping_ends_the_deaf_and_the_stopped_too(scripts: Callable[..., Script]) -> None:
    script = scripts(
        Spec("deaf", DEAF, 0.3), Spec("stopped", ("sleep", "1000"), 5.0), Spec("willing", FOR_EVER, 5.0)
    )
    script.children.beat()
    pids = script.children.pids()
    os.kill(pids["stopped"], signal.SIGSTOP)
    began = time.monotonic()

    def sleep(seconds: float) -> None:
        time.sleep(seconds)
        script.clock.advance(seconds)

    script.children.stop(sleep)
    assert time.monotonic() - began < 20
    assert not any(group_lives(pid) for pid in pids.values())
    assert [line for line in script.said if "killed" in line] == ["deaf did not end in time and was killed"]


def driver(*specs: tuple[str, Sequence[str], bool]) -> tuple[subprocess.Popen[str], dict[str, int]]:
    """A parent of its own process, with its members' process ids."""
    command = [sys.executable, "-c", DRIVER, json.dumps(specs)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3])
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_nobody_outlives_a_killed_parent_neither_grandchildren_nor_stopped_ones() -> None:
    process, pids = driver(("foreign", FOR_EVER, True), ("deaf", DEAF, False), ("stopped", FOR_EVER, True))
    os.killpg(pids["stopped"], signal.SIGSTOP)
    kill(process)
    assert soon(lambda: not any(group_lives(pid) for pid in pids.values()))


def test_a_guard_that_was_killed_is_replaced_and_knows_everybody() -> None:
    process, pids = driver(("deaf", DEAF, False))
    os.kill(pids["guard"], signal.SIGKILL)
    time.sleep(1.5)
    kill(process)
    assert soon(lambda: not any(group_lives(pid) for pid in pids.values()))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel does this on Linux alone")
def test_a_foreign_child_ends_with_its_parent_also_where_the_guard_died_first() -> None:
    process, pids = driver(("foreign", ("sleep", "1000"), True))
    process.send_signal(signal.SIGSTOP)
    os.kill(pids["guard"], signal.SIGKILL)
    kill(process)
    assert soon(lambda: not group_lives(pids["foreign"]))
