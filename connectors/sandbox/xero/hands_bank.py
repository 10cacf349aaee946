"""The actions of a person on bank accounts: money spent, received, moved, reconciled (see hands.py)."""

from __future__ import annotations

from connectors.sandbox.xero import bank, hands_books, transfers
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.hands_books import Act
from connectors.sandbox.xero.values import Doc, money_text

# What can be reconciled: id in the body -> kind and the fields that say so.
_RECONCILED = {
    "bank_transaction_id": ("bank", ("reconciled",)),
    "transfer_id": ("transfer", ("from_reconciled", "to_reconciled")),
    "batch_payment_id": ("batch", ("reconciled",)),
}


def _money(type_: str) -> Act:
    def act(call: Call, body: Doc) -> Doc:
        named = body["contact"] if isinstance(body["contact"], dict) else {"name": body["contact"]}
        keys = {"ContactID": "contact_id", "ContactNumber": "number", "Name": "name"}
        raw = {
            "Type": type_,
            "Contact": {wire: named[name] for wire, name in keys.items() if named.get(name)},
            "BankAccount": {"Code": body["bank"]},
            "LineAmountTypes": body.get("mode") or "Inclusive",
            "LineItems": [hands_books.line(line) for line in body["lines"]],
            "Reference": body.get("reference") or "",
            **({"Date": body["date"]} if body.get("date") else {}),
        }
        return {"bank_transaction_id": bank.save(call, raw, False)["id"]}

    return act


def _transfer(call: Call, body: Doc) -> Doc:
    raw = {
        "FromBankAccount": {"Code": body["from"]},
        "ToBankAccount": {"Code": body["to"]},
        "Amount": money_text(body["cents"]),
        "Reference": body.get("reference") or "",
        **({"Date": body["date"]} if body.get("date") else {}),
    }
    return {"transfer_id": transfers.create(call, raw)["id"]}


def _reconcile(call: Call, body: Doc) -> Doc:
    for name, (kind, fields) in _RECONCILED.items():
        if body.get(name):
            doc = call.books.get(kind, body[name])
            call.put(kind, {**doc, **dict.fromkeys(fields, bool(body.get("reconciled", True)))})
            return {name: doc["id"]}
    raise ValueError(f"one of these is needed: {', '.join(_RECONCILED)}")


ACTIONS: dict[str, Act] = {
    "spend_money": _money("SPEND"),
    "receive_money": _money("RECEIVE"),
    "transfer_money": _transfer,
    "reconcile_bank": _reconcile,
}
