"""The writes of v2. They accept too much and say too little: nothing here has an idempotency key."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.sandbox.nookal import hands_diary as diary
from connectors.sandbox.nookal import hands_invoices as bills
from connectors.sandbox.nookal import hands_money as till
from connectors.sandbox.nookal import v2_rows as show
from connectors.sandbox.nookal.book import Book
from connectors.sandbox.nookal.hands_people import SHAPES, upsert
from connectors.sandbox.nookal.sums import Index
from connectors.sandbox.nookal.v2 import Done, Failure, Function, items
from connectors.sandbox.store import Doc

_ALSO = {"address_line_1": "addr1", "address_line_2": "addr2", "address_line_3": "addr3"} | {
    "client_notes": "notes",
    "alert_notes": "alerts",
}


def text(book: Book, value: Any) -> str:
    """Free text as it is stored: UTF-8 read as Latin-1 and encoded again (a switch)."""
    return str(value).encode().decode("latin-1") if book.switch("text_writes") == "mangled" else str(value)


def cents(value: Any) -> int:
    """An amount in major units. Raises Failure."""
    try:
        return int((Decimal(str(value)) * 100).quantize(Decimal(1)))
    except InvalidOperation:
        raise Failure("Unable to save", "Invalid amount") from None


def _person(book: Book, given: Doc) -> Doc:
    named = {_ALSO.get(name, name): value for name, value in given.items()}
    return {name: text(book, value) for name, value in named.items() if name in SHAPES["patients"]}


def _add_patient(book: Book, given: Doc) -> Doc:
    return {"patient_id": upsert(book, "patients", _person(book, given))["id"]}


def _edit_patient(book: Book, given: Doc) -> Doc:
    """Says success whatever was asked: unknown parameters, and a patient who is not there."""
    if book.peek("patients", given["patient_id"]) is not None:
        upsert(book, "patients", _person(book, given), given["patient_id"])
    return {"patient_id": given["patient_id"]}


def _edit_payer(book: Book, given: Doc) -> Doc:
    return {"case_id": given["case_id"]}


def _book_visit(book: Book, given: Doc) -> Doc:
    payload = {
        "patient_id": given["patient_id"],
        "practitioner_id": given["practitioner_id"],
        "location_id": given["location_id"],
        "day": given["appointment_date"],
        "start": given["start_time"],
        "service_id": given.get("appointment_type_id"),
        "notes": text(book, given.get("notes") or ""),
    }
    return {"appointment_id": diary.book_visit(book, payload)["id"]}


_WORDS = {"Completed": "completed", "Pending": "pending", "Cancelled": "cancelled", "DNA": "dna"}


def _update_visit(book: Book, given: Doc) -> Doc:
    key = given["appointment_id"]
    book.need("appointments", key)
    names = {"appointment_date": "day", "start_time": "start"}
    names |= {name: name for name in ("location_id", "practitioner_id")}
    moved = {names[name]: value for name, value in given.items() if name in names and value}
    if moved:
        diary.move_visit(book, {"appointment_id": key, **moved})
    if given.get("status") in _WORDS:
        diary.mark_visit(book, {"appointment_id": key, "as": _WORDS[given["status"]]})
    return {"appointment_id": key}


def _cancel_visit(book: Book, given: Doc) -> Doc:
    visit = book.need("appointments", given["appointment_id"])
    if visit["patient_id"] != given["patient_id"]:
        raise Failure("Unable to cancel appointment", "Appointment not found")
    diary.mark_visit(book, {"appointment_id": visit["id"], "as": "cancelled"})
    return {"ID": visit["id"], "patientID": visit["patient_id"]}


def _invoice(book: Book, invoice_id: str) -> Doc:
    return {"invoice": show.invoice(book, book.need("invoices", invoice_id), Index(book), expanded=True)}


def _item(book: Book, row: Doc) -> Doc:
    """A line from `{id | name, qty, price}`; the vendor publishes no sub-keys (ours)."""
    named = {"service_id": row["id"]} if row.get("id") else {"name": text(book, row.get("name", ""))}
    price = {"unit_cents": cents(row["price"])} if row.get("price") else {}
    return {**named, **price, "qty": row.get("qty") or row.get("quantity") or 1}


def _add_invoice(book: Book, given: Doc) -> Doc:
    made = {
        "patient_id": given["patient_id"],
        "location_id": given["location_id"],
        "day": given["date"],
        "practitioner_id": given.get("practitioner_id"),
        "case_id": given.get("case_id"),
        "notes": text(book, given.get("invoice_notes") or ""),
        "items": [_item(book, row) for row in items(given.get("items"))],
    }
    key = bills.create_invoice(book, made)["id"]
    for row in items(given.get("payments")):
        _pay(book, key, row)
    return _invoice(book, key)


def _add_item(book: Book, given: Doc) -> Doc:
    rows = items(given.get("items")) or [given]
    for row in rows:
        bills.add_item(book, {"invoice_id": given["invoice_id"], **_item(book, row)})
    return _invoice(book, given["invoice_id"])


def _delete_item(book: Book, given: Doc) -> Doc:
    return _invoice(book, bills.void_item(book, {"entry_id": given["item_id"]})["id"])


def _pay(book: Book, invoice_id: str, row: Doc) -> None:
    amount = cents(row.get("amount"))
    payload = {"invoice_id": invoice_id, "cents": amount, "method": text(book, row.get("method") or "")}
    till.take_payment(
        book, {**payload, "day": row.get("date"), "ref": text(book, row.get("payment_ref") or "")}
    )


def _add_payment(book: Book, given: Doc) -> Doc:
    """Not guarded against anything: the same call twice makes two payments; a void invoice takes one too."""
    _pay(book, given["invoice_id"], given)
    return _invoice(book, given["invoice_id"])


def _delete_payment(book: Book, given: Doc) -> Doc:
    row = book.need("payments", given["payment_id"])
    till.void_row(book, {"kind": "payments", "id": row["id"]})
    return _invoice(book, row["invoice_id"])


def _delete_invoice(book: Book, given: Doc) -> Doc:
    bills.delete_invoice(book, {"invoice_id": given["invoice_id"]})
    return {"invoice_id": given["invoice_id"]}


def _add_credit(book: Book, given: Doc) -> Doc:
    patient = book.need("patients", given["patient_id"])
    place = given.get("location_id") or patient["location_id"]
    method = text(book, given.get("method") or "")
    made = {"patient_id": patient["id"], "location_id": place, "method": method}
    made |= {"cents": cents(given["amount"]), "day": given.get("date")}
    row = book.need("credits", till.receive_credit(book, made)["id"])
    return {"credit": show.credit(book, row)}


def _write(act: Any, *needs: str) -> Done:
    return Done(act, needs, writes=True)


_SLOT = ("location_id", "appointment_date", "start_time", "patient_id", "practitioner_id")
WRITES: dict[str, Function] = {
    "addPatient": _write(_add_patient, "first_name", "last_name", "date_of_birth"),
    "editPatient": _write(_edit_patient, "patient_id"),
    "editCasePayer": _write(_edit_payer, "patient_id", "case_id", "payer_id"),
    "addAppointmentBooking": _write(_book_visit, *_SLOT),
    "updateAppointmentBooking": _write(_update_visit, "appointment_id"),
    "cancelAppointment": _write(_cancel_visit, "appointment_id", "patient_id"),
    "addInvoice": _write(_add_invoice, "location_id", "patient_id", "date"),
    "addItemToInvoice": _write(_add_item, "invoice_id"),
    "deleteItemFromInvoice": _write(_delete_item, "item_id"),
    "addPaymentToInvoice": _write(_add_payment, "invoice_id", "method", "amount", "date"),
    "deletePaymentFromInvoice": _write(_delete_payment, "payment_id"),
    "deleteInvoice": _write(_delete_invoice, "invoice_id"),
    "addAccountCredit": _write(_add_credit, "patient_id", "amount"),
}
