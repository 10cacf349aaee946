"""What a report changes: new and edited payments, and stored ones it no longer shows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import bindparam, select

from hub import derive
from hub.canonical import CreditApplication, Evidence, Invoice, InvoiceStatus, Payment, Ref
from hub.errors import Reason, Who
from hub.normalising.context import Context
from hub.reports import STREAM, VANISHED, ReadReport
from hub.store import entities, issues
from hub.store.entities import Change
from hub.store.session import Unit
from hub.store.tables import entity

_STANDING = select(entity.c.kind, entity.c.source_id).where(
    entity.c.group_id == bindparam("g"),
    entity.c.connection_id == bindparam("c"),
    entity.c.kind.in_((Payment.kind, CreditApplication.kind)),
    ~entity.c.withdrawn,
)
_UNPAID = (InvoiceStatus.OPEN, InvoiceStatus.OPEN_CREDIT, InvoiceStatus.REMOVED)
Money = Payment | CreditApplication


@dataclass(frozen=True, slots=True)
class Number:
    """A stored payment number that a complete report no longer has, with all that stands under it."""

    number: str
    values: tuple[Money, ...]

    @property
    def invoices(self) -> list[str]:
        """Source ids of the invoices (and credit notes) its money stands on."""
        refs = [ref.source_id for v in self.values for ref in v.refs() if ref.kind == Invoice.kind]
        return list(dict.fromkeys(refs))

    @property
    def cents(self) -> int:
        return sum(v.amount for v in self.values)


@dataclass
class Result:
    """What an import did. `touched`: (kind, source id) of values whose issues changed."""

    changes: list[Change] = field(default_factory=list)
    touched: list[tuple[str, str]] = field(default_factory=list)
    changed: int = 0
    removed: int = 0
    vanished: int = 0


def number_of(value: Money) -> str:
    """The payment number a value belongs to; a use of credit carries it before the first colon of its id."""
    return value.number if isinstance(value, Payment) else value.source.source_id.partition(":")[0]


def missing(
    unit: Unit, connection: str, business: str, from_day: date, to_day: date, report: ReadReport
) -> list[Number]:
    """Stored numbers of the location and days that are nowhere in the file."""
    values: list[Money] = [*report.payments, *report.credit_applications]
    there = {number_of(value) for value in values}
    stored: dict[str, list[Money]] = {}
    for value in _stored(unit, connection, business, from_day, to_day):
        if number_of(value) not in there:
            stored.setdefault(number_of(value), []).append(value)
    return [Number(number, tuple(values)) for number, values in stored.items()]


def _stored(unit: Unit, connection: str, business: str, from_day: date, to_day: date) -> list[Money]:
    found: list[Money] = []
    for kind in (Payment.kind, CreditApplication.kind):
        for value in entities.all_of(
            unit, connection, kind, location=business, from_day=from_day, to_day=to_day
        ):
            if isinstance(value, (Payment, CreditApplication)) and value.evidence is Evidence.IMPORTED:
                found.append(value)
    return found


def apply(unit: Unit, connection: str, report: ReadReport) -> Result:
    """Store what the file shows; uses of credit under one of its numbers that it no longer shows go."""
    result = Result()
    values: list[Money] = [*report.payments, *report.credit_applications]
    kept = {(value.kind, value.source.source_id) for value in values}
    for value in values:
        _note(result, entities.put(unit, value))
        if issues.close_issue(unit, connection, STREAM, number_of(value), VANISHED, why="in a report again"):
            result.touched += _on(value)
    numbers = {number_of(value) for value in values}
    for kind, source_id in _ids(unit, connection):
        if source_id.partition(":")[0] in numbers and (kind, source_id) not in kept:
            why = "the report shows it otherwise now"
            _note(result, entities.withdraw(unit, connection, kind, source_id, why))
    return result


def _ids(unit: Unit, connection: str) -> list[tuple[str, str]]:
    """(kind, source id) of all imported money that stands, whatever its day: both kinds' ids begin with the
    payment number."""
    rows = unit.db.execute(_STANDING, {"g": unit.group, "c": connection})
    return [(row.kind, row.source_id) for row in rows]


def take_back(unit: Unit, ctx: Context, gone: Sequence[Number], result: Result) -> None:
    """Remove missing numbers whose invoices are no longer paid, or are paid without them; the others stay and
    are named."""
    numbers = {one.number for one in gone}
    for one in gone:
        paid = [invoice for invoice in one.invoices if _still_paid(unit, ctx.connection, invoice, numbers)]
        if paid:
            result.vanished += 1
            _vanished(unit, ctx.connection, one, paid, result)
            continue
        result.removed += 1
        issues.close_issue(unit, ctx.connection, STREAM, one.number, VANISHED, why="removed at the source")
        for value in one.values:
            why = "no longer in a complete report, its invoices no longer paid"
            _note(result, entities.withdraw(unit, ctx.connection, value.kind, value.source.source_id, why))


def _still_paid(unit: Unit, connection: str, source_id: str, without: Collection[str]) -> bool:
    """Whether an invoice shows no trace of the money being gone. One that cannot be read shows none."""
    invoice = entities.get(unit, connection, Invoice.kind, source_id)
    if not isinstance(invoice, Invoice):
        return True
    return invoice.status not in _UNPAID and not _paid_anyway(unit, connection, invoice, without)


def _paid_anyway(unit: Unit, connection: str, invoice: Invoice, without: Collection[str]) -> bool:
    """Whether other money is the whole of an invoice or credit note: staff archived a payment and entered it
    anew, and both cannot be."""
    source_id = invoice.source.source_id
    others = [p for p in derive.payments_on(unit, connection, source_id) if p.number not in without]
    parts = [part.amount for p in others for part in p.allocations if part.invoice == source_id]
    return abs(invoice.total) == abs(sum(parts)) > 0


def _vanished(unit: Unit, connection: str, one: Number, paid: Sequence[str], result: Result) -> None:
    if any(reason.code == VANISHED for _, reason in issues.on_record(unit, connection, one.number)):
        return
    invoice = entities.get(unit, connection, Invoice.kind, paid[0])
    if isinstance(invoice, Invoice):
        shown = invoice.number
        why = (
            f"invoice {shown} still shows as paid: look it up, import the report of the day it now stands on."
        )
    else:  # the report came before its invoice was pulled
        shown = f"payment:{one.number}"
        why = "its invoice was not read so far: pull, then import this report again."
    issues.open_issue(
        unit,
        connection,
        STREAM,
        one.number,
        shown,
        Reason(
            VANISHED,
            f"Payment {one.number} is no longer in the complete payment report of its days, yet {why}",
            Who.CLINIC,
            one.cents,
        ),
    )
    for value in one.values:
        result.touched += _on(value)


def _on(value: Money) -> list[tuple[str, str]]:
    """The value itself and the invoices it stands on: their cases are stopped, or let go."""
    invoices = [Ref(Invoice.kind, r.source_id) for r in value.refs() if r.kind == Invoice.kind]
    return [(value.kind, value.source.source_id), *((ref.kind, ref.source_id) for ref in invoices)]


def _note(result: Result, change: Change | None) -> None:
    if change is not None:
        result.changes.append(change)
        result.changed += change.new is not None
        touched = [
            value for value in (change.old, change.new) if isinstance(value, (Payment, CreditApplication))
        ]
        result.touched += [part for value in touched for part in _on(value)[1:]]
