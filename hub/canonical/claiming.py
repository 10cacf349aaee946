"""A service claimed from a funding scheme: what was claimed, what was decided on it, what money came.

One value per claimed line and attempt; a corrected one is another value with a reference of its own. Decision
and money are kept apart: accepted is not paid. Amounts are integer cents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from hub.canonical.base import Provenance, Ref
from hub.claims import ClaimItem, Decision, ItemOutcome


class ClaimState(StrEnum):
    """How far a claim got. READY: in no file yet; FILED: in a file; UPLOADED: a person said so.

    WITHDRAWN: its invoice changed before it left the house; CANCELLED: a person took it back at the scheme;
    REVERSED: all money for it was taken back.
    """

    READY = "ready"
    FILED = "filed"
    UPLOADED = "uploaded"
    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    PAID = "paid"
    REVERSED = "reversed"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"

    @property
    def stands(self) -> bool:
        """Whether the service counts as claimed: nothing else may claim it meanwhile."""
        return self not in (ClaimState.REFUSED, ClaimState.CANCELLED, ClaimState.WITHDRAWN)

    @property
    def left(self) -> bool:
        """Whether it stands and left the house, so that a change of its invoice can not just be followed."""
        return self.stands and self is not ClaimState.READY


@dataclass(frozen=True, slots=True)
class ClaimPayment:
    """Money of one settlement (its source id) for a claim; negative where it was taken back."""

    settlement: str
    on: date
    amount: int


@dataclass(frozen=True, slots=True)
class Claim:
    """One service of one invoice claimed from a scheme (FHIR: Claim, with what its response said).

    `source` names the scheme and the claim's reference; `pms` is the connection whose ids invoice and line
    are, `number` what people call the invoice. `basis` is what the line said when it was claimed.
    """

    kind: ClassVar[str] = "claim"
    source: Provenance
    item: ClaimItem
    pms: str
    invoice: str
    number: str
    state: ClaimState
    basis: str = ""
    outcome: ItemOutcome | None = None
    payments: tuple[ClaimPayment, ...] = ()

    @property
    def home(self) -> str:
        """The connection whose entities this one points at."""
        return self.pms

    @property
    def reference(self) -> str:
        return self.source.source_id

    @property
    def paid(self) -> int:
        """Cents received so far, recoveries taken off."""
        return sum(payment.amount for payment in self.payments)

    @property
    def cut(self) -> int:
        """Cents the scheme will never pay and nobody may be billed for: known once the rest is paid."""
        accepted = self.outcome is not None and self.outcome.decision is Decision.ACCEPTED
        if not accepted or self.outcome is None or self.paid != self.outcome.approved:
            return 0
        return max(0, self.item.total - self.outcome.approved)

    @property
    def completed_by(self) -> ClaimPayment | None:
        """The payment after which nothing more is expected; None while something is."""
        return max(self.payments, key=lambda one: (one.on, one.settlement), default=None)

    def refs(self) -> tuple[Ref, ...]:
        return (Ref("invoice", self.invoice),)
