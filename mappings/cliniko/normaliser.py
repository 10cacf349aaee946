"""Which bundles are read and by which function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hub.canonical import Provenance
from hub.contracts import Bundle, BundleSpec, Member, Normalised
from mappings.cliniko.catalogue import charge_item
from mappings.cliniko.diary import BOOKINGS, appointment
from mappings.cliniko.invoices import amount_of, invoice, number_of
from mappings.cliniko.people import location, patient, practitioner

Rule = Callable[[Bundle, Provenance, Mapping[str, Any]], Normalised]

RULES: dict[str, Rule] = {
    "businesses": location,
    "practitioners": practitioner,
    "billable_items": charge_item,
    "products": charge_item,
    "patients": patient,
    "attendees": appointment,
    "invoices": invoice,
}


class ClinikoNormaliser:
    """Pure. Settings used: `currency`, `lines_off_by` (cents), `zone` (where a business names none)."""

    system = "cliniko"
    version = "cliniko-1"
    bundles: tuple[BundleSpec, ...] = (
        BundleSpec("businesses", kinds=("location",)),
        BundleSpec("practitioners", kinds=("practitioner",)),
        BundleSpec("billable_items", kinds=("charge_item",)),
        BundleSpec("products", kinds=("charge_item",)),
        BundleSpec("patients", kinds=("patient",)),
        BundleSpec(
            "attendees",
            tuple(Member(stream, children=False) for stream in BOOKINGS),
            kinds=("appointment",),
        ),
        BundleSpec(
            "invoices",
            (Member("invoice_items", children=True), Member("businesses", children=False)),
            kinds=("invoice",),
        ),
    )

    def normalise(self, bundle: Bundle, settings: Mapping[str, Any]) -> Normalised:
        source = Provenance(
            bundle.connection, bundle.root_stream, bundle.source_id, bundle.raw_record, self.version
        )
        return RULES[bundle.root_stream](bundle, source, settings)

    def called(self, stream: str, root: Mapping[str, Any]) -> tuple[str | None, int]:
        """The case number and cents of a record that cannot be read."""
        if stream == "invoices":
            return number_of(root), amount_of(root)
        return (f"patient:{root.get('id')}" if stream == "patients" and root.get("id") else None), 0


NORMALISER = ClinikoNormaliser()
