"""The other scenarios: people who work at the hub beside it, and books of three systems that must agree."""

from __future__ import annotations

import pytest

from hub.simulation.scenario import find
from hub.simulation.schedule import Simulator


@pytest.mark.parametrize(("name", "profile", "seed"), [("cards", "swarm", 11)])
def test_it_is_played_to_a_good_end_and_again_the_same(name: str, profile: str, seed: int) -> None:
    simulator = Simulator(find(name))
    try:
        first = simulator.play(seed, profile=profile)
        assert (first.violations, first.unnamed) == ([], set())
        assert first.counts
        assert simulator.play(seed, profile=profile).digest == first.digest
    finally:
        simulator.close()
