"""Bank transactions, transfers and batch payments as Xero's JSON shows them."""

from __future__ import annotations

from connectors.sandbox.xero import render, render_money
from connectors.sandbox.xero.books import Books
from connectors.sandbox.xero.values import Doc, amount, date_forms, ms_date, stamp, stamps


def transaction(books: Books, doc: Doc, precise: bool = False) -> Doc:
    """A bank transaction: SPEND, RECEIVE, or the one behind an overpayment."""
    if "lines" not in doc:
        return render_money.bank_transaction(books, doc)
    return {
        "BankTransactionID": doc["id"],
        "Type": doc["type"],
        "Reference": doc["reference"],
        **({"Url": doc["url"]} if doc["url"] else {}),
        "Contact": render_money.party(books, doc),
        "BankAccount": render_money.bank(books, doc["account"]),
        **date_forms("Date", doc["date"]),
        "Status": doc["status"],
        "LineAmountTypes": doc["mode"],
        "LineItems": [render.line(books, line, precise) for line in doc["lines"]],
        "SubTotal": amount(doc["net"]),
        "TotalTax": amount(doc["tax"]),
        "Total": amount(doc["total"]),
        **stamps(doc["updated"]),
        "CurrencyCode": doc["currency"],
        "CurrencyRate": 1.0,
        "IsReconciled": doc["reconciled"],
        "HasAttachments": False,
    }


def transfer(books: Books, doc: Doc) -> Doc:
    """A bank transfer with the transactions on both sides."""
    return {
        "BankTransferID": doc["id"],
        "CreatedDateUTC": stamp(doc["created"]),
        **date_forms("Date", doc["date"]),
        "FromBankAccount": render_money.bank(books, doc["from"]),
        "ToBankAccount": render_money.bank(books, doc["to"]),
        "Amount": amount(doc["cents"]),
        "FromBankTransactionID": doc["from_bank"],
        "ToBankTransactionID": doc["to_bank"],
        "FromIsReconciled": doc["from_reconciled"],
        "ToIsReconciled": doc["to_reconciled"],
        "Reference": doc["reference"],
        "Status": doc["status"],
        "CurrencyRate": 1.0,
        "HasAttachments": False,
    }


def batch(books: Books, doc: Doc) -> Doc:
    """A batch payment with a short form of its payments."""
    paid = books.find("payment", "batch", doc["id"])
    return {
        "BatchPaymentID": doc["id"],
        "Account": {"AccountID": doc["account"]},
        "Type": "RECBATCH",
        "Status": doc["status"],
        "Date": ms_date(doc["date"]),
        "DateString": date_forms("Date", doc["date"])["DateString"],
        "Details": doc["details"],
        **({"Reference": doc["reference"]} if doc["reference"] else {}),
        **({"Narrative": doc["narrative"]} if doc["narrative"] else {}),
        "TotalAmount": amount(doc["total"]),
        "UpdatedDateUTC": stamp(doc["updated"]),
        "IsReconciled": doc["reconciled"],
        "Payments": [
            {
                "PaymentID": one["id"],
                "Invoice": {"InvoiceID": one["target"], "LineItems": []},
                "Amount": amount(one["cents"]),
                "Reference": one["reference"],
            }
            for one in paid
        ],
    }
