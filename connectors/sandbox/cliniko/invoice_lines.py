"""Invoice items as people enter them: defaults from the catalogue, arithmetic, and the invoice's totals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.sandbox.acting import HandsError, only
from connectors.sandbox.cliniko.arithmetic import METHODS, Line, cents, dollars, header, text, work_out
from connectors.sandbox.cliniko.book import Book
from connectors.sandbox.store import Doc

_KEYS = ("id", "billable_item_id", "product_id", "code", "name", "quantity", "unit_price_cents", "tax")
_KEYS_MORE = ("discount_cents", "concession_type_name")


def item_fields(book: Book, spec: Doc, method: int, with_tax: bool) -> Doc:
    """The stored fields of one line from its payload. Raises HandsError."""
    only(spec, *_KEYS, *_KEYS_MORE)
    kind, source = _source(book, spec)
    tax = spec["tax"] if "tax" in spec else _catalogue_tax(book, source)
    quantity = Decimal(str(spec.get("quantity", 1)))
    rate = Decimal(str(tax["rate"])) if tax else Decimal(0)
    price = spec.get("unit_price_cents")
    if price is None and source is None:
        raise HandsError("an item without a catalogue record needs unit_price_cents")
    if price is None and source is not None:
        unit = Decimal(str(source.get("price") or source.get("price_including_tax") or "0"))
    else:
        unit = dollars(int(price or 0))
    line = work_out(
        method, quantity, unit, dollars(int(spec.get("discount_cents", 0))), rate, with_tax=with_tax
    )
    named = source or {}
    fields = {
        "name": spec.get("name", named.get("name")),
        "code": spec.get("code", named.get("item_code")),
        "concession_type_name": spec.get("concession_type_name", ""),
        **_figures(line, quantity, tax),
    }
    if kind and source:
        fields |= {f"{kind}_id": source["id"], "source_item_id": source["id"]}
    return fields


def _source(book: Book, spec: Doc) -> tuple[str | None, Doc | None]:
    for kind in ("billable_item", "product"):
        if spec.get(f"{kind}_id"):
            return kind, book.need(f"{kind}s", spec[f"{kind}_id"])
    return None, None


def _catalogue_tax(book: Book, source: Doc | None) -> Doc | None:
    return book.peek("taxes", source["tax_id"]) if source and source.get("tax_id") else None


def _figures(line: Line, quantity: Decimal, tax: Doc | None) -> Doc:
    rate = text(line.rate) if tax else None
    return {
        "quantity": text(quantity),
        "unit_price": text(line.unit),
        "net_price": text(line.net),
        "discount_percentage": text(line.percentage) if line.percentage is not None else None,
        "discounted_amount": text(line.discount),
        "is_monetary_discount": bool(line.discount),
        "tax_name": tax["name"] if tax else None,
        "tax_rate": rate,
        "tax_amount": rate,
        "total_including_tax": text(line.total),
        "_total": cents(line.total),
        "_tax": cents(line.tax),
        "_line": [str(line.unit), str(line.net), str(line.total), str(line.discount), str(line.rate)],
    }


def totals(method: int, items: list[Doc]) -> Doc:
    """The header fields an invoice gets from its live items."""
    if method not in METHODS:
        raise HandsError(f"no calculation method {method}")
    lines = [_line(item) for item in items]
    net, tax, total = header(method, lines)
    return {
        "net_amount": text(net),
        "tax_amount": text(tax),
        "total_amount": text(total),
        "discounted_amount": text(sum((line.discount for line in lines), Decimal(0))),
        "calculation_method": method,
        "calculation_method_description": METHODS[method],
        "_total": cents(total),
        "_tax": cents(tax),
        "_net": cents(net),
    }


def _line(item: Doc) -> Line:
    unit, net, total, discount, rate = map(Decimal, item["_line"])
    return Line(unit, net, total, discount, None, rate)


def live_items(book: Book, invoice: Doc) -> list[Doc]:
    """An invoice's items that are not archived, in order."""
    items = (book.peek("invoice_items", id) for id in invoice["_items"])
    return [item for item in items if item and not item["archived_at"]]


def write_items(book: Book, invoice: Doc, specs: list[Any], method: int, with_tax: bool) -> None:
    """Replace an invoice's lines (by switch: archive and make anew, or edit in place). Fills `_items`.

    A payload line that carries the id of a present line edits that line under either switch.
    """
    old = {item["id"]: item for item in live_items(book, invoice)}
    in_place = book.switch("item_edit") == "in_place"
    free = [id for id in old if id not in {str(spec.get("id")) for spec in specs}]
    for spec in specs:
        fields = item_fields(book, dict(spec), method, with_tax)
        id_ = spec.get("id")
        if str(id_) not in old and id_ is None and in_place and free:
            id_ = free.pop(0)
        present = old.pop(str(id_), None)
        if present is None:
            item = book.new("invoice_items", {**fields, "invoice_id": invoice["id"]}, id_)
            invoice["_items"].append(item["id"])
        elif {**present, **fields} != present:
            book.put("invoice_items", {**present, **fields})
    for item in old.values():
        gone = {**item, "archived_at": book.stamp, "deleted_at": book.stamp}
        book.put("invoice_items", gone, bump=book.switch("archive_bumps_updated_at"))
