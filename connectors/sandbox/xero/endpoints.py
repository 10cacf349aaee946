"""The accounting endpoints that are imitated, and the list of those that are not."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.sandbox.wire import Request
from connectors.sandbox.xero import lists, render_bank, settings_reads, writes
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.document_parts import CREDIT, INVOICE
from connectors.sandbox.xero.listings import LISTINGS
from connectors.sandbox.xero.values import Missing
from connectors.sandbox.xero.writes import Answer, Do

# Answered with 501: Xero has them, this sandbox does not imitate them.
UNSUPPORTED = frozenset(
    """
    BrandingThemes Budgets ContactGroups Currencies Employees ExpenseClaims
    InvoiceReminders Items Journals LinkedTransactions ManualJournals PaymentServices Prepayments
    PurchaseOrders Quotes Receipts RepeatingInvoices Reports Setup Users
    """.split()  # noqa: SIM905
)


# Documents that take history notes.
_NOTED = (
    "Contacts",
    "Invoices",
    "CreditNotes",
    "Payments",
    "Overpayments",
    "BankTransactions",
    "BankTransfers",
    "BatchPayments",
)


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
    listing = LISTINGS[name]
    return lambda call, request, parts: (lists.answer(call.books, listing, request, call.app), 200)


def _one(name: str, index: str | None = None) -> Do:
    listing = LISTINGS[name]

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


def _bank_transaction(call: Call, request: Request, parts: list[str]) -> Answer:
    wanted = parts[1].lower()
    found = call.books.find("overpayment", "bank", wanted) + call.books.find("bank", "bank", wanted)
    if not found:
        raise Missing(parts[1])
    return {"BankTransactions": [render_bank.transaction(call.books, found[0], call.precise)]}, 200


def _history(call: Call, request: Request, parts: list[str]) -> Answer:
    return {
        "HistoryRecords": [writes.record(doc) for doc in call.books.find("history", "subject", parts[1])]
    }, 200


def _organisation(call: Call, request: Request, parts: list[str]) -> Answer:
    return {"Organisations": [settings_reads.organisation(call.books)]}, 200


def _actions(call: Call, request: Request, parts: list[str]) -> Answer:
    return {"Actions": settings_reads.actions()}, 200


def _all() -> list[Endpoint]:
    found = [Endpoint("GET", (name,), _list(name)) for name in LISTINGS]
    for name in LISTINGS:
        index = {
            "Contacts": "number",
            "Invoices": "any_number",
            "CreditNotes": "any_number",
            "Accounts": "code",
        }
        if name != "BankTransactions":
            found.append(Endpoint("GET", (name, "*"), _one(name, index.get(name))))
    for name in _NOTED:
        found.append(Endpoint("PUT", (name, "*", "History"), writes.add_history))
        found.append(Endpoint("GET", (name, "*", "History"), _history))
    for name, kind in (("CreditNotes", "credit"), ("Overpayments", "overpayment")):
        found.append(Endpoint("PUT", (name, "*", "Allocations"), writes.allocate(kind)))
        found.append(Endpoint("DELETE", (name, "*", "Allocations", "*"), writes.unallocate(kind)))
    for method, update in (("PUT", False), ("POST", True)):
        found.append(Endpoint(method, ("Contacts",), writes.save_contacts(update)))
        found.append(Endpoint(method, ("Invoices",), writes.save_documents(INVOICE, update)))
        found.append(Endpoint(method, ("CreditNotes",), writes.save_documents(CREDIT, update)))
        found.append(Endpoint(method, ("BankTransactions",), writes.save_bank_transactions(update)))
        found.append(Endpoint(method, ("Payments",), writes.create_payments(not update)))
    found += [
        Endpoint("POST", ("Contacts", "*"), writes.save_contacts(True)),
        Endpoint("POST", ("Invoices", "*"), writes.save_documents(INVOICE, True)),
        Endpoint("POST", ("CreditNotes", "*"), writes.save_documents(CREDIT, True)),
        Endpoint("POST", ("BankTransactions", "*"), writes.save_bank_transactions(True)),
        Endpoint("GET", ("BankTransactions", "*"), _bank_transaction),
        Endpoint("PUT", ("BankTransfers",), writes.create_transfer),
        Endpoint("POST", ("BankTransfers",), writes.delete_transfers),
        Endpoint("POST", ("BankTransfers", "*"), writes.delete_transfers),
        Endpoint("PUT", ("BatchPayments",), writes.create_batch_payments),
        Endpoint("POST", ("BatchPayments",), writes.delete_batch_payment),
        Endpoint("POST", ("BatchPayments", "*"), writes.delete_batch_payment),
        Endpoint("POST", ("Payments", "*"), writes.delete_payment),
        Endpoint("PUT", ("TrackingCategories", "*", "Options"), writes.options),
        Endpoint("GET", ("Organisation",), _organisation),
        Endpoint("GET", ("Organisations",), _organisation),
        Endpoint("GET", ("Organisation", "Actions"), _actions),
    ]
    return found


ENDPOINTS = _all()
