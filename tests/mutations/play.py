"""Plays schedules in a changed tree until one fails: `python -m tests.mutations.play '{...}'`, one JSON line.

Run in a process of its own whose path begins with the changed tree; it refuses to play any other.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import hub
from hub.simulation.result import Result
from hub.simulation.scenario import find
from hub.simulation.schedule import BROKEN
from hub.simulation.simulator import Simulator

MOST_BROKEN = 5
"""Schedules that end by an error of one of their processes before any other was played: no more are tried."""
NOTHING: dict[str, Any] = {
    "played": 0,
    "whole": 0,
    "broken": None,
    "seed": None,
    "profile": None,
    "wrong": [],
}
"""What is found where nothing could be played."""


class Player(Protocol):
    """Whatever plays one schedule after the other: the simulator."""

    def play(self, seed: int, *, profile: str) -> Result: ...


def main(asked: dict[str, Any]) -> dict[str, Any]:
    """`tree`, `plays` (pairs of seed and profile, in order) and `seconds` of CPU -> what was found."""
    tree = Path(asked["tree"]).resolve()
    if not Path(hub.__file__).resolve().is_relative_to(tree):
        raise SystemExit(f"hub comes from {hub.__file__}, not from {tree}")
    simulator = Simulator(find())
    try:
        return search(simulator, asked["plays"], asked["seconds"])
    finally:
        simulator.close()


def search(player: Player, plays: Iterable[tuple[int, str]], seconds: float) -> dict[str, Any]:
    """Play until something is wrong. `broken`: the first process that broke; `whole`: schedules with none."""
    found = {**NOTHING}
    for seed, profile in plays:
        if time.process_time() > seconds or (not found["whole"] and found["played"] >= MOST_BROKEN):
            break
        result = player.play(seed, profile=profile)
        broken = [one for one in result.violations if BROKEN in one]
        wrong = [one for one in result.violations if BROKEN not in one]
        found["played"] += 1
        found["whole"] += not broken
        found["broken"] = found["broken"] or next(iter(broken), None)
        if wrong:
            return found | {"seed": seed, "profile": profile, "wrong": wrong}
    return found


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
