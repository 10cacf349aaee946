"""Hands on invoices: create, edit, archive. See also hands_reversal, hands_spoil."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.acting import only, require
from connectors.sandbox.cliniko.book import PAYMENTS, USES, Book
from connectors.sandbox.cliniko.hands_credit import apply_credit
from connectors.sandbox.cliniko.hands_money import archive_payment
from connectors.sandbox.cliniko.hands_people import archive
from connectors.sandbox.cliniko.invoice_lines import live_items, totals, write_items
from connectors.sandbox.cliniko.release import drop_allocation, drop_use, trim
from connectors.sandbox.cliniko.settle import add_source, mirror_gone, open_credits, outstanding, restate
from connectors.sandbox.store import Doc

FIRST_INVOICE = 10_001
_LINKED = ("patient_id", "business_id", "practitioner_id", "attendee_id")
_FREE = ("issue_date", "invoice_to", "notes", "number")


def create_invoice(book: Book, payload: Doc) -> Doc:
    """Make an invoice. `from_credit` lets the patient's account credit cover what it can, at once."""
    only(
        payload, *_LINKED, *_FREE, "id", "items", "calculation_method", "prices_include_tax", "from_credit",
        "original_invoice_id",
    )  # fmt: skip
    patient_id, business_id, items = require(payload, "patient_id", "business_id", "items")
    patient = book.need("patients", patient_id)
    book.need("businesses", business_id)
    fields: Doc = {name: str(payload[name]) for name in _LINKED if payload.get(name)}
    fields |= _visit(book, payload.get("attendee_id"))
    if payload.get("original_invoice_id"):
        fields["original_invoice_id"] = payload["original_invoice_id"]
    method = int(payload.get("calculation_method") or 3)
    default_to = patient.get("invoice_default_to") or _address(patient)
    invoice = book.new(
        "invoices",
        {
            **fields,
            "number": book.number("invoice", payload.get("number"), FIRST_INVOICE),
            "issue_date": payload.get("issue_date") or book.business_date(str(business_id)).isoformat(),
            "invoice_to": payload.get("invoice_to", default_to),
            "patient_extra_information": patient.get("invoice_extra_information"),
            "notes": payload.get("notes"),
            **{name: [] for name in ("_items", "_payments", "_uses", "_notes")},
        },
        payload.get("id"),
    )
    write_items(book, invoice, items, method, bool(payload.get("prices_include_tax", True)))
    invoice |= totals(method, live_items(book, invoice))
    if book.switch("stripe") and invoice["_total"] > 0:
        host = f"{book.account.facts['subdomain']}.{book.account.facts['shard']}.cliniko.com"
        invoice["online_payment_url"] = f"https://{host}/pay/{invoice['id']}"
    book.put("invoices", invoice)
    _keep_credit(book, invoice)
    restate(book, invoice["id"])
    if payload.get("from_credit") and invoice["_total"] > 0:
        _cover(book, invoice)
    return shown(book, invoice["id"])


def _keep_credit(book: Book, invoice: Doc) -> None:
    """A negative total is credit of the patient, whether or not it reverses anything."""
    if invoice["_total"] < 0:
        add_source(book, invoice["patient_id"], "credit_note", invoice["id"])


def _cover(book: Book, invoice: Doc) -> None:
    available = sum(left for _, _, left in open_credits(book, invoice["patient_id"]))
    cents = min(available, outstanding(book, invoice))
    if cents <= 0:
        return
    if book.switch("prepaid_at_creation") == "later":
        book.put("~late", {"id": invoice["id"]}, bump=False)
    apply_credit(book, {"patient_id": invoice["patient_id"], "invoice_id": invoice["id"], "cents": cents})


def edit_invoice(book: Book, payload: Doc) -> Doc:
    """Change an invoice under its id and number; what no longer fits becomes account credit."""
    only(payload, *_LINKED, *_FREE, "invoice_id", "items", "calculation_method", "prices_include_tax")
    invoice = book.need("invoices", require(payload, "invoice_id")[0])
    for name in _LINKED:
        if name in payload:
            invoice.pop(name, None)
            if payload[name]:
                invoice[name] = str(payload[name])
    invoice |= {name: payload[name] for name in _FREE if name in payload}
    bump = set(payload) != {"invoice_id", "items"} or book.switch("item_edit_bumps_invoice")
    if "items" in payload:
        method = int(payload.get("calculation_method") or invoice["calculation_method"])
        write_items(book, invoice, payload["items"], method, bool(payload.get("prices_include_tax", True)))
        invoice |= totals(method, live_items(book, invoice))
    book.put("invoices", invoice, bump=bump)
    _keep_credit(book, invoice)
    trim(book, invoice["id"])
    restate(book, invoice["id"])
    return shown(book, invoice["id"])


def archive_invoice(book: Book, payload: Doc) -> Doc:
    """Archive an invoice and the payments allocated to it alone; its number stays burnt."""
    only(payload, "invoice_id")
    invoice = archive(book, "invoices", require(payload, "invoice_id")[0])
    gone = []
    for id_ in invoice["_payments"]:
        payment = book.need(PAYMENTS, id_)
        if payment["archived_at"]:
            continue
        if {part["invoice_id"] for part in payment["allocations"]} == {invoice["id"]}:
            archive_payment(book, {"payment_id": id_})
            gone.append(id_)
        else:
            drop_allocation(book, payment, invoice["id"])
    for id_ in [*invoice["_uses"], *invoice.get("_spent", [])]:
        drop_use(book, book.need(USES, id_))
    mirror_gone(book, invoice)
    if invoice.get("original_invoice_id"):
        restate(book, invoice["original_invoice_id"])
    return {"id": invoice["id"], "payment_ids": gone}


def unarchive_invoice(book: Book, payload: Doc) -> Doc:
    """Bring an invoice back, without its payments."""
    only(payload, "invoice_id")
    invoice = book.need("invoices", require(payload, "invoice_id")[0])
    book.put("invoices", {**invoice, "archived_at": None, "deleted_at": None})
    restate(book, invoice["id"])
    return {"id": invoice["id"], "payment_ids": []}


def shown(book: Book, invoice_id: str) -> Doc:
    """The answer of the invoice hands."""
    invoice = book.need("invoices", invoice_id)
    items = live_items(book, invoice)
    return {
        "id": invoice["id"],
        "number": invoice["number"],
        "status": invoice["status"],
        "total_cents": invoice["_total"],
        "tax_cents": invoice["_tax"],
        "net_cents": invoice["_net"],
        "items": [{"id": i["id"], "total_cents": i["_total"], "tax_cents": i["_tax"]} for i in items],
    }


def _visit(book: Book, attendee_id: Any) -> Doc:
    if not attendee_id:
        return {}
    booking = book.need("attendees", attendee_id)["booking_id"]
    return {"appointment_id": booking} if book.peek("individual_appointments", booking) else {}


def _address(patient: Doc) -> str:
    town = " ".join(x for x in (patient.get("city"), patient.get("state"), patient.get("post_code")) if x)
    return "\r\n".join(x for x in (patient["label"], patient.get("address_1"), town) if x)


INVOICE_HANDS = {
    "create_invoice": create_invoice,
    "edit_invoice": edit_invoice,
    "archive_invoice": archive_invoice,
    "unarchive_invoice": unarchive_invoice,
}
