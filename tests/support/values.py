"""Small canonical values of obviously invented people."""

from __future__ import annotations

from datetime import date
from typing import Any

from hub.canonical import (
    Evidence,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    Patient,
    Payment,
    PaymentAllocation,
    PaymentSource,
    Provenance,
)

PMS = "cliniko-harbour"


def provenance(stream: str, source_id: str, raw: str = "raw1", mapping: str = "1") -> Provenance:
    return Provenance(PMS, stream, source_id, raw, mapping)


def patient(source_id: str = "p1", **more: Any) -> Patient:
    values: dict[str, Any] = {"first_name": "Jordan", "last_name": "Canary", **more}
    return Patient(source=values.pop("source", provenance("patients", source_id)), **values)


def invoice(source_id: str = "i1", number: str = "10432", gross: int = 9500, **more: Any) -> Invoice:
    from decimal import Decimal

    line = InvoiceLine("l1", "PH2", "Physiotherapy standard", Decimal(1), gross, 0, None)
    values: dict[str, Any] = {
        "issued": date(2026, 10, 5),
        "status": InvoiceStatus.OPEN,
        "location": "b1",
        "patient": "p1",
        "practitioner": "d1",
        **more,
    }
    source = values.pop("source", provenance("invoices", source_id))
    return Invoice(source=source, number=number, total=gross, currency="AUD", lines=(line,), **values)


def payment(
    source_id: str = "501", amount: int = 9500, invoice: str = "i1", day: date = date(2026, 10, 6)
) -> Payment:
    return Payment(
        source=provenance("payments", source_id),
        number=source_id,
        paid_on=day,
        location="b1",
        patient="p1",
        currency="AUD",
        sources=(PaymentSource("EFTPOS", amount),),
        allocations=(PaymentAllocation(0, invoice, amount),),
        evidence=Evidence.IMPORTED,
    )
