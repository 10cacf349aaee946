"""What the payment system did with the money, by its own ledger, beside what the practices noted of it.

A second opinion on payouts: fees and transfers by place, what is still on its way, and what in a payout
no practice noted, which a hub must name. What names no place goes with the place of most money.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from connectors.sandbox.life.books import Flow, Item, Row
from connectors.sandbox.life.compare import Plant
from connectors.sandbox.life.group import CLEARING, PAGES, PLACE, PREFIXES
from connectors.sandbox.life.model import Clinic, Payment
from connectors.sandbox.life.stripe.group import ACCOUNT, ARRIVES_WITHIN, NUMBER

Doc = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """One charge or refund: `number` of the invoice it was asked for, None where nobody asked.

    `cents` signed and gross; `payout`: id of the payout that holds it.
    """

    id: str
    number: str | None
    cents: int
    fee: int
    gst: int
    payout: str | None

    @property
    def cause(self) -> str:
        """What a hub must say of it when no practice noted it."""
        return f"settlement:{'charge' if self.cents > 0 else 'refund'}-unknown"


@dataclass(frozen=True, slots=True)
class Noted:
    """Cents of a payment by page on an invoice, as the practice has it, and where they are by now."""

    payment: Payment
    number: str
    cents: int
    moved: Moved | None


class Settled:
    """One ledger beside one clinic. Nothing here is remembered: everything follows from the two."""

    def __init__(self, ledger: Doc, clinic: Clinic) -> None:
        self._payouts: dict[str, Doc] = {payout["id"]: payout for payout in ledger["payouts"]}
        self._places = {one.number: one.place for one in clinic.invoices if one.number}
        self.moved = list(_moved(ledger))
        self.noted = list(self._match(clinic))

    def flows(self) -> Iterator[Flow | Item]:
        """Fees and transfers that the books must have, per payout that arrived and place."""
        for payout in self._arrived():
            fees, gst, net = Counter[str](), Counter[str](), Counter[str]()
            day = _arrival(payout).isoformat()
            for one, place in self._shared(payout["id"]):
                fees[place] += one.fee
                gst[place] += one.gst
                net[place] += one.cents - one.fee
            for place in sorted(net):
                account = _account(place)
                if fees[place]:
                    yield Flow("clearing", place, day, "fees", fees[place])
                    yield Flow("clearing", place, day, "fee_gst", gst[place])
                    yield Item("fee", "", day, fees[place], account)
                if net[place]:
                    yield Flow("clearing", place, day, "moved", net[place])
                    yield Item("transfer", "", day, net[place], account)

    def in_transit(self) -> list[Row]:
        """What stands in the clearing accounts and no payout has brought to the bank."""
        rows = [
            {
                "account": _account(one.payment.place),
                "item": PREFIXES[PLACE[one.payment.place].account] + one.number,
                "cents": one.cents,
                "expected_by": self._expected(one).isoformat(),
            }
            for one in self.noted
            if not self._is_there(one.moved)
        ]
        return sorted(rows, key=lambda row: (row["account"], row["expected_by"], row["item"]))

    def plants(self) -> list[Plant]:
        """What a hub must name: money nobody asked for, and what of a payout no practice noted."""
        told = {id(one.moved) for one in self.noted}
        found = [
            Plant("card-nobody-asked", ACCOUNT, one.id, "stripe:charge-unmatched", one.cents)
            for one in self.moved
            if one.number is None and one.cents > 0
        ]
        for payout in self._arrived():
            untold: dict[str, list[tuple[Moved, str]]] = defaultdict(list)
            for one, place in self._shared(payout["id"]):
                if id(one) not in told:
                    untold[one.cause].append((one, place))
            for cause, parts in untold.items():
                cents = sum(one.cents for one, _ in parts)
                left = tuple((_account(place), -one.cents) for one, place in parts)
                name = f"{cause.removeprefix('settlement:')}-{payout['arrival_date']}"
                found.append(Plant(name, ACCOUNT, payout["id"], cause, cents, left=left))
        return found

    def _arrived(self) -> list[Doc]:
        return [payout for payout in self._payouts.values() if payout["status"] == "paid"]

    def _is_there(self, one: Moved | None) -> bool:
        return one is not None and one.payout is not None and self._payouts[one.payout]["status"] == "paid"

    def _expected(self, one: Noted) -> date:
        if one.moved is not None and one.moved.payout is not None:
            return _arrival(self._payouts[one.moved.payout])
        return one.payment.day + timedelta(days=ARRIVES_WITHIN)

    def _shared(self, payout: str) -> list[tuple[Moved, str]]:
        """Every part of a payout with the place whose it is."""
        parts = [(one, self._places.get(one.number or "")) for one in self.moved if one.payout == payout]
        size = Counter[str]()
        for one, place in parts:
            if place is not None:
                size[place] += abs(one.cents)
        if not size:
            return []
        main = min(size, key=lambda key: (-size[key], PLACE[key].account, PLACE[key].id))
        return [(one, place or main) for one, place in parts]

    def _match(self, clinic: Clinic) -> Iterator[Noted]:
        """Same invoice, same amount, each once, in the order of the practice's days."""
        free: dict[tuple[str, int], list[Moved]] = defaultdict(list)
        for one in self.moved:
            if one.number is not None:
                free[one.number, one.cents].append(one)
        for payment in sorted((p for p in clinic.payments if p.alive), key=lambda p: p.day):
            for number, cents in _by_page(payment):
                same = free[number, cents]
                yield Noted(payment, number, cents, same.pop(0) if same else None)


def _by_page(payment: Payment) -> Iterator[tuple[str, int]]:
    """(invoice number, signed cents) of what of a payment was paid, or given back, by page."""
    page = PLACE[payment.place].till.page
    if payment.total < 0 and payment.names is not None:
        root = payment.names.original or payment.names
        yield from ((root.number, cents) for method, cents in payment.sources if method == page)
        return
    for method, invoice, cents in payment.shares():
        if method == page:
            yield (invoice.number if invoice is not None else ""), cents


def _moved(ledger: Doc) -> Iterator[Moved]:
    charges = {charge["id"]: charge for charge in ledger["charges"]}
    of_refund = {refund["id"]: refund["charge"] for refund in ledger["refunds"]}
    for row in ledger["rows"]:
        if row["reporting_category"] in ("charge", "refund"):
            charge = charges[of_refund.get(row["source"], row["source"])]
            gst = sum(part["amount"] for part in row["fee_details"] if part["type"] == "tax")
            number = charge["metadata"].get(NUMBER)
            yield Moved(row["source"], number, row["amount"], row["fee"], gst, row["payout"])


def _arrival(payout: Doc) -> date:
    return datetime.fromtimestamp(payout["arrival_date"], UTC).date()


def _account(place: str) -> str:
    account = CLEARING[place, PLACE[place].till.page]
    assert PAGES[account] == place
    return account
