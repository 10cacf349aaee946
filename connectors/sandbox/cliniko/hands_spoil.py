"""Hands that make the API show odd things: a forced status, totals that do not add up, malformed fields."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.acting import HandsError, only, require
from connectors.sandbox.cliniko.arithmetic import dollars, text
from connectors.sandbox.cliniko.book import Book
from connectors.sandbox.cliniko.hands_invoices import shown
from connectors.sandbox.cliniko.settle import restate
from connectors.sandbox.store import Doc


def set_status(book: Book, payload: Doc) -> Doc:
    """Force a status whatever the balance says, until `forget`."""
    only(payload, "invoice_id", "status", "forget")
    invoice = book.need("invoices", require(payload, "invoice_id")[0])
    if payload.get("forget"):
        invoice.pop("_forced", None)
    elif payload.get("status") in (10, 20, 30, 40, None):
        invoice["_forced"] = {"status": payload.get("status")}
    else:
        raise HandsError(f"no status {payload['status']}")
    book.put("invoices", invoice)
    restate(book, invoice["id"])
    return shown(book, invoice["id"])


def corrupt_invoice(book: Book, payload: Doc) -> Doc:
    """Make the API show something wrong about an invoice or item; with the id alone, mend it again."""
    only(payload, "invoice_id", "item_id", "set", "remove", "off_by_cents")
    kind = "invoice_items" if payload.get("item_id") else "invoices"
    doc = book.need(kind, payload.get("item_id") or require(payload, "invoice_id")[0])
    wrong: dict[str, Any] = dict(payload.get("set") or {})
    if payload.get("off_by_cents"):
        off = int(payload["off_by_cents"])
        wrong |= {
            "total_amount": text(dollars(doc["_total"] + off)),
            "net_amount": text(dollars(doc["_net"] + off)),
        }
    doc["_corrupt"] = {"set": wrong, "remove": list(payload.get("remove") or [])}
    return {"id": book.put(kind, doc)["id"]}


SPOIL_HANDS = {"set_status": set_status, "corrupt_invoice": corrupt_invoice}
