"""The contract between the hub and a funding scheme that is claimed by file: values and one protocol.

A claim is a set of items; an item is one supported service with a reference of its own, never used again.
Two facts of each item are kept apart: what the scheme decided (ItemOutcome) and what money came
(RemittanceLine).
Accepted is not paid. A scheme's functions are pure: bytes and values in, values and bytes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from hub.errors import Reason
from hub.money import round_minor

LONGEST_REFERENCE = 16


class ServiceKind(StrEnum):
    """In what way a service was given."""

    DIRECT = "direct"
    CANCELLATION = "cancellation"
    REPORT = "report"
    TRAVEL = "travel"
    NON_FACE_TO_FACE = "non-face-to-face"
    TELEHEALTH = "telehealth"
    IRREGULAR = "irregular"


class ServiceTax(StrEnum):
    """How the service stands to GST."""

    TAXABLE = "taxable"
    FREE = "gst-free"
    OUT_OF_SCOPE = "out-of-scope"


@dataclass(frozen=True, slots=True)
class ClaimItem:
    """One service claimed from a scheme (FHIR: Claim.item).

    `member` is the scheme's number of the person, `service` its code of the service. Exactly one of `minutes`
    and `quantity` says how much; `unit_price` is cents an hour or a unit. `invoice_line` is the source id of
    the line it was billed on; `replaces` the reference of the refused item that this one corrects.
    """

    reference: str
    member: str
    service: str
    served_from: date
    served_to: date
    unit_price: int
    minutes: int | None = None
    quantity: Decimal | None = None
    tax: ServiceTax = ServiceTax.FREE
    kind: ServiceKind = ServiceKind.DIRECT
    cancelled: str | None = None
    invoice_line: str = ""
    replaces: str | None = None

    def __post_init__(self) -> None:
        if (self.minutes is None) == (self.quantity is None):
            raise ValueError("either minutes or a quantity")

    @property
    def total(self) -> int:
        """Claimed cents, rounded half up once."""
        count = Decimal(self.minutes) / 60 if self.minutes is not None else self.quantity or Decimal(0)
        return round_minor(self.unit_price * count)


@dataclass(frozen=True, slots=True)
class ClaimFile:
    """A file for a person to upload: made once, never changed. `digest` is the SHA-256 of `data` in hex."""

    name: str
    data: bytes
    digest: str
    references: tuple[str, ...]
    cents: int


class Decision(StrEnum):
    """What a scheme decided on an item."""

    ACCEPTED = "accepted"  # to be paid, not paid
    OPEN = "open"  # somebody else has to agree first
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """A scheme's decision on one item. `approved` cents may be less than claimed (a price limit).

    `code` and `text` are the scheme's own reason of a refusal, as received.
    """

    reference: str
    decision: Decision
    approved: int
    scheme_id: str | None = None
    limit: int | None = None
    code: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class RemittanceLine:
    """Money for one item; negative where it was taken back. `claimed` is what the scheme says we claimed."""

    reference: str
    scheme_id: str
    claimed: int
    paid: int
    file: str


@dataclass(frozen=True, slots=True)
class Remittance:
    """Money that arrives as one deposit: `number` is the scheme's own of the payment."""

    number: str
    paid_on: date
    lines: tuple[RemittanceLine, ...]

    @property
    def total(self) -> int:
        return sum(line.paid for line in self.lines)


T = TypeVar("T", covariant=True)


@dataclass(frozen=True, slots=True)
class ReadFile(Generic[T]):
    """What a file that came back says, with the headings nobody knows (a warning, never an error)."""

    found: tuple[T, ...]
    unknown: tuple[str, ...] = ()


class ClaimScheme(Protocol):
    """One funding scheme that is claimed by file, as one provider uses it. Pure.

    `most` is how many items one file holds. `twin` is the scheme's own test of a duplicate: equal ones are
    the same service. `check` names everything that speaks against claiming an item on a day; `build` refuses
    what `check` would (raises ValueError: a defect). The readers raise Refused for a file that cannot be
    believed.
    """

    scheme: str
    most: int

    def twin(self, item: ClaimItem) -> tuple[str, ...]: ...

    def check(self, item: ClaimItem, on: date) -> Sequence[Reason]: ...

    def build(self, name: str, items: Sequence[ClaimItem]) -> ClaimFile: ...

    def read_results(self, data: bytes) -> ReadFile[ItemOutcome]: ...

    def read_remittance(self, data: bytes) -> ReadFile[Remittance]: ...


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a file with the scheme's services and price limits holds; `first` and `last` are its dates."""

    rows: int
    first: date
    last: date | None


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when a service can be claimed: `last` is the last day, `warn` are the days from which to warn."""

    last: date
    warn: tuple[date, ...]


class Scheme(Protocol):
    """A funding scheme as it is installed: the entry point `clinic_hub.schemes`. Pure.

    `open` raises Misconfigured for settings that are missing or not valid; `catalogues` are the imported
    files as `read_catalogue` accepted them (which raises Refused for any other).
    """

    scheme: str

    def open(self, settings: Mapping[str, str], catalogues: Sequence[bytes]) -> ClaimScheme: ...

    def read_catalogue(self, data: bytes) -> Catalogue: ...

    def deadline(self, served: date) -> Deadline | None:
        """Until when a service given on a day can be claimed; None: for ever."""
        ...
