"""Eight kills and stops per database in the middle of clinic life: the same ledger in the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kills.plan import WEIGHTS, draw
from tests.kills.playing import play
from tests.support.databases import PostgresTemplate

HITS, STEPS, SEED = 8, 2, 7


@pytest.mark.timeout(900)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_hit_at_any_moment_the_hub_ends_in_the_same_ledger(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Whoever is hit, the books agree with the clinics' truth, and running everything again adds no row."""
    if database == "postgres":
        template: PostgresTemplate = request.getfixturevalue("postgres_template")
        with template.empty() as url:
            proof, struck = play(tmp_path / "home", url, SEED, HITS, STEPS, print)
    else:
        proof, struck = play(tmp_path / "home", None, SEED, HITS, STEPS, print)
    assert not any(proof.counts.values()), (proof.counts, proof.lists)
    assert not any(proof.added.values()), proof.added
    assert struck >= HITS - 1


def test_a_seed_draws_the_same_hits_again_and_enough_of_them_hit_everybody() -> None:
    assert draw("7 sqlite", 8, 2) == draw("7 sqlite", 8, 2) != draw("8 sqlite", 8, 2)
    many = [hit for step in draw("7", 100, 25) for hit in step]
    assert len(many) == 100
    assert {hit.member for hit in many} == set(WEIGHTS)
    assert {hit.stop for hit in many} == {True, False}
