"""Reading lists and single documents: filters, order, paging, If-Modified-Since.

Parameters that are lists of keys (IDs, InvoiceNumbers, ContactIDs, Statuses, References) and equality filters
on indexed fields are answered from indexes, so that a list costs what it returns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from connectors.sandbox.wire import Request
from connectors.sandbox.xero.books import Books
from connectors.sandbox.xero.listings import Listing, true
from connectors.sandbox.xero.values import Doc, modified_since
from connectors.sandbox.xero.where import compile_order, compile_where


def answer(books: Books, listing: Listing, request: Request, app: str | None) -> Doc:
    """The body of a list: the documents, and `pagination` when a page was asked for. Raises QueryError."""
    docs = _matching(books, listing, request, app)
    order = request.param("order")
    for field, descending in reversed(compile_order(order, listing.fields) if order else []):
        read = field.read
        docs.sort(key=_sort_key(read), reverse=descending)
    page = request.param("page")
    if page is None or not listing.paged:
        asked = any(request.param(name) for name in ("IDs", "InvoiceNumbers"))
        full = not listing.paged or (asked and listing.kind == "contact")
        return {listing.plural: [listing.show(books, doc, request, full) for doc in docs]}
    number = max(1, int(page)) if page.isdigit() else 1
    asked_size = request.param("pageSize") or "100"
    size = min(1000, max(1, int(asked_size))) if asked_size.isdigit() else 100
    part = docs[(number - 1) * size : number * size]
    full = not (listing.kind == "contact" and true(request, "summaryOnly"))
    return {
        "pagination": {
            "page": number,
            "pageSize": size,
            "pageCount": -(-len(docs) // size),
            "itemCount": len(docs),
        },
        listing.plural: [listing.show(books, doc, request, full) for doc in part],
    }


def _sort_key(read: Callable[[Doc], Any]) -> Callable[[Doc], tuple[bool, Any]]:
    return lambda doc: ((value := read(doc)) is not None, value)


def _matching(books: Books, listing: Listing, request: Request, app: str | None) -> list[Doc]:
    where = request.param("where")
    query = compile_where(where, listing.fields) if where else None
    docs: Iterable[Doc] | None = None
    for parameter, index in listing.params.items():
        value = request.param(parameter)
        if not value:
            continue
        wanted = list(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
        if index == "status":
            every = _all(books, listing) if docs is None else docs
            docs = [doc for doc in every if doc["status"] in wanted]
        elif docs is None:
            docs = _by_keys(books, listing, index, wanted)
        else:
            kept = {doc["id"] for doc in _by_keys(books, listing, index, wanted)}
            docs = [doc for doc in docs if doc["id"] in kept]
    if docs is None and query and query.keys:
        docs = _by_keys(books, listing, query.keys[0], sorted(query.keys[1]))
    found = _all(books, listing) if docs is None else list(docs)
    if query:
        found = [doc for doc in found if query.test(doc)]
    since = modified_since(request.headers.get("if-modified-since"))
    if since is not None and listing.kind not in ("tax", "tracking"):
        found = [doc for doc in found if doc["updated"] >= since]
    return [doc for doc in found if _visible(listing, request, doc, app)]


def _all(books: Books, listing: Listing) -> list[Doc]:
    return [doc for kind in listing.kinds for doc in books.all(kind)]


def _by_keys(books: Books, listing: Listing, index: str, wanted: list[str]) -> list[Doc]:
    if index == "id":
        found = (books.peek(kind, key.lower()) for key in wanted for kind in listing.kinds)
        return [doc for doc in found if doc is not None]
    return [doc for key in wanted for kind in listing.kinds for doc in books.find(kind, index, key)]


def _visible(listing: Listing, request: Request, doc: Doc, app: str | None) -> bool:
    archived = doc.get("status") == "ARCHIVED" and listing.kind in ("contact", "tracking")
    if archived and not true(request, "includeArchived") and not request.param("IDs"):
        return False
    if listing.kind == "transfer" and doc["status"] == "DELETED":
        return true(request, "includeDeleted")
    if listing.kind == "invoice" and true(request, "createdByMyApp"):
        return bool(doc["app"] == app)
    if request.param("searchTerm"):
        needle = str(request.param("searchTerm")).casefold()
        return any(
            needle in str(doc.get(name) or "").casefold() for name in ("number", "reference", "name", "email")
        )
    return True
