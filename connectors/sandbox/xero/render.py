"""Documents as Xero's JSON shows them. Lists without `page` show them without line items."""

from __future__ import annotations

from decimal import Decimal

from connectors.sandbox.xero import payments
from connectors.sandbox.xero.books import Books
from connectors.sandbox.xero.documents import due
from connectors.sandbox.xero.values import Doc, amount, date_forms, half_up, ms_date, stamps


def contact(books: Books, doc: Doc, brief: bool = False) -> Doc:
    """A contact; `brief` as in a list with summaryOnly."""
    shown: Doc = {
        "ContactID": doc["id"],
        "ContactNumber": doc["number"],
        "AccountNumber": doc["account_number"],
        "ContactStatus": doc["status"],
        "Name": doc["name"],
        "FirstName": doc["first"],
        "LastName": doc["last"],
        "EmailAddress": doc["email"],
        "BankAccountDetails": doc["bank_account"],
        "TaxNumber": doc["tax_number"],
        "CompanyNumber": doc["company_number"],
        "IsSupplier": False,
        "IsCustomer": bool(books.find("invoice", "contact", doc["id"])),
        "Addresses": [] if brief else doc["addresses"],
        "Phones": [] if brief else doc["phones"],
        "ContactPersons": [] if brief else doc["persons"],
        "ContactGroups": [],
        "HasAttachments": False,
        "HasValidationErrors": False,
        "UpdatedDateUTC": stamps(doc["updated"])["UpdatedDateUTC"],
    }
    if doc["merged_to"]:
        shown["MergedToContactID"] = doc["merged_to"]
    return {name: value for name, value in shown.items() if value != "" or name == "EmailAddress"}


def _party(books: Books, doc: Doc) -> Doc:
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


def line(books: Books, doc: Doc, precise: bool) -> Doc:
    """A line item; `precise`: unit amounts with four decimals."""
    account = books.peek("account", doc["account"])
    unit = half_up(Decimal(doc["unit"]), 4 if precise else 2)
    return {
        "LineItemID": doc["id"],
        "Description": doc["description"],
        "Quantity": float(doc["quantity"]),
        "UnitAmount": float(unit),
        "LineAmount": amount(doc["amount"]),
        "TaxType": doc["tax_type"],
        "TaxAmount": amount(doc["tax"]),
        **({"AccountCode": account["code"], "AccountID": account["id"]} if account else {}),
        "Tracking": [
            {
                "Name": entry["name"],
                "Option": entry["option"],
                "TrackingCategoryID": entry["id"],
                "TrackingOptionID": entry["option_id"],
            }
            for entry in doc["tracking"]
        ],
        **({"DiscountRate": float(doc["discount_rate"])} if doc["discount_rate"] else {}),
        **({"ItemCode": doc["item"]} if doc["item"] else {}),
        "ValidationErrors": [],
    }


def _head(books: Books, doc: Doc, full: bool, precise: bool) -> Doc:
    return {
        "Type": doc["type"],
        "Contact": _party(books, doc),
        **date_forms("Date", doc["date"]),
        **date_forms("DueDate", doc["due"]),
        "Status": doc["status"],
        "LineAmountTypes": doc["mode"],
        "LineItems": [line(books, item, precise) for item in doc["lines"]] if full else [],
        "SubTotal": amount(doc["net"]),
        "TotalTax": amount(doc["tax"]),
        "Total": amount(doc["total"]),
        **stamps(doc["updated"]),
        "CurrencyCode": doc["currency"],
        "CurrencyRate": 1.0,
        "Reference": doc["reference"],
        "SentToContact": doc["sent"],
        "HasAttachments": False,
        "HasErrors": False,
        **({"FullyPaidOnDate": ms_date(doc["settled_on"])} if doc["settled_on"] else {}),
        **({"BrandingThemeID": doc["theme"]} if doc["theme"] else {}),
    }


def _payments(books: Books, doc: Doc) -> list[Doc]:
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


def invoice(books: Books, doc: Doc, full: bool = True, precise: bool = False, summary: bool = False) -> Doc:
    """An invoice; `full` with lines, `summary` without payments and credits."""
    shown = {
        "InvoiceID": doc["id"],
        "InvoiceNumber": doc["number"],
        **_head(books, doc, full and not summary, precise),
        **({"Url": doc["url"]} if doc["url"] else {}),
        "IsDiscounted": any(item["discount_rate"] for item in doc["lines"]),
        "AmountDue": amount(due(doc)) if doc["status"] not in ("VOIDED", "DELETED") else 0.0,
        "AmountPaid": amount(doc["paid"]),
        "AmountCredited": amount(doc["credited"]),
    }
    if summary:
        del shown["LineItems"]
        return shown
    used = [found for found in books.find("allocation", "invoice", doc["id"]) if not found["deleted"]]
    credits = [_used(books, found) for found in used if found["source_kind"] == "credit"]
    overpaid = [_used(books, found) for found in used if found["source_kind"] == "overpayment"]
    return shown | {
        "Payments": _payments(books, doc),
        "CreditNotes": credits,
        "Prepayments": [],
        "Overpayments": overpaid,
    }


def _used(books: Books, doc: Doc) -> Doc:
    source = books.peek(doc["source_kind"], doc["source"]) or {}
    named = "CreditNote" if doc["source_kind"] == "credit" else "Overpayment"
    return {
        f"{named}ID": doc["source"],
        **({"CreditNoteNumber": source["number"]} if named == "CreditNote" else {}),
        "AppliedAmount": amount(doc["cents"]),
        **date_forms("Date", doc["date"]),
        "Total": amount(source["total"]),
        "LineItems": [],
    }


def credit(books: Books, doc: Doc, full: bool = True, precise: bool = False) -> Doc:
    """A credit note; `full` with lines."""
    ended = doc["status"] in ("VOIDED", "DELETED")
    return {
        "CreditNoteID": doc["id"],
        "CreditNoteNumber": doc["number"],
        **_head(books, doc, full, precise),
        "RemainingCredit": 0.0 if ended else amount(due(doc)),
        "Allocations": _allocations(books, doc),
        "Payments": _payments(books, doc),
    }


def overpayment(books: Books, doc: Doc, full: bool = True) -> Doc:
    """An overpayment; `full` with its one line."""
    return {
        "OverpaymentID": doc["id"],
        "Type": "RECEIVE-OVERPAYMENT",
        **_receipt(books, doc, full),
        "RemainingCredit": amount(due(doc)) if doc["status"] != "VOIDED" else 0.0,
        "Allocations": _allocations(books, doc),
        "Payments": _payments(books, doc),
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
        "BankAccount": _account(books, doc["account"]),
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
        "Contact": _party(books, doc),
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


def _account(books: Books, id: str) -> Doc:
    found = books.peek("account", id) or {"code": "", "name": ""}
    return {"AccountID": id, **({"Code": found["code"]} if found["code"] else {}), "Name": found["name"]}


def _allocations(books: Books, doc: Doc) -> list[Doc]:
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
        "Account": _account(books, doc["account"]),
        "HasValidationErrors": False,
    }
    if kind == "overpayment":
        shown["Overpayment"] = {
            "OverpaymentID": doc["target"],
            "Contact": _party(books, doc),
            "LineItems": [],
        }
        return shown
    # A credit note refunded is shown under Invoice too, with its own id and type (published example).
    shown["Invoice"] = {
        "Type": target["type"],
        "InvoiceID": target["id"],
        "InvoiceNumber": target["number"],
        "Contact": {key: value for key, value in _party(books, doc).items() if key in ("ContactID", "Name")},
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
