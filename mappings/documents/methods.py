"""From a payment method's name to the account that takes its money.

A method maps to a kind and an account, not to an account alone (a bookkeeper's part 2): what staff call a
payment may be a voucher, a write-off or existing credit. Only money is posted; each location and method has
its own clearing account.
"""

from __future__ import annotations

from hub.canonical import Payment
from hub.errors import Reason
from mappings.documents import reasons
from mappings.documents.view import View
from mappings.tables import Scope, look_up


def clearing(view: View, payment: Payment, index: int, cents: int) -> str | Reason:
    """The account of one source on the payment's own date at the location that took it, or why none."""
    place = view.place(payment.location)
    if place is None:
        return reasons.location(payment.location, cents)
    name = payment.sources[index].method or "unknown"
    entry = look_up(view.config.tables.methods, name, Scope(place.key, payment.paid_on))
    kind = None if entry is None else entry.value.get("kind")
    account = None if entry is None else entry.value.get("account")
    if kind is not None and kind != "money":
        return reasons.method_kind(kind, cents)
    if kind is None or account is None:
        return reasons.method(name, cents)
    return account


def label(payment: Payment, index: int, number: str) -> str:
    """What a bookkeeper reads beside the bank line: `EFTPOS 23 Nov HH-1042`."""
    day = f"{payment.paid_on.day} {payment.paid_on:%b}"
    return " ".join(part for part in (payment.sources[index].method or "", day, number) if part)
