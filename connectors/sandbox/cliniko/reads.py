"""GET: lists, single records, nested lists and the few objects that are not lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

from connectors.sandbox.cliniko.auth import Caller
from connectors.sandbox.cliniko.book import Book
from connectors.sandbox.cliniko.errors import not_found
from connectors.sandbox.cliniko.paging import Lookup, conditions, page, visible
from connectors.sandbox.cliniko.render import Renderer
from connectors.sandbox.cliniko.resources_people import RESOURCES
from connectors.sandbox.cliniko.settings_pages import settings
from connectors.sandbox.store import Doc
from connectors.sandbox.wire import Request

_BOOKED = ("individual_appointments", "group_appointments", "unavailable_blocks")
_UNSERVED = {"unavailable_blocks"}
# (parent, child) -> the child's field that names the parent; None = every record of the child.
_NESTED: dict[tuple[str, str], str | None] = {
    ("invoices", "invoice_items"): "invoice_id",
    ("appointments", "invoices"): "appointment_id",
    ("attendees", "invoices"): "attendee_id",
    ("patients", "invoices"): "patient_id",
    ("practitioners", "invoices"): "practitioner_id",
    ("patient_cases", "attendees"): "patient_case_id",
    ("individual_appointments", "attendees"): "booking_id",
    ("group_appointments", "attendees"): "booking_id",
    ("bookings", "attendees"): "booking_id",
    ("practitioners", "practitioner_reference_numbers"): "practitioner_id",
    ("businesses", "practitioners"): None,
    ("appointment_types", "practitioners"): None,
    ("practitioners", "appointment_types"): None,
}


def read(request: Request, book: Book, who: Caller, parts: list[str]) -> Doc:
    """Answer a GET below /v1. Raises Refusal (400, 404)."""
    show = Renderer(book.state, request.base_url)
    if parts in (["settings"], ["settings", "public"]):
        return settings(who.account, book.state, full=len(parts) == 1)
    if parts == ["user"]:
        return show(RESOURCES["users"], _single(request, book, "users", who.user_id))
    if parts[0] not in RESOURCES and parts[0] != "appointments":
        raise not_found()
    if len(parts) == 1 and parts[0] in RESOURCES and parts[0] not in _UNSERVED:
        rows = (
            row for row in rows_of(book, parts[0]) if row.get("active") is not False or parts[0] == "users"
        )
        return _list(request, book, parts[0], rows, show)
    if parts == ["practitioners", "inactive"]:
        return _list(request, book, parts[0], (r for r in book.rows(parts[0]) if r["active"] is False), show)
    if parts == ["patient_cases", "active"]:
        return _list(request, book, parts[0], (r for r in book.rows(parts[0]) if not r["closed_at"]), show)
    if len(parts) == 2 and parts[0] in RESOURCES:
        doc = _single(request, book, parts[0], parts[1])
        return show.booking(doc) if parts[0] == "bookings" else show(RESOURCES[parts[0]], doc)
    if len(parts) == 3 and parts[2] == "conflicts" and parts[0] in _BOOKED and find(book, *parts[:2]):
        return {"conflicts": {"exist": False}}
    if len(parts) == 3:
        return _nested(request, book, parts, show)
    raise not_found()


def rows_of(book: Book, name: str) -> Iterable[Doc]:
    """Every stored record of a resource; bookings are the union of the diary."""
    return chain(*map(book.rows, _BOOKED)) if name == "bookings" else book.rows(name)


def find(book: Book, name: str, id: str) -> Doc | None:
    """One stored record by id, hidden or not."""
    kinds = _BOOKED if name == "bookings" else (name,)
    return next((doc for doc in (book.peek(kind, id) for kind in kinds) if doc), None)


def _single(request: Request, book: Book, name: str, id: str) -> Doc:
    """One record that the request's filters do not hide (by switch, hidden ones are shown all the same)."""
    doc = find(book, name, id)
    if doc is None:
        raise not_found()
    resource = RESOURCES[name]
    seen = visible(resource, conditions(request, resource, book.state), book.state)
    if not seen(doc) and book.switch("archived_single_read") == 404:
        raise not_found()
    return doc


def _list(request: Request, book: Book, name: str, rows: Iterable[Doc], show: Renderer) -> Doc:
    resource = RESOURCES[name]
    one: Callable[[Doc], Doc] = show.booking if name == "bookings" else lambda doc: show(resource, doc)
    return page(request, book.state, resource, rows, one, _lookups(book, name))


def _lookups(book: Book, name: str) -> dict[str, Lookup]:
    """Look-ups for the filters a connector leans on; not for lists that leave rows out by themselves."""
    if name in ("practitioners", "patient_cases"):
        return {}

    def by_id(id: str) -> list[Doc]:
        doc = find(book, name, id)
        return [doc] if doc else []

    def items_of(id: str) -> list[Doc]:
        invoice = book.peek("invoices", id)
        return [item for item in (book.peek(name, i) for i in invoice["_items"]) if item] if invoice else []

    return {"id": by_id, "invoice_id": items_of} if name == "invoice_items" else {"id": by_id}


def _nested(request: Request, book: Book, parts: list[str], show: Renderer) -> Doc:
    parent, id_, child = parts
    if (parent, child) == ("patient_cases", "invoices"):
        attendees = {row["id"] for row in book.rows("attendees") if row.get("patient_case_id") == id_}
        rows: Iterable[Doc] = (row for row in book.rows("invoices") if row.get("attendee_id") in attendees)
    elif (parent, child) in _NESTED:
        key = _NESTED[parent, child]
        rows = (row for row in book.rows(child) if key is None or row.get(key) == id_)
    else:
        raise not_found()
    if find(book, "bookings" if parent == "appointments" else parent, id_) is None:
        raise not_found()
    resource = RESOURCES[child]
    return page(request, book.state, resource, rows, lambda doc: show(resource, doc))
