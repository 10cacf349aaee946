"""The other scenarios: people who work at the hub beside it, and books of three systems that must agree."""

from __future__ import annotations

import pytest

from hub.simulation.scenario import find
from hub.simulation.simulator import Simulator

PLAYED = (("cards", 7, False), ("ndis", 58, True))
"""Scenario, seed, and whether it is played twice, which must be the same."""


@pytest.mark.parametrize(("name", "seed", "again"), PLAYED)
def test_the_books_of_all_systems_agree(name: str, seed: int, again: bool) -> None:
    simulator = Simulator(find(name))
    try:
        first = simulator.play(seed)
        assert first.violations == [], f"hub simulate --scenario {name} --seed {seed}"
        assert first.unnamed == set()
        assert first.counts
        if again:
            assert simulator.play(seed).digest == first.digest
    finally:
        simulator.close()
