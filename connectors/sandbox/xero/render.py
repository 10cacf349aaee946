"""Contacts, invoices and credit notes as Xero's JSON shows them; without `page`, without line items."""

from __future__ import annotations

from decimal import Decimal

from connectors.sandbox.xero.books import Books
from connectors.sandbox.xero.document_parts import due
from connectors.sandbox.xero.render_money import allocations, party, payments_in
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
        "Contact": party(books, doc),
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
        "Payments": payments_in(books, doc),
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
        "Allocations": allocations(books, doc),
        "Payments": payments_in(books, doc),
    }
