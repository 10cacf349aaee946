"""Fixtures: a Stripe account behind the hub's client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from account_world import StripeWorld


@pytest.fixture
def world() -> Iterator[StripeWorld]:
    made = StripeWorld()
    yield made
    made.close()
