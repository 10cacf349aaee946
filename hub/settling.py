"""A settlement taken apart by the place whose money it is, and the practice's own word for each part of it.

Pure over canonical values. What a payment system took is money of the practice only once the practice wrote
it down; such a payment posts nothing itself, it explains.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from hub.canonical import PartKind, Payment, Settlement, SettlementPart

MONEY = (PartKind.CHARGE, PartKind.REFUND)
UNDERSTOOD = (*MONEY, PartKind.FEE)
"""Kinds of part that are posted; any other is decided by a person."""

Taken = Callable[[str], Payment | None]
"""A payment of the connection that tells the settlements, by its source id."""


@dataclass(frozen=True, slots=True)
class Share:
    """What of a settlement belongs to one place: a practice's connection and its location id.

    Without either nobody knows whose it is. `main` is the one share of which there always is one.
    """

    pms: str | None
    location: str | None
    main: bool
    parts: tuple[SettlementPart, ...]

    @property
    def net(self) -> int:
        """Signed cents that arrive."""
        return sum(part.amount for part in self.parts)

    @property
    def fees(self) -> int:
        """Cents kept back (positive), tax included."""
        return -sum(part.amount for part in self.parts if part.kind is PartKind.FEE)

    @property
    def told_fees(self) -> int:
        """Cents of fees whose tax the payer names."""
        told = (p for p in self.parts if p.kind is PartKind.FEE and p.tax_cents is not None)
        return -sum(part.amount for part in told)

    @property
    def told_tax(self) -> int:
        """The tax named inside fees, positive."""
        return -sum(part.tax_cents or 0 for part in self.parts if part.kind is PartKind.FEE)


def shares(settlement: Settlement, taken: Taken) -> tuple[Share, ...]:
    """The settlement by place, the main share first: where most money is. Together they are all of it.

    What names no place (a fee of the account, a charge nobody asked for) belongs to the main share, so that
    one place's settlement is one sum at the bank.
    """
    placed: dict[tuple[str, str], list[SettlementPart]] = defaultdict(list)
    rest: list[SettlementPart] = []
    for part in settlement.parts:
        payment = taken(part.about.source_id) if part.about and part.about.kind == Payment.kind else None
        if payment is None or not payment.pms:
            rest.append(part)
        else:
            placed[payment.pms, payment.location].append(part)
    if not placed:
        return (Share(None, None, True, tuple(rest)),)
    size = {home: sum(abs(p.amount) for p in parts if p.kind in MONEY) for home, parts in placed.items()}
    first, *others = sorted(placed, key=lambda home: (-size[home], home))
    return (
        Share(*first, True, (*placed[first], *rest)),
        *(Share(*home, False, tuple(placed[home])) for home in others),
    )


def explained(taken: Iterable[Payment], recorded: Iterable[tuple[Payment, int]]) -> dict[str, Payment]:
    """Source id of what a payment system took on one invoice -> the practice's record of it.

    `recorded` are payments on that invoice (or out of a credit note against it) that stand in the right
    account, each with the cents of its source. Equal amounts meet in order of their days, each record once;
    another amount explains nothing. An account asks how much of it is accounted for, and there equal money is
    equal; which payment became which is asked before one is written (`taken.matched` of the mapping), and
    there what fits more than one must stay open.
    """
    waiting: dict[int, list[Payment]] = defaultdict(list)
    for payment, cents in sorted(recorded, key=lambda pair: _order(pair[0])):
        waiting[cents].append(payment)
    found: dict[str, Payment] = {}
    for one in sorted(taken, key=_order):
        if waiting[one.amount]:
            found[one.source.source_id] = waiting[one.amount].pop(0)
    return found


def _order(payment: Payment) -> tuple[str, str]:
    return payment.paid_on.isoformat(), payment.source.source_id


def others(settlement: Settlement) -> Sequence[SettlementPart]:
    """Parts that a person decides about."""
    return [part for part in settlement.parts if part.kind not in UNDERSTOOD]
