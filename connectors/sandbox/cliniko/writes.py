"""The writes a hub may use: patients, individual appointments, arrival. Nothing that touches money exists."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.acting import HandsError
from connectors.sandbox.cliniko.book import Book
from connectors.sandbox.cliniko.errors import Refusal, not_found, validation
from connectors.sandbox.cliniko.hands_diary import REASONS, book_visit, cancel_appointment, set_arrived
from connectors.sandbox.cliniko.hands_people import archive, create_patient, edit_patient
from connectors.sandbox.cliniko.render import Renderer
from connectors.sandbox.cliniko.resources_people import RESOURCES
from connectors.sandbox.store import Doc
from connectors.sandbox.wire import Request, Response

_UPDATE = ("PATCH", "PUT")
_VISIT = ("patient_id", "practitioner_id", "business_id", "appointment_type_id", "starts_at")
_MOVABLE = (*_VISIT, "ends_at", "notes", "patient_case_id")
_ARCHIVABLE = ("patients", "individual_appointments", "attendees")


def write(request: Request, book: Book, parts: list[str]) -> Response:
    """Answer a write below /v1. Raises Refusal (404 for every path that has no such operation, 422)."""
    body = _body(request)
    match (request.method, *parts):
        case ("POST", "patients"):
            _needs(body, "first_name", "last_name")
            return _saved(request, book, "patients", _apply(create_patient, book, body), 201)
        case ("PATCH" | "PUT", "patients", id_):
            _visible(book, "patients", id_)
            return _saved(request, book, "patients", _apply(edit_patient, book, {**body, "patient_id": id_}))
        case ("POST", "individual_appointments"):
            _needs(body, *_VISIT)
            wanted = {name: value for name, value in body.items() if name in _MOVABLE}
            return _saved(request, book, parts[0], _apply(book_visit, book, wanted), 201)
        case ("PATCH" | "PUT", "individual_appointments", id_):
            visit = dict(_visible(book, parts[0], id_))
            book.put(parts[0], visit | {name: body[name] for name in _MOVABLE if name in body})
            return _saved(request, book, parts[0], {"id": id_})
        case ("PATCH" | "PUT", ("individual_appointments" | "attendees") as kind, id_, "cancel"):
            return _cancel(book, kind, id_, body)
        case ("PATCH" | "PUT", "attendees", id_):
            attendee = dict(_visible(book, "attendees", id_))
            if "arrived" in body:
                attendee = set_arrived(book, attendee, body["arrived"])
            book.put("attendees", attendee | {k: body[k] for k in ("notes", "patient_case_id") if k in body})
            return _saved(request, book, "attendees", {"id": id_})
        case ("POST", kind, id_, "archive") | ("DELETE", kind, id_) if kind in _ARCHIVABLE:
            _visible(book, kind, id_)
            archive(book, kind, id_)
            return Response(204)
        case ("POST", "patients", id_, "unarchive"):
            patient = book.peek("patients", id_)
            if patient is None:
                raise not_found()
            book.put("patients", {**patient, "archived_at": None, "deleted_at": None})
            return _saved(request, book, "patients", {"id": id_})
    raise not_found()


def _body(request: Request) -> Doc:
    try:
        body = request.json()
    except ValueError:
        raise Refusal(400, "The body is not JSON") from None
    return body if isinstance(body, dict) else {}


def _needs(body: Doc, *names: str) -> None:
    missing = {name: "can't be blank" for name in names if not body.get(name)}
    if missing:
        raise validation(**missing)


def _apply(hand: Any, book: Book, body: Doc) -> Doc:
    try:
        answer: Doc = hand(book, body)
    except HandsError as error:
        raise validation(base=str(error)) from None
    return answer


def _visible(book: Book, kind: str, id: str) -> Doc:
    doc = book.peek(kind, id)
    if doc is None or doc.get("archived_at"):
        raise not_found()
    return doc


def _cancel(book: Book, kind: str, id: str, body: Doc) -> Response:
    if body.get("cancellation_reason") not in set(REASONS) - {31}:
        raise validation(cancellation_reason="is not included in the list")
    _visible(book, kind, id)
    named = "attendee_id" if kind == "attendees" else "appointment_id"
    wish = {named: id, "reason": body["cancellation_reason"], "note": body.get("cancellation_note")}
    _apply(cancel_appointment, book, wish)
    return Response(204)


def _saved(request: Request, book: Book, kind: str, answer: Doc, status: int = 200) -> Response:
    doc = book.need(kind, answer["id"])
    shown = Renderer(book.state, request.base_url)(RESOURCES[kind], doc)
    headers = (("Location", shown["links"]["self"]),) if status == 201 else ()
    return Response.json(shown, status, headers)
