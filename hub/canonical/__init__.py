"""The canonical vocabulary, re-exported."""

from hub.canonical.base import Evidence, Provenance, Ref
from hub.canonical.billing import (
    ChargeItem,
    CreditApplication,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    Payment,
    PaymentAllocation,
    PaymentSource,
    Tax,
)
from hub.canonical.claiming import Claim, ClaimPayment, ClaimState
from hub.canonical.parties import Location, Patient, Practitioner
from hub.canonical.scheduling import Appointment, AppointmentStatus
from hub.canonical.settling import PartKind, Settlement, SettlementPart, SettlementStatus

Entity = (
    Location
    | Practitioner
    | Patient
    | Appointment
    | ChargeItem
    | Invoice
    | Payment
    | CreditApplication
    | Settlement
    | Claim
)

__all__ = [
    "Appointment",
    "AppointmentStatus",
    "ChargeItem",
    "Claim",
    "ClaimPayment",
    "ClaimState",
    "CreditApplication",
    "Entity",
    "Evidence",
    "Invoice",
    "InvoiceLine",
    "InvoiceStatus",
    "Location",
    "PartKind",
    "Patient",
    "Payment",
    "PaymentAllocation",
    "PaymentSource",
    "Practitioner",
    "Provenance",
    "Ref",
    "Settlement",
    "SettlementPart",
    "SettlementStatus",
    "Tax",
]
