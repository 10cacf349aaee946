"""A small source with each kind of cursor passes what every source must pass."""

from __future__ import annotations

import pytest

from tests.conformance.fake_practice import practice_bench
from tests.conformance.source import SourceSuite
from tests.conformance.source_bench import SourceBench


class TestPractice(SourceSuite):
    @pytest.fixture
    def bench(self) -> SourceBench:
        return practice_bench()
