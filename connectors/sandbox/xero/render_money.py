"""Payments, overpayments and allocations as Xero's JSON shows them."""

from __future__ import annotations

from connectors.sandbox.xero import payments
from connectors.sandbox.xero.books import Books
from connectors.sandbox.xero.document_parts import due
from connectors.sandbox.xero.values import Doc, amount, date_forms, ms_date, stamps


def party(books: Books, doc: Doc) -> Doc:
    """The short form of the contact inside a document."""
    found = books.peek("contact", doc["contact"])
    return {
        "ContactID": doc["contact"],
        "Name": found["name"] if found else "",
        **({"ContactNumber": found["number"]} if found and found["number"] else {}),
        "Addresses": [],
        "Phones": [],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasValidationErrors": False,
    }


def payments_in(books: Books, doc: Doc) -> list[Doc]:
    """Payments as shown inside a document."""
    # Inside a document payments carry neither status nor account (field reports): only a hint.
    return [
        {
            "PaymentID": paid["id"],
            "Date": ms_date(paid["date"]),
            "Amount": amount(paid["cents"]),
            "Reference": paid["reference"],
            "CurrencyRate": 1.0,
            "HasAccount": False,
            "HasValidationErrors": False,
        }
        for paid in books.find("payment", "target", doc["id"])
        if paid["status"] == "AUTHORISED"
    ]


def overpayment(books: Books, doc: Doc, full: bool = True) -> Doc:
    """An overpayment; `full` with its one line."""
    return {
        "OverpaymentID": doc["id"],
        "Type": "RECEIVE-OVERPAYMENT",
        **_receipt(books, doc, full),
        "RemainingCredit": amount(due(doc)) if doc["status"] != "VOIDED" else 0.0,
        "Allocations": allocations(books, doc),
        "Payments": payments_in(books, doc),
    }


def bank_transaction(books: Books, doc: Doc) -> Doc:
    """The bank transaction behind an overpayment."""
    status = "DELETED" if doc["status"] == "VOIDED" else "AUTHORISED"
    return {
        "BankTransactionID": doc["bank"],
        "OverpaymentID": doc["id"],
        "Type": "RECEIVE-OVERPAYMENT",
        **_receipt(books, doc, True),
        "Status": status,
        "BankAccount": bank(books, doc["account"]),
        "IsReconciled": doc["reconciled"],
    }


def _receipt(books: Books, doc: Doc, full: bool) -> Doc:
    item = {
        "LineItemID": doc["line"],
        "Description": doc["description"],
        "Quantity": 1.0,
        "UnitAmount": amount(doc["total"]),
        "LineAmount": amount(doc["total"]),
        "TaxType": "NONE",
        "TaxAmount": 0.0,
        "AccountCode": books.system_account("DEBTORS")["code"],
        "Tracking": [],
        "ValidationErrors": [],
    }
    return {
        "Reference": doc["reference"],
        "Contact": party(books, doc),
        **date_forms("Date", doc["date"]),
        "Status": doc["status"],
        "LineAmountTypes": "NoTax",
        "LineItems": [item] if full else [],
        "SubTotal": amount(doc["total"]),
        "TotalTax": 0.0,
        "Total": amount(doc["total"]),
        **stamps(doc["updated"]),
        "CurrencyCode": books.organisation["currency"],
        "CurrencyRate": 1.0,
        "HasAttachments": False,
    }


def bank(books: Books, id: str) -> Doc:
    """A bank account as other documents name it."""
    found = books.peek("account", id) or {"code": "", "name": ""}
    return {"AccountID": id, **({"Code": found["code"]} if found["code"] else {}), "Name": found["name"]}


def allocations(books: Books, doc: Doc) -> list[Doc]:
    """The allocations that stand, of a credit note or overpayment."""
    used = books.find("allocation", "source", doc["id"])
    return [allocation(books, found) for found in used if not found["deleted"]]


def allocation(books: Books, doc: Doc) -> Doc:
    """An allocation as listed on its credit."""
    billed = books.peek("invoice", doc["invoice"])
    return {
        "AllocationID": doc["id"],
        "Amount": amount(doc["cents"]),
        **date_forms("Date", doc["date"]),
        "Invoice": {"InvoiceID": doc["invoice"], "InvoiceNumber": billed["number"] if billed else ""},
        "IsDeleted": doc["deleted"],
        "ValidationErrors": [],
    }


def payment(books: Books, doc: Doc) -> Doc:
    """A payment with its account and a short form of what it pays."""
    kind = doc["target_kind"]
    target = books.peek(kind, doc["target"]) or {}
    shown: Doc = {
        "PaymentID": doc["id"],
        "Date": ms_date(doc["date"]),
        "Amount": amount(doc["cents"]),
        "BankAmount": amount(doc["cents"]),
        "CurrencyRate": 1.0,
        "Reference": doc["reference"],
        "PaymentType": payments.TYPES[kind],
        "Status": doc["status"],
        **stamps(doc["updated"]),
        "HasAccount": True,
        "IsReconciled": doc["reconciled"],
        "Account": bank(books, doc["account"]),
        **({"BatchPaymentID": doc["batch"]} if doc.get("batch") else {}),
        "HasValidationErrors": False,
    }
    if kind == "overpayment":
        shown["Overpayment"] = {
            "OverpaymentID": doc["target"],
            "Contact": party(books, doc),
            "LineItems": [],
        }
        return shown
    # A credit note refunded is shown under Invoice too, with its own id and type (published example).
    shown["Invoice"] = {
        "Type": target["type"],
        "InvoiceID": target["id"],
        "InvoiceNumber": target["number"],
        "Contact": {key: value for key, value in party(books, doc).items() if key in ("ContactID", "Name")},
        "CurrencyCode": target["currency"],
        "IsDiscounted": False,
        "HasErrors": False,
        "LineItems": [],
    }
    if kind == "credit":
        shown["CreditNote"] = {
            "CreditNoteID": target["id"],
            "CreditNoteNumber": target["number"],
            "LineItems": [],
        }
    return shown
