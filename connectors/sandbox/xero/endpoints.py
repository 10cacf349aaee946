"""The accounting endpoints that are imitated, and the list of those that are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connectors.sandbox.wire import Request
from connectors.sandbox.xero import (
    allocations,
    batch,
    contacts,
    documents,
    lists,
    overpayments,
    payments,
    render,
    settings_reads,
)
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.documents import CREDIT, INVOICE, DocKind
from connectors.sandbox.xero.values import Doc, Missing, Unreadable, moment, stamp

Answer = tuple[Doc, int]
Do = Callable[[Call, Request, list[str]], Answer]

# Answered with 501: Xero has them, this sandbox does not imitate them.
UNSUPPORTED = frozenset(
    """
    BatchPayments BankTransfers BrandingThemes Budgets ContactGroups Currencies Employees ExpenseClaims
    InvoiceReminders Items Journals LinkedTransactions ManualJournals PaymentServices Prepayments
    PurchaseOrders Quotes Receipts RepeatingInvoices Reports Setup Users
    """.split()  # noqa: SIM905
)


class NotImitated(Exception):
    """A kind of document this sandbox does not imitate."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method and path; a "*" in the pattern is an id."""

    method: str
    pattern: tuple[str, ...]
    answer: Do

    def matches(self, parts: list[str]) -> bool:
        """Whether a split path is this endpoint's."""
        return len(parts) == len(self.pattern) and all(
            want in ("*", part) for want, part in zip(self.pattern, parts, strict=True)
        )


def _list(name: str) -> Do:
    listing = lists.LISTINGS[name]
    return lambda call, request, parts: (lists.answer(call.books, listing, request, call.app), 200)


def _one(name: str, index: str | None = None) -> Do:
    listing = lists.LISTINGS[name]

    def answer(call: Call, request: Request, parts: list[str]) -> Answer:
        wanted = request.path.rstrip("/").rsplit("/", 1)[-1]
        doc = call.books.peek(listing.kind, wanted.lower()) or call.books.peek(listing.kind, wanted)
        if doc is None and index:
            # One of several documents with this key is picked silently, as Xero does.
            doc = next(iter(call.books.find(listing.kind, index, wanted)), None)
        if doc is None:
            raise Missing(wanted)
        return {listing.plural: [listing.show(call.books, doc, request, True)]}, 200

    return answer


def _contacts(update: bool) -> Do:
    def answer(call: Call, request: Request, parts: list[str]) -> Answer:
        id_ = parts[1] if len(parts) > 1 else None
        return batch.settle(
            call,
            request,
            "Contacts",
            "ContactID",
            lambda raw: contacts.save(call, raw, update, id_),
            lambda doc: render.contact(call.books, doc),
        )

    return answer


def _documents(kind: DocKind, update: bool) -> Do:
    show = render.invoice if kind is INVOICE else render.credit

    def answer(call: Call, request: Request, parts: list[str]) -> Answer:
        id_ = parts[1] if len(parts) > 1 else None
        return batch.settle(
            call,
            request,
            kind.plural,
            kind.id_field,
            lambda raw: documents.save(call, kind, raw, update, id_),
            lambda doc: show(call.books, doc, True, call.precise),
        )

    return answer


def _create_payments(many: bool) -> Do:
    def answer(call: Call, request: Request, parts: list[str]) -> Answer:
        if not many and len(batch.elements(request, "Payments")) > 1:
            raise Unreadable("POST Payments takes one payment.")
        return batch.settle(
            call,
            request,
            "Payments",
            "PaymentID",
            lambda raw: payments.create(call, raw),
            lambda doc: render.payment(call.books, doc),
        )

    return answer


def _delete_payment(call: Call, request: Request, parts: list[str]) -> Answer:
    raw = batch.elements(request, "Payments")[0]
    if raw.get("Status") != "DELETED":
        raise Unreadable("Only Status DELETED can be posted to a payment.")
    doc = payments.delete(call, parts[1])
    return {"Payments": [render.payment(call.books, doc)]}, 200


def _bank_transactions(update: bool) -> Do:
    def answer(call: Call, request: Request, parts: list[str]) -> Answer:
        id_ = parts[1] if len(parts) > 1 else None
        for raw in batch.elements(request, "BankTransactions"):
            if raw.get("Type", overpayments.TYPE) != overpayments.TYPE:
                raise NotImitated(f"BankTransactions of Type {raw['Type']}")
        return batch.settle(
            call,
            request,
            "BankTransactions",
            "BankTransactionID",
            lambda raw: overpayments.save(call, raw, update, id_),
            lambda doc: render.bank_transaction(call.books, doc),
        )

    return answer


def _bank_transaction(call: Call, request: Request, parts: list[str]) -> Answer:
    found = call.books.find("overpayment", "bank", parts[1])
    if not found:
        raise Missing(parts[1])
    return {"BankTransactions": [render.bank_transaction(call.books, found[0])]}, 200


def _allocate(kind: str) -> Do:
    return lambda call, request, parts: batch.settle(
        call,
        request,
        "Allocations",
        "AllocationID",
        lambda raw: allocations.create(call, kind, parts[1], raw),
        lambda doc: render.allocation(call.books, doc),
    )


def _unallocate(kind: str) -> Do:
    def answer(call: Call, request: Request, parts: list[str]) -> Answer:
        doc = allocations.remove(call, kind, parts[1], parts[3])
        shown = render.allocation(call.books, doc)
        return {key: shown[key] for key in ("AllocationID", "Date", "Amount", "Invoice", "IsDeleted")}, 200

    return answer


def _add_history(call: Call, request: Request, parts: list[str]) -> Answer:
    kept = []
    for raw in batch.elements(request, "HistoryRecords"):
        doc = {
            "id": call.books.new_id("history"),
            "subject": parts[1],
            "text": str(raw.get("Details") or "")[:2500],
        }
        call.put("history", doc)
        kept.append(doc)
    return {"HistoryRecords": [_record(doc) for doc in kept]}, 200


def _history(call: Call, request: Request, parts: list[str]) -> Answer:
    return {"HistoryRecords": [_record(doc) for doc in call.books.find("history", "subject", parts[1])]}, 200


def _record(doc: Doc) -> Doc:
    return {
        "Changes": "Note",
        "DateUTC": stamp(doc["updated"]),
        "DateUTCString": moment(doc["updated"]).strftime("%Y-%m-%dT%H:%M:%S"),
        "User": "System Generated",
        "Details": doc["text"],
    }


def _options(call: Call, request: Request, parts: list[str]) -> Answer:
    raw = batch.elements(request, "Options")[0]
    option = settings_reads.add_option(call, parts[1], raw)
    return {"Options": [settings_reads.tracking_option(option)]}, 200


def _organisation(call: Call, request: Request, parts: list[str]) -> Answer:
    return {"Organisations": [settings_reads.organisation(call.books)]}, 200


def _actions(call: Call, request: Request, parts: list[str]) -> Answer:
    return {"Actions": settings_reads.actions()}, 200


def _all() -> list[Endpoint]:
    found = [Endpoint("GET", (name,), _list(name)) for name in lists.LISTINGS]
    for name in lists.LISTINGS:
        index = {
            "Contacts": "number",
            "Invoices": "any_number",
            "CreditNotes": "any_number",
            "Accounts": "code",
        }
        if name != "BankTransactions":
            found.append(Endpoint("GET", (name, "*"), _one(name, index.get(name))))
    for name in ("Contacts", "Invoices", "CreditNotes", "Payments", "Overpayments", "BankTransactions"):
        found.append(Endpoint("PUT", (name, "*", "History"), _add_history))
        found.append(Endpoint("GET", (name, "*", "History"), _history))
    for name, kind in (("CreditNotes", "credit"), ("Overpayments", "overpayment")):
        found.append(Endpoint("PUT", (name, "*", "Allocations"), _allocate(kind)))
        found.append(Endpoint("DELETE", (name, "*", "Allocations", "*"), _unallocate(kind)))
    for method, update in (("PUT", False), ("POST", True)):
        found.append(Endpoint(method, ("Contacts",), _contacts(update)))
        found.append(Endpoint(method, ("Invoices",), _documents(INVOICE, update)))
        found.append(Endpoint(method, ("CreditNotes",), _documents(CREDIT, update)))
        found.append(Endpoint(method, ("BankTransactions",), _bank_transactions(update)))
        found.append(Endpoint(method, ("Payments",), _create_payments(not update)))
    found += [
        Endpoint("POST", ("Contacts", "*"), _contacts(True)),
        Endpoint("POST", ("Invoices", "*"), _documents(INVOICE, True)),
        Endpoint("POST", ("CreditNotes", "*"), _documents(CREDIT, True)),
        Endpoint("POST", ("BankTransactions", "*"), _bank_transactions(True)),
        Endpoint("GET", ("BankTransactions", "*"), _bank_transaction),
        Endpoint("POST", ("Payments", "*"), _delete_payment),
        Endpoint("PUT", ("TrackingCategories", "*", "Options"), _options),
        Endpoint("GET", ("Organisation",), _organisation),
        Endpoint("GET", ("Organisations",), _organisation),
        Endpoint("GET", ("Organisation", "Actions"), _actions),
    ]
    return found


ENDPOINTS = _all()
