"""Money that arrived together: a card payout, a terminal settlement, a scheme remittance, a bank deposit.

Vendor-neutral: whoever pays says what the sum is made of, and each part points at what it settles. Amounts
are signed cents of `currency`; positive raises what arrives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from hub.canonical.base import Provenance, Ref


class SettlementStatus(StrEnum):
    """Where the money is. FAILED: it came back to the payer and did not arrive."""

    EXPECTED = "expected"
    IN_TRANSIT = "in-transit"
    ARRIVED = "arrived"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PartKind(StrEnum):
    """What a part is. SETTLEMENT: another settlement (one that came back, one paid out apart).

    UNKNOWN: the payer does not say, or says something no mapping knows; never guessed, always held.
    """

    CHARGE = "charge"
    REFUND = "refund"
    FEE = "fee"
    CLAIM = "claim"
    DISPUTE = "dispute"
    ADJUSTMENT = "adjustment"
    SETTLEMENT = "settlement"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SettlementPart:
    """One line of a settlement. `tax_cents` is the tax inside `amount`, signed alike; None: nobody said.

    `about` points at what is settled (payment, claim, settlement); `reference` is the payer's own id of it,
    `label` the payer's words, free of personal text; `on` the business date of the line.
    """

    source_id: str
    kind: PartKind
    amount: int
    on: date | None = None
    about: Ref | None = None
    tax_cents: int | None = None
    reference: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """Money that arrived, arrives or failed to arrive as one sum. Checked: parts sum to `amount`.

    `account` names the account it was paid out of, as the payer calls it; `reference` the payer's or the
    bank's trace of the transfer, never a key; `number` what people call it.
    """

    kind: ClassVar[str] = "settlement"
    source: Provenance
    number: str
    amount: int
    currency: str
    arrives_on: date | None
    status: SettlementStatus
    parts: tuple[SettlementPart, ...]
    account: str = ""
    reference: str = ""

    def __post_init__(self) -> None:
        if sum(part.amount for part in self.parts) != self.amount:
            raise ValueError("parts do not add up to the settlement")
        if len({part.source_id for part in self.parts}) != len(self.parts):
            raise ValueError("two parts of a settlement have one id")
        for part in self.parts:
            tax = part.tax_cents or 0
            if abs(tax) > abs(part.amount) or tax * part.amount < 0:
                raise ValueError("the tax of a part exceeds the part")

    def of(self, *kinds: PartKind) -> tuple[SettlementPart, ...]:
        """The parts of these kinds, in order."""
        return tuple(part for part in self.parts if part.kind in kinds)

    def total(self, *kinds: PartKind) -> int:
        """The signed cents of these kinds together."""
        return sum(part.amount for part in self.of(*kinds))

    def refs(self) -> tuple[Ref, ...]:
        return tuple(dict.fromkeys(part.about for part in self.parts if part.about is not None))
