"""Locations, practitioners and patients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.canonical import Location, Patient, Practitioner, Provenance
from hub.contracts import Bundle, Normalised
from mappings.cliniko import wire


def zone_of(business: wire.Business, settings: Mapping[str, Any]) -> str | None:
    """The business's own IANA zone, else the hub's setting `zone`; None where neither is a known zone.

    The vendor's `time_zone` is a Rails label and is not used.
    """
    for name in (business.time_zone_identifier, settings.get("zone")):
        if name:
            try:
                return ZoneInfo(str(name)).key
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue
    return None


def location(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """A business. Raises Malformed when nobody says its time zone: no business date would be right."""
    record = wire.read(wire.Business, bundle.root_stream, bundle.root)
    zone = zone_of(record, settings)
    if zone is None:
        raise wire.malformed(bundle.root_stream, bundle.root, ["time_zone_identifier"])
    name = record.display_name or record.business_name or f"Business {record.id}"
    return Normalised((Location(source, name, zone, archived=record.removed),))


def practitioner(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """A practitioner; who left is listed as inactive and stays, since old invoices point there."""
    record = wire.read(wire.Practitioner, bundle.root_stream, bundle.root)
    full = " ".join(part for part in (record.first_name, record.last_name) if part)
    name = record.display_name or full or f"Practitioner {record.id}"
    return Normalised((Practitioner(source, name, active=record.active is not False),))


def patient(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """A patient. Names blanked by a privacy deletion are not taken over: what was known stays."""
    record = wire.read(wire.Patient, bundle.root_stream, bundle.root)
    if not record.first_name and not record.last_name:
        return Normalised(ignored="anonymised at the source; what was known before stays")
    merged = record.merged_with_patient if record.merged_with_patient != record.id else None
    return Normalised(
        (
            Patient(
                source,
                first_name=record.first_name or "",
                last_name=record.last_name or "",
                email=record.email,
                archived=record.removed or record.merged_at is not None or merged is not None,
                merged_into=merged,
            ),
        )
    )
