"""The contract between claiming and the pure mapping that reads services out of invoices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.canonical import Invoice
from hub.claims import ClaimItem
from hub.config.model import GroupConfig
from hub.errors import Reason
from hub.rendering import Facts

ISSUES = "claims"
"""The stream name of issues about services that cannot be claimed, and of claims; no listing has it."""

LAST_DAY = "claim-by"
"""The kind of the thing to do about a service whose last day to be claimed comes near."""


@dataclass(frozen=True, slots=True)
class Service:
    """One line of an invoice that a scheme owes.

    `item` has no reference yet and is None where it cannot be made; `missing` says what speaks against
    claiming it. `location` is the configured key of the place, `cents` the line's gross. `basis` is a plain
    string of what the line itself says, without any configuration.
    """

    line: str
    cents: int
    basis: str
    location: str | None
    item: ClaimItem | None
    missing: tuple[Reason, ...] = ()


class Billing(Protocol):
    """Pure: an invoice to the services a scheme owes for it."""

    def scheme_of(self, invoice: Invoice, facts: Facts, config: GroupConfig) -> str | None:
        """The scheme whose payer owes an invoice, None where none does."""
        ...

    def services(self, invoice: Invoice, scheme: str, facts: Facts, config: GroupConfig) -> Sequence[Service]:
        """Its lines as services of that scheme; none for a removed one or a credit note."""
        ...
