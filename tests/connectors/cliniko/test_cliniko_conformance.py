"""Cliniko does what every source must do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cliniko_bench import cliniko_bench

from tests.conformance.source import SourceSuite
from tests.conformance.source_bench import SourceBench


class TestCliniko(SourceSuite):
    @pytest.fixture
    def bench(self) -> Iterator[SourceBench]:
        with cliniko_bench() as made:
            yield made
