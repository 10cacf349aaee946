"""What every canonical value shares: where it came from, and how it points at others."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Evidence(StrEnum):
    """How we know of money: the system recorded it, a report was imported, or a status implied it."""

    RECORDED = "recorded"
    IMPORTED = "imported"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a value came from; `raw_record` is the id of the root raw record version."""

    connection: str
    stream: str
    source_id: str
    raw_record: str
    mapping_version: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A pointer to another canonical entity of the same connection by its source id."""

    kind: str
    source_id: str
