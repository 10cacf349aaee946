"""Reversing an invoice: a credit note with its own number, for a refund, a credit or a write-off.

The vendor's help: a reversal makes a new invoice with negative items that points at its original; a write-off
replaces the original line by a negative "Write off" item, taxed and untaxed ones apart.
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.acting import HandsError, only, require
from connectors.sandbox.cliniko.arithmetic import shares
from connectors.sandbox.cliniko.book import Book
from connectors.sandbox.cliniko.hands_credit import refund
from connectors.sandbox.cliniko.hands_invoices import create_invoice, shown
from connectors.sandbox.cliniko.invoice_lines import live_items
from connectors.sandbox.cliniko.settle import link, outstanding, restate, use_credit
from connectors.sandbox.store import Doc

_NAMED = ("id", "number", "issue_date", "notes")


def reverse_invoice(book: Book, payload: Doc) -> Doc:
    """Make a credit note; settle with it what the original still owes; pay the rest out or keep it."""
    only(payload, *_NAMED, "invoice_id", "items", "cents", "pay_out", "as_writeoff")
    original = book.need("invoices", require(payload, "invoice_id")[0])
    unpaid = max(outstanding(book, original), 0)
    if payload.get("as_writeoff"):
        lines = _writeoff_lines(book, payload["as_writeoff"], unpaid)
    else:
        lines = _reversed_lines(book, original, payload)
    copied = {
        name: original.get(name) for name in ("patient_id", "business_id", "practitioner_id", "invoice_to")
    }
    given: Doc = {name: payload[name] for name in _NAMED if name in payload}
    terms = {"calculation_method": original["calculation_method"], "original_invoice_id": original["id"]}
    note = create_invoice(book, {**copied, **given, **terms, "items": lines})
    if note["total_cents"] >= 0:
        raise HandsError("a reversal needs a negative total")
    original["_notes"] = [*original["_notes"], note["id"]]
    book.put("invoices", original)
    netted = min(unpaid, -note["total_cents"])
    if netted:
        fields = {"invoice_id": original["id"], "patient_id": original["patient_id"]}
        use = use_credit(book, "netted", netted, [("credit_note", note["id"], netted)], fields)
        link(book, original["id"], "_uses", use["id"])
    restate(book, original["id"])
    restate(book, note["id"])
    paid_out = _pay_out(book, payload.get("pay_out"), original, note["id"])
    return {**shown(book, note["id"]), "refund": paid_out}


def _pay_out(book: Book, wish: Any, original: Doc, note_id: str) -> Doc | None:
    if not wish:
        return None
    only(wish, "method", "paid_at", "cents", "business_id", "id", "number")
    left = -outstanding(book, book.need("invoices", note_id))
    out = {"business_id": original["business_id"], "cents": left, **wish}
    return refund(book, {**out, "patient_id": original["patient_id"], "credit_note_id": note_id})


def _reversed_lines(book: Book, original: Doc, payload: Doc) -> list[Doc]:
    items = [item for item in live_items(book, original) if item["_total"]]
    chosen = {str(part["item_id"]): part.get("cents") for part in payload.get("items") or []}
    unknown = set(chosen) - {item["id"] for item in items}
    if unknown:
        raise HandsError(f"the invoice has no item {', '.join(sorted(unknown))}")
    if payload.get("cents"):
        parts = shares(int(payload["cents"]), [item["_total"] for item in items])
    elif chosen:
        items = [item for item in items if item["id"] in chosen]
        parts = [item["_total"] if chosen[item["id"]] is None else int(chosen[item["id"]]) for item in items]
    else:
        parts = [item["_total"] for item in items]
    return [_negative(item, cents) for item, cents in zip(items, parts, strict=True) if cents]


def _negative(item: Doc, cents: int) -> Doc:
    """The line that takes `cents` (tax included) of an item back, with the item's own source and tax."""
    spec: Doc = {"code": item["code"], "name": item["name"], "quantity": -1, "unit_price_cents": cents}
    spec["tax"] = {"name": item["tax_name"], "rate": item["tax_rate"]} if item["tax_name"] else None
    for kind in ("billable_item_id", "product_id"):
        if item.get(kind):
            spec[kind] = item[kind]
    return spec


def _writeoff_lines(book: Book, wish: Any, unpaid: int) -> list[Doc]:
    parts = {wish: unpaid} if isinstance(wish, str) else {str(k): int(v) for k, v in dict(wish).items()}
    by_code = {item["item_code"]: item for item in book.rows("billable_items")}
    missing = sorted(set(parts) - set(by_code))
    if missing:
        raise HandsError(f"no billable item has the code {', '.join(missing)}")
    return [
        {"billable_item_id": by_code[code]["id"], "quantity": 1, "unit_price_cents": -cents}
        for code, cents in parts.items()
        if cents
    ]
