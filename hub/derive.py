"""Money that no record shows: settlements a status implies, and payments that went with an archived invoice.

A PMS that offers no payments still says that an invoice is paid. The part of its total that no known payment,
credit or credit note explains is kept as a payment with evidence "derived" and without a method: shown, never
posted, and gone in the same transaction as real payments arrive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hub.canonical import (
    CreditApplication,
    Entity,
    Evidence,
    Invoice,
    InvoiceStatus,
    Payment,
    PaymentAllocation,
    PaymentSource,
    Provenance,
    Ref,
)
from hub.reports import STREAM, VANISHED
from hub.store import ahead, entities, issues
from hub.store.entities import Change
from hub.store.session import Unit

VERSION = "derived-1"
PREFIX = "derived:"
NUMBER = "number:"
"""An invoice known by its printed number alone: its record was not read, or cannot be."""


def consequences(unit: Unit, connection: str, changes: list[Change]) -> list[Change]:
    """The changes and all that follows from them, in order."""
    every = list(changes)
    for change in changes:
        new = change.new
        if isinstance(new, Invoice):
            every += _named(unit, connection, new) if change.old is None else []
            if new.status is InvoiceStatus.REMOVED:
                every += _removed(unit, connection, new)
    unpaid = {
        c.source_id
        for c in changes
        if c.old is None and isinstance(c.new, Invoice) and not _shows_paid(c.new)
    }
    # One that is new and not shown as paid has nothing to derive or to take back.
    concerned = [source_id for source_id in _invoices(every) if source_id not in unpaid]
    shown = ahead.values(unit, connection, Invoice.kind, concerned)
    derived = ahead.values(unit, connection, Payment.kind, [f"{PREFIX}{one}" for one in concerned])
    for source_id in concerned:
        before = derived.get(f"{PREFIX}{source_id}")
        done = _settle(unit, connection, source_id, shown.get(source_id), before)
        every += _gone(done)
    return every


def _settle(
    unit: Unit, connection: str, source_id: str, invoice: Entity | None, before: Entity | None
) -> Change | None:
    """Make the derived settlement of one invoice what it must be now; `before`: what it is."""
    amount = 0
    if isinstance(invoice, Invoice) and _shows_paid(invoice):
        amount = invoice.total - _known(unit, connection, invoice)
    if amount <= 0 or not isinstance(invoice, Invoice):
        if before is None:
            return None
        why = "explained, or no longer shown as paid"
        return entities.withdraw(unit, connection, Payment.kind, before.source.source_id, why)
    return entities.put(unit, _settlement(invoice, amount))


def _shows_paid(invoice: Invoice) -> bool:
    return invoice.status is InvoiceStatus.PAID and invoice.total > 0


def _settlement(invoice: Invoice, amount: int) -> Payment:
    source = replace(invoice.source, source_id=f"{PREFIX}{invoice.source.source_id}", mapping_version=VERSION)
    return Payment(
        source,
        number=f"{PREFIX}{invoice.number}",
        paid_on=invoice.closed_on or invoice.issued,
        location=invoice.location,
        patient=invoice.patient,
        currency=invoice.currency,
        sources=(PaymentSource(None, amount),),
        allocations=(PaymentAllocation(0, invoice.source.source_id, amount),),
        evidence=Evidence.DERIVED,
    )


def _known(unit: Unit, connection: str, invoice: Invoice) -> int:
    """Cents of an invoice that payments, used credit and what is left of its credit notes explain."""
    source_id = invoice.source.source_id
    known = sum(_paid(p, source_id) for p in payments_on(unit, connection, source_id))
    known += sum(use.amount for use in uses_on(unit, connection, source_id))
    for note in entities.pointing_at(unit, connection, Ref(Invoice.kind, source_id), Invoice.kind):
        if isinstance(note, Invoice) and note.total < 0 and note.status is not InvoiceStatus.REMOVED:
            note_id = note.source.source_id
            paid_out = sum(-_paid(p, note_id) for p in payments_on(unit, connection, note_id))
            used = sum(use.amount for use in _uses_of(unit, connection, note_id))
            known += max(0, -note.total - paid_out - used)
    return known


def _paid(payment: Payment, invoice: str) -> int:
    return sum(part.amount for part in payment.allocations if part.invoice == invoice)


def payments_on(unit: Unit, connection: str, invoice: str) -> list[Payment]:
    """Payments that were recorded or imported and name an invoice; never derived ones."""
    found = entities.pointing_at(unit, connection, Ref(Invoice.kind, invoice), Payment.kind)
    return [p for p in found if isinstance(p, Payment) and p.evidence is not Evidence.DERIVED]


def uses_on(unit: Unit, connection: str, invoice: str) -> list[CreditApplication]:
    """Uses of credit on an invoice."""
    return [use for use in _uses_of(unit, connection, invoice, of_note=False) if use.invoice == invoice]


def _uses_of(unit: Unit, connection: str, invoice: str, *, of_note: bool = True) -> list[CreditApplication]:
    found = entities.pointing_at(unit, connection, Ref(Invoice.kind, invoice), CreditApplication.kind)
    uses = [use for use in found if isinstance(use, CreditApplication)]
    return [use for use in uses if use.credit_note == invoice] if of_note else uses


def _removed(unit: Unit, connection: str, invoice: Invoice) -> Iterable[Change]:
    """An archived invoice takes the payments allocated to it alone with it, and frees credit used on it.

    A payment that also stands on another invoice waits for the next report.
    """
    source_id, why = invoice.source.source_id, f"archived with invoice {invoice.number}"
    for payment in payments_on(unit, connection, source_id):
        others = {part.invoice for part in payment.allocations} - {source_id}
        if not any(_stands(unit, connection, other) for other in others):
            yield from _gone(entities.withdraw(unit, connection, Payment.kind, payment.source.source_id, why))
            issues.close_issue(unit, connection, STREAM, payment.number, VANISHED, why=why)
    for use in uses_on(unit, connection, source_id):
        yield from _gone(entities.withdraw(unit, connection, use.kind, use.source.source_id, why))


def _stands(unit: Unit, connection: str, source_id: str) -> bool:
    invoice = entities.get(unit, connection, Invoice.kind, source_id)
    return not (isinstance(invoice, Invoice) and invoice.status is InvoiceStatus.REMOVED)


def _gone(change: Change | None) -> list[Change]:
    return [change] if change is not None else []


def _named(unit: Unit, connection: str, invoice: Invoice) -> Iterable[Change]:
    """Imported money that knew this invoice by its number alone now points at it."""
    stand_in, real = f"{NUMBER}{invoice.number}", invoice.source.source_id
    for payment in payments_on(unit, connection, stand_in):
        parts = tuple(
            replace(part, invoice=real) if part.invoice == stand_in else part for part in payment.allocations
        )
        yield from _gone(entities.put(unit, replace(payment, allocations=parts)))
    for use in uses_on(unit, connection, stand_in):
        yield from _gone(
            entities.withdraw(unit, connection, use.kind, use.source.source_id, "its invoice is known now")
        )
        moved: Provenance = replace(use.source, source_id=use.source.source_id.replace(stand_in, real))
        yield from _gone(entities.put(unit, replace(use, source=moved, invoice=real)))


def _invoices(changes: Sequence[Change]) -> list[str]:
    """Source ids of every invoice whose explanation may have changed, old and new."""
    found: dict[str, None] = {}
    for change in changes:
        for value in (change.old, change.new):
            if isinstance(value, Invoice):
                found[value.source.source_id] = None
                if value.reverses:
                    found[value.reverses] = None
            elif isinstance(value, (Payment, CreditApplication)):
                other = isinstance(value, Payment) and (
                    value.evidence is Evidence.DERIVED or value.home != value.source.connection
                )
                names = () if other else (ref.source_id for ref in value.refs() if ref.kind == Invoice.kind)
                found.update(dict.fromkeys(names))
    return list(found)
