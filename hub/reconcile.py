"""The books here beside the books at the target, in three equations, every difference named by its item.

*Here* is canonical: what the PMS recorded, rendered with the group's own mapping. *Target* is what our
linked documents hold, looked up again before it is believed. The PMS's own balances are shown where a PMS
offers them (Cliniko does not). Invoices follow their location, money the location that took it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from hub.canonical import Evidence, Invoice, InvoiceStatus, Payment
from hub.config.model import GroupConfig
from hub.documents import Allocation, CreditNote, Document, Overpayment, Receipt, Refund, SalesInvoice
from hub.kernel import Kernel
from hub.reconciling.here import Item, billed_here
from hub.reconciling.target import Standing, standing_documents
from hub.store import entities
from hub.store.session import Unit

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MoneyRow:
    location: str
    method: str
    here: int
    target: int


@dataclass(frozen=True, slots=True)
class BilledRow:
    location: str
    account: str
    tax_type: str
    here: int
    target: int


@dataclass(frozen=True, slots=True)
class DebtorRow:
    """`pms` is None where the PMS does not offer balances."""

    location: str
    here: int
    target: int
    pms: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One item by which the books differ, with the cause that holds it."""

    number: str
    what: str
    here: int
    target: int
    cause: str
    who: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    money: tuple[MoneyRow, ...]
    billed: tuple[BilledRow, ...]
    debtors: tuple[DebtorRow, ...]
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        rows = (*self.money, *self.billed, *self.debtors)
        return all(row.here == row.target for row in rows)


@dataclass
class _Books:
    """Sums of one side; the day filter is applied while adding."""

    day: date | None
    location: str | None
    money: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    billed: dict[tuple[str, str, str], int] = field(default_factory=lambda: defaultdict(int))
    debtors: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def counts(self, location: str, on: date) -> bool:
        return (self.day is None or on == self.day) and self.location in (None, location)


def reconcile(
    kernel: Kernel, group: str, *, day: date | None = None, location: str | None = None
) -> Reconciliation:
    """Compare one group's books, of one day (by business date) or of all time since the start dates."""
    config = kernel.config(group)
    standing = standing_documents(kernel, group)
    with kernel.store.read(group) as unit:
        items = list(billed_here(kernel, unit, config))
        payments = list(_payments(unit, config))
    here = _here(items, payments, config, _Books(day, location))
    there = _there(standing, config, _Books(day, location))
    return Reconciliation(
        tuple(MoneyRow(*key, here.money[key], there.money[key]) for key in _keys(here.money, there.money)),
        tuple(BilledRow(*key, here.billed[key], there.billed[key]) for key in _keys(here.billed, there.billed)),
        tuple(DebtorRow(key, here.debtors[key], there.debtors[key]) for key in _keys(here.debtors, there.debtors)),
        tuple(_differences(items, standing, day, location)),
    )


def _keys(one: Mapping[object, int], other: Mapping[object, int]) -> list:  # type: ignore[type-arg]
    return sorted(key for key in {*one, *other} if one.get(key) or other.get(key))


def _payments(unit: Unit, config: GroupConfig) -> Iterable[tuple[str, Payment]]:
    for connection in config.connections:
        if connection.role == "source":
            for entity in entities.all_of(unit, connection.id, "payment"):
                assert isinstance(entity, Payment)
                place = config.location_of(connection.id, entity.location)
                if place is not None and entity.paid_on >= place.start:
                    yield place.key, entity


def _here(
    items: Iterable[Item], payments: Iterable[tuple[str, Payment]], config: GroupConfig, books: _Books
) -> _Books:
    invoices: dict[str, str] = {}
    for item in items:
        invoices[item.invoice.source.source_id] = item.location
        if item.invoice.status is InvoiceStatus.REMOVED or not books.counts(item.location, item.invoice.issued):
            continue
        for account, tax_type, gross in item.lines:
            books.billed[(item.location, account, tax_type)] += gross
        books.debtors[item.location] += item.invoice.total
    for place, payment in payments:
        if not books.counts(place, payment.paid_on):
            continue
        for source in payment.sources:
            method = UNKNOWN if payment.evidence is Evidence.DERIVED else source.method or UNKNOWN
            books.money[(place, method)] += source.amount
        if payment.evidence is not Evidence.DERIVED:
            books.debtors[place] -= payment.amount
    return books


def _there(standing: Iterable[Standing], config: GroupConfig, books: _Books) -> _Books:
    clearing = {
        entry.value["account"]: (entry.location or "", entry.key or "")
        for entry in config.tables.methods
        if "account" in entry.value
    }
    for one in standing:
        content: Document = one.content
        if isinstance(content, SalesInvoice | CreditNote):
            sign = 1 if isinstance(content, SalesInvoice) else -1
            if books.counts(one.location, content.issued):
                for line in content.lines:
                    books.billed[(one.location, line.account, line.tax_type)] += sign * line.gross
                books.debtors[one.location] += sign * one.total
        elif isinstance(content, Receipt | Overpayment | Refund):
            place, method = clearing.get(content.account, (one.location, content.account))
            sign = -1 if isinstance(content, Refund) else 1
            if books.counts(place, content.on):
                books.money[(place, method)] += sign * one.total
                books.debtors[place] -= sign * one.total
        elif isinstance(content, Allocation):
            continue  # moves between debtors and credits of the same contact; the sum stays
    return books


def _differences(
    items: Iterable[Item], standing: Iterable[Standing], day: date | None, location: str | None
) -> Iterable[Difference]:
    at_target: dict[str, int] = defaultdict(int)
    for one in standing:
        if isinstance(one.content, SalesInvoice | CreditNote):
            at_target[one.number] += one.total if isinstance(one.content, SalesInvoice) else -one.total
    for item in items:
        invoice: Invoice = item.invoice
        if (day is not None and invoice.issued != day) or location not in (None, item.location):
            continue
        here = 0 if invoice.status is InvoiceStatus.REMOVED else invoice.total
        there = at_target.get(invoice.number, 0)
        if here != there or item.causes:
            cause = ", ".join(item.causes) or "not delivered yet"
            yield Difference(invoice.number, "invoice", here, there, cause, item.who)
    for one in standing:
        if one.changed:
            yield Difference(one.number, f"{one.kind} changed at the target", one.expected, one.total, "target:changed", "bookkeeper")  # fmt: skip
