"""Reading lists and single documents: filters, order, paging, If-Modified-Since.

Parameters that are lists of keys (IDs, InvoiceNumbers, ContactIDs, Statuses, References) and equality filters
on indexed fields are answered from indexes, so that a list costs what it returns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.wire import Request
from connectors.sandbox.xero import render, settings_reads
from connectors.sandbox.xero.books import Books
from connectors.sandbox.xero.documents import due
from connectors.sandbox.xero.values import Doc, modified_since
from connectors.sandbox.xero.where import Field, compile_order, compile_where


def _text(name: str, index: str | None = None) -> Field:
    return Field("text", lambda doc: doc.get(name) or None, index)


def _guid(name: str, index: str | None = None) -> Field:
    return Field("guid", lambda doc: doc.get(name), index)


def _only(kind: str, name: str = "target") -> Callable[[Doc], Any]:
    return lambda doc: doc[name] if doc[f"{name}_kind"] == kind else None


_UPDATED = {"UpdatedDateUTC": Field("instant", lambda doc: doc["updated"])}
_DOCUMENT = {
    "Status": _text("status"),
    "Reference": _text("reference", "reference"),
    "Contact.ContactID": _guid("contact", "contact"),
    "Date": Field("date", lambda doc: doc["date"]),
    "Total": Field("cents", lambda doc: doc["total"]),
    **_UPDATED,
}
_SALES = {**_DOCUMENT, "Type": _text("type"), "DueDate": Field("date", lambda doc: doc["due"])}


@dataclass(frozen=True, slots=True)
class Listing:
    """How one list is answered. `show(books, doc, request, full)`; `params`: parameter -> index."""

    kind: str
    plural: str
    fields: dict[str, Field]
    show: Callable[[Books, Doc, Request, bool], Doc]
    params: dict[str, str]
    paged: bool = True


def _precise(request: Request) -> bool:
    return request.param("unitdp") == "4"


LISTINGS = {
    "Contacts": Listing(
        "contact",
        "Contacts",
        {
            "ContactID": _guid("id"),
            "ContactNumber": _text("number", "number"),
            "AccountNumber": _text("account_number"),
            "Name": _text("name", "exact_name"),
            "EmailAddress": _text("email"),
            "TaxNumber": _text("tax_number"),
            "ContactStatus": _text("status"),
            **_UPDATED,
        },
        lambda books, doc, request, full: render.contact(books, doc, not full),
        {"IDs": "id"},
    ),
    "Invoices": Listing(
        "invoice",
        "Invoices",
        {
            "InvoiceID": _guid("id"),
            "InvoiceNumber": _text("number", "any_number"),
            **_SALES,
            "AmountDue": Field("cents", lambda doc: due(doc)),
            "AmountPaid": Field("cents", lambda doc: doc["paid"]),
        },
        lambda books, doc, request, full: render.invoice(
            books, doc, full, _precise(request), _true(request, "summaryOnly")
        ),
        {"IDs": "id", "InvoiceNumbers": "any_number", "ContactIDs": "contact", "Statuses": "status"},
    ),
    "CreditNotes": Listing(
        "credit",
        "CreditNotes",
        {"CreditNoteID": _guid("id"), "CreditNoteNumber": _text("number", "any_number"), **_SALES},
        lambda books, doc, request, full: render.credit(books, doc, full, _precise(request)),
        {},
    ),
    "Payments": Listing(
        "payment",
        "Payments",
        {
            "PaymentID": _guid("id"),
            "Invoice.InvoiceID": _guid("target", "target"),
            "CreditNote.CreditNoteID": Field("guid", _only("credit"), "target"),
            "Overpayment.OverpaymentID": Field("guid", _only("overpayment"), "target"),
            "Reference": _text("reference", "reference"),
            "Status": _text("status"),
            "Date": Field("date", lambda doc: doc["date"]),
            "Amount": Field("cents", lambda doc: doc["cents"]),
            "Account.AccountID": _guid("account"),
            "IsReconciled": Field("bool", lambda doc: doc["reconciled"]),
            **_UPDATED,
        },
        lambda books, doc, request, full: render.payment(books, doc),
        {},
    ),
    "Overpayments": Listing(
        "overpayment",
        "Overpayments",
        {"OverpaymentID": _guid("id"), **_DOCUMENT},
        lambda books, doc, request, full: render.overpayment(books, doc, full),
        {"References": "reference"},
    ),
    "BankTransactions": Listing(
        "overpayment",
        "BankTransactions",
        {
            "BankTransactionID": _guid("bank", "bank"),
            "BankAccount.AccountID": _guid("account"),
            "Type": Field("text", lambda doc: "RECEIVE-OVERPAYMENT"),
            **_DOCUMENT,
            "Status": Field("text", lambda doc: "DELETED" if doc["status"] == "VOIDED" else "AUTHORISED"),
        },
        lambda books, doc, request, full: render.bank_transaction(books, doc),
        {},
    ),
    "Accounts": Listing(
        "account",
        "Accounts",
        {
            "AccountID": _guid("id"),
            "Code": _text("code", "code"),
            "Name": _text("name"),
            "Status": _text("status"),
            "Type": _text("type"),
            "Class": _text("class"),
            "SystemAccount": _text("system"),
            "EnablePaymentsToAccount": Field("bool", lambda doc: doc["payments"]),
            **_UPDATED,
        },
        lambda books, doc, request, full: settings_reads.account(books, doc),
        {},
        paged=False,
    ),
    "TaxRates": Listing(
        "tax",
        "TaxRates",
        {"TaxType": _text("id"), "Name": _text("name"), "Status": _text("status")},
        lambda books, doc, request, full: settings_reads.tax_rate(doc),
        {},
        paged=False,
    ),
    "TrackingCategories": Listing(
        "tracking",
        "TrackingCategories",
        {"TrackingCategoryID": _guid("id"), "Name": _text("name"), "Status": _text("status")},
        lambda books, doc, request, full: settings_reads.tracking(doc, _true(request, "includeArchived")),
        {},
        paged=False,
    ),
}


def _true(request: Request, name: str) -> bool:
    return (request.param(name) or "").lower() == "true"


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
    full = not (listing.kind == "contact" and _true(request, "summaryOnly"))
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
            docs = [
                doc for doc in (books.all(listing.kind) if docs is None else docs) if doc["status"] in wanted
            ]
        elif docs is None:
            docs = _by_keys(books, listing.kind, index, wanted)
        else:
            kept = {doc["id"] for doc in _by_keys(books, listing.kind, index, wanted)}
            docs = [doc for doc in docs if doc["id"] in kept]
    if docs is None and query and query.keys:
        docs = _by_keys(books, listing.kind, query.keys[0], sorted(query.keys[1]))
    found = list(books.all(listing.kind) if docs is None else docs)
    if query:
        found = [doc for doc in found if query.test(doc)]
    since = modified_since(request.headers.get("if-modified-since"))
    if since is not None and listing.kind not in ("tax", "tracking"):
        found = [doc for doc in found if doc["updated"] >= since]
    return [doc for doc in found if _visible(listing, request, doc, app)]


def _by_keys(books: Books, kind: str, index: str, wanted: list[str]) -> list[Doc]:
    if index == "id":
        return [doc for key in wanted if (doc := books.peek(kind, key.lower())) is not None]
    return [doc for key in wanted for doc in books.find(kind, index, key)]


def _visible(listing: Listing, request: Request, doc: Doc, app: str | None) -> bool:
    archived = doc.get("status") == "ARCHIVED" and listing.kind in ("contact", "tracking")
    if archived and not _true(request, "includeArchived") and not request.param("IDs"):
        return False
    if listing.kind == "invoice" and _true(request, "createdByMyApp"):
        return bool(doc["app"] == app)
    if request.param("searchTerm"):
        needle = str(request.param("searchTerm")).casefold()
        return any(
            needle in str(doc.get(name) or "").casefold() for name in ("number", "reference", "name", "email")
        )
    return True
