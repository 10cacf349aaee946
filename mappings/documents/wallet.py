"""A patient's credits and what drew on them, in the order of business dates.

Payment reports say that credit was used, not always whose: then the oldest open credit of that day is meant,
which is how practice systems take it (Cliniko help: account credit). Money paid back without naming anything
draws the same way (a bookkeeper's rule R3); where the open credits do not suffice, it is R4. A wallet is a
function of canonical values only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from hub.canonical import Invoice, Patient, Payment
from hub.documents import DocKind
from mappings.documents.coverage import netted_on_original, paid_out
from mappings.documents.portions import overpayment_document, parts_of
from mappings.documents.view import View


@dataclass(frozen=True, slots=True)
class Credit:
    """One source of credit: an overpayment (payment and index of its source) or a credit note."""

    document: str
    kind: DocKind
    day: date
    source_id: str
    index: int
    amount: int
    entity: Payment | Invoice

    @property
    def order(self) -> tuple[date, str, str, int]:
        return (self.day, self.kind.value, self.source_id, self.index)


@dataclass(frozen=True, slots=True)
class Use:
    """Credit put on an invoice (or paid back, `invoice` None): `named` is the credit's source if told."""

    id: str
    day: date
    amount: int
    invoice: str | None
    named: tuple[str, str] | None = None


@dataclass(slots=True)
class Wallet:
    """`draws`: per use, (credit, cents); `unknown`: cents of a use that no known credit covers."""

    credits: dict[str, Credit] = field(default_factory=dict)
    draws: dict[str, list[tuple[Credit, int]]] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)

    def left(self, credit: Credit) -> int:
        drawn = sum(c for draws in self.draws.values() for by, c in draws if by.document == credit.document)
        return credit.amount - drawn


def wallet_of(view: View, patient: str | None, invoice: Invoice | None = None) -> Wallet:
    """The wallet of a patient (with everybody merged into the same); of one invoice where nobody is named."""
    wallet = Wallet()
    invoices = {i.source.source_id: i for i in ([invoice] if invoice else [])}
    payments: dict[str, Payment] = {}
    for member in view.family(patient) if patient else ():
        invoices |= {i.source.source_id: i for i in view.invoices_of(Patient.kind, member)}
        payments |= {p.source.source_id: p for p in view.payments_of(Patient.kind, member)}
    for credit in _credits(view, payments, invoices):
        wallet.credits[credit.document] = credit
    uses = sorted(_uses(view, payments, invoices), key=lambda use: (use.named is None, use.day, use.id))
    for use in uses:
        wallet.uses.append(use)
        _draw(view, wallet, use)
    return wallet


def back_id(payment: Payment) -> str:
    """The id of the use by which money was paid back without naming anything."""
    return f"back:{payment.source.source_id}"


def unnamed_back(payment: Payment) -> int:
    """Cents (positive) a payment gives back without naming an invoice or credit note."""
    if payment.amount >= 0:
        return 0
    return -(payment.amount - sum(a.amount for a in payment.allocations))


def overpayment_credits(view: View, payment: Payment) -> Iterator[Credit]:
    """What is left of a payment's overpayments after the payment's own allocations."""
    parts = parts_of(view, payment)
    for index, amount in parts.overpayments.items():
        left = amount - sum(p.amount for p in parts.allocations if p.source == index)
        if left > 0:
            document = overpayment_document(view, payment, index)
            sid = payment.source.source_id
            yield Credit(document, DocKind.OVERPAYMENT, payment.paid_on, sid, index, left, payment)


def note_credit(view: View, note: Invoice) -> Credit:
    """What is left of a credit note after pay-outs and after settling its own invoice."""
    left = -note.total - paid_out(view, note) - netted_on_original(view, note)
    sid = note.source.source_id
    return Credit(view.invoice_document(note), DocKind.CREDIT_NOTE, note.issued, sid, 0, left, note)


def _credits(view: View, payments: dict[str, Payment], invoices: dict[str, Invoice]) -> Iterator[Credit]:
    for payment in payments.values():
        if payment.amount > 0:
            yield from overpayment_credits(view, payment)
    for invoice in invoices.values():
        if invoice.total < 0:
            yield note_credit(view, invoice)


def _uses(view: View, payments: dict[str, Payment], invoices: dict[str, Invoice]) -> Iterator[Use]:
    for invoice in invoices.values():
        sid = invoice.source.source_id
        for use in view.uses_of(invoice):
            named = ("payment", use.payment) if use.payment else None
            named = (Invoice.kind, use.credit_note) if use.credit_note else named
            yield Use(f"use:{use.source.source_id}", use.applied_on, use.amount, sid, named)
    for payment in payments.values():
        if (cents := unnamed_back(payment)) > 0:
            yield Use(back_id(payment), payment.paid_on, cents, None)
        for part in parts_of(view, payment).uses:
            id = f"paid:{payment.source.source_id}:{part.source}:{part.invoice}"
            yield Use(id, payment.paid_on, part.amount, part.invoice)


def _draw(view: View, wallet: Wallet, use: Use) -> None:
    left = use.amount
    draws: list[tuple[Credit, int]] = []
    for credit in _candidates(view, wallet, use):
        cents = min(left, wallet.left(credit))
        if cents > 0:
            draws.append((credit, cents))
            left -= cents
    if use.invoice is None and left:
        wallet.unknown[use.id] = use.amount
        return
    wallet.draws[use.id] = draws
    if left:
        wallet.unknown[use.id] = left


def _candidates(view: View, wallet: Wallet, use: Use) -> list[Credit]:
    """Credits a use may draw on: the named one's, else those of its day or before, oldest first."""
    if use.named is None:
        return sorted((c for c in wallet.credits.values() if c.day <= use.day), key=lambda c: c.order)
    kind, sid = use.named
    named: list[Credit] = []
    if kind == Invoice.kind:
        note = view.invoice(sid)
        named = [note_credit(view, note)] if note is not None and note.total < 0 else []
    else:
        payment = view.payment(sid)
        named = list(overpayment_credits(view, payment)) if payment is not None else []
    for credit in named:
        wallet.credits.setdefault(credit.document, credit)
    return [wallet.credits[credit.document] for credit in named]
