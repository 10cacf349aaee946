"""Locations, practitioners, patients and the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.canonical import ChargeItem, Location, Patient, Practitioner, Provenance, Ref
from hub.contracts import Bundle, Normalised
from mappings.nookal import wire

KINDS = {"Consultation": "services", "Class": "classes", "Stock": "stock"}


def location(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """A location. Raises Malformed without a known time zone: no instant of it could be told."""
    record = wire.read(wire.Location, bundle.root_stream, bundle.root)
    try:
        zone = ZoneInfo(record.zone or "").key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise wire.malformed(bundle.root_stream, bundle.root, ["Timezone"]) from None
    return Normalised((Location(source, record.name or f"Location {record.id}", zone),))


def practitioner(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """A practitioner; archived ones stay, since old invoices point at them."""
    record = wire.read(wire.Practitioner, bundle.root_stream, bundle.root)
    name = " ".join(part for part in (record.first_name, record.last_name) if part)
    return Normalised((Practitioner(source, name or f"Practitioner {record.id}", record.active),))


def patient(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """A patient; whether an account shows `active` at all is not certain."""
    record = wire.read(wire.Patient, bundle.root_stream, bundle.root)
    names = (record.first_name or "", record.last_name or "")
    if not any(names):
        return Normalised(ignored="a patient without a name; what was known before stays")
    return Normalised((Patient(source, *names, record.email, archived=not record.active),))


def charge_item(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """A service, class type or stock item at a location; without a code it goes by its kind, as lines do."""
    record = wire.read(wire.CatalogueEntry, bundle.root_stream, bundle.root)
    product = record.product or wire.Product()
    kind = next(kind for kind, stream in KINDS.items() if stream == bundle.root_stream)
    code = record.service_code or record.class_code or product.sku or kind
    name = record.name or product.name or code
    own = Provenance(source.connection, source.stream, f"{bundle.root_stream}:{source.source_id}",
                     source.raw_record, source.mapping_version)  # fmt: skip
    return Normalised((ChargeItem(own, code, name, archived=not (record.active and product.active)),))


def item_ref(entry: wire.Entry, location: str) -> Ref | None:
    """The catalogue entry a line was made from; None for a fee or a kind nobody knows."""
    stream = KINDS.get(entry.kind or "")
    return Ref(ChargeItem.kind, f"{stream}:{entry.item}@{location}") if stream and entry.item else None
