"""What must be held at the end, and what the ledger then has of it: stories no integration can finish."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.sandbox.life.books import Item, Row
from connectors.sandbox.life.compare import Plant
from connectors.sandbox.life.group import CLEARING, PREFIX
from connectors.sandbox.life.model import Payment
from connectors.sandbox.life.plants import Planned
from connectors.sandbox.life.truth import residues
from connectors.sandbox.simulation.stories import Told
from connectors.sandbox.simulation.systems import PRACTICE
from connectors.sandbox.xero.books import Books


def plants(told: Told, books: Books) -> list[Plant]:
    """The planted cases with the rows by which the ledger must differ.

    Whether a payment had come to the ledger before it was corrected is a matter of timing: either is right.
    """
    for payment in told.clinic.payments:
        if payment.posted is not None and not _statuses(payment, books):
            payment.posted = None
    found = residues(told.clinic)
    return [_plant(case, *found.get(case.id, ([], [], []))) for case in told.planned]


def taken_away(told: Told, books: Books) -> Sequence[str]:
    """Payments removed from the ledger although what should follow them is held."""
    return [
        f"a payment of {_number(payment)} was removed, and what replaces it is held"
        for payment in told.clinic.payments
        if payment.posted is not None and "DELETED" in _statuses(payment, books)
    ]


def _plant(case: Planned, rows: list[Row], absent: list[Item], extra: list[Item]) -> Plant:
    named = (case.id, PRACTICE, case.number, case.cause, case.cents)
    return Plant(*named, tuple(rows), tuple(absent), tuple(extra))


def _number(payment: Payment) -> str:
    return f"{PREFIX}{payment.puts[0][0].number}"


def _statuses(payment: Payment, books: Books) -> set[str]:
    """How the ledger shows a payment as it was before its planted change; empty: it never came there."""
    assert payment.posted is not None
    account = CLEARING[payment.place, payment.posted.sources[0][0]]
    return {
        str(doc["status"])
        for invoice in books.find("invoice", "any_number", _number(payment))
        for doc in books.find("payment", "target", invoice["id"])
        if (books.account(id=doc["account"]) or {}).get("code") == account
    }
