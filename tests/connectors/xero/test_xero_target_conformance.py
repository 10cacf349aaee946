"""Xero does what every target must do, over the sandbox and the hub's own kernel."""

from __future__ import annotations

import pytest
from ledger_world import LedgerWorld
from xero_bench import xero_bench

from connectors.xero import TARGET
from tests.conformance.bench import TargetBench
from tests.conformance.target import TargetConformance


class TestXero(TargetConformance):
    target = TARGET

    @pytest.fixture
    def bench(self, xero: LedgerWorld) -> TargetBench:
        return xero_bench(xero)
