"""The ledger as a witness: journals, trial balance and documents, enough to rebuild the books from.

`GET /__control__/ledger[?tenant=]` answers
- `trial_balance`: {account code (or id): cents}, debits positive, summing to zero
- `journals`: [{id, source "kind:id", status, date, contact (id or null), posted (ms), lines: [{account,
  tax_type, option, cents}]}], each summing to zero
- `accounts`: [{id, code, name, type, class, tax_type, system, status}]
- `documents`, every one that ever was, status telling which count (AUTHORISED and PAID do; DRAFT, SUBMITTED,
  VOIDED, DELETED do not):
  - `invoices`, `credit_notes`: {id, number, status, date, due_date, reference, contact_id, contact_number,
    contact_name, by_app (client id, null = a person), total, tax, paid, credited, remaining, lines: [{
    description, account (code), account_id, tax_type, option, gross, tax}]}; cents. `credited` on a credit
    note is what was allocated, `paid` what was paid out
  - `payments`: {id, kind (invoice, credit_note, overpayment), target_id, number (of the target, null for an
    overpayment), date, cents, account, account_id, reference, status (AUTHORISED, DELETED), reconciled,
    contact_id, contact_number, by_app}; in for invoice, out for the other two
  - `overpayments`: {id, bank_transaction_id, status, date, total, paid, allocated, remaining, account,
    account_id, reference, description, option, contact_id, contact_number, by_app}
  - `bank_transactions`: {id, type (SPEND, RECEIVE), status, date, total, tax, account, account_id, reference,
    reconciled, lines as above, contact_id, contact_number, by_app}
  - `transfers`: {id, status, date, cents, from, to (codes), reference, reconciled (either side), by_app}
  - `batch_payments`: {id, status, date, total, account, details, reconciled, payments [ids], by_app}
  - `allocations`: {id, kind (credit_note, overpayment), source_id, source_number, source_account (code of the
    overpayment's bank account, null for a credit note), invoice_id, invoice_number, date, cents, deleted,
    contact_id, contact_number, by_app}
- `debtors`: {"control": cents of the DEBTORS account, "documents": the same from the documents}
"""

from __future__ import annotations

from connectors.sandbox.xero.books import Books
from connectors.sandbox.xero.document_parts import LIVE, due
from connectors.sandbox.xero.state import XeroState
from connectors.sandbox.xero.values import Doc

_NAMES = {"invoice": "invoice", "credit": "credit_note", "overpayment": "overpayment"}


def ledger(state: XeroState, wanted: str | None) -> Doc:
    """The whole ledger of one organisation (the first when none is named). Raises ValueError."""
    tenant = state.tenant(wanted)
    books = state.books(tenant)
    open_ = sum(due(doc) for doc in books.all("invoice") if doc["status"] in LIVE)
    for kind in ("credit", "overpayment"):
        open_ -= sum(due(doc) for doc in books.all(kind) if doc["status"] in LIVE)
    control = books.ledger.balance[books.ledger.name(books.system_account("DEBTORS"))]
    return {
        "tenant_id": tenant,
        "organisation": books.organisation["name"],
        "trial_balance": dict(books.ledger.balance),
        "debtors": {"control": control, "documents": open_},
        "accounts": [_account(doc) for doc in books.all("account")],
        "journals": list(books.all("journal")),
        "documents": {
            "invoices": [_document(books, doc) for doc in books.all("invoice")],
            "credit_notes": [_document(books, doc) for doc in books.all("credit")],
            "payments": [_payment(books, doc) for doc in books.all("payment")],
            "overpayments": [_overpayment(books, doc) for doc in books.all("overpayment")],
            "bank_transactions": [_bank(books, doc) for doc in books.all("bank")],
            "transfers": [_transfer(books, doc) for doc in books.all("transfer")],
            "batch_payments": [_batch(books, doc) for doc in books.all("batch")],
            "allocations": [_allocation(books, doc) for doc in books.all("allocation")],
        },
    }


def _account(doc: Doc) -> Doc:
    return {key: doc[key] for key in ("id", "code", "name", "type", "class", "tax_type", "system", "status")}


def _code(books: Books, id: str | None) -> str | None:
    found = books.peek("account", id)
    return str(found["code"]) if found else None


def _who(books: Books, doc: Doc) -> Doc:
    contact = books.peek("contact", doc["contact"]) or {"number": "", "name": ""}
    return {"contact_id": doc["contact"], "contact_number": contact["number"], "by_app": doc["app"]}


def _document(books: Books, doc: Doc) -> Doc:
    contact = books.peek("contact", doc["contact"]) or {"name": ""}
    return {
        "id": doc["id"],
        "number": doc["number"],
        "status": doc["status"],
        "date": doc["date"],
        "due_date": doc["due"],
        "reference": doc["reference"],
        **_who(books, doc),
        "contact_name": contact["name"],
        "total": doc["total"],
        "tax": doc["tax"],
        "paid": doc["paid"],
        "credited": doc["credited"],
        "remaining": due(doc) if doc["status"] in LIVE else 0,
        "lines": _lines(books, doc),
    }


def _lines(books: Books, doc: Doc) -> list[Doc]:
    return [
        {
            "description": line["description"],
            "account": _code(books, line["account"]),
            "account_id": line["account"],
            "tax_type": line["tax_type"],
            "option": line["option"],
            "gross": line["gross"],
            "tax": line["tax"],
        }
        for line in doc["lines"]
    ]


def _payment(books: Books, doc: Doc) -> Doc:
    target = books.peek(doc["target_kind"], doc["target"]) or {}
    return {
        "id": doc["id"],
        "kind": _NAMES[doc["target_kind"]],
        "target_id": doc["target"],
        "number": target.get("number"),
        "date": doc["date"],
        "cents": doc["cents"],
        "account": _code(books, doc["account"]),
        "account_id": doc["account"],
        "reference": doc["reference"],
        "status": doc["status"],
        "reconciled": doc["reconciled"],
        **_who(books, doc),
    }


def _overpayment(books: Books, doc: Doc) -> Doc:
    return {
        "id": doc["id"],
        "bank_transaction_id": doc["bank"],
        "status": doc["status"],
        "date": doc["date"],
        "total": doc["total"],
        "paid": doc["paid"],
        "allocated": doc["credited"],
        "remaining": due(doc) if doc["status"] in LIVE else 0,
        "account": _code(books, doc["account"]),
        "account_id": doc["account"],
        "reference": doc["reference"],
        "description": doc["description"],
        "option": doc["option"],
        **_who(books, doc),
    }


def _bank(books: Books, doc: Doc) -> Doc:
    plain = {name: doc[name] for name in ("id", "type", "status", "date", "total", "tax")}
    return {
        **plain,
        "account": _code(books, doc["account"]),
        "account_id": doc["account"],
        "reference": doc["reference"],
        "reconciled": doc["reconciled"],
        "lines": _lines(books, doc),
        **_who(books, doc),
    }


def _transfer(books: Books, doc: Doc) -> Doc:
    return {
        "id": doc["id"],
        "status": doc["status"],
        "date": doc["date"],
        "cents": doc["cents"],
        "from": _code(books, doc["from"]),
        "to": _code(books, doc["to"]),
        "reference": doc["reference"],
        "reconciled": doc["from_reconciled"] or doc["to_reconciled"],
        "by_app": doc["app"],
    }


def _batch(books: Books, doc: Doc) -> Doc:
    return {
        "id": doc["id"],
        "status": doc["status"],
        "date": doc["date"],
        "total": doc["total"],
        "account": _code(books, doc["account"]),
        "details": doc["details"],
        "reconciled": doc["reconciled"],
        "payments": [one["id"] for one in books.find("payment", "batch", doc["id"])],
        "by_app": doc["app"],
    }


def _allocation(books: Books, doc: Doc) -> Doc:
    source = books.peek(doc["source_kind"], doc["source"]) or {}
    invoice = books.peek("invoice", doc["invoice"]) or {}
    return {
        "id": doc["id"],
        "kind": _NAMES[doc["source_kind"]],
        "source_id": doc["source"],
        "source_number": source.get("number"),
        "source_account": _code(books, source.get("account")),
        "invoice_id": doc["invoice"],
        "invoice_number": invoice.get("number"),
        "date": doc["date"],
        "cents": doc["cents"],
        "deleted": doc["deleted"],
        **_who(books, doc),
    }
