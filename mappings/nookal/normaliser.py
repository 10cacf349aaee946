"""Which bundles are read and by which function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hub.canonical import Provenance
from hub.contracts import Bundle, BundleSpec, Member, Normalised
from mappings.nookal.diary import appointment
from mappings.nookal.invoices import amount_of, invoice, number_of
from mappings.nookal.money import credit, payment, refund
from mappings.nookal.people import charge_item, location, patient, practitioner
from mappings.nookal.wire import id_of

Rule = Callable[[Bundle, Provenance, Mapping[str, Any]], Normalised]
_ON_INVOICE = ("entries", "payments", "credits", "refunds", "adjustments", "discounts")
_INVOICE = (Member("invoices", children=False),)

RULES: dict[str, Rule] = {
    "locations": location,
    "practitioners": practitioner,
    "services": charge_item,
    "classes": charge_item,
    "stock": charge_item,
    "patients": patient,
    "appointments": appointment,
    "invoices": invoice,
    "payments": payment,
    "credits": credit,
    "refunds": refund,
}


class NookalNormaliser:
    """Pure. Settings used: `currency`, `tax_name` (GST), `tax_rate` (10), `several_practitioners` (first)."""

    system = "nookal"
    version = "nookal-1"
    bundles: tuple[BundleSpec, ...] = (
        BundleSpec("locations", kinds=("location",)),
        BundleSpec("practitioners", kinds=("practitioner",)),
        BundleSpec("services", kinds=("charge_item",)),
        BundleSpec("classes", kinds=("charge_item",)),
        BundleSpec("stock", kinds=("charge_item",)),
        BundleSpec("patients", kinds=("patient",)),
        BundleSpec("appointments", (Member("diary", children=True),), kinds=("appointment",)),
        BundleSpec(
            "invoices", tuple(Member(stream, children=True) for stream in _ON_INVOICE), kinds=("invoice",)
        ),
        BundleSpec("payments", _INVOICE, kinds=("payment",)),
        BundleSpec("credits", _INVOICE, kinds=("payment", "credit_application")),
        BundleSpec("refunds", _INVOICE, kinds=("payment",)),
    )

    def normalise(self, bundle: Bundle, settings: Mapping[str, Any]) -> Normalised:
        source = Provenance(
            bundle.connection, bundle.root_stream, bundle.source_id, bundle.raw_record, self.version
        )
        return RULES[bundle.root_stream](bundle, source, settings)

    def called(self, stream: str, root: Mapping[str, Any]) -> tuple[str | None, int]:
        """The case number and cents of a record that cannot be read."""
        if stream == "invoices":
            return number_of(root), amount_of(root, "Total")
        if stream in ("payments", "credits", "refunds"):
            key = id_of(root)
            return (f"payment:{key}" if key else None), amount_of(root, "amount")
        return (f"patient:{root.get('ID')}" if stream == "patients" and root.get("ID") else None), 0


NORMALISER = NookalNormaliser()
