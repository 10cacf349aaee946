"""Whether a write-off by reversal may be posted with its own lines.

A write-off gives back the unpaid share of each line under that line's own tax; the practice system's lines
are posted only if their split by tax type equals that share to the cent, else a person must look (a
bookkeeper's part 11: GST would be given back that was never owed, or kept that was never received).
"""

from __future__ import annotations

from collections import Counter

from hub.canonical import Invoice, InvoiceStatus
from hub.config.model import LocationConfig
from hub.errors import Reason
from hub.money import Money, split_next
from mappings.documents import reasons
from mappings.documents.coding import scope_of, tax_type_of, write_off_entry
from mappings.documents.coverage import covered_before
from mappings.documents.view import View
from mappings.tables import tax_key


def writeoff_reason(view: View, place: LocationConfig, note: Invoice) -> Reason | None:
    """None for a credit note without write-off lines, or one whose tax split is right."""
    scope = scope_of(place, note)
    ours: Counter[str] = Counter()
    for line in note.lines:
        if write_off_entry(view.config, line, scope) is not None:
            ours[tax_type_of(view.config, line, scope) or tax_key(line.tax)] -= line.gross
    cents = ours.total()
    if not any(ours.values()):
        return None
    original = view.invoice(note.reverses) if note.reverses else None
    if original is None or original.status is InvoiceStatus.REMOVED or original.total <= 0:
        return reasons.writeoff_alone(cents)
    if original.issued < place.start and view.delivered(view.invoice_document(original)) is None:
        return reasons.invoice_before_start(place.start, cents)
    theirs = unpaid_split(view, place, original, covered_before(view, original, note), cents)
    if _plain(ours) == _plain(theirs):
        return None
    return reasons.writeoff_split(cents, _text(ours, note.currency), _text(theirs, note.currency))


def unpaid_split(
    view: View, place: LocationConfig, original: Invoice, covered: int, cents: int
) -> Counter[str]:
    """By tax type, what the next `cents` (at most the unpaid rest) of an invoice are made of."""
    scope = scope_of(place, original)
    keys = [tax_type_of(view.config, line, scope) or tax_key(line.tax) for line in original.lines]
    weights = [line.gross for line in original.lines]
    if original.rounding:
        keys.append(view.config.policy.rounding_tax or "rounding")
        weights.append(original.rounding)
    share = max(0, min(cents, original.total - covered))
    theirs: Counter[str] = Counter()
    for key, part in zip(keys, split_next(covered, share, weights), strict=True):
        theirs[key] += part
    return theirs


def _plain(split: Counter[str]) -> dict[str, int]:
    return {key: cents for key, cents in split.items() if cents}


def _text(split: Counter[str], currency: str) -> str:
    parts = [f"{key} {Money(cents, currency)}" for key, cents in sorted(split.items()) if cents]
    return " + ".join(parts) or "nothing"
