"""The books as flows: what one document, or one payment, does to each of the five tables.

Accounting rules for clinics, "and debtors": money by method; billed by account and tax type; debtors and
credits as two rolls whose difference is the target's receivables account; what stands in the clearing
accounts that settlements empty. Receivables follow the invoice's location, credits the location that took
the money, and an allocation counts on the later of its two dates.
Both sides are put through these functions, so that a difference is a difference of the books.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from hub.config.model import GroupConfig
from hub.config.settlements import EVERYWHERE
from hub.documents import (
    BankPayment,
    CreditNote,
    Document,
    Line,
    Overpayment,
    Receipt,
    Refund,
    SalesInvoice,
    Transfer,
)

MONEY, BILLED, DEBTORS, CREDITS, CLEARING = "money", "billed", "debtors", "credits", "clearing"
DEBTOR_FLOWS = {"billed": 1, "credited": -1, "written_off": -1, "received": -1, "credit_applied": -1}
CREDIT_FLOWS = {"received": 1, "applied": -1, "returned": -1}
ELSEWHERE = "(elsewhere)"
DEPOSITS = "(funders' deposits)"


@dataclass(frozen=True, slots=True)
class Flow:
    """Cents of one column of one row. `item` names what they belong to: a payment or a document."""

    item: str
    table: str
    location: str
    day: date
    column: str
    cents: int
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document stands on one side: what its receipts and allocations take from it."""

    location: str
    day: date
    note: bool = False  # a credit note, not an overpayment
    written_off: bool = False


@dataclass(slots=True)
class Side:
    """Everything known of one side: flows, and where its documents stand."""

    flows: list[Flow] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)

    def add(
        self,
        item: str,
        table: str,
        where: tuple[str, date],
        column: str,
        cents: int,
        key: tuple[str, ...] = (),
    ) -> None:
        if cents:
            self.flows.append(Flow(item, table, *where, column, cents, key))


def place_of(content: Document, location: str, write_offs: frozenset[str]) -> Place | None:
    """Where a document that others refer to stands; None for money and allocations."""
    if isinstance(content, SalesInvoice):
        return Place(location, content.issued)
    if isinstance(content, CreditNote):
        return Place(location, content.issued, True, {line.account for line in content.lines} <= write_offs)
    return Place(location, content.on) if isinstance(content, Overpayment) else None


def billed(side: Side, item: str, place: Place, lines: tuple[Line, ...], sign: int) -> None:
    """The lines of an invoice (`sign` 1) or credit note (-1)."""
    for line in lines:
        key = (line.account, line.tax_type)
        side.add(item, BILLED, (place.location, place.day), "gross", sign * line.gross, key)
        side.add(item, BILLED, (place.location, place.day), "gst", sign * line.gst, key)


def headed(side: Side, item: str, place: Place, total: int) -> None:
    """What an invoice or credit note of `total` (positive) does to debtors or credits."""
    table, column = (CREDITS, "received") if place.note else (DEBTORS, "billed")
    side.add(item, table, (place.location, place.day), column, total)


def received(side: Side, item: str, invoice: Place | None, on: date, cents: int) -> None:
    """Money on an invoice."""
    location = invoice.location if invoice else ELSEWHERE
    side.add(item, DEBTORS, (location, on), "received", cents)


def deposited(side: Side, item: str, invoice: Place | None, on: date, cents: int) -> None:
    """What of a funder's deposit pays one invoice: money of the invoice's location, by no method of staff."""
    received(side, item, invoice, on, cents)
    side.add(item, MONEY, (invoice.location if invoice else ELSEWHERE, on), "cents", cents, (DEPOSITS,))


def applied(side: Side, item: str, credit: Place | None, invoice: Place | None, on: date, cents: int) -> None:
    """Credit put on an invoice; without both documents on this side it counts on the day it names."""
    day = max(one.day for one in (credit, invoice) if one) if credit or invoice else on
    column = "credit_applied"
    if credit is not None and credit.note:
        column = "written_off" if credit.written_off else "credited"
    side.add(item, CREDITS, (credit.location if credit else ELSEWHERE, day), "applied", cents)
    side.add(item, DEBTORS, (invoice.location if invoice else ELSEWHERE, day), column, cents)


def money_documents(
    side: Side, item: str, content: Receipt | Refund | Overpayment, cents: int, on: date
) -> None:
    """What a receipt, a refund or an overpayment does to debtors and credits (money has its own source)."""
    if isinstance(content, Receipt):
        received(side, item, side.places.get(content.invoice), on, cents)
    elif isinstance(content, Refund):
        credit = side.places.get(content.credit)
        side.add(item, CREDITS, (credit.location if credit else ELSEWHERE, on), "returned", cents)


def moved(content: Document, account: str) -> int:
    """Signed cents that a document brings into an account."""
    match content:
        case Receipt() | Overpayment():
            return content.amount if content.account == account else 0
        case Refund():
            return -content.amount if content.account == account else 0
        case BankPayment():
            return -content.total if content.account == account else 0
        case Transfer():
            into = content.amount if content.to_account == account else 0
            return into - (content.amount if content.from_account == account else 0)
        case _:
            return 0


def clearing_accounts(config: GroupConfig) -> dict[tuple[str, str], str]:
    """(ledger, account) that settlements empty -> the location whose money stands there."""
    found = {}
    for rule in config.settlements:
        for key, code in rule.clearing.items():
            found[rule.ledger, code] = ELSEWHERE if key == EVERYWHERE else key
    return found


def in_clearing(
    side: Side,
    item: str,
    content: Document,
    on: date,
    cents: int | None,
    target: str,
    accounts: Mapping[tuple[str, str], str],
) -> None:
    """What money does to the clearing accounts of its ledger; `cents` (positive) where it was seen."""
    for (ledger, code), location in accounts.items():
        amount = moved(content, code) if ledger == target else 0
        if amount:
            shown = amount if cents is None else cents if amount > 0 else -cents
            side.add(item, CLEARING, (location, on), "cents", shown, (ledger, code))
