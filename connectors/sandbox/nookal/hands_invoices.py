"""Hands on invoices: making, numbering, changing and voiding them and their lines."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.sandbox.acting import HandsError, only, require
from connectors.sandbox.nookal.book import Book
from connectors.sandbox.nookal.sums import PARTS, Index
from connectors.sandbox.store import Doc

GST = Decimal("0.1")
_CATALOGUES = {
    "service_id": ("services", "Consultation"),
    "class_id": ("classes", "Class"),
    "stock_id": ("stock", "Stock"),
}
_LINE = ("id", *_CATALOGUES, "name", "code", "kind", "category", "qty", "unit_cents", "has_tax", "tax_cents",
         "day", "practitioner_id")  # fmt: skip
_LINKS = ("practitioner_id", "case_id", "appointment_id", "payer_id")


def create_invoice(book: Book, payload: Doc) -> Doc:
    """Make an invoice; with `draft` it gets no number yet."""
    only(payload, "id", "number", "patient_id", "location_id", *_LINKS, "day", "items", "draft", "notes")
    patient, place, items = require(payload, "patient_id", "location_id", "items")
    book.need("patients", patient)
    book.need("locations", place)
    links = {name: _text(payload.get(name)) for name in _LINKS}
    if links["payer_id"]:
        book.need("payers", links["payer_id"])
    invoice = book.new(
        "invoices",
        {
            "number": None,
            "patient_id": str(patient),
            "location_id": str(place),
            **links,
            "day": book.day(payload.get("day"), place),
            "void": False,
            "notes": payload.get("notes", ""),
        },
        payload.get("id"),
    )
    if not payload.get("draft"):
        invoice = _number(book, invoice, payload.get("number"))
    for item in items:
        _line(book, invoice, item)
    if links["appointment_id"]:
        visit = book.need("appointments", links["appointment_id"])
        book.put("appointments", {**visit, "invoice_id": invoice["id"]})
    return shown(book, invoice["id"])


def number_invoice(book: Book, payload: Doc) -> Doc:
    """Give a draft its number."""
    only(payload, "invoice_id", "number")
    invoice = book.need("invoices", require(payload, "invoice_id")[0])
    _number(book, invoice, payload.get("number"))
    return shown(book, invoice["id"])


def edit_invoice(book: Book, payload: Doc) -> Doc:
    """Change what an invoice names, or its day; with none of them it is only saved again."""
    only(payload, "invoice_id", "patient_id", "location_id", *_LINKS, "day", "notes")
    fields = dict(payload)
    invoice = book.need("invoices", require(fields, "invoice_id")[0])
    fields.pop("invoice_id")
    book.put("invoices", {**invoice, **fields})
    return shown(book, invoice["id"])


def add_item(book: Book, payload: Doc) -> Doc:
    """Put one more line on an invoice."""
    only(payload, "invoice_id", *_LINE)
    fields = dict(payload)
    invoice = book.need("invoices", require(fields, "invoice_id")[0])
    fields.pop("invoice_id")
    entry = _line(book, invoice, fields)
    book.put("invoices", invoice)
    return {**shown(book, invoice["id"]), "entry_id": entry["id"]}


def edit_item(book: Book, payload: Doc) -> Doc:
    """Correct a line's name or code; its amounts are corrected by voiding it and adding another."""
    only(payload, "entry_id", "name", "code")
    fields = dict(payload)
    entry = book.need("entries", require(fields, "entry_id")[0])
    fields.pop("entry_id")
    book.put("entries", {**entry, **fields})
    book.put("invoices", book.need("invoices", entry["invoice_id"]))
    return shown(book, entry["invoice_id"])


def void_item(book: Book, payload: Doc) -> Doc:
    """Void one line; it stays in the listings."""
    only(payload, "entry_id")
    entry = book.need("entries", require(payload, "entry_id")[0])
    book.put("entries", {**entry, "void": True})
    book.put("invoices", book.need("invoices", entry["invoice_id"]))
    return shown(book, entry["invoice_id"])


def void_invoice(book: Book, payload: Doc) -> Doc:
    """Void an invoice: its lines stay live; its payments are reversed unless `keep_payments`."""
    only(payload, "invoice_id", "keep_payments")
    invoice = book.need("invoices", require(payload, "invoice_id")[0])
    book.put("invoices", {**invoice, "void": True})
    if not payload.get("keep_payments"):
        for kind in PARTS:
            for row in book.of(kind, "invoice_id", invoice["id"]):
                book.put(kind, {**row, "void": True})
    return shown(book, invoice["id"])


def delete_invoice(book: Book, payload: Doc) -> Doc:
    """Delete an invoice for good: it, its lines and its money just stop appearing."""
    only(payload, "invoice_id")
    invoice = book.need("invoices", require(payload, "invoice_id")[0])
    for kind in ("entries", *PARTS):
        for row in book.of(kind, "invoice_id", invoice["id"]):
            book.drop(kind, row["id"])
    book.drop("invoices", invoice["id"])
    return {"id": invoice["id"]}


def shown(book: Book, invoice_id: Any) -> Doc:
    """The answer of the invoice hands."""
    invoice, index = book.need("invoices", invoice_id), Index(book)
    found = index.sums(invoice)
    return {
        "id": invoice["id"],
        "number": invoice["number"],
        "total_cents": found.total,
        "balance_cents": found.balance,
        "items": [
            {"id": e["id"], "total_cents": e["total"], "tax_cents": e["tax"]}
            for e in index.on("entries", invoice["id"])
            if not e["void"]
        ],
    }


def _number(book: Book, invoice: Doc, given: Any) -> Doc:
    number = str(given) if given else f"INV-{20400 + book.state.store.next('invoice-number')}"
    return book.put("invoices", {**invoice, "number": number})


def _line(book: Book, invoice: Doc, payload: Doc) -> Doc:
    """One line: `unit_cents` is the price of one without tax; the tax is worked out unless given."""
    only(payload, *_LINE)
    chosen = next((name for name in _CATALOGUES if payload.get(name)), None)
    item: Doc = {}
    kind, item_id = payload.get("kind", ""), None
    if chosen is not None:
        catalogue, kind = _CATALOGUES[chosen]
        item = book.need(catalogue, payload[chosen])
        item_id = item["id"]
    qty = Decimal(str(payload.get("qty", 1)))
    unit = payload.get("unit_cents", item.get("price"))
    if unit is None:
        raise HandsError("a line of nothing in the catalogue needs unit_cents")
    subtotal = _whole(qty * int(unit))
    taxed = payload.get("has_tax", item.get("has_tax", False))
    tax = int(payload["tax_cents"]) if "tax_cents" in payload else _whole(subtotal * GST) if taxed else 0
    return book.new(
        "entries",
        {
            "invoice_id": invoice["id"],
            "location_id": invoice["location_id"],
            "kind": kind,
            "item_id": item_id,
            "code": payload.get("code", item.get("code", "")),
            "name": payload.get("name", item.get("name", "")),
            "category": payload.get("category", item.get("category", "")),
            "qty": format(qty.normalize(), "f"),
            "subtotal": subtotal,
            "tax": tax,
            "total": subtotal + tax,
            "void": False,
            "day": book.day(payload.get("day") or invoice["day"], invoice["location_id"]),
            "practitioner_id": _text(payload.get("practitioner_id", invoice["practitioner_id"])),
        },
        payload.get("id"),
    )


def _whole(value: Decimal | int) -> int:
    return int(Decimal(value).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


INVOICE_HANDS = {
    "create_invoice": create_invoice,
    "number_invoice": number_invoice,
    "edit_invoice": edit_invoice,
    "add_item": add_item,
    "edit_item": edit_item,
    "void_item": void_item,
    "void_invoice": void_invoice,
    "delete_invoice": delete_invoice,
}
