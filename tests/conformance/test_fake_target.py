"""The fake target of the kernel's tests is a target: it passes what every target must pass."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from hub.documents import (
    Allocation,
    CreditNote,
    DebtorCard,
    DocKind,
    Line,
    Overpayment,
    Receipt,
    Refund,
    SalesInvoice,
)
from hub.targets import Op
from tests.conformance.target import Example, TargetConformance
from tests.support.fake_target import FakeSession, FakeTarget, Ledger

DAY = date(2026, 10, 5)


def _invoice(gross: int) -> SalesInvoice:
    return SalesInvoice(
        "HH-1", "contact", DAY, DAY, "AUD", (Line("Physio", "200", "EXEMPTOUTPUT", gross, 0),)
    )


def _note(gross: int) -> CreditNote:
    return CreditNote("HH-2", "contact", DAY, "AUD", (Line("Physio", "200", "EXEMPTOUTPUT", gross, 0),))


EXAMPLES = (
    Example(
        "contact", DebtorCard("HH-p1", "Canary, Jordan (HH-p1)"), DebtorCard("HH-p1", "Canary, Jo (HH-p1)")
    ),
    Example("invoice", _invoice(9500), _invoice(9900), Op.VOID),
    Example("note", _note(2000), _note(2100), Op.VOID),
    Example("over", Overpayment("contact", "1101", DAY, 5000, "AUD"), None, Op.DELETE),
    Example("receipt", Receipt("invoice", "1101", DAY, 4000), None, Op.DELETE),
    Example("refund", Refund("note", "1101", DAY, 1000), None, Op.DELETE),
    Example("allocation", Allocation("over", "invoice", DAY, 1000), None, Op.DELETE),
)
NAMES = {
    "timeout-before": "before",
    "timeout-after": "after",
    "reset-before": "before",
    "reset-after": "after",
}


class FakeBench:
    examples: Sequence[Example] = EXAMPLES

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.target = FakeTarget(self.ledger)
        self.session = FakeSession(self.ledger)

    def fault(self, name: str) -> None:
        self.ledger.faults = [NAMES.get(name, name)]

    def count(self, kind: DocKind) -> int:
        return len(self.ledger.live(kind))

    def rest(self) -> None:
        pass


class TestFakeTarget(TargetConformance):
    @pytest.fixture
    def bench(self) -> FakeBench:
        return FakeBench()
