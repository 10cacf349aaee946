"""What a check of a configuration says, and the small tools all checks share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from hub.config.model import Entry, GroupConfig, LocationConfig
from hub.errors import Who
from hub.targets import Chart

Level = Literal["error", "warning"]

# Which class of account a type belongs to (Xero developer docs: account types).
CLASSES = {
    "REVENUE": "revenue", "SALES": "revenue", "OTHERINCOME": "revenue",
    "EXPENSE": "expense", "OVERHEADS": "expense", "DIRECTCOSTS": "expense", "DEPRECIATN": "expense",
    "BANK": "asset", "CURRENT": "asset", "FIXED": "asset", "INVENTORY": "asset", "NONCURRENT": "asset",
    "PREPAYMENT": "asset",
    "CURRLIAB": "liability", "LIABILITY": "liability", "TERMLIAB": "liability",
    "EQUITY": "equity",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend (error) or to look at (warning): where it is written, what, how, who."""

    level: Level
    file: str
    line: int
    sentence: str
    remedy: str
    who: Who = Who.BOOKKEEPER


@dataclass(frozen=True, slots=True)
class Checked:
    """A configuration under check."""

    config: GroupConfig
    charts: dict[str, Chart]

    def error(self, line: int, sentence: str, remedy: str, who: Who = Who.BOOKKEEPER) -> Finding:
        return Finding("error", self.config.file, line, sentence, remedy, who)

    def warning(self, line: int, sentence: str, remedy: str, who: Who = Who.BOOKKEEPER) -> Finding:
        return Finding("warning", self.config.file, line, sentence, remedy, who)

    def places(self, entry: Entry) -> list[LocationConfig]:
        """The locations an entry speaks for."""
        return [p for p in self.config.locations if entry.location in (None, p.key)]

    def charts_of(self, entry: Entry) -> Iterator[tuple[str, Chart]]:
        """The charts an entry's account must stand in, each once, by target id."""
        for target in dict.fromkeys(place.target for place in self.places(entry)):
            if target in self.charts:
                yield target, self.charts[target]


def name_of(entry: Entry) -> str:
    return "the fallback" if entry.key is None else entry.key
