"""The actions of a person on contacts, accounts and documents (the table is in hands.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.sandbox.xero import allocations, contacts, document_parts, documents, payments
from connectors.sandbox.xero.books import name_key
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.document_parts import CREDIT, INVOICE, DocKind
from connectors.sandbox.xero.values import Doc, money_text

Act = Callable[[Call, Doc], Doc]


def contact_of(call: Call, named: Any) -> Doc:
    """The contact a body names, archived ones included (shared). Raises ValueError."""
    wanted: Doc = {"name": named} if isinstance(named, str) else named
    books = call.books
    found = [doc] if (doc := books.peek("contact", wanted.get("contact_id"))) else []
    found = found or books.find("contact", "number", wanted.get("number"))
    if not found and wanted.get("name"):
        found = books.find("contact", "name", name_key(wanted["name"]))
        found = found or books.find("contact", "exact_name", wanted["name"])
    if not found:
        raise ValueError("no such contact")
    return found[0]


def invoice_of(call: Call, body: Doc) -> Doc:
    """The invoice a body names (shared). Raises ValueError."""
    found = call.books.peek("invoice", body.get("invoice_id"))
    by_number = call.books.find("invoice", "number", body.get("number"))
    if not found and not by_number:
        raise ValueError("no such invoice")
    return found or by_number[0]


def payments_of(call: Call, body: Doc) -> list[Doc]:
    """The payment, or all payments that count of the invoice, a body names (shared). Raises ValueError."""
    if body.get("payment_id"):
        return [call.books.get("payment", body["payment_id"])]
    found = call.books.find("payment", "target", invoice_of(call, body)["id"])
    found = [doc for doc in found if doc["status"] == "AUTHORISED"]
    if not found:
        raise ValueError("the invoice has no payment")
    return found


def _create_contact(call: Call, body: Doc) -> Doc:
    names = {
        "Name": "name",
        "ContactNumber": "contact_number",
        "EmailAddress": "email",
        "FirstName": "first_name",
        "LastName": "last_name",
        "AccountNumber": "account_number",
        "TaxNumber": "tax_number",
    }
    raw = {wire: body[name] for wire, name in names.items() if body.get(name)}
    return {"contact_id": contacts.create(call, raw)["id"]}


def _rename(call: Call, body: Doc) -> Doc:
    found = contact_of(call, body)
    return {"contact_id": contacts.amend(call, found, {"Name": body["to"]})["id"]}


def _contact_status(status: str) -> Act:
    def act(call: Call, body: Doc) -> Doc:
        doc = call.books.get("contact", contact_of(call, body)["id"])
        if status == "ACTIVE" and call.books.find("contact", "name", name_key(doc["name"])):
            raise ValueError("an active contact has this name")
        doc["status"] = status
        call.put("contact", doc)
        return {"contact_id": doc["id"]}

    return act


def _merge(call: Call, body: Doc) -> Doc:
    gone, survivor = contact_of(call, body["from"]), contact_of(call, body["into"])
    for kind in ("invoice", "credit", "overpayment", "payment", "allocation", "bank"):
        for doc in call.books.all(kind):
            if doc["contact"] == gone["id"]:
                call.put(kind, {**call.books.get(kind, doc["id"]), "contact": survivor["id"]})
    call.put(
        "contact",
        {**call.books.get("contact", gone["id"]), "status": "ARCHIVED", "merged_to": survivor["id"]},
    )
    return {"contact_id": survivor["id"]}


def _account_status(status: str) -> Act:
    def act(call: Call, body: Doc) -> Doc:
        found = call.books.account(body["code"])
        if found is None:
            raise ValueError(f"no account {body['code']}")
        call.put("account", {**call.books.get("account", found["id"]), "status": status})
        return {"account_id": found["id"]}

    return act


def _wire(call: Call, kind: DocKind, body: Doc, number: str | None) -> Doc:
    raw: Doc = {kind.number_field: number} if number else {}
    for wire, name in (
        ("Date", "date"),
        ("DueDate", "due_date"),
        ("Reference", "reference"),
        ("Status", "status"),
    ):
        if body.get(name) is not None:
            raw[wire] = body[name]
    if body.get("contact"):
        named = body["contact"] if isinstance(body["contact"], dict) else {"name": body["contact"]}
        keys = {"ContactID": "contact_id", "ContactNumber": "number", "Name": "name"}
        raw["Contact"] = {wire: named[name] for wire, name in keys.items() if named.get(name)}
    if body.get("mode"):
        raw["LineAmountTypes"] = body["mode"]
    if body.get("lines"):
        raw["LineItems"] = [line(item) for item in body["lines"]]
    return raw


def line(item: Doc) -> Doc:
    """A line of a body as the API takes it."""
    raw = {
        "Description": item.get("description") or "By hand",
        "UnitAmount": money_text(item["cents"]),
        "AccountCode": item["account"],
    }
    if item.get("tax_type"):
        raw["TaxType"] = item["tax_type"]
    if item.get("option"):
        raw["Tracking"] = [{"Option": item["option"]}]
    return raw


def _create(kind: DocKind) -> Act:
    def act(call: Call, body: Doc) -> Doc:
        raw = _wire(call, kind, body, body.get("number"))
        start = {"Type": kind.type, "Status": "AUTHORISED", "LineAmountTypes": "Inclusive"}
        doc = documents.create(call, kind, start | raw)
        return _named(kind, doc)

    return act


def _named(kind: DocKind, doc: Doc) -> Doc:
    return {"invoice_id" if kind is INVOICE else "credit_note_id": doc["id"], "number": doc["number"]}


def _edit(call: Call, body: Doc) -> Doc:
    raw = _wire(call, INVOICE, body, body.get("new_number"))
    return _named(INVOICE, documents.amend(call, INVOICE, invoice_of(call, body), raw))


def _void(call: Call, body: Doc) -> Doc:
    found = invoice_of(call, body)
    if body.get("remove_payments"):
        for paid in call.books.find("payment", "target", found["id"]):
            if paid["status"] == "AUTHORISED":
                payments.delete(call, paid["id"])
    status = "DELETED" if found["status"] in document_parts.OPEN else "VOIDED"
    return _named(INVOICE, documents.amend(call, INVOICE, invoice_of(call, body), {"Status": status}))


def _pay(call: Call, body: Doc) -> Doc:
    found = invoice_of(call, body)
    cents = body.get("cents") or document_parts.due(found)
    raw = {
        "Invoice": {"InvoiceID": found["id"]},
        "Account": {"Code": body["account"]},
        "Amount": money_text(cents),
        "Reference": body.get("reference") or "",
        **({"Date": body["date"]} if body.get("date") else {}),
    }
    return {"payment_id": payments.create(call, raw, bool(body.get("reconciled")))["id"]}


def _reconcile(call: Call, body: Doc) -> Doc:
    ids = [doc["id"] for doc in payments_of(call, body)]
    for id_ in ids:
        call.put("payment", {**call.books.get("payment", id_), "reconciled": body.get("reconciled", True)})
    return {"payment_ids": ids}


def _delete_payment(call: Call, body: Doc) -> Doc:
    ids = [doc["id"] for doc in payments_of(call, body)]
    for id_ in ids:
        payments.delete(call, id_)
    return {"payment_ids": ids}


def _allocate(call: Call, body: Doc) -> Doc:
    credit = call.books.find("credit", "number", body["credit_number"])
    if not credit:
        raise ValueError("no such credit note")
    raw = {
        "Invoice": {"InvoiceID": invoice_of(call, body)["id"]},
        "Amount": money_text(body["cents"]),
        **({"Date": body["date"]} if body.get("date") else {}),
    }
    return {"allocation_id": allocations.create(call, "credit", credit[0]["id"], raw)["id"]}


ACTIONS: dict[str, Act] = {
    "create_contact": _create_contact,
    "rename_contact": _rename,
    "archive_contact": _contact_status("ARCHIVED"),
    "restore_contact": _contact_status("ACTIVE"),
    "merge_contacts": _merge,
    "archive_account": _account_status("ARCHIVED"),
    "restore_account": _account_status("ACTIVE"),
    "create_invoice": _create(INVOICE),
    "edit_invoice": _edit,
    "void_invoice": _void,
    "create_credit_note": _create(CREDIT),
    "allocate_credit": _allocate,
    "pay_invoice": _pay,
    "reconcile_payment": _reconcile,
    "delete_payment": _delete_payment,
}
