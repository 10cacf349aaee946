"""Schedules of the real kernel under chaos: what must hold, and that each is a function of its seed alone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from hub.simulation.scenario import find
from hub.simulation.shrink import shrink
from hub.simulation.simulator import Simulator
from tests.simulation.threads import Threads

FIXED = (("swarm", 1), ("swarm", 3), ("stalls", 2), ("deaths", 4), ("hints", 5))
"""Profile and seed. A seed that ever found a defect is added here, beside a direct test."""
FRESH = int(os.environ.get("FRESH_SEEDS", "10"))
"""How many seeds nobody played before. One that fails is a finding: it is printed and replays as it is."""
KINDS = ("swarm", "hints", "swarm", "deaths", "swarm", "stalls", "haste")
AGAIN = 4


def check(simulator: Simulator, profile: str, seed: int) -> None:
    result = simulator.play(seed, profile=profile)
    assert result.violations == [], f"hub simulate --seed {seed} --profile {profile}"
    assert result.unnamed == set(), "a call whose operation no connector declares"


@pytest.mark.parametrize(("profile", "seed"), FIXED)
def test_nothing_twice_nothing_lost(simulator: Simulator, profile: str, seed: int) -> None:
    check(simulator, profile, seed)


@pytest.mark.parametrize(("profile", "seed"), [("swarm", 2), ("hints", 3)])
def test_the_fourth_locations_practice_system_under_chaos(profile: str, seed: int) -> None:
    """Another source, with tokens that die, rows that come without a list, payments of its own."""
    simulator = Simulator(find("manly"))
    try:
        check(simulator, profile, seed)
    finally:
        simulator.close()


def test_nothing_twice_nothing_lost_with_fresh_seeds(simulator: Simulator) -> None:
    first = int.from_bytes(os.urandom(4), "big")
    print(f"fresh seeds from {first}")
    for seed in range(first, first + FRESH):
        check(simulator, KINDS[seed % len(KINDS)], seed)


@pytest.fixture(scope="module")
def digest(simulator: Simulator) -> str:
    """The trace of one schedule, in short."""
    return simulator.play(AGAIN).digest


def test_the_same_seed_is_the_same_schedule(simulator: Simulator, digest: str) -> None:
    assert simulator.play(AGAIN).digest == digest


def test_it_does_not_hang_on_greenlets(digest: str) -> None:
    simulator = Simulator(find(), Threads)
    assert simulator.play(AGAIN).digest == digest
    simulator.close()


def test_it_does_not_hang_on_the_order_of_sets(digest: str) -> None:
    code = (
        "from hub.simulation.scenario import find; from hub.simulation.simulator import Simulator; "
        f"s = Simulator(find()); print(s.play({AGAIN}).digest); s.close()"
    )
    env = {**os.environ, "PYTHONHASHSEED": "4711"}
    said = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert said.stdout.split() == [digest]


def test_shrinking_leaves_out_what_is_not_needed() -> None:
    def fails(out: frozenset[str]) -> list[str] | None:
        left = [one for one in "abcdefgh" if one not in out]
        return left if {"b", "g"} <= set(left) else None

    left, out, played = shrink(list("abcdefgh"), fails)
    assert left == ["b", "g"]
    assert out == set("acdefh")
    assert played < 20
