"""Hands on the diary: bookings, class sessions and notes, and what becomes of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.sandbox.acting import HandsError, only, require
from connectors.sandbox.nookal.book import Book
from connectors.sandbox.store import Doc

_LINKS = ("patient_id", "practitioner_id", "location_id", "case_id", "service_id")
_SLOT = ("day", "start", "end")
KINDS = ("Consultation", "Class", "DiaryEvent", "DiaryNote")


def book_visit(book: Book, payload: Doc) -> Doc:
    """Put something in the diary: a visit of a patient, a class session, an event or a note."""
    only(payload, "id", "kind", "notes", *_LINKS, *_SLOT)
    place, day, start = require(payload, "location_id", "day", "start")
    kind = payload.get("kind", "Consultation")
    if kind not in KINDS:
        raise HandsError(f"{kind!r} is no kind of appointment")
    if kind == "Consultation":
        book.need("patients", require(payload, "patient_id")[0])
    catalogue = "classes" if kind == "Class" else "services"
    item = book.need(catalogue, payload["service_id"]) if payload.get("service_id") else {}
    begins = datetime.fromisoformat(f"{day}T{start}")
    ends = payload.get("end") or f"{begins + timedelta(minutes=int(item.get('duration', 30))):%H:%M:%S}"
    visit = book.new(
        "appointments",
        {
            "kind": kind,
            "patient_id": _text(payload.get("patient_id")),
            "practitioner_id": _text(payload.get("practitioner_id")),
            "location_id": str(place),
            "case_id": _text(payload.get("case_id")),
            "type_id": item.get("id"),
            "type_name": item.get("name", ""),
            "day": book.day(day, place),
            "start": f"{begins:%H:%M:%S}",
            "end": ends,
            "notes": payload.get("notes", ""),
            "arrived": False,
            "dna": False,
            "completed": False,
            "cancelled_at": None,
            "invoice_id": None,
        },
        payload.get("id"),
    )
    return {"id": visit["id"]}


def mark_visit(book: Book, payload: Doc) -> Doc:
    """Arrived, completed, did not arrive, cancelled or pending again. Once set, a DNA stays set."""
    only(payload, "appointment_id", "as")
    key, what = require(payload, "appointment_id", "as")
    visit = book.need("appointments", key)
    if what == "arrived":
        visit["arrived"] = True
    elif what == "completed":
        visit["completed"] = True
    elif what == "dna":
        visit["dna"] = True
    elif what == "cancelled":
        visit["cancelled_at"] = book.stamp
    elif what == "pending":
        visit |= {"arrived": False, "completed": False, "cancelled_at": None}
    else:
        raise HandsError(f"nothing becomes {what!r}")
    return {"id": book.put("appointments", visit)["id"]}


def move_visit(book: Book, payload: Doc) -> Doc:
    """Another day, time, practitioner, location or note."""
    only(payload, "appointment_id", *_SLOT, "practitioner_id", "location_id", "notes")
    fields = dict(payload)
    visit = book.need("appointments", require(fields, "appointment_id")[0])
    fields.pop("appointment_id")
    return {"id": book.put("appointments", {**visit, **fields})["id"]}


def remove_visit(book: Book, payload: Doc) -> Doc:
    """Delete an appointment: it just stops appearing."""
    only(payload, "appointment_id")
    key = require(payload, "appointment_id")[0]
    book.drop("appointments", book.need("appointments", key)["id"])
    return {"id": str(key)}


def status_of(visit: Doc, owed: int | None) -> str:
    """The word v3 shows (clinics' data); `owed` is what is open on its invoice, None without one."""
    if visit["kind"] != "Consultation":
        return {"Class": "Class", "DiaryEvent": "Event", "DiaryNote": "Note"}[visit["kind"]]
    if visit["cancelled_at"]:
        return "Cancelled"
    if visit["dna"]:
        return "DNA"
    if owed is not None:
        return "Unpaid" if owed > 0 else "Completed"
    return "Completed" if visit["completed"] else "StdAppt"


def _text(value: object) -> str | None:
    return None if value is None else str(value)


DIARY_HANDS = {"book": book_visit, "mark": mark_visit, "move": move_visit, "remove_visit": remove_visit}
