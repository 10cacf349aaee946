"""The contract between an import and the reader of one system's payment report.

A report is a file a person took out of a system that does not offer payments otherwise. A reader is pure:
bytes and a context in, canonical values out; it refuses the whole file rather than guess at a part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from hub.canonical import CreditApplication, Payment

STREAM = "payments"
"""The stream name of imported money in provenance and issues; no listing has it."""
VANISHED = "payment:vanished"
"""Cause of an issue: stored money that a complete report of its days no longer has."""


@dataclass(frozen=True, slots=True)
class ReportContext:
    """What a reader must be told.

    `settings` is the connection's own (`payments_report`: `columns` and what the reader documents).
    `location` is the source id the file is for, `zone` its IANA zone. `invoice` turns an invoice number
    into its source id (always answers: an unknown number becomes a placeholder), `patient` an exact name
    into a patient's source id (None: nobody or several).
    """

    settings: Mapping[str, Any]
    connection: str
    location: str
    zone: str
    currency: str
    imported: str
    invoice: Callable[[str], str]
    patient: Callable[[str], str | None] = field(default=lambda name: None)


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What a file says. `total` is the cents of its own total line, None where it has none; `rows` counts."""

    payments: tuple[Payment, ...]
    credit_applications: tuple[CreditApplication, ...]
    total: int | None
    rows: int

    @property
    def cents(self) -> int:
        """What the total line must show: all money and all applied credit."""
        return sum(p.amount for p in self.payments) + sum(c.amount for c in self.credit_applications)


class ReportReader(Protocol):
    """Reads one system's report. Raises Refused (nothing is imported) naming line numbers, never people."""

    version: str

    def read(self, data: bytes, context: ReportContext) -> ReadReport: ...
