"""Which lists there are: the fields one can filter by, the parameters that are lists of keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.wire import Request
from connectors.sandbox.xero import render, render_bank, render_money, settings_reads
from connectors.sandbox.xero.books import Books
from connectors.sandbox.xero.document_parts import due
from connectors.sandbox.xero.values import Doc
from connectors.sandbox.xero.where import Field


def _text(name: str, index: str | None = None) -> Field:
    return Field("text", lambda doc: doc.get(name) or None, index)


def _guid(name: str, index: str | None = None) -> Field:
    return Field("guid", lambda doc: doc.get(name), index)


def _only(kind: str, name: str = "target") -> Callable[[Doc], Any]:
    return lambda doc: doc[name] if doc[f"{name}_kind"] == kind else None


_GONE = ("VOIDED", "DELETED")
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
    """How one list is answered. `show(books, doc, request, full)`; `params`: parameter -> index.

    `also` names a second kind of document that the list holds.
    """

    kind: str
    plural: str
    fields: dict[str, Field]
    show: Callable[[Books, Doc, Request, bool], Doc]
    params: dict[str, str]
    paged: bool = True
    also: str | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of document the list holds."""
        return (self.kind, self.also) if self.also else (self.kind,)


def true(request: Request, name: str) -> bool:
    """Whether a query parameter says true, in any case."""
    return (request.param(name) or "").lower() == "true"


def precise(request: Request) -> bool:
    """Whether unit amounts with four decimals were asked for."""
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
            books, doc, full, precise(request), true(request, "summaryOnly")
        ),
        {"IDs": "id", "InvoiceNumbers": "any_number", "ContactIDs": "contact", "Statuses": "status"},
    ),
    "CreditNotes": Listing(
        "credit",
        "CreditNotes",
        {"CreditNoteID": _guid("id"), "CreditNoteNumber": _text("number", "any_number"), **_SALES},
        lambda books, doc, request, full: render.credit(books, doc, full, precise(request)),
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
        lambda books, doc, request, full: render_money.payment(books, doc),
        {},
    ),
    "Overpayments": Listing(
        "overpayment",
        "Overpayments",
        {"OverpaymentID": _guid("id"), **_DOCUMENT},
        lambda books, doc, request, full: render_money.overpayment(books, doc, full),
        {"References": "reference"},
    ),
    "BankTransactions": Listing(
        "overpayment",
        "BankTransactions",
        {
            "BankTransactionID": _guid("bank", "bank"),
            "BankAccount.AccountID": _guid("account"),
            "Type": Field("text", lambda doc: doc.get("type", "RECEIVE-OVERPAYMENT")),
            **_DOCUMENT,
            "Status": Field("text", lambda doc: "DELETED" if doc["status"] in _GONE else "AUTHORISED"),
            "IsReconciled": Field("bool", lambda doc: doc["reconciled"]),
        },
        lambda books, doc, request, full: render_bank.transaction(books, doc, precise(request)),
        {},
        also="bank",
    ),
    "BankTransfers": Listing(
        "transfer",
        "BankTransfers",
        {
            "BankTransferID": _guid("id"),
            "FromBankAccount.AccountID": _guid("from"),
            "ToBankAccount.AccountID": _guid("to"),
            "Amount": Field("cents", lambda doc: doc["cents"]),
            "Date": Field("date", lambda doc: doc["date"]),
            "Reference": _text("reference"),
            "Status": _text("status"),
            "CreatedDateUTC": Field("instant", lambda doc: doc["created"]),
            **_UPDATED,
        },
        lambda books, doc, request, full: render_bank.transfer(books, doc),
        {},
        paged=False,
    ),
    "BatchPayments": Listing(
        "batch",
        "BatchPayments",
        {
            "BatchPaymentID": _guid("id"),
            "Account.AccountID": _guid("account"),
            "Date": Field("date", lambda doc: doc["date"]),
            "Details": _text("details"),
            "Status": _text("status"),
            "TotalAmount": Field("cents", lambda doc: doc["total"]),
            "IsReconciled": Field("bool", lambda doc: doc["reconciled"]),
            **_UPDATED,
        },
        lambda books, doc, request, full: render_bank.batch(books, doc),
        {},
        paged=False,
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
        lambda books, doc, request, full: settings_reads.tracking(doc, true(request, "includeArchived")),
        {},
        paged=False,
    ),
}
