"""Look-ups in a group's tables: which entry is valid for a key, a place, a practitioner and a day.

Precedence: practitioner or location entry, their written-down fallback, group entry, group fallback; else
nobody wrote it down and the caller holds. Among entries of one scope the latest `from_day` not after the
document's own date is valid. Nothing here guesses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hub.canonical import Tax
from hub.config.model import Entry

NO_TAX = "none"
"""The key of the tax table for a line on which the practice system printed no tax."""
NO_CODE = "none"
"""The key of the item table for a line without an item code."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where and when a document stands: location key, practitioner source id, its own business date."""

    location: str | None
    day: date
    practitioner: str | None = None


def look_up(entries: Sequence[Entry], key: str, scope: Scope) -> Entry | None:
    """The entry valid for `key` in `scope`, or None when nobody wrote one down."""
    best: Entry | None = None
    best_rank: tuple[int, date] | None = None
    for entry in entries:
        named = entry.key
        if named is not None and named != key:  # asked for every line of every document: first what most fail
            continue
        level = _level(entry, scope)
        if level is None or (entry.from_day is not None and entry.from_day > scope.day):
            continue
        rank = (-level, entry.from_day or date.min)
        if best_rank is None or rank > best_rank:
            best, best_rank = entry, rank
    return best


def _level(entry: Entry, scope: Scope) -> int | None:
    """0 is the most particular; None: the entry does not speak about this place or person."""
    if entry.practitioner is not None and entry.practitioner != scope.practitioner:
        return None
    if entry.location is not None and entry.location != scope.location:
        return None
    named = entry.key is not None
    if entry.practitioner is not None:
        return (0 if entry.location is not None else 1) if named else (3 if entry.location is not None else 4)
    if entry.location is not None:
        return 2 if named else 5
    return 6 if named else 7


def tax_key(tax: Tax | None) -> str:
    """How the tax table names a printed tax: `GST@10`, `Luxury levy@15`, `none` where there was none."""
    return NO_TAX if tax is None else f"{tax.name}@{plain_rate(tax.rate)}"


def plain_rate(rate: Decimal) -> str:
    """A rate without trailing zeros or exponent: 10.0 -> `10`, 12.50 -> `12.5`."""
    text = format(rate, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
