"""Lists: newest first, cursor paging, filters; and `expand`, which puts objects in the place of their ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from connectors.sandbox.stripe import checks, ledger, payouts
from connectors.sandbox.stripe.book import Book, Doc, shown
from connectors.sandbox.stripe.errors import StripeError, missing

Keep = Callable[[Doc, Any], bool]
LARGEST, USUAL, DEEPEST = 100, 10, 4
KINDS = {
    "pi_": "payment_intent",
    "ch_": "charge",
    "re_": "refund",
    "txn_": "balance_transaction",
    "po_": "payout",
    "dp_": "dispute",
    "cus_": "customer",
    "pm_": "payment_method",
    "cs_": "checkout.session",
}


def equal(field: str) -> Keep:
    """Keep what has this value."""
    return lambda doc, wanted: bool(doc.get(field) == wanted)


def within(field: str) -> Keep:
    """Keep what lies in a range of instants."""

    def keep(doc: Doc, wanted: Any) -> bool:
        at = doc[field]
        return not (
            ("gt" in wanted and at <= wanted["gt"])
            or ("gte" in wanted and at < wanted["gte"])
            or ("lt" in wanted and at >= wanted["lt"])
            or ("lte" in wanted and at > wanted["lte"])
        )

    return keep


def _type(doc: Doc, wanted: Any) -> bool:
    return any(
        doc["type"] == one or (one.endswith(".*") and doc["type"].startswith(one[:-1])) for one in wanted
    )


Filters = dict[str, tuple[checks.Check, Keep]]
_CREATED: Filters = {"created": (checks.span, within("created"))}


def _texts(*names: str) -> Filters:
    return {name: (checks.text(), equal(name)) for name in names}


FILTERS: dict[str, Filters] = {
    "charge": {**_CREATED, **_texts("customer", "payment_intent", "transfer_group")},
    "refund": {**_CREATED, **_texts("charge", "payment_intent")},
    "payment_intent": {**_CREATED, **_texts("customer")},
    "checkout.session": {
        **_CREATED,
        **_texts("customer", "payment_intent", "payment_link", "status", "subscription"),
    },
    "balance_transaction": {
        **_CREATED,
        **_texts("currency", "source", "type"),
        "payout": (checks.text(), lambda doc, wanted: True),
    },
    "payout": {
        **_CREATED,
        **_texts("destination", "status"),
        "arrival_date": (checks.span, within("arrival_date")),
    },
    "dispute": {**_CREATED, **_texts("charge", "payment_intent")},
    "event": {
        **_CREATED,
        "type": (checks.text(), lambda doc, wanted: _type(doc, [wanted])),
        "types": (checks.many(checks.text(), 20), _type),
        "delivery_success": (checks.flag, lambda doc, wanted: (doc["pending_webhooks"] == 0) == wanted),
    },
    "customer": {**_CREATED, **_texts("email")},
    "webhook_endpoint": {},
}
EVENTS_KEPT = 30 * 86_400


def shape_of(kind: str) -> checks.Shape:
    """The parameters a list takes."""
    return {**checks.LISTING, **{name: check for name, (check, _) in FILTERS[kind].items()}}


def page(book: Book, kind: str, params: dict[str, Any], url: str) -> Doc:
    """One page of a list."""
    limit = params.get("limit", USUAL)
    if not 1 <= limit <= LARGEST:
        raise StripeError(
            f"This value must be between 1 and {LARGEST} (inclusive).",
            code="parameter_invalid_integer",
            param="limit",
        )
    found = _wanted(book, kind, params)
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise StripeError("You may only specify one of these parameters: ending_before, starting_after.")
    if after:
        part = found[_place(book, kind, found, after, "starting_after") + 1 :]
        return _page(book, part[:limit], len(part) > limit, url)
    if before:
        part = found[: _place(book, kind, found, before, "ending_before")]
        return _page(book, part[-limit:], len(part) > limit, url)
    return _page(book, found[:limit], len(found) > limit, url)


def _wanted(book: Book, kind: str, params: dict[str, Any]) -> list[Doc]:
    """Everything that meets the filters, newest first."""
    filters = FILTERS[kind]
    source: Iterable[Doc] = book.all(kind)
    if kind == "balance_transaction" and params.get("payout"):
        source = payouts.rows_of(book, params["payout"])
    if kind == "event":
        source = [doc for doc in source if doc["created"] > book.now - EVENTS_KEPT]
    found = [
        doc
        for doc in source
        if not doc.get("deleted")
        and all(keep(doc, params[name]) for name, (_, keep) in filters.items() if name in params)
    ]
    order = sorted(enumerate(found), key=lambda pair: (pair[1]["created"], pair[0]), reverse=True)
    return [doc for _, doc in order]


def _place(book: Book, kind: str, found: list[Doc], id: str, param: str) -> int:
    for n, doc in enumerate(found):
        if doc["id"] == id:
            return n
    order = [doc["id"] for doc in _wanted(book, kind, {})]
    if id not in order:
        raise missing(kind, id, param)
    # An object that the filters leave out: where it would stand among those found.
    rank = {one: n for n, one in enumerate(order)}
    newer = sum(1 for doc in found if rank[doc["id"]] < rank[id])
    return newer - 1 if param == "starting_after" else newer


def _page(book: Book, docs: list[Doc], more: bool, url: str) -> Doc:
    return {"object": "list", "data": [view(book, doc) for doc in docs], "has_more": more, "url": url}


def view(book: Book, doc: Doc) -> Doc:
    """An object as the API shows it now."""
    if doc["object"] == "balance_transaction":
        doc = ledger.current(book, doc)
    return {**shown(doc)}


def expand(book: Book, answer: Doc, paths: list[str]) -> Doc:
    """The answer with the named fields as objects. Raises StripeError for what cannot be expanded."""
    for path in paths:
        parts = path.split(".")
        if len(parts) > DEEPEST:
            raise StripeError(f"You cannot expand more than {DEEPEST} levels of a property.", param="expand")
        targets = [answer]
        if answer.get("object") == "list":
            if parts[0] != "data":
                raise StripeError(f"This property cannot be expanded ({path}).", param="expand")
            targets, parts = answer["data"], parts[1:]
        for target in targets:
            _expand(book, target, parts, path)
    return answer


def _expand(book: Book, doc: Doc, parts: list[str], path: str) -> None:
    if not parts:
        return
    name = parts[0]
    if (doc.get("object"), name) in LISTED:
        doc.setdefault(name, LISTED[doc["object"], name](book, doc))
        return
    if name not in doc:
        raise StripeError(f"This property cannot be expanded ({path}).", param="expand")
    value = doc[name]
    if isinstance(value, str):
        kind = next((kind for prefix, kind in KINDS.items() if value.startswith(prefix)), None)
        found = book.peek(kind, value) if kind else None
        if found is None:
            raise StripeError(f"This property cannot be expanded ({path}).", param="expand")
        doc[name] = value = view(book, found)
    elif value is not None and not isinstance(value, dict | list):
        raise StripeError(f"This property cannot be expanded ({path}).", param="expand")
    for inner in value if isinstance(value, list) else [value]:
        if isinstance(inner, dict):
            _expand(book, inner, parts[1:], path)


def _refunds(book: Book, charge: Doc) -> Doc:
    found = [doc for doc in book.all("refund") if doc["charge"] == charge["id"]][::-1]
    return _page(book, found[:USUAL], len(found) > USUAL, f"/v1/charges/{charge['id']}/refunds")


def _items(book: Book, session: Doc) -> Doc:
    items = book.get("checkout.session", session["id"])["_items"]
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return {"object": "list", "data": items, "has_more": False, "url": url}


LISTED: dict[tuple[str, str], Callable[[Book, Doc], Doc]] = {
    ("charge", "refunds"): _refunds,
    ("checkout.session", "line_items"): _items,
}
