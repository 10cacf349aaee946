"""What a person does in the books by hand, in the words of the Xero sandbox's hands."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.life.client import ControlClient
from connectors.sandbox.life.setup import STRANGER


def by_hand(xero: ControlClient, action: str, what: dict[str, Any]) -> None:
    """Do one of the story's acts. Raises ControlRefused when the books do not allow it.

    `number` is the ledger's own number of an invoice or contact; cents are integers, dates ISO.
    """
    if action == "create_invoice":
        line = {"cents": what["cents"], "account": "210", "tax_type": "OUTPUT", "description": "Sublease"}
        what = {"contact": STRANGER, "number": what["number"], "date": what["date"], "lines": [line]}
    name = {"lock": "lock_period", "reconcile": "reconcile_payment", "pay": "pay_invoice"}.get(action, action)
    xero.call("POST", f"/__control__/hands/{name}", what)
