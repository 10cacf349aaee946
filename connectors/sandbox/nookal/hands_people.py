"""Hands on records that carry no money: places, people, the catalogue, payers, the diary's people."""

from __future__ import annotations

from connectors.sandbox.acting import HandsError, only, require
from connectors.sandbox.nookal.book import Book
from connectors.sandbox.store import Doc

# What each record has besides its id, with what a person who fills in nothing gets.
SHAPES: dict[str, Doc] = {
    "locations": {
        "name": None, "addr1": None, "addr2": None, "addr3": None, "suburb": None, "state": None,
        "country": "Australia", "postcode": None, "zone": "Australia/Sydney", "email": None,
        "telephone": None, "website": None,
    },
    "practitioners": {
        "first_name": None, "last_name": None, "title": "", "speciality": "", "email": "",
        "locations": [], "in_diary": True, "active": True,
    },
    "patients": {
        "first_name": None, "last_name": None, "title": "", "middle_name": "", "nickname": "",
        "date_of_birth": "1980-01-01", "gender": "", "email": "", "mobile": "", "home": "", "work": "",
        "addr1": "", "addr2": "", "addr3": "", "city": "", "state": "", "country": "Australia",
        "postcode": "", "notes": "", "alerts": "", "location_id": "0", "active": True, "deceased": False,
    },
    "services": {
        "name": None, "code": "", "price": 0, "has_tax": False, "category": "", "description": "",
        "duration": 30, "accounting_code": "", "locations": [], "active": True,
    },
    "classes": {
        "name": None, "code": "", "price": 0, "has_tax": False, "category": "", "description": "",
        "duration": 45, "accounting_code": "", "locations": [], "active": True,
    },
    "stock": {
        "name": None, "code": "", "price": 0, "cost": 0, "has_tax": True, "category": "", "description": "",
        "accounting_code": "", "quantity": 10, "locations": [], "active": True,
    },
    "payers": {
        "name": None, "type": "", "status": "1", "expiry": None, "title": None, "first_name": None,
        "last_name": None,
    },
    "cases": {
        "patient_id": None, "title": None, "start": None, "referral": None, "practitioner_id": None,
        "payer_id": None, "reference": "", "sessions_approved": 0, "sessions_completed": 0, "active": True,
    },
}  # fmt: skip


def put(book: Book, payload: Doc) -> Doc:
    """Create or change a record that carries no money."""
    only(payload, "resource", "fields")
    resource, fields = require(payload, "resource", "fields")
    if resource not in SHAPES:
        raise HandsError(f"{resource!r} cannot be put")
    fields = dict(fields)
    return {"id": upsert(book, resource, fields, fields.pop("id", None))["id"]}


def create_patient(book: Book, payload: Doc) -> Doc:
    """Register a patient."""
    require(payload, "first_name", "last_name")
    fields = dict(payload)
    key = fields.pop("id", None)
    if key is not None and book.peek("patients", key) is not None:
        raise HandsError(f"id {key} is taken in patients")
    return {"id": upsert(book, "patients", fields, key)["id"]}


def edit_patient(book: Book, payload: Doc) -> Doc:
    """Change any field of a patient."""
    fields = dict(payload)
    (key,) = require(fields, "patient_id")
    fields.pop("patient_id")
    book.need("patients", key)
    return {"id": upsert(book, "patients", fields, key)["id"]}


def delete_patient(book: Book, payload: Doc) -> Doc:
    """Delete a patient: the record is gone, their invoices name client 0."""
    only(payload, "patient_id")
    (key,) = require(payload, "patient_id")
    book.drop("patients", book.need("patients", key)["id"])
    for invoice in book.of("invoices", "patient_id", key):
        book.put("invoices", {**invoice, "patient_id": "0"})
    return {"id": str(key)}


def upsert(book: Book, resource: str, fields: Doc, id: object = None) -> Doc:
    """Store a record with every field of its shape. Raises HandsError for a field it does not have."""
    shape = SHAPES[resource]
    unknown = sorted(set(fields) - set(shape))
    if unknown:
        raise HandsError(f"{resource} have no {', '.join(unknown)}")
    old = book.peek(resource, id) if id is not None else None
    if old is not None:
        return book.put(resource, {**old, **fields})
    missing = [name for name in ("name", "first_name", "title") if shape.get(name, "") is None]
    if resource != "payers":
        require(fields, *missing)
    return book.new(resource, {**shape, **fields}, id)


PEOPLE_HANDS = {
    "put": put,
    "create_patient": create_patient,
    "edit_patient": edit_patient,
    "delete_patient": delete_patient,
}
