"""Why a claim waits or was not taken: a stable code, one sentence without personal text, who must act."""

from __future__ import annotations

from hub.claims import ItemOutcome
from hub.errors import Reason, Who

CHANGED = "claim:changed"


def changed(cents: int) -> Reason:
    return Reason(
        CHANGED,
        "The invoice was changed after it was claimed from its funding scheme: undo the change, or take the"
        " claim back there and say so with `hub claims cancel`.",
        Who.CLINIC,
        cents,
    )


def twin(other: str, cents: int) -> Reason:
    return Reason(
        "claim:twin",
        f"The same service of the same person on the same day is claimed already ({other}): put both on one"
        " line, or remove one.",
        Who.CLINIC,
        cents,
    )


def anew(reference: str, cents: int) -> Reason:
    return Reason(
        "claim:anew",
        "Earlier claims were refused or taken back: nothing is claimed anew by itself. `hub claims correct"
        f" {reference}` does it once the invoice is right.",
        Who.CLINIC,
        cents,
    )


def refused(reference: str, outcome: ItemOutcome, cents: int) -> Reason:
    """A scheme's refusal by its code; its own words may hold anything and are shown by a command only."""
    code = outcome.code or "other"
    return Reason(
        f"claim:refused:{code}",
        f"The funding scheme refused claims ({code}): `hub claims show {reference}` has its words. Mend the"
        " cause, then `hub claims correct`.",
        Who.CLINIC,
        cents,
    )
