"""Xero does what every target must do, over the sandbox and the kernel's own client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ledger_world import (
    LedgerWorld,
    bank_payment,
    card,
    credit_note,
    deposit,
    invoice,
    line,
    overpayment,
    receipt,
    refund,
    transfer,
)

from connectors.xero import TARGET
from hub.documents import Allocation, DocKind
from hub.targets import Op, TargetSession
from tests.conformance.target import Example, TargetConformance

EXAMPLES = (
    Example("contact", card(), card(name="Otter-Vole, Olive (HH-1)")),
    Example("invoice", invoice(), invoice("HH-1001", line(9900), line(1650, "203", "OUTPUT", 150)), Op.VOID),
    Example("note", credit_note(), credit_note("HH-1009", line(9900)), Op.VOID),
    Example("over", overpayment()),
    Example("receipt", receipt(4000), None, Op.DELETE),
    Example("refund", refund(1000), None, Op.DELETE),
    Example("allocation", Allocation("over", "invoice", receipt().on, 1000), None, Op.DELETE),
    Example("fee", bank_payment(), None, Op.DELETE),
    Example("payout", transfer(), None, Op.DELETE),
    Example("remittance", deposit(1500), None, Op.DELETE),
)
FAULTS: dict[str, dict[str, Any]] = {
    "timeout-before": {"kind": "delay", "seconds": 31, "when": "before"},
    "timeout-after": {"kind": "delay", "seconds": 31, "when": "after"},
    "reset-before": {"kind": "reset_before"},
    "reset-after": {"kind": "reset_after"},
    "429": {"kind": "status", "status": 429, "headers": {"Retry-After": "7"}},
    "500": {"kind": "status", "status": 500, "body": "<html>"},
}


class XeroBench:
    """The sandbox's organisation as the suite commands it."""

    target = TARGET
    examples: Sequence[Example] = EXAMPLES

    def __init__(self, xero: LedgerWorld) -> None:
        self._xero = xero
        self.session: TargetSession = xero.session
        xero.session.chart()

    def fault(self, name: str) -> None:
        for method in ("PUT", "POST", "DELETE"):
            self._xero.fault(match={"method": method, "path": "/api.xro/"}, times=1, **FAULTS[name])

    def rest(self) -> None:
        self._xero.clock.advance(121)

    def count(self, kind: DocKind) -> int:
        if kind is DocKind.CONTACT:
            return len(self._xero.look("Contacts"))
        if kind is DocKind.INVOICE:
            return len([i for i in self._xero.look("Invoices") if i["Status"] != "VOIDED"])
        if kind is DocKind.CREDIT_NOTE:
            return len([n for n in self._xero.look("CreditNotes") if n["Status"] != "VOIDED"])
        if kind is DocKind.OVERPAYMENT:
            return len([o for o in self._xero.look("Overpayments") if o["Status"] != "VOIDED"])
        if kind is DocKind.ALLOCATION:
            credits = [*self._xero.look("Overpayments"), *self._xero.look("CreditNotes")]
            return sum(len(credit["Allocations"]) for credit in credits)
        if kind is DocKind.BANK_PAYMENT:
            spent = self._xero.look("BankTransactions", 'Type=="SPEND"')
            return len([one for one in spent if one["Status"] != "DELETED"])
        if kind is DocKind.TRANSFER:
            return len(self._xero.look("BankTransfers"))
        if kind is DocKind.DEPOSIT:
            return len([one for one in self._xero.look("BatchPayments") if one["Status"] != "DELETED"])
        type_ = "ACCRECPAYMENT" if kind is DocKind.RECEIPT else "ARCREDITPAYMENT"
        paid = self._xero.look("Payments")
        return len([p for p in paid if p["Status"] == "AUTHORISED" and p["PaymentType"] == type_])


class TestXero(TargetConformance):
    @pytest.fixture
    def bench(self, xero: LedgerWorld) -> XeroBench:
        return XeroBench(xero)
