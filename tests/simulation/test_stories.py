"""Which stories a schedule plays: a few, all of them, or all with mistakes that are found late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.sandbox.life.model import Payment
from connectors.sandbox.simulation.stories import LAST_DAY, LEAST_PAID, SPAN, Told, tell
from connectors.sandbox.simulation.systems import MONTH

SEEDS = [str(seed) for seed in range(5)]


def refunds_by_mistake(told: Told) -> list[timedelta]:
    """How long each refund stood that had to be archived."""
    entered = {act.mints.id: act.at for act in told.acts if isinstance(act.mints, Payment)}
    refunds = {payment.id for payment in told.clinic.payments if payment.sources[0][1] < 0}
    dropped = [(act.hands()[0]["payment_id"], act.at) for act in told.acts if act.action == "archive_payment"]
    return [at - entered[id_] for id_, at in dropped if id_ in refunds]


@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_found_late_where_the_story_is_slow(seed: str) -> None:
    slow = refunds_by_mistake(tell(seed, "slow"))
    assert max(slow) > timedelta(days=SPAN - 3)
    assert all(stood < timedelta(days=1) for stood in refunds_by_mistake(tell(seed)))


@pytest.mark.parametrize("seed", SEEDS)
def test_slow_stories_end_when_all_others_do(seed: str) -> None:
    told = tell(seed, "slow")
    assert max(act.at for act in told.acts).date() <= MONTH.day(LAST_DAY)
    assert len([payment for payment in told.clinic.payments if payment.puts]) >= LEAST_PAID


def test_a_few_stories_are_fewer_than_all() -> None:
    for seed in SEEDS:
        assert len(tell(seed, "few").acts) < len(tell(seed).acts)
