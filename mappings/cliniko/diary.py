"""Appointments: one canonical value per attendee, since arrival, cancellation and billing are theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.canonical import Appointment, AppointmentStatus, Provenance
from hub.contracts import Bundle, Normalised
from mappings.cliniko import wire

BOOKINGS = ("individual_appointments", "group_appointments")


def appointment(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """An attendee with the booking it belongs to; without the booking it is not placed in time yet."""
    attendee = wire.read(wire.Attendee, bundle.root_stream, bundle.root)
    found = next(((s, r) for s in BOOKINGS for r in bundle.members.get(s, ())), None)
    if found is None:
        return Normalised(ignored="its booking was not seen yet")
    booking = wire.read(wire.Booking, *found)
    return Normalised(
        (
            Appointment(
                source,
                start=booking.starts_at,
                end=booking.ends_at,
                status=status_of(attendee, booking),
                location=booking.business,
                practitioner=booking.practitioner,
                patient=attendee.patient or booking.patient,
                invoiced=attendee.invoice_status is not None,
            ),
        )
    )


def status_of(attendee: wire.Attendee, booking: wire.Booking) -> AppointmentStatus:
    """Removal before cancellation before no-show before arrival.

    A mapping has no clock: an arrival counts as fulfilled when the record was last touched after the end.
    """
    if attendee.removed or booking.removed:
        return AppointmentStatus.ENTERED_IN_ERROR
    if attendee.cancelled_at or booking.cancelled_at:
        return AppointmentStatus.CANCELLED
    if attendee.arrived is False or booking.did_not_arrive:
        return AppointmentStatus.NOSHOW
    if attendee.arrived or booking.patient_arrived:
        touched = max((t for t in (attendee.updated_at, booking.updated_at) if t), default=None)
        over = booking.ends_at is not None and touched is not None and touched >= booking.ends_at
        return AppointmentStatus.FULFILLED if over else AppointmentStatus.ARRIVED
    return AppointmentStatus.BOOKED
