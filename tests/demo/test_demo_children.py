"""Processes of the demo: nothing that one of them started outlives it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from hub.cli.demo.children import Children
from hub.cli.up.holder import start_of

LEAVES_ONE = """
import subprocess, sys
left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(left.pid, flush=True)
sys.stdin.read()
"""


def test_what_a_child_left_behind_ends_with_it(tmp_path: Path) -> None:
    children = Children(tmp_path)
    children.start("careless", [sys.executable, "-c", LEAVES_ONE])
    log = tmp_path / "careless.log"
    for _ in range(200):
        if log.read_text().strip():
            break
        time.sleep(0.05)
    left = int(log.read_text())
    assert start_of(left) is not None
    children.stop()
    for _ in range(200):  # orphans are reaped by whoever takes them over
        if start_of(left) is None:
            break
        time.sleep(0.05)
    assert start_of(left) is None
