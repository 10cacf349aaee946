"""What should exist at a target, vendor-neutral: the only thing a mapping and a connector share.

Mappings make documents, a target connector turns them into its vendor's objects. A document points at
another by document id. Amounts are positive integer cents; signs are in the kind, not in the number,
except on lines (a discount line of an invoice may be negative).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, cast

from pydantic import TypeAdapter

from hub.ids import canonical_json, keyed_hash


class DocKind(StrEnum):
    CONTACT = "contact"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit-note"
    RECEIPT = "receipt"
    REFUND = "refund"
    OVERPAYMENT = "overpayment"
    ALLOCATION = "allocation"
    BANK_PAYMENT = "bank-payment"
    TRANSFER = "transfer"
    DEPOSIT = "deposit"
    PAYMENT_REQUEST = "payment-request"
    RECORDED_PAYMENT = "recorded-payment"


@dataclass(frozen=True, slots=True)
class Line:
    """One posted line; `gross` includes `gst`. `tracking` is an option of the location category."""

    description: str
    account: str
    tax_type: str
    gross: int
    gst: int
    tracking: str | None = None


@dataclass(frozen=True, slots=True)
class DebtorCard:
    """A contact. `number` is our key at the target; the name carries the reference, so it is unique."""

    kind: ClassVar[DocKind] = DocKind.CONTACT
    wording: ClassVar[frozenset[str]] = frozenset()
    number: str
    name: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    tax_number: str = ""

    def needs(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class SalesInvoice:
    """An authorised sales invoice; `contact` is a document id; total = sum of line gross >= 0."""

    kind: ClassVar[DocKind] = DocKind.INVOICE
    wording: ClassVar[frozenset[str]] = frozenset({"reference"})
    number: str
    contact: str
    issued: date
    due: date
    currency: str
    lines: tuple[Line, ...]
    reference: str = ""

    @property
    def total(self) -> int:
        return sum(line.gross for line in self.lines)

    def needs(self) -> tuple[str, ...]:
        return (self.contact,)


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A credit note; line amounts are positive (what is given back); total > 0."""

    kind: ClassVar[DocKind] = DocKind.CREDIT_NOTE
    wording: ClassVar[frozenset[str]] = frozenset({"reference"})
    number: str
    contact: str
    issued: date
    currency: str
    lines: tuple[Line, ...]
    reference: str = ""

    @property
    def total(self) -> int:
        return sum(line.gross for line in self.lines)

    def needs(self) -> tuple[str, ...]:
        return (self.contact,)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money received on one invoice: one (PMS payment, source, invoice)."""

    kind: ClassVar[DocKind] = DocKind.RECEIPT
    wording: ClassVar[frozenset[str]] = frozenset({"label"})
    invoice: str
    account: str
    on: date
    amount: int
    label: str = ""

    def needs(self) -> tuple[str, ...]:
        return (self.invoice,)


@dataclass(frozen=True, slots=True)
class Refund:
    """Money paid out of a credit note (a reversal paid back)."""

    kind: ClassVar[DocKind] = DocKind.REFUND
    wording: ClassVar[frozenset[str]] = frozenset({"label"})
    credit: str
    account: str
    on: date
    amount: int
    label: str = ""

    def needs(self) -> tuple[str, ...]:
        return (self.credit,)


@dataclass(frozen=True, slots=True)
class Overpayment:
    """Unallocated money of a debtor: the rest of one source of one PMS payment, without tax."""

    kind: ClassVar[DocKind] = DocKind.OVERPAYMENT
    wording: ClassVar[frozenset[str]] = frozenset({"label"})
    contact: str
    account: str
    on: date
    amount: int
    currency: str
    label: str = ""
    tracking: str | None = None

    def needs(self) -> tuple[str, ...]:
        return (self.contact,)


@dataclass(frozen=True, slots=True)
class Allocation:
    """Existing credit (an overpayment or a credit note) put on an invoice; one per (credit, invoice)."""

    kind: ClassVar[DocKind] = DocKind.ALLOCATION
    wording: ClassVar[frozenset[str]] = frozenset()
    credit: str
    invoice: str
    on: date
    amount: int

    def needs(self) -> tuple[str, ...]:
        return (self.credit, self.invoice)


@dataclass(frozen=True, slots=True)
class BankPayment:
    """Money that left a bank account for something other than a debtor (a fee), coded by lines; total > 0."""

    kind: ClassVar[DocKind] = DocKind.BANK_PAYMENT
    wording: ClassVar[frozenset[str]] = frozenset({"label"})
    contact: str
    account: str
    on: date
    currency: str
    lines: tuple[Line, ...]
    label: str = ""

    @property
    def total(self) -> int:
        return sum(line.gross for line in self.lines)

    def needs(self) -> tuple[str, ...]:
        return (self.contact,)


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money moved between two bank accounts of the same books (a payout landing)."""

    kind: ClassVar[DocKind] = DocKind.TRANSFER
    wording: ClassVar[frozenset[str]] = frozenset({"label"})
    from_account: str
    to_account: str
    on: date
    amount: int
    label: str = ""

    def needs(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class DepositPart:
    """What of a deposit pays one invoice (a document id); positive cents."""

    invoice: str
    amount: int


@dataclass(frozen=True, slots=True)
class Deposit:
    """One sum on the bank statement that pays several invoices (a funder's remittance)."""

    kind: ClassVar[DocKind] = DocKind.DEPOSIT
    wording: ClassVar[frozenset[str]] = frozenset({"label"})
    account: str
    on: date
    parts: tuple[DepositPart, ...]
    label: str = ""

    @property
    def amount(self) -> int:
        return sum(part.amount for part in self.parts)

    def needs(self) -> tuple[str, ...]:
        return tuple(part.invoice for part in self.parts)


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """A page on which what is still open on an invoice can be paid until `expires` (aware UTC).

    `pms` is the connection whose ids invoice, location and patient are; `number` is what the payer knows the
    invoice by. Neither label nor number may hold a name or anything of health. `answered`: how many pages of
    this invoice were paid by what `amount` counts already.
    """

    kind: ClassVar[DocKind] = DocKind.PAYMENT_REQUEST
    wording: ClassVar[frozenset[str]] = frozenset({"label", "answered"})
    number: str
    pms: str
    invoice: str
    location: str
    patient: str | None
    amount: int
    currency: str
    expires: datetime
    label: str = ""
    answered: int = 0

    def needs(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class RecordedPayment:
    """Money another system took, noted on an invoice of a practice system (which keeps its own id of it).

    `method` is one of the practice's own words. `after` are documents noted on the same invoice before this
    one: each waits for the one before it, so that equal payments are told apart.
    """

    kind: ClassVar[DocKind] = DocKind.RECORDED_PAYMENT
    wording: ClassVar[frozenset[str]] = frozenset({"reference", "after"})
    invoice: str
    on: date
    amount: int
    method: str
    reference: str = ""
    after: tuple[str, ...] = ()

    def needs(self) -> tuple[str, ...]:
        return self.after


Document = (
    DebtorCard
    | SalesInvoice
    | CreditNote
    | Receipt
    | Refund
    | Overpayment
    | Allocation
    | BankPayment
    | Transfer
    | Deposit
    | PaymentRequest
    | RecordedPayment
)

_TYPES: dict[DocKind, type[Document]] = {
    cls.kind: cls
    for cls in (
        DebtorCard,
        SalesInvoice,
        CreditNote,
        Receipt,
        Refund,
        Overpayment,
        Allocation,
        BankPayment,
        Transfer,
        Deposit,
        PaymentRequest,
        RecordedPayment,
    )
}


@cache
def _adapter(kind: DocKind) -> TypeAdapter[Any]:
    return TypeAdapter(_TYPES[kind])


def dump(document: Document) -> str:
    """A document as canonical JSON (stored encrypted on its delivery)."""
    return canonical_json(_adapter(document.kind).dump_python(document, mode="json"))


def load(kind: DocKind, text: str) -> Document:
    """The document back from `dump`."""
    return cast(Document, _adapter(kind).validate_json(text))


def content_hash(key: bytes, document: Document) -> str:
    """Keyed hash of what makes two documents different: wording (reference, label, line text) never does."""
    essence = _adapter(document.kind).dump_python(document, mode="json")
    for field in document.wording:
        essence.pop(field)
    for line in essence.get("lines", ()):
        line.pop("description")
    return keyed_hash(key, document.kind.value, canonical_json(essence))


def as_dict(document: Document) -> dict[str, Any]:
    """A plain dict for tests and `--json` output of people allowed to see it."""
    return {"kind": document.kind.value, **asdict(document)}
