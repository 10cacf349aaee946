"""Plays schedules in a changed tree until one fails: `python -m tests.mutations.play '{...}'`, one JSON line.

Run in a process of its own whose path begins with the changed tree; it refuses to play any other.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import hub
from hub.simulation.scenario import find
from hub.simulation.schedule import BROKEN, Simulator


def main(asked: dict[str, Any]) -> dict[str, Any]:
    """`tree`, `plays` (pairs of seed and profile, in order) and `seconds` of CPU -> what was found."""
    tree = Path(asked["tree"]).resolve()
    if not Path(hub.__file__).resolve().is_relative_to(tree):
        raise SystemExit(f"hub comes from {hub.__file__}, not from {tree}")
    simulator = Simulator(find())
    played = 0
    try:
        for seed, profile in asked["plays"]:
            if time.process_time() > asked["seconds"]:
                break
            played += 1
            result = simulator.play(seed, profile=profile)
            wrong = [one for one in result.violations if BROKEN not in one]
            if wrong:
                return {"played": played, "seed": seed, "profile": profile, "wrong": wrong}
    finally:
        simulator.close()
    return {"played": played, "seed": None, "profile": None, "wrong": []}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
