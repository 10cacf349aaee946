"""Hands on records that carry no money: settings, catalogue, practitioners, patients."""

from __future__ import annotations

from connectors.sandbox.acting import HandsError, only, require
from connectors.sandbox.cliniko.book import Book
from connectors.sandbox.cliniko.resources_people import RESOURCES
from connectors.sandbox.store import Doc

_NOT_PUT = {"invoices", "invoice_items", "bookings"}
_GONE_FOR_GOOD = {
    "taxes",
    "practitioner_reference_numbers",
    "appointment_type_billable_items",
    "appointment_type_products",
    "concession_prices",
}
_DEFAULTS: dict[str, Doc] = {
    "practitioners": {"active": True, "show_in_online_bookings": True},
    "businesses": {"country": "Australia", "country_code": "AU", "show_in_online_bookings": True},
    "patients": {"patient_phone_numbers": [], "country_code": "AU", "reminder_type": "None"},
    "billable_items": {"item_type": "Service"},
    "appointment_types": {"duration_in_minutes": 30, "max_attendees": 1},
}


def put(book: Book, payload: Doc) -> Doc:
    """Create or change a record that carries no money."""
    only(payload, "resource", "fields")
    resource, fields = require(payload, "resource", "fields")
    if resource not in RESOURCES or resource in _NOT_PUT:
        raise HandsError(f"{resource!r} cannot be put")
    return _answer(_upsert(book, resource, dict(fields)))


def remove(book: Book, payload: Doc) -> Doc:
    """Delete a record of the kinds that vanish without trace."""
    only(payload, "resource", "id")
    resource, id_ = require(payload, "resource", "id")
    if resource not in _GONE_FOR_GOOD:
        raise HandsError(f"{resource} are archived, not deleted")
    book.drop(resource, book.need(resource, id_)["id"])
    return {"id": id_}


def create_patient(book: Book, payload: Doc) -> Doc:
    """Register a patient."""
    require(payload, "first_name", "last_name")
    return _answer(_upsert(book, "patients", payload, must_be_new=True))


def edit_patient(book: Book, payload: Doc) -> Doc:
    """Change any field of a patient."""
    fields = dict(payload)
    book.need("patients", fields.setdefault("id", fields.pop("patient_id", None)))
    return _answer(_upsert(book, "patients", fields))


def archive_patient(book: Book, payload: Doc) -> Doc:
    """Archive a patient; the update stamp moves only by switch."""
    return _answer(archive(book, "patients", require(payload, "patient_id")[0]))


def unarchive_patient(book: Book, payload: Doc) -> Doc:
    """Bring a patient back."""
    patient = book.need("patients", require(payload, "patient_id")[0])
    return _answer(book.put("patients", {**patient, "archived_at": None, "deleted_at": None}))


def merge_patients(book: Book, payload: Doc) -> Doc:
    """Archive the loser and point it at the winner; its old invoices go on linking to it."""
    only(payload, "loser_id", "winner_id")
    loser_id, winner_id = require(payload, "loser_id", "winner_id")
    winner, loser = book.need("patients", winner_id), book.need("patients", loser_id)
    if winner["id"] == loser["id"]:
        raise HandsError("a patient cannot be merged with itself")
    gone = {"archived_at": book.stamp, "deleted_at": book.stamp, "merged_at": book.stamp}
    return _answer(book.put("patients", {**loser, **gone, "merged_with_patient_id": winner["id"]}))


def deactivate_practitioner(book: Book, payload: Doc) -> Doc:
    """Take a practitioner out of the active list (or put one back); the stamp moves by switch."""
    only(payload, "practitioner_id", "active")
    practitioner = book.need("practitioners", require(payload, "practitioner_id")[0])
    active = bool(payload.get("active", False))
    moved = book.switch("leaving_bumps_updated_at")
    return _answer(book.put("practitioners", {**practitioner, "active": active}, bump=moved))


def archive(book: Book, resource: str, id: str) -> Doc:
    """Set archived_at (and its twin); whether updated_at follows is a switch."""
    doc = book.need(resource, id)
    for name in ("archived_at", "deleted_at"):
        if name in RESOURCES[resource].scalars:
            doc[name] = book.stamp
    return book.put(resource, doc, bump=book.switch("archive_bumps_updated_at"))


def _upsert(book: Book, resource: str, fields: Doc, *, must_be_new: bool = False) -> Doc:
    id_ = fields.pop("id", None)
    unknown = sorted(set(fields) - RESOURCES[resource].writable)
    if unknown:
        raise HandsError(f"{resource} have no {', '.join(unknown)}")
    old = book.peek(resource, id_) if id_ is not None else None
    if old is not None and not must_be_new:
        doc = book.put(resource, {**book.need(resource, id_), **fields})
    else:
        doc = book.new(resource, {**_DEFAULTS.get(resource, {}), **fields}, id_)
    return _shaped(book, resource, doc, fields)


def _shaped(book: Book, resource: str, doc: Doc, given: Doc) -> Doc:
    """Fill what the vendor derives: labels and the tax's deprecated twin."""
    if resource == "patients" and "label" not in given:
        doc["label"] = " ".join(x for x in (doc.get("first_name"), doc.get("last_name")) if x)
    if resource in ("practitioners", "businesses"):
        full = " ".join(x for x in (doc.get("first_name"), doc.get("last_name")) if x)
        doc["display_name"] = doc.get("display_name") or full or doc.get("business_name")
        doc["label"] = doc.get("label") or doc["display_name"]
    if resource == "taxes" and "amount" not in given:
        doc["amount"] = doc["rate"]
    return book.put(resource, doc, bump="updated_at" not in given)


def _answer(doc: Doc) -> Doc:
    record = {name: value for name, value in doc.items() if not name.startswith("_")}
    return {"id": doc["id"], "record": record}


PEOPLE_HANDS = {
    "put": put,
    "remove": remove,
    "create_patient": create_patient,
    "edit_patient": edit_patient,
    "archive_patient": archive_patient,
    "unarchive_patient": unarchive_patient,
    "merge_patients": merge_patients,
    "deactivate_practitioner": deactivate_practitioner,
}
