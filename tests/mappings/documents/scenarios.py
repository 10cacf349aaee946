"""Canonical facts of every scenario that has a golden file; each value is a list of entities.

Where a scenario has a second list, the first was delivered before the second replaced or joined it.
"""

from __future__ import annotations

from dataclasses import replace

from hub.canonical import Entity, Evidence, InvoiceStatus
from tests.mappings.documents.making import (
    GST,
    OWN_SUPPLIER,
    RICHMOND,
    UNSET,
    invoice,
    line,
    patient,
    pay,
    use,
)

PAT: list[Entity] = [patient(email="pat@example.com")]
VISIT = line("PH2", 9500)
ROLLER = line("PR1", 4400, GST)
PH2 = invoice(1, VISIT)
PAID = pay(51, {"EFTPOS": 9500}, [(0, "i1", 9500)])
NOTE = invoice(2, line("PH2", -9500), on=12, reverses="i1")

SCENARIOS: dict[str, tuple[list[Entity], list[Entity]]] = {
    "unpaid": ([*PAT, invoice(1, VISIT, ROLLER)], []),
    "two_methods": (
        [*PAT, PH2, pay(51, {"HICAPS": 5200, "EFTPOS": 4300}, [(0, "i1", 5200), (1, "i1", 4300)])],
        [],
    ),
    "several_invoices_and_rest": (
        [
            *PAT,
            PH2,
            invoice(2, line("PS1", 21000), on=11),
            pay(51, {"EFTPOS": 32000}, [(0, "i1", 9500), (0, "i2", 21000)], on=11),
            invoice(3, VISIT, on=14),
            use(52, "i3", 1500, on=14),
        ],
        [],
    ),
    "paid_before_invoice": ([*PAT, PH2, pay(51, {"Direct deposit": 9500}, [(0, "i1", 9500)], on=8)], []),
    "derived_is_not_posted": (
        [*PAT, PH2, pay(51, [(None, 9500)], [(0, "i1", 9500)], evidence=Evidence.DERIVED)],  # type: ignore[list-item]
        [],
    ),
    "zero_by_discount": ([*PAT, invoice(1, line("PH2", 0))], []),
    "zero_across_taxes": ([*PAT, invoice(1, line("RM1", 11000, GST), line("EP1", -11000))], []),
    "payer": (
        [*PAT, invoice(1, VISIT, bill_to="COASTLINE  Plan Management\r\nABN 51824753556\r\nGeelong")],
        [],
    ),
    "payer_by_business_number": ([*PAT, invoice(1, VISIT, bill_to="Accounts\nABN 518 247 535 56")], []),
    "payer_is_the_patient": ([*PAT, invoice(1, VISIT, bill_to="pat fictional\n1 Invented St")], []),
    "payer_unknown": ([*PAT, invoice(1, VISIT, bill_to="Mystery Benefits Co"), PAID], []),
    "payer_ambiguous": ([*PAT, invoice(1, VISIT, bill_to="Coastline Plan c/o SafeWork Insurance")], []),
    "unmapped_item": ([*PAT, invoice(1, VISIT, line("EX30", 15000)), PAID], []),
    "unmapped_method": (
        [
            *PAT,
            PH2,
            pay(51, {"Promo card": 5000}, [(0, "i1", 5000)]),
            pay(52, {"Cash": 4000}, [(0, "i1", 4000)]),
        ],
        [],
    ),
    "unmapped_location": ([*PAT, replace(PH2, location="999"), PAID], []),
    "supplier_is_practitioner": ([*PAT, replace(PH2, practitioner=OWN_SUPPLIER)], []),
    "supplier_unset": ([*PAT, replace(PH2, practitioner=UNSET)], []),
    "counter_sale": ([*PAT, invoice(1, ROLLER, practitioner=None)], []),
    "rounding": ([*PAT, invoice(1, VISIT, rounding=-2)], []),
    "before_start": (
        [*PAT, invoice(1, VISIT, issued=PH2.issued.replace(month=9)), PAID],
        [],
    ),
    "removed": ([*PAT, replace(PH2, status=InvoiceStatus.REMOVED)], []),
    "other_location": ([*PAT, PH2, replace(PAID, location=RICHMOND)], []),
    "edited_after_payment": (
        [*PAT, PH2, PAID],
        [invoice(1, line("PH1", 12000)), pay(52, {"Cash": 2500}, [(0, "i1", 2500)], on=14)],
    ),
    "debtor_changed_after_part_payment": (
        [*PAT, PH2, pay(51, {"EFTPOS": 6000}, [(0, "i1", 6000)])],
        [replace(PH2, bill_to="Veteran Care Fund")],
    ),
    "debtor_changed_unpaid": ([*PAT, PH2], [replace(PH2, bill_to="Veteran Care Fund")]),
    "number_changed": ([*PAT, PH2], [replace(PH2, number="77")]),
    "kind_changed": ([*PAT, PH2], [invoice(1, line("PH2", -9500))]),
    "renamed": ([*PAT, PH2], [patient(last="Wedlock")]),
    "merged": (
        [*PAT, patient("p2", "Patricia"), PH2],
        [patient(merged_into="p2"), invoice(2, VISIT), invoice(3, VISIT, patient="p2")],
    ),
    "anonymised": ([*PAT, PH2], [patient(first="", last="")]),
    "credit_kept_when_used_on_an_older_invoice": (
        [*PAT, PH2, pay(51, {"Cash": 9500}, on=10)],
        [pay(51, {"Cash": 9500}, [(0, "i1", 9500)], on=10)],
    ),
    "credit_of_two_deposits": (
        [
            *PAT,
            pay(51, {"Cash": 3000}, on=3),
            pay(52, {"EFTPOS": 4000}, on=5),
            PH2,
            use(53, "i1", 5000, on=10),
        ],
        [],
    ),
    "credit_nobody_knows": ([*PAT, PH2, use(53, "i1", 5000)], []),
    "account_credit_as_method": (
        [*PAT, pay(51, {"Cash": 3000}, on=3), PH2, pay(52, {"Account credit": 3000}, [(0, "i1", 3000)])],
        [],
    ),
    "refund_r1": (
        [*PAT, PH2, PAID, NOTE, pay(52, {"Direct deposit": -9500}, [(0, "i2", -9500)], on=13)],
        [],
    ),
    "refund_r2_used_later": (
        [*PAT, PH2, PAID, NOTE, invoice(3, line("PH1", 12000), on=14), use(52, "i3", 9500, on=14)],
        [],
    ),
    "refund_r3": ([*PAT, pay(51, {"Cash": 3000}, on=3), pay(52, {"Cash": -3000}, on=5)], []),
    "refund_r4_named": ([*PAT, PH2, PAID, pay(52, {"EFTPOS": -9500}, [(0, "i1", -9500)], on=15)], []),
    "refund_r4_unnamed": ([*PAT, pay(51, {"Cash": 3000}, on=3), pay(52, {"Cash": -3100}, on=5)], []),
    "reversed_unpaid": ([*PAT, PH2, NOTE], []),
    "goodwill": ([*PAT, invoice(2, line("PH2", -3000), on=8), PH2, use(52, "i1", 3000)], []),
    "written_off": (
        [
            *PAT,
            invoice(1, VISIT, ROLLER),
            invoice(2, line("WO1", -9500), line("WO2", -4400, GST), on=15, reverses="i1"),
        ],
        [],
    ),
    "rest_written_off": (
        [
            *PAT,
            invoice(1, line("PS1", 21000)),
            pay(51, {"Cash": 11000}, [(0, "i1", 11000)]),
            invoice(2, line("WO1", -10000), on=15, reverses="i1"),
        ],
        [],
    ),
    "written_off_with_another_tax": (
        [*PAT, invoice(1, ROLLER), invoice(2, line("WO1", -4400), on=15, reverses="i1")],
        [],
    ),
    "write_off_line": ([*PAT, invoice(1, VISIT, line("WO1", -9000))], []),
    "closed_without_reason": ([*PAT, replace(PH2, status=InvoiceStatus.CLOSED)], []),
    "closed_by_reversal": ([*PAT, replace(PH2, status=InvoiceStatus.CLOSED), PAID, NOTE], []),
    "overpaid_after_edit": ([*PAT, PH2, PAID], [invoice(1, line("PH2", 8000))]),
    "nobody_owes": ([replace(PH2, patient=None)], []),
    "contact_not_needed": (list[Entity]([patient("p9")]), []),
}
"""name -> (facts, facts that replace or join them after the first were delivered)"""
