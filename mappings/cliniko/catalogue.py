"""Billable items and products as one catalogue.

Ids are unique per resource only, so a product's are prefixed. An entry without a code goes by its name,
here and on invoice lines alike, so that a mapping can name it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hub.canonical import ChargeItem, Provenance, Ref
from hub.contracts import Bundle, Normalised
from mappings.cliniko import wire

PRODUCT = "product:"


def item_ref(item: wire.Item) -> Ref | None:
    """The catalogue entry a line was made from; None when it was removed or never existed."""
    if item.billable_item:
        return Ref(ChargeItem.kind, item.billable_item)
    return Ref(ChargeItem.kind, f"{PRODUCT}{item.product}") if item.product else None


def charge_item(bundle: Bundle, source: Provenance, settings: Mapping[str, Any]) -> Normalised:
    """A billable item or a product."""
    record = wire.read(wire.CatalogueEntry, bundle.root_stream, bundle.root)
    if bundle.root_stream == "products":
        source = replace(source, source_id=f"{PRODUCT}{record.id}")
    name = record.name or ""
    return Normalised((ChargeItem(source, record.item_code or name, name, archived=record.removed),))
