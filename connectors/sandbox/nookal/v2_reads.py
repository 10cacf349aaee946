"""The reads of v2: which rows each function lists, by which parameters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from connectors.sandbox.nookal import v2_rows as show
from connectors.sandbox.nookal.book import Book
from connectors.sandbox.nookal.stamps import v2_moment
from connectors.sandbox.nookal.sums import Index
from connectors.sandbox.nookal.v2 import Done, Failure, Function, Listed
from connectors.sandbox.store import Doc

Show = Callable[[Book, Doc], Doc]


def since(book: Book, given: Doc, row: Doc, name: str = "last_modified") -> bool:
    """Whether a row was modified at or after the moment asked for, in the zone of the stamps."""
    asked = v2_moment(str(given.get(name) or ""))
    if asked is None:
        return True
    if book.switch("stamps_zone") == "UTC":
        return datetime.fromisoformat(row["modified"]).astimezone(UTC).replace(tzinfo=None) >= asked
    return book.local(row["modified"], row.get("location_id")) >= asked


def _simple(kind: str, shown: Show) -> Callable[[Book, Doc], list[Doc]]:
    def rows(book: Book, given: Doc) -> list[Doc]:
        return [shown(book, r) for r in book.rows(kind) if book.seen(r) and since(book, given, r)]

    return rows


def _locations(book: Book, given: Doc) -> list[Doc]:
    rows = [r for r in book.rows("locations") if book.covered is None or r["id"] in book.covered]
    return [show.location(book, r) for r in rows if since(book, given, r)]


def _practitioners(book: Book, given: Doc) -> list[Doc]:
    every = given.get("include_inactive_practitioners") == "1"
    rows = [r for r in book.rows("practitioners") if every or r["active"]]
    return [show.practitioner(book, r) for r in rows if since(book, given, r)]


def _patients(book: Book, given: Doc) -> list[Doc]:
    rows = [r for r in book.rows("patients") if since(book, given, r)]
    if given.get("deceased") in ("0", "1"):
        rows = [r for r in rows if show.flag(r["deceased"]) == given["deceased"]]
    return [show.patient(book, r) for r in rows]


def _search(book: Book, given: Doc) -> list[Doc]:
    rows = list(book.rows("patients"))
    if given.get("patient_id"):
        rows = [r for r in rows if r["id"] == given["patient_id"]]
    elif given.get("last_name"):
        names = [(f, str(given[f]).casefold()) for f in ("first_name", "last_name") if given.get(f)]
        fuzzy = given.get("fuzzy_search") == "true"
        rows = [r for r in rows if all(_fits(str(r[f]).casefold(), text, fuzzy=fuzzy) for f, text in names)]
    else:
        raise Failure("Unable to search patients", "Missing variable: patient_id")
    return [show.patient(book, r) for r in rows]


def _fits(value: str, asked: str, *, fuzzy: bool) -> bool:
    return asked in value if fuzzy else asked == value


def _cases(book: Book, given: Doc) -> list[Doc]:
    if not given.get("patient_id"):
        raise Failure("Unable to retrieve cases", "Missing variable: patient_id")
    return [show.case(book, r) for r in book.of("cases", "patient_id", given["patient_id"])]


_VISIT = {"location_id": "location_id", "patient_id": "patient_id", "practitioner_id": "practitioner_id"} | {
    "service_id": "type_id",
    "class_id": "type_id",
}
_STATUS: dict[str, Callable[[Doc], bool]] = {
    "Cancelled": lambda v: bool(v["cancelled_at"]),
    "DNA": lambda v: bool(v["dna"]),
    "Completed": lambda v: bool(v["completed"] or v["invoice_id"]),
    "Uninvoiced": lambda v: not v["invoice_id"],
}


def _appointments(book: Book, given: Doc, *, classes: bool = False) -> list[Doc]:
    """Visits, class sessions, events and notes of the diary, all in one list."""
    rows = [r for r in book.rows("appointments") if book.seen(r) and since(book, given, r)]
    rows = [r for r in rows if r["kind"] == "Class" or not classes]
    for name, field in _VISIT.items():
        if given.get(name):
            rows = [r for r in rows if r[field] == given[name]]
    first, last = given.get("date_from") or "", given.get("date_to") or "9"
    rows = [r for r in rows if first <= r["day"] <= last]
    tests = [_STATUS[w] for w in str(given.get("appt_status") or "").split(",") if w in _STATUS]
    if tests:
        rows = [r for r in rows if any(test(r) for test in tests)]
    return [show.appointment(book, r) for r in rows]


def _invoices(book: Book, given: Doc) -> list[Doc]:
    void = given.get("void") == "1"
    rows = [r for r in book.rows("invoices") if r["void"] == void and book.seen(r) and since(book, given, r)]
    if given.get("patient_id"):
        rows = [r for r in rows if r["patient_id"] == given["patient_id"]]
    index = Index(book)
    return [show.invoice(book, r, index, expanded=given.get("expanded") == "1") for r in rows]


def _invoice(book: Book, given: Doc) -> Doc:
    row = book.peek("invoices", given["invoice_id"])
    if row is None or row["void"] != (given.get("void") == "1") or not book.seen(row):
        raise Failure("Unable to retrieve invoice", "Invoice not found")
    return {"invoice": show.invoice(book, row, Index(book), expanded=True)}


def _ledger(book: Book, given: Doc, kind: str) -> list[Doc]:
    rows = [r for r in book.rows(kind) if book.seen(r)]
    wanted = given.get("invoice_id") or given.get("invoiceID")
    if wanted:
        rows = [r for r in rows if r["invoice_id"] == wanted]
    first, last = given.get("date_from") or "", given.get("date_to") or "9"
    rows = [r for r in rows if first <= r["day"] <= last and since(book, given, r, "lastmodified_date_from")]
    return [show.ledger_row(book, kind, r) for r in rows]


def _verify(book: Book, given: Doc) -> Doc:
    return {"verify": "1"}


def _nothing(book: Book, given: Doc) -> list[Doc]:
    return []


def _money(name: str) -> tuple[str, Any]:
    kind = name.lower()
    return f"getInvoice{name}", Listed(kind, partial(_ledger, kind=kind))


READS: dict[str, Function] = {
    "verify": Done(_verify),
    "version": Done(lambda book, given: {"version": "2.0"}),
    "getLocations": Listed("locations", _locations),
    "getPractitioners": Listed("practitioners", _practitioners),
    "getAppointmentTypes": Listed("services", _simple("services", show.coded_service)),
    "getClassTypes": Listed("classes", _simple("classes", show.service)),
    "getStockList": Listed("services", _simple("stock", show.service)),
    "getPatients": Listed("patients", _patients),
    "searchPatients": Listed("patients", _search),
    "getCases": Listed("cases", _cases),
    "getAllCases": Listed("cases", _simple("cases", show.case)),
    "getAppointments": Listed("appointments", _appointments),
    "getClasses": Listed("classes", partial(_appointments, classes=True)),
    "getWaitingList": Listed("waitingList", _nothing),
    "getExtras": Listed("extras", _nothing),
    "getInvoices": Listed("invoices", _invoices),
    "getAllInvoices": Listed("invoices", _invoices),
    "getInvoice": Done(_invoice, ("invoice_id",)),
    **dict(_money(n) for n in ("Payments", "Entries", "Credits", "Discounts", "Refunds", "Adjustments")),
}
