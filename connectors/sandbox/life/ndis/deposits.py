"""What the scheme's money makes of the books: one deposit a night, its parts on invoices, cuts written off.

A deposit arrives on the bank account of the whole group. What the scheme cuts of an invoice is a credit note
on the scheme's own contra account, dated the deposit that paid the rest; its number is the invoice's with
that of the remittance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from connectors.sandbox.life.books import Flow, Item
from connectors.sandbox.life.group import BANK_ACCOUNT, ELSEWHERE, SCHEME_WRITE_OFF, tax_type
from connectors.sandbox.life.model import Claimed, Invoice
from connectors.sandbox.life.ndis.group import FIRST_REMITTANCE

Made = tuple[Flow | Item, str | None]
"""A flow or object, and the plant for which the books must not have it."""


def deposits(claims: Sequence[Claimed]) -> Iterator[Made]:
    """What stands in the books for every night on which the scheme paid."""
    nights: dict[date, list[Claimed]] = defaultdict(list)
    for claim in claims:
        if claim.born and claim.night is not None:
            nights[claim.night].append(claim)
    for number, night in enumerate(sorted(nights), FIRST_REMITTANCE):
        yield from _deposit(str(number), night, nights[night])


def remittance(claims: Sequence[Claimed], night: date) -> str:
    """The number of a night's remittance."""
    nights = sorted({claim.night for claim in claims if claim.born and claim.night is not None})
    return str(FIRST_REMITTANCE + nights.index(night))


def _deposit(number: str, night: date, claims: list[Claimed]) -> Iterator[Made]:
    plant, day = claims[0].plant, night.isoformat()
    total = sum(claim.pays for claim in claims)
    yield Item("deposit", "", day, total, BANK_ACCOUNT), plant
    yield Flow("money", ELSEWHERE, day, "cents", total, (BANK_ACCOUNT,)), plant
    for claim in claims:
        invoice = claim.invoice
        yield Flow("debtors", invoice.place, day, "received", claim.pays), plant
        yield Item("receipt", invoice.number, day, claim.pays, BANK_ACCOUNT), plant
        if claim.pays < invoice.total:
            yield from ((what, plant) for what in _cut(number, day, invoice, invoice.total - claim.pays))


def _cut(number: str, day: str, invoice: Invoice, cents: int) -> Iterator[Flow | Item]:
    place = invoice.place
    (line,) = invoice.lines
    yield Flow("billed", place, day, "gross", -cents, (SCHEME_WRITE_OFF, tax_type(line.tax)), lines=1)
    yield Flow("credits", place, day, "received", cents)
    yield Item("credit", f"{invoice.number}-{number}", day, cents)
    yield Flow("credits", place, day, "applied", cents)
    yield Flow("debtors", place, day, "written_off", cents)
    yield Item("allocation", invoice.number, day, cents)
