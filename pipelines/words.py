"""What people of a clinic read about each asset, and the command that shows the rows behind a count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.canonical import (
    Appointment,
    ChargeItem,
    Claim,
    CreditApplication,
    Invoice,
    Location,
    Patient,
    Payment,
    Practitioner,
    Settlement,
)
from hub.changed import CLAIM_FILE
from hub.documents import DocKind

KINDS: Mapping[str, str] = {
    Location.kind: "Sites of the clinic group, each with its time zone.",
    Practitioner.kind: "People who treat. Those who left stay: old invoices still name them.",
    Patient.kind: "People who are or may be debtors. Names stay in the hub's encrypted columns.",
    Appointment.kind: "Bookings, one for each patient in them.",
    ChargeItem.kind: "What can be billed: services and goods, by the codes that the group's file names.",
    Invoice.kind: "Invoices and credit notes, each with its lines; checked to sum to their total.",
    Payment.kind: "Money of patients and payers as the practice knows it; negative is money paid back.",
    CreditApplication.kind: "Credit that was there before and is used on an invoice: no money that day.",
    Settlement.kind: "Money that reaches the bank in one sum: payouts of cards, remittances of schemes.",
    Claim.kind: "Services claimed from a funding scheme, and what it decided and paid.",
}
"""One sentence for each canonical kind, in the order of the pages of the model."""

DOCUMENTS: Mapping[DocKind, str] = {
    DocKind.CONTACT: "Who owes: patients and third parties, as contacts.",
    DocKind.INVOICE: "What the clinic billed, one for one.",
    DocKind.CREDIT_NOTE: "What was taken off an invoice: reversals, write-offs, price cuts of schemes.",
    DocKind.RECEIPT: "Money put on an invoice, in the clearing account of its method.",
    DocKind.REFUND: "Money paid back.",
    DocKind.OVERPAYMENT: "Money that belongs to no invoice yet: deposits and account credit.",
    DocKind.ALLOCATION: "Credit put on an invoice.",
    DocKind.BANK_PAYMENT: "Fees that a payment system kept back from its payouts.",
    DocKind.TRANSFER: "Payouts moved from the clearing account to the bank.",
    DocKind.DEPOSIT: "Remittances of funding schemes, each one deposit.",
    DocKind.PAYMENT_REQUEST: "Pages on which an invoice can be paid; `hub ask` opens one.",
    DocKind.RECORDED_PAYMENT: "Payments taken elsewhere and noted on the invoice at the practice.",
}

FILES: Mapping[str, str] = {
    "catalogue": "Services and price limits that a person saved and gave to `hub import catalogue`.",
    "results": "What the scheme decided, as a person gave it to `hub import results`.",
    "remittance": "Remittance advices that a person gave to `hub import remittance`.",
}
REPORTS = "Payment reports that a person saved at the practice system and gave to `hub import payments`."
CLAIM_FILES = "Files of claims that `hub claims batch` made, for a person to upload."

COUNTED = {
    "raw": "New or changed records, counted by connection",
    "canonical": "Values that are new, changed or withdrawn, counted by connection",
    "delivered": "Changes that came to an end, counted by how",
}
_LOOK = {"raw": "hub cursor list", "canonical": "hub trace NUMBER", "delivered": "hub deliveries list"}
_LOOK_AT = {
    Claim.kind: "hub claims list",
    Settlement.kind: "hub reconcile",
    DocKind.PAYMENT_REQUEST: "hub asks",
    CLAIM_FILE: "hub claims list",
    **dict.fromkeys(FILES, "hub claims list"),
}


def raw(name: str, stream: str, note: str) -> str:
    """What a stream holds, and how far it tells of its own changes."""
    return f"{name}: {stream.replace('_', ' ')} as read, every version kept encrypted. {note}".strip()


def look(asset: Sequence[str]) -> str:
    """The command that shows what an asset counts."""
    return _LOOK_AT.get(asset[-1], _LOOK[asset[0]])
