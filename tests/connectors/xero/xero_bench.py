"""Xero as the suites command it: the sandbox's organisation, connected, with an example of each kind."""

from __future__ import annotations

from ledger_world import (
    BASE,
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
from tests.conformance.bench import Example, TargetBench
from tests.conformance.wire import writes

EXAMPLES = (
    Example("contact", card(), card(name="Otter-Vole, Olive (HH-1)")),
    Example("payer", card("HH-2", "Fund, Fictional (HH-2)"), card("HH-2", "Fund, Fabled (HH-2)")),
    Example("invoice", invoice(), invoice("HH-1001", line(9900), line(1650, "203", "OUTPUT", 150))),
    Example(
        "other", invoice("HH-1002"), invoice("HH-1002", line(7700)), invoice("HH-1002", line(9500, "999"))
    ),
    Example("note", credit_note(), credit_note("HH-1009", line(9900))),
    Example("note-2", credit_note("HH-1010"), credit_note("HH-1010", line(7700))),
    Example("over", overpayment()),
    Example("over-2", overpayment(2000)),
    Example("receipt", receipt(4000)),
    Example("receipt-2", receipt(1000, "1103")),
    Example("refund", refund(1000)),
    Example("refund-2", refund(2000)),
    Example("allocation", Allocation("over", "invoice", receipt().on, 1000)),
    Example("allocation-2", Allocation("over", "other", receipt().on, 700)),
    Example("fee", bank_payment()),
    Example("fee-2", bank_payment(550, 50)),
    Example("payout", transfer()),
    Example("remittance", deposit(1500)),
    Example("remittance-2", deposit(1600)),
)
LISTS = {
    DocKind.CONTACT: "Contacts",
    DocKind.INVOICE: "Invoices",
    DocKind.CREDIT_NOTE: "CreditNotes",
    DocKind.OVERPAYMENT: "Overpayments",
}
BANK = {
    DocKind.BANK_PAYMENT: ("BankTransactions", 'Type=="SPEND"'),
    DocKind.DEPOSIT: ("BatchPayments",),
}
PAYMENTS = {DocKind.RECEIPT: "ACCRECPAYMENT", DocKind.REFUND: "ARCREDITPAYMENT"}


def xero_bench(xero: LedgerWorld) -> TargetBench:
    """Ten kinds; two examples where a call takes several."""

    def count(kind: DocKind) -> int:
        if kind in LISTS:
            return len([one for one in xero.look(LISTS[kind]) if one.get("Status") != "VOIDED"])
        if kind is DocKind.ALLOCATION:
            credits = [*xero.look("Overpayments"), *xero.look("CreditNotes")]
            return sum(len(credit["Allocations"]) for credit in credits)
        if kind is DocKind.TRANSFER:
            return len(xero.look("BankTransfers"))
        if kind in BANK:
            return len([one for one in xero.look(*BANK[kind]) if one["Status"] != "DELETED"])
        paid = [one for one in xero.look("Payments") if one["Status"] == "AUTHORISED"]
        return len([one for one in paid if one["PaymentType"] == PAYMENTS[kind]])

    return TargetBench(
        target=TARGET,
        transport=xero.transport,
        clock=xero.clock,
        secret=xero.secret,
        connection={"base_url": BASE, "tenant": xero.config["tenant"]},
        examples=EXAMPLES,
        count=count,
        is_write=lambda request: "/api.xro/" in request.url.path and writes(request),
    )
