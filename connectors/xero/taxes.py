"""Whose tax stands on a line: ours, or what Xero computes from the line's gross.

Xero documents that TaxAmount overrides what it calculates (its OpenAPI document, LineItem), and its
certification asks apps not to send it where Xero's own is right. On what a clinic sells the rate decides, so
Xero computes. On what a clinic buys the supplier's tax invoice decides: a card fee's GST was rounded for each
charge, and the tax of their sum is another figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from hub.documents import BankPayment, Document
from hub.targets import Seen


@dataclass(frozen=True, slots=True)
class TaxAmounts:
    """Documents whose lines carry our tax: `sales` (invoices, credit notes), `fees` (bank payments)."""

    sales: bool = False
    fees: bool = True

    @classmethod
    def by(cls, settings: Mapping[str, Any]) -> Self:
        """From a connection's settings `send_tax_amounts` and `send_fee_tax`."""
        return cls(bool(settings.get("send_tax_amounts", False)), bool(settings.get("send_fee_tax", True)))

    def judged(self, content: Document, seen: Seen) -> Seen:
        """A fee that stands, with `differs` and no match where its tax is not the one that was sent."""
        if not (self.fees and seen.matches and isinstance(content, BankPayment)):
            return seen
        if seen.extra.get("tax") in (None, sum(line.gst for line in content.lines)):
            return seen
        return replace(seen, matches=False, extra={**seen.extra, "differs": True})
