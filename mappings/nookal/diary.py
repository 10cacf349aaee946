"""Appointments: instants from v2, which is the only one to give any; the word for what happened from both.

A did-not-arrive stays set after a later cancellation, and *arrived* is hardly used (field reports).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.canonical import Appointment, AppointmentStatus, Provenance
from hub.contracts import Bundle, Normalised
from mappings.nookal import wire

_DONE = ("Completed", "Unpaid")


def appointment(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """A visit of one patient. Raises Malformed when its moment cannot be told."""
    record = wire.read(wire.Appointment, bundle.root_stream, bundle.root)
    if record.patient is None:
        return Normalised(ignored="no patient: a class session, an event or a note in the diary")
    words = {wire.read(wire.Diary, "diary", one).status for one in bundle.members.get("diary", ())}
    start = _moment(record, record.start_utc, record.start)
    if start is None:
        raise wire.malformed(bundle.root_stream, bundle.root, ["appointmentStartTime"])
    return Normalised(
        (
            Appointment(
                source,
                start=start,
                end=_moment(record, record.end_utc, record.end),
                status=status_of(record, words),
                location=record.location,
                practitioner=record.practitioner,
                patient=record.patient,
                invoiced=record.invoiced,
            ),
        )
    )


def status_of(record: wire.Appointment, words: set[str | None]) -> AppointmentStatus:
    """Cancelled before no-show before done before arrived; v3's word only adds that it was done."""
    if record.cancelled:
        return AppointmentStatus.CANCELLED
    if record.dna:
        return AppointmentStatus.NOSHOW
    if record.invoiced or words & set(_DONE):
        return AppointmentStatus.FULFILLED
    return AppointmentStatus.ARRIVED if record.arrived else AppointmentStatus.BOOKED


def _moment(record: wire.Appointment, utc: datetime | None, clock: str | None) -> datetime | None:
    """The ready-made UTC field, else the clock on the location's wall."""
    if utc is not None:
        return utc.replace(tzinfo=UTC)
    try:
        wall = datetime.combine(record.day, time.fromisoformat(clock or ""))
        return wall.replace(tzinfo=ZoneInfo(record.zone or "")).astimezone(UTC)
    except (ValueError, ZoneInfoNotFoundError, OSError):
        return None
