"""Books over both databases."""

from __future__ import annotations

import pytest

from hub.kernel import Kernel
from tests.support.fake_books import Books, make_books
from tests.support.world import FakeClock


@pytest.fixture
def books(kernel: Kernel, clock: FakeClock) -> Books:
    return make_books(kernel, clock)
