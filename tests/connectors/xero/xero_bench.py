"""Xero as the suites command it: the sandbox's organisation, connected, with an example of each kind."""

from __future__ import annotations

from ledger_world import (
    BASE,
    LedgerWorld,
    card,
    credit_note,
    invoice,
    line,
    overpayment,
    receipt,
    refund,
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
)
LISTS = {
    DocKind.CONTACT: "Contacts",
    DocKind.INVOICE: "Invoices",
    DocKind.CREDIT_NOTE: "CreditNotes",
    DocKind.OVERPAYMENT: "Overpayments",
}
PAYMENTS = {DocKind.RECEIPT: "ACCRECPAYMENT", DocKind.REFUND: "ARCREDITPAYMENT"}


def xero_bench(xero: LedgerWorld) -> TargetBench:
    """Seven kinds, each with two examples."""

    def count(kind: DocKind) -> int:
        if kind in LISTS:
            return len([one for one in xero.look(LISTS[kind]) if one.get("Status") != "VOIDED"])
        if kind is DocKind.ALLOCATION:
            credits = [*xero.look("Overpayments"), *xero.look("CreditNotes")]
            return sum(len(credit["Allocations"]) for credit in credits)
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
