"""Hands on the diary: booking, cancelling, arriving. Every booking bills through attendees."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from connectors.sandbox.acting import HandsError, instant, only, require
from connectors.sandbox.cliniko.book import Book, utc_text
from connectors.sandbox.cliniko.hands_people import archive
from connectors.sandbox.store import Doc

REASONS = {10: "Feeling better", 20: "Condition worse", 30: "Sick", 31: "COVID-19 related", 40: "Away"} | {
    50: "Other",
    60: "Work",
}
_LINKS = ("practitioner_id", "business_id", "appointment_type_id")


def book_visit(book: Book, payload: Doc) -> Doc:
    """Book one patient: an individual appointment and its one attendee."""
    only(
        payload,
        "id",
        "attendee_id",
        "patient_id",
        *_LINKS,
        "starts_at",
        "ends_at",
        "patient_case_id",
        "notes",
    )
    patient_id = require(payload, "patient_id")[0]
    patient = book.need("patients", patient_id)
    fields = {
        **_slot(book, payload),
        "patient_id": str(patient_id),
        "patient_name": patient["label"],
        "patient_arrived": False,
        "did_not_arrive": False,
        "has_patient_appointment_notes": False,
        "email_reminder_sent": False,
        "sms_reminder_sent": False,
    }
    if payload.get("patient_case_id"):
        fields["patient_case_id"] = str(payload["patient_case_id"])
    visit = book.new("individual_appointments", fields, payload.get("id"))
    case = fields.get("patient_case_id")
    attendee = _attend(book, visit["id"], str(patient_id), case, payload.get("attendee_id"))
    return {"id": visit["id"], "attendee_id": attendee["id"]}


def book_group(book: Book, payload: Doc) -> Doc:
    """Put a group class in the diary, with the patients who booked it."""
    only(payload, "id", *_LINKS, "starts_at", "ends_at", "max_attendees", "patient_ids", "notes")
    patients = [str(p) for p in payload.get("patient_ids") or []]
    fields = {
        **_slot(book, payload),
        "max_attendees": payload.get("max_attendees", 8),
        "patient_ids": patients,
    }
    group = book.new("group_appointments", fields, payload.get("id"))
    ids = [_attend(book, group["id"], patient)["id"] for patient in patients]
    return {"id": group["id"], "attendee_ids": ids}


def add_attendee(book: Book, payload: Doc) -> Doc:
    """Add a patient to a group class."""
    only(payload, "id", "booking_id", "patient_id")
    booking_id, patient_id = require(payload, "booking_id", "patient_id")
    group = book.need("group_appointments", booking_id)
    group["patient_ids"] = [*group["patient_ids"], str(patient_id)]
    book.put("group_appointments", group)
    return {"id": _attend(book, group["id"], str(patient_id), None, payload.get("id"))["id"]}


def cancel_appointment(book: Book, payload: Doc) -> Doc:
    """Cancel an individual appointment (and its attendee) or one attendee of a group."""
    only(payload, "appointment_id", "attendee_id", "reason", "note")
    reason = payload.get("reason", 50)
    if reason not in REASONS:
        raise HandsError(f"no cancellation reason {reason}")
    change = {
        "cancelled_at": book.stamp,
        "cancellation_reason": reason,
        "cancellation_reason_description": REASONS[reason],
        "cancellation_note": payload.get("note"),
    }
    attendee = _attendee(book, payload)
    book.put("attendees", {**attendee, **change})
    visit = book.peek("individual_appointments", attendee["booking_id"])
    if visit is not None:
        book.put("individual_appointments", {**visit, **change})
    return {"id": payload.get("appointment_id") or attendee["id"]}


def arrive(book: Book, payload: Doc) -> Doc:
    """Mark arrived."""
    return _mark(book, payload, True)


def no_show(book: Book, payload: Doc) -> Doc:
    """Mark did not arrive."""
    return _mark(book, payload, False)


def untick(book: Book, payload: Doc) -> Doc:
    """Take an arrival mark away again."""
    return _mark(book, payload, None)


def archive_appointment(book: Book, payload: Doc) -> Doc:
    """Archive a booking with its attendees."""
    id_ = str(require(payload, "appointment_id")[0])
    kind = "individual_appointments" if book.peek("individual_appointments", id_) else "group_appointments"
    archive(book, kind, id_)
    for attendee in book.rows("attendees"):
        if attendee["booking_id"] == id_:
            archive(book, "attendees", attendee["id"])
    return {"id": id_}


def set_arrived(book: Book, attendee: Doc, arrived: bool | None) -> Doc:
    """Store an arrival mark; the individual appointment mirrors it."""
    visit = book.peek("individual_appointments", attendee["booking_id"])
    if visit is not None:
        mirror = {"patient_arrived": arrived is True, "did_not_arrive": arrived is False}
        book.put("individual_appointments", {**visit, **mirror})
    return book.put("attendees", {**attendee, "arrived": arrived})


def _mark(book: Book, payload: Doc, arrived: bool | None) -> Doc:
    only(payload, "appointment_id", "attendee_id")
    return {"id": set_arrived(book, _attendee(book, payload), arrived)["id"]}


def _slot(book: Book, payload: Doc) -> Doc:
    *links, starts = require(payload, *_LINKS, "starts_at")
    kind = book.need("appointment_types", links[2])
    begins = instant(starts)
    ends = payload.get("ends_at")
    until = instant(ends) if ends else begins + timedelta(minutes=kind.get("duration_in_minutes") or 30)
    times = {"starts_at": utc_text(begins), "ends_at": utc_text(until)}
    return {**dict(zip(_LINKS, map(str, links), strict=True)), **times, "notes": payload.get("notes")}


def _attend(book: Book, booking: str, patient: str, case: str | None = None, id: Any = None) -> Doc:
    fields: Doc = {"booking_id": booking, "appointment_id": booking, "patient_id": patient, "arrived": None}
    fields |= {
        "cancellation_reason_description": "",
        "email_reminder_sent": False,
        "sms_reminder_sent": False,
    }
    if case:
        fields["patient_case_id"] = case
    attendee = book.new("attendees", fields, id)
    book.state.store.put(
        f"{book.account.id}/~attending", f"{booking}", {"id": booking, "first": attendee["id"]}
    )
    return attendee


def _attendee(book: Book, payload: Doc) -> Doc:
    if payload.get("attendee_id"):
        return book.need("attendees", payload["attendee_id"])
    visit = book.need("individual_appointments", require(payload, "appointment_id")[0])
    return book.need("attendees", book.need("~attending", visit["id"])["first"])


DIARY_HANDS = {
    "book": book_visit,
    "book_group": book_group,
    "add_attendee": add_attendee,
    "cancel_appointment": cancel_appointment,
    "arrive": arrive,
    "no_show": no_show,
    "untick": untick,
    "archive_appointment": archive_appointment,
}
