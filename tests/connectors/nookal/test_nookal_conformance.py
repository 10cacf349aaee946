"""Nookal does what every source and every target must do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nookal_bench import nookal_bench, written_bench

from connectors.nookal import TARGET
from tests.conformance.bench import TargetBench
from tests.conformance.source import SourceSuite
from tests.conformance.source_bench import SourceBench
from tests.conformance.target import TargetConformance
from tests.support.nookal import Practice
from tests.support.world import FakeClock


class TestNookal(SourceSuite):
    @pytest.fixture
    def bench(self) -> Iterator[SourceBench]:
        with nookal_bench() as made:
            yield made


class TestPaymentsWrittenBack(TargetConformance):
    target = TARGET
    switches: dict[str, object] = {}  # noqa: RUF012

    @pytest.fixture
    def bench(self) -> Iterator[TargetBench]:
        practice = Practice(FakeClock(), switches=self.switches)
        yield written_bench(practice)
        practice.close()


class TestPaymentsWrittenBackWithReadableReferences(TestPaymentsWrittenBack):
    switches = {"payment_ref_readable": True}  # noqa: RUF012
