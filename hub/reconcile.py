"""The books here beside the books at the target, every difference named by its item.

Three equations per location and day, and a fourth for money that arrives later: a clearing account holds what
is in transit, and beside it only what is named.

*Here* is canonical: what the PMS recorded, read with the group's own mapping. *Target* is what our linked
documents hold, looked at again before it is believed. The PMS's own balances are shown where a PMS offers
them (Cliniko does not). Debtors and credits are two tables: their difference is the receivables account.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hub.kernel import Kernel
from hub.reconciling.clearing import InTransit, Named, standing_in
from hub.reconciling.differences import Difference, Explainer, differences
from hub.reconciling.flows import CREDITS, DEBTORS
from hub.reconciling.here import books_here, write_off_accounts
from hub.reconciling.rows import (
    BilledRow,
    ClearingRow,
    MoneyRow,
    RollRow,
    billed_rows,
    clearing_rows,
    money_rows,
    roll_rows,
)
from hub.reconciling.target import books_there


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The equations. All amounts in cents; the clearing accounts are shown as they stand, over all days.

    `unread` are numbers of records that cannot be read as they are now.
    """

    looked_at: datetime | None
    money: tuple[MoneyRow, ...]
    billed: tuple[BilledRow, ...]
    debtors: tuple[RollRow, ...]
    credits: tuple[RollRow, ...]
    differences: tuple[Difference, ...]
    unread: tuple[str, ...]
    clearing: tuple[ClearingRow, ...] = ()
    in_transit: tuple[InTransit, ...] = ()
    named: tuple[Named, ...] = ()

    @property
    def agrees(self) -> bool:
        """Not a cent differs."""
        return not self.differences and all(abs(r.here_gst - r.target_gst) <= r.lines for r in self.billed)

    @property
    def unexplained(self) -> tuple[Difference, ...]:
        """Differences that no hold, no pending work and no person's act explains."""
        return tuple(one for one in self.differences if not one.explained)

    @property
    def gst_off(self) -> tuple[BilledRow, ...]:
        """Rows whose GST differs by more than rounding although their gross agrees."""
        return tuple(
            r for r in self.billed if r.here == r.target and abs(r.here_gst - r.target_gst) > r.lines
        )

    @property
    def late(self) -> tuple[InTransit, ...]:
        """Money that should have arrived before the day of the look."""
        today = self.looked_at.date() if self.looked_at else date.min
        return tuple(one for one in self.in_transit if one.expected_by < today)


def reconcile(
    kernel: Kernel,
    group: str,
    *,
    day: date | None = None,
    location: str | None = None,
    patience: timedelta = timedelta(0),
) -> Reconciliation:
    """Compare one group's books since the start dates; `day` and `location` show a part of the same books.

    `patience` is how long a target's rate limit may make it wait. Raises ReadFailed and the pauses: half a
    look proves nothing.
    """
    config = kernel.config(group)
    there = books_there(kernel, group, config, write_off_accounts(config), patience)
    here = books_here(kernel, group, config)
    ours, theirs = here.side.flows, there.side.flows
    shown = _filter(day, location)
    found = differences(Explainer(group, here, there), ours, theirs, shown)
    moving, named = standing_in(config, here)
    return Reconciliation(
        there.looked_at,
        tuple(r for r in money_rows(ours, theirs) if shown(r.location, r.day)),
        tuple(r for r in billed_rows(ours, theirs) if shown(r.location, r.day)),
        tuple(r for r in roll_rows(DEBTORS, ours, theirs) if shown(r.location, r.day)),
        tuple(r for r in roll_rows(CREDITS, ours, theirs) if shown(r.location, r.day)),
        tuple(found),
        tuple(here.unread),
        tuple(clearing_rows(ours, theirs)),
        tuple(moving),
        tuple(named),
    )


def in_transit(kernel: Kernel, group: str) -> tuple[InTransit, ...]:
    """What stands in the clearing accounts and no settlement brought to the bank, as far as we know."""
    config = kernel.config(group)
    return tuple(standing_in(config, books_here(kernel, group, config))[0])


def _filter(day: date | None, location: str | None) -> Callable[[str, date], bool]:
    return lambda place, on: location in (None, place) and day in (None, on)


__all__ = [
    "BilledRow",
    "ClearingRow",
    "Difference",
    "InTransit",
    "MoneyRow",
    "Named",
    "Reconciliation",
    "RollRow",
    "in_transit",
    "reconcile",
]
