"""Stripe does what every source must do."""

from __future__ import annotations

import pytest
from account_world import StripeWorld
from stripe_bench import source_bench

from tests.conformance.source import SourceSuite
from tests.conformance.source_bench import SourceBench


class TestStripe(SourceSuite):
    @pytest.fixture
    def bench(self, world: StripeWorld) -> SourceBench:
        return source_bench(world)
