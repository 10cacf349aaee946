"""A stored record as the API shows it: scalars always, relations as links, absent ones left out."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.cliniko.resources import Resource
from connectors.sandbox.cliniko.resources_people import RESOURCES
from connectors.sandbox.cliniko.state import ClinikoState
from connectors.sandbox.store import Doc

ROOT = "/v1"


class Renderer:
    """Renders for one request: links are built from the base the caller used."""

    def __init__(self, state: ClinikoState, base_url: str) -> None:
        self._root = f"{base_url}{ROOT}"
        self._number_ids = state.switch("ids") == "numbers"
        self._null_relations = state.switch("missing_relation") == "null"
        self._total_as_number = state.switch("total_including_tax") == "number"

    def link(self, path: str) -> Doc:
        """A relation object."""
        return {"links": {"self": f"{self._root}/{path}"}}

    def __call__(self, resource: Resource, doc: Doc, under: str | None = None) -> Doc:
        """One record; `under` is the path segment of its own link when that is not the resource's name."""
        id_ = doc["id"]
        shown: Doc = {"id": int(id_) if self._number_ids else id_}
        for name in resource.scalars:
            shown[name] = doc.get(name)
        if self._total_as_number and isinstance(shown.get("total_including_tax"), str):
            # The one amount the OpenAPI types as a JSON number; with two decimals a float prints exactly.
            shown["total_including_tax"] = float(shown["total_including_tax"])
        for name, target in resource.one.items():
            other = doc.get(f"{name}_id")
            if other:
                shown[name] = self.link(f"{target}/{other}")
            elif self._null_relations:
                shown[name] = None
        for name, path in resource.many.items():
            shown[name] = self.link(path.format(id=id_))
        shown["created_at"], shown["updated_at"] = doc["created_at"], doc["updated_at"]
        shown["links"] = {"self": f"{self._root}/{under or resource.name}/{id_}"}
        return _spoilt(shown, doc.get("_corrupt"))

    def booking(self, doc: Doc) -> Doc:
        """A booking: the fields of its own resource, with a link of its own."""
        return self(RESOURCES[booking_kind(doc)], doc, "bookings")


def booking_kind(doc: Doc) -> str:
    """Which resource a booking is; the API shows no type, only different fields."""
    if doc.get("patient_id"):
        return "individual_appointments"
    return "group_appointments" if doc.get("max_attendees") is not None else "unavailable_blocks"


def _spoilt(shown: Doc, spoil: dict[str, Any] | None) -> Doc:
    if spoil:
        shown |= spoil["set"]
        for name in spoil["remove"]:
            shown.pop(name, None)
    return shown
