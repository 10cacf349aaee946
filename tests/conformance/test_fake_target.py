"""The fake target of the kernel's tests is a target: it passes what every target must pass."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from tests.conformance.bench import TargetBench
from tests.conformance.fake_wire import WiredTarget, fake_bench
from tests.conformance.target import TargetConformance
from tests.conformance.wire import FAULTS

FEW = ("timeout-after", "late", "429-hours", "truncated", "duplicate")


class TestFakeTarget(TargetConformance):
    target = WiredTarget()
    faults = MappingProxyType({name: FAULTS[name] for name in FEW})

    @pytest.fixture
    def bench(self) -> TargetBench:
        return fake_bench(self.target)
