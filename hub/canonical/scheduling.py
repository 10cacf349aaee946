"""The diary: appointments with FHIR's statuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from hub.canonical.base import Provenance, Ref


class AppointmentStatus(StrEnum):
    BOOKED = "booked"
    ARRIVED = "arrived"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NOSHOW = "noshow"
    ENTERED_IN_ERROR = "entered-in-error"


@dataclass(frozen=True, slots=True)
class Appointment:
    """One patient in one booking (group sessions are one value per attendee). Instants are aware UTC."""

    kind: ClassVar[str] = "appointment"
    source: Provenance
    start: datetime
    end: datetime | None
    status: AppointmentStatus
    location: str | None
    practitioner: str | None
    patient: str | None
    invoiced: bool = False

    def refs(self) -> tuple[Ref, ...]:
        pairs = (("location", self.location), ("practitioner", self.practitioner), ("patient", self.patient))
        return tuple(Ref(kind, sid) for kind, sid in pairs if sid)
