"""Price limits by support item, region and day, from the support catalogue a person imports.

The catalogue is published yearly and corrected during the year; claims two years old still need theirs, so
every version stays. A price that is not given means "not limited", never nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from connectors.ndis import table
from hub.errors import Refused, Who

CATALOGUE = "support catalogue"
REGIONS = ("ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA", "Remote", "Very Remote")
_COLUMNS = {
    "item": ("Support Item Number",),
    "name": ("Support Item Name",),
    "unit": ("Unit",),
    "quote": ("Quote", "Quotable"),
    "from": ("Start Date",),
    "to": ("End Date",),
    **{region: (region,) for region in REGIONS},
}


@dataclass(frozen=True, slots=True)
class Price:
    """One row: valid from `start` through `end` (None: until further notice); limits in cents by region."""

    item: str
    unit: str
    start: date
    end: date | None
    limits: Mapping[str, int | None]
    quoted: bool = False

    def on(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


class Prices:
    """Every imported row; a look-up is by item and day of the service."""

    def __init__(self, rows: Iterable[Price]) -> None:
        self._rows: dict[str, list[Price]] = {}
        for row in rows:
            self._rows.setdefault(row.item, []).append(row)

    def find(self, item: str, day: date) -> Price | None:
        """The row that holds on a day; the one that began last where two do."""
        holding = [row for row in self._rows.get(item, ()) if row.on(day)]
        return max(holding, key=lambda row: row.start, default=None)


def read(data: bytes) -> list[Price]:
    """The rows of a catalogue saved as CSV. Raises Refused naming what is wrong."""
    found = table.read(data, _COLUMNS, ("item", "unit", "from"), CATALOGUE)
    return [_price(row) for row in found.rows]


def empty() -> Refused:
    """A catalogue without a row."""
    return Refused(f"The {CATALOGUE} was not imported: it is empty.", code="claims:file", who=Who.CLINIC)


def _price(row: Mapping[str, str]) -> Price:
    start, end = _day(row["from"]), _day(row.get("to", ""))
    if start is None:
        raise Refused(
            f"The {CATALOGUE} was not imported: a start date cannot be read.",
            code="claims:date",
            who=Who.CLINIC,
        )
    limits = {r: table.cents(row, r, CATALOGUE) if row.get(r) else None for r in REGIONS if r in row}
    quoted = row.get("quote", "").strip().lower() in ("y", "yes", "quote required")
    return Price(row["item"], row["unit"].upper(), start, end, limits, quoted)


def _day(text: str) -> date | None:
    """YYYYMMDD, YYYY-MM-DD or D/M/YYYY; 31 December 9999 and an empty cell mean no end."""
    if match := re.fullmatch(r"(\d{4})[-/]?(\d{2})[-/]?(\d{2})", text):
        year, month, day = match.groups()
    elif match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
        day, month, year = match.groups()
    else:
        return None
    try:
        return None if year == "9999" else date(int(year), int(month), int(day))
    except ValueError:
        return None
