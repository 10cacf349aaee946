"""What was billed and what was paid. Amounts are integer cents of `currency`; ids are PMS source ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from hub.canonical.base import Evidence, Provenance, Ref


@dataclass(frozen=True, slots=True)
class ChargeItem:
    """A catalogue entry; `code` is what mappings name."""

    kind: ClassVar[str] = "charge_item"
    source: Provenance
    code: str
    name: str
    archived: bool = False

    def refs(self) -> tuple[Ref, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax as the PMS printed it on a line. No tax is None on the line, never a zero rate."""

    name: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line, net of discount. `gross` includes tax; `tax_cents` is the part of it that is tax.

    `price` is the cents of one unit as the PMS shows it, None where it shows none.
    """

    source_id: str
    code: str
    description: str
    quantity: Decimal
    gross: int
    tax_cents: int
    tax: Tax | None
    item: Ref | None = None
    price: int | None = None


class InvoiceStatus(StrEnum):
    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"
    OPEN_CREDIT = "open-credit"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice, or a credit note where `total` is negative. Checked: lines sum to `total`.

    `bill_to` is free text of the PMS (the only trace of a third-party payer); `reverses` is the source
    id of the invoice a credit note belongs to; `closed_on` is a business date in the clinic's zone.
    `money_shown`: the PMS shows all money on it and its own balance, and they agree; else a report tells.
    `visit` is the source id of the appointment it bills; `remarks` free text the PMS keeps with it for
    whoever pays (numbers of members, claims, referrals).
    """

    kind: ClassVar[str] = "invoice"
    source: Provenance
    number: str
    issued: date
    status: InvoiceStatus
    total: int
    currency: str
    lines: tuple[InvoiceLine, ...]
    location: str
    patient: str | None
    practitioner: str | None
    bill_to: str | None = None
    reverses: str | None = None
    closed_on: date | None = None
    rounding: int = 0
    money_shown: bool = False
    visit: str | None = None
    remarks: str | None = None

    def __post_init__(self) -> None:
        if sum(line.gross for line in self.lines) + self.rounding != self.total:
            raise ValueError("lines do not add up to the total")

    def refs(self) -> tuple[Ref, ...]:
        pairs = (
            ("location", self.location),
            ("patient", self.patient),
            ("practitioner", self.practitioner),
            ("invoice", self.reverses),
        )
        return tuple(Ref(kind, sid) for kind, sid in pairs if sid)


@dataclass(frozen=True, slots=True)
class PaymentSource:
    """One way a payment was made: the PMS's own method name and cents. None: nobody said (derived)."""

    method: str | None
    amount: int


@dataclass(frozen=True, slots=True)
class PaymentAllocation:
    """Cents of source number `source` (index into `sources`) put on an invoice or credit note."""

    source: int
    invoice: str
    amount: int


@dataclass(frozen=True, slots=True)
class Payment:
    """Money of one patient at one moment; negative amounts are money paid back.

    Allocations never exceed their source; what is left of a source is account credit. `pms`: the connection
    whose ids location, patient and invoices are, where a payment system took the money ("": it does not say
    for whom); None: its own.
    """

    kind: ClassVar[str] = "payment"
    source: Provenance
    number: str
    paid_on: date
    location: str
    patient: str | None
    currency: str
    sources: tuple[PaymentSource, ...]
    allocations: tuple[PaymentAllocation, ...]
    evidence: Evidence
    pms: str | None = None

    def __post_init__(self) -> None:
        for index, src in enumerate(self.sources):
            used = sum(a.amount for a in self.allocations if a.source == index)
            if abs(used) > abs(src.amount) or used * src.amount < 0:
                raise ValueError("allocations exceed the payment")

    @property
    def amount(self) -> int:
        return sum(s.amount for s in self.sources)

    @property
    def home(self) -> str:
        """The connection whose entities this one points at."""
        return self.pms or self.source.connection

    def refs(self) -> tuple[Ref, ...]:
        own = (*tuple(Ref("patient", p) for p in (self.patient,) if p), Ref("location", self.location))
        return own + tuple(Ref("invoice", i) for i in dict.fromkeys(a.invoice for a in self.allocations))


@dataclass(frozen=True, slots=True)
class CreditApplication:
    """Existing credit used on an invoice, no money that day.

    The credit is that of payment number `payment` or of the credit note `credit_note` (source id);
    with neither the PMS did not say whose credit it was.
    """

    kind: ClassVar[str] = "credit_application"
    source: Provenance
    applied_on: date
    location: str
    patient: str | None
    invoice: str
    amount: int
    payment: str | None = None
    credit_note: str | None = None
    evidence: Evidence = Evidence.IMPORTED

    def refs(self) -> tuple[Ref, ...]:
        pairs = (("invoice", self.invoice), ("payment", self.payment), ("invoice", self.credit_note))
        return tuple(Ref(kind, sid) for kind, sid in pairs if sid)
