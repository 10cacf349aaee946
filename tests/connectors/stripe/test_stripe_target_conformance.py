"""Stripe does what every target must do: payment pages, opened and ended once, whatever happens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from account_world import BASE, StripeWorld, request

from connectors.sandbox.stripe.state import DEFAULT_KEY
from connectors.stripe import TARGET
from hub.documents import DocKind
from tests.conformance.bench import Example, TargetBench
from tests.conformance.target import TargetConformance
from tests.support.world import START

EXAMPLES = (
    Example("page", request(), None, request(expires=START + timedelta(minutes=1))),
    Example("page-2", request("HH-1002", 4400)),
)


class TestStripe(TargetConformance):
    target = TARGET

    @pytest.fixture
    def bench(self, world: StripeWorld) -> TargetBench:
        def count(kind: DocKind) -> int:
            assert kind is DocKind.PAYMENT_REQUEST
            return len([one for one in world.ledger()["sessions"] if one["status"] == "open"])

        return TargetBench(
            target=TARGET,
            transport=world.transport,
            clock=world.clock,
            secret={"api_key": DEFAULT_KEY},
            examples=EXAMPLES,
            count=count,
            connection={"base_url": BASE, "settings": {"return_url": "https://clinic.example/thanks"}},
        )
