"""What is refused here before Xero would: locked dates, accounts, tax rates and tracking. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from ledger_chart import POLICY
from ledger_world import allocation, card, credit_note, invoice, line, overpayment, receipt, refund

from connectors.xero import TARGET
from hub.documents import DocKind, Document
from hub.targets import Op, Policy, Step

LOCKED = replace(POLICY, locked_through=date(2026, 10, 3))


def step(content: Document, *dates: date) -> Step:
    return Step(Op.CREATE, "d", content.kind, content, "h", dates)


def code(content: Document, policy: Policy = POLICY, *dates: date) -> str | None:
    found = TARGET.check(step(content, *dates), policy)
    return found.code if found else None


def test_locked_dates_are_refused_here() -> None:
    locked, first_open = date(2026, 10, 3), date(2026, 10, 4)
    assert code(invoice(), LOCKED, locked) == "period:locked"
    assert code(invoice(), LOCKED, first_open) is None
    assert code(invoice(), LOCKED, locked, first_open) == "period:locked"
    assert code(receipt(), LOCKED, first_open) is None
    assert code(card(), LOCKED) is None
    removal = Step(Op.DELETE, "d", DocKind.RECEIPT, None, "h", (locked,))
    found = TARGET.check(removal, LOCKED)
    assert found is not None
    assert found.code == "period:locked"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (invoice(), None),
        (invoice("HH-1", line(account="207")), "account:archived:207"),
        (invoice("HH-1", line(account="299")), "account:unknown:299"),
        (invoice("HH-1", line(account="1101")), "account:invalid:1101"),
        (invoice("HH-1", line(account="610", tax="OUTPUT")), "account:invalid:610"),
        (invoice("HH-1", line(tax="LUXURY")), "tax:unknown:LUXURY"),
        (invoice("HH-1", line(tax="OLD")), "tax:unknown:OLD"),
        (invoice("HH-1", line(account="400")), "tax:account:EXEMPTOUTPUT@400"),
        (invoice("HH-1", replace(line(), tracking="Atlantis")), "tracking:missing"),
        (credit_note("HH-1", line(account="207")), "account:archived:207"),
        (receipt(), None),
        (receipt(account="880"), None),
        (receipt(account="200"), "account:payments:200"),
        (receipt(account="207"), "account:archived:207"),
        (refund(), None),
        (overpayment(), None),
        (replace(overpayment(), account="880"), "account:payments:880"),
        (allocation(), None),
        (card(), None),
    ],
)
def test_accounts_taxes_and_tracking_are_checked_here(content: Document, expected: str | None) -> None:
    assert code(content) == expected
