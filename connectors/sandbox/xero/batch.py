"""Batches: every element settled by itself, in the order sent, and the two forms of the answer.

The answer shows them in that order, as documented; the setting `answer_order: reversed` turns it round.

summarizeErrors=false: 200, each element with StatusAttributeString. Otherwise one bad element makes the whole
answer 400 ValidationException, although the good ones were saved (field reports; a setting).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from connectors.sandbox.wire import Request
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.values import (
    ZERO_ID,
    Doc,
    Missing,
    Refused,
    Unreadable,
    date_forms,
    decimal,
    parse_date,
)

NUMBERS = ("Amount", "Quantity", "UnitAmount", "LineAmount", "TaxAmount", "DiscountRate", "CurrencyRate")
DATES = ("Date", "DueDate")


def elements(request: Request, plural: str) -> list[Doc]:
    """The elements of a body: {plural: [...]}, a bare list, or one bare element. Raises Unreadable."""
    try:
        value: Any = json.loads(request.body, parse_float=Decimal) if request.body.strip() else None
    except ValueError:
        raise Unreadable("The body is not valid JSON.") from None
    if isinstance(value, dict):
        value = value.get(plural, [value])
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise Unreadable(f"The request must contain {plural}.")
    for item in value:
        _readable(item)
    return value


def _readable(item: Doc) -> None:
    for name in DATES:
        if item.get(name) is not None:
            parse_date(item[name])
    for name in NUMBERS:
        if item.get(name) is not None:
            decimal(item[name])
    lines = item.get("LineItems")
    if lines is not None and not isinstance(lines, list):
        raise Unreadable("Cannot deserialize the current JSON object: LineItems must be an array.")
    for line in lines or []:
        if not isinstance(line, dict):
            raise Unreadable("Cannot deserialize the current JSON value: a line item must be an object.")
        _readable(line)


def settle(
    call: Call,
    request: Request,
    plural: str,
    id_field: str,
    save: Callable[[Doc], Doc],
    show: Callable[[Doc], Doc],
) -> tuple[Doc, int]:
    """Settle every element with `save` (raising Refused); body and status of the answer."""
    raws = elements(request, plural)
    partial = request.headers.get("x-sandbox-partial")
    apart = (request.param("summarizeErrors") or "true").lower() == "false"
    warning = call.setting("warn_invoices", None) if plural == "Invoices" else None
    saves_all = apart or call.setting("summarized_saves", True)
    shown, failed = [], []
    for raw in raws[: int(partial)] if partial else raws:
        try:
            element = show(_found(save, raw, request))
        except Refused as refusal:
            element = _failed(raw, refusal, id_field)
            failed.append(element)
            if not saves_all:
                call.books.store.rollback()
                call.books.state.reload()
                call.events.clear()
                break
        else:
            if apart:
                element["StatusAttributeString"] = "WARNING" if warning else "OK"
            if warning:
                element["Warnings"] = [{"Message": warning}]
        shown.append(element)
    if call.setting("answer_order", "sent") == "reversed":
        shown.reverse()
    if failed and not apart:
        return {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": failed,
        }, 400
    return {plural: shown}, 200


def _found(save: Callable[[Doc], Doc], raw: Doc, request: Request) -> Doc:
    """Save one element. An unknown id in a path is 404; in an element of a batch it is that one's error."""
    try:
        return save(raw)
    except Missing:
        if request.path.count("/") > 3:
            raise
        raise Refused("The specified document or contact could not be found.") from None


def _failed(raw: Doc, refusal: Refused, id_field: str) -> Doc:
    """A refused element as sent, its dates in Xero's form, with a zero id or the clashing document's."""
    element = {key: value for key, value in raw.items() if key not in DATES}
    for name in DATES:
        if raw.get(name):
            element |= date_forms(name, parse_date(raw[name]))
    element.pop("BankTransactionID", None)
    return element | {
        id_field: refusal.clash or ZERO_ID,
        "HasErrors": True,
        "StatusAttributeString": "ERROR",
        "ValidationErrors": [{"Message": message} for message in refusal.messages],
    }
