"""What the practice system, the card account and the ledger must say of one another at the end, and never."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from connectors.sandbox.life.nookal.group import ACCOUNT as FOURTH
from connectors.sandbox.simulation import agreeing
from connectors.sandbox.simulation.cards_systems import BANK, CLEARING, STRIPE, TILL
from connectors.sandbox.simulation.company import Company
from connectors.sandbox.simulation.systems import LEDGER

Doc = dict[str, Any]
_ACCOUNT = {"EFTPOS": TILL, "Card by link": CLEARING}
_TYPES = ("charge", "refund")


def pages(company: Company) -> list[Doc]:
    """Every page an integration ever opened."""
    state = company.running[STRIPE].state
    (account,) = state.store.all("account")
    every = state.store.all(f"{account['id']}/checkout.session")
    return [one for one in every if "hub_document" in one["metadata"]]


def _recorded(company: Company) -> list[Doc]:
    """Living payments in the practice system that an integration entered: they carry a reference."""
    every = company.running[FOURTH].state.store.all("payments")
    return [one for one in every if one["ref"] and not one["void"]]


def twice(company: Company) -> list[str]:
    """Two open pages of one invoice, either of which a patient may pay; one payment entered twice."""
    open_ = Counter(one["metadata"]["hub_invoice"] for one in pages(company) if one["status"] == "open")
    entered = Counter(one["ref"] for one in _recorded(company))
    found = [f"invoice {id_} can be paid by {n} pages at once" for id_, n in open_.items() if n > 1]
    return found + [f"payment {ref} was entered {n} times" for ref, n in entered.items() if n > 1]


def standing(company: Company, connection: str) -> Collection[tuple[str, str]]:
    """(kind, id) of every live object of an integration outside the ledger."""
    if connection == FOURTH:
        return {("recorded-payment", str(one["id"])) for one in _recorded(company)}
    return {("payment-request", one["id"]) for one in pages(company) if one["status"] != "expired"}


def wrong(company: Company) -> Iterator[str]:
    """Whatever the three do not agree on, to the cent and to the object."""
    practice, books = company.ledger_of(FOURTH), company.ledger_of(LEDGER)
    cards = company.ledger_of(STRIPE)
    owed = _owed(practice)
    yield from agreeing.invoices(practice, books["documents"], owed)
    yield from agreeing.money(practice, books["documents"], _ACCOUNT)
    yield from agreeing.debtors(books, sum(owed.values()))
    yield from _pages(company, practice)
    yield from _account(cards, books["trial_balance"])


def _owed(practice: Doc) -> dict[str, int]:
    """Cents by invoice id, but for what is held: money given back revives no debt in the ledger."""
    owed = {one["id"]: one["balance"] for one in practice["invoices"] if not one["void"]}
    for row in practice["refunds"]:
        owed[row["invoice_id"]] -= 0 if row["void"] else row["cents"]
    return owed


def _pages(company: Company, practice: Doc) -> Iterator[str]:
    """Each paid page is one payment in the practice system, and none can be paid where nothing is owing."""
    every = pages(company)
    paid = Counter(
        (one["metadata"]["hub_invoice"], one["amount_total"])
        for one in every
        if one["payment_status"] == "paid"
    )
    entered = Counter((str(one["invoice_id"]), one["cents"]) for one in _recorded(company))
    yield from agreeing.differing("paid page (cents)", paid, entered)
    owing = {one["id"]: 0 if one["void"] else one["balance"] for one in practice["invoices"]}
    for one in every:
        if one["status"] == "open" and one["amount_total"] != owing[one["metadata"]["hub_invoice"]]:
            yield f"a page asks for {one['amount_total']} on {one['metadata']['hub_number']}"
    for one in practice["invoices"]:
        money = sum(row["cents"] for row in practice["payments"] if _on(row, one))
        back = sum(row["cents"] for row in practice["refunds"] if _on(row, one))
        if money - back > one["total"] and not one["void"]:
            yield f"{money - back} cents were paid on {one['number']}, of {one['total']}"


def _on(row: Doc, invoice: Doc) -> bool:
    return row["invoice_id"] == invoice["id"] and not row["void"]


def _account(cards: Doc, balance: dict[str, int]) -> Iterator[str]:
    """Clearing holds exactly what is in no payout that arrived, the bank exactly those payouts.

    A refund is held, so what a payout that arrived lacks by one still stands in clearing.
    """
    arrived = {
        one["id"]: one["amount"]
        for one in cards["payouts"]
        if one["status"] == "paid" and one["reconciliation_status"] == "completed"
    }
    transit = sum(
        row["amount"] if row["type"] == "charge" else -row["amount"]
        for row in cards["rows"]
        if row["type"] in _TYPES and (row["type"] == "refund") == (row["payout"] in arrived)
    )
    if balance.get(CLEARING, 0) != transit:
        yield f"clearing holds {balance.get(CLEARING, 0)}, in transit are {transit}"
    if balance.get(BANK, 0) != sum(arrived.values()):
        yield f"the bank holds {balance.get(BANK, 0)}, arrived are {sum(arrived.values())}"
