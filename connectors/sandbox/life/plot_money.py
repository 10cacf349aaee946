"""Planning money: payments and their corrections, credit used, refunds, reversals and write-offs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from connectors.sandbox.life.calendar import local_day
from connectors.sandbox.life.model import Clinic, Invoice, Line, Payment, Use
from connectors.sandbox.life.model import line as item_line
from connectors.sandbox.life.plot import Plot, Touched

Sources = tuple[tuple[str, int], ...]
Puts = tuple[tuple[Invoice, int], ...]


class MoneyPlot(Plot):
    """A plot that can also move money."""

    def pay(
        self,
        at: datetime,
        place: str,
        patient: str,
        sources: Iterable[tuple[str, int]],
        puts: Iterable[tuple[Invoice, int]] = (),
        *,
        paid_at: datetime | None = None,
        plant: str | None = None,
    ) -> Payment:
        """Take a payment; what is not put on an invoice is the patient's credit."""
        moment = paid_at or at
        made = Payment(
            self.id(), place, patient, local_day(place, moment), tuple(sources), tuple(puts), plant=plant
        )
        self.clinic.payments.append(made)
        said = lambda: self.words.take(made, moment)  # noqa: E731
        self.act(at, "take_payment", said, _born(made), mints=made)
        return made

    def correct(
        self,
        at: datetime,
        payment: Payment,
        *,
        sources: Sources | None = None,
        puts: Puts | None = None,
        paid_at: datetime | None = None,
    ) -> None:
        """Correct a mistyped payment: no money moved."""

        def effect() -> Touched:
            before = payment.day
            payment.sources = sources or payment.sources
            payment.puts = payment.puts if puts is None else puts
            payment.day = local_day(payment.place, paid_at) if paid_at else payment.day
            return ((payment.place, before), (payment.place, payment.day))

        said = lambda: self.words.correct(payment, sources, puts, paid_at)  # noqa: E731
        self.act(at, "edit_payment", said, effect)

    def drop(self, at: datetime, payment: Payment, *, plant: str | None = None) -> None:
        """Archive a payment: it never happened; with `plant` the ledger must keep it."""

        def effect() -> Touched:
            if plant:
                payment.freeze(plant)
            payment.archived = True
            return ((payment.place, payment.day),)

        self.act(at, "archive_payment", lambda: self.words.drop(payment), effect)

    def use(self, at: datetime, credit: Payment | Invoice, invoice: Invoice, cents: int) -> Use:
        """Use the patient's only open credit on an invoice dated after it."""
        made = Use(self.id(), credit, invoice, cents)
        self.clinic.uses.append(made)

        def effect() -> Touched:
            made.born = True
            return ((invoice.place, local_day(invoice.place, at)),)

        self.act(at, "apply_credit", lambda: self.words.use(made), effect, mints=made)
        return made

    def refund(
        self,
        at: datetime,
        place: str,
        patient: str,
        method: str,
        cents: int,
        *,
        note: Invoice | None = None,
        invoice: Invoice | None = None,
        plant: str | None = None,
    ) -> Payment:
        """Pay money out: of a credit note, off an invoice, or (naming neither) of the patient's credit."""
        made = Payment(
            self.id(),
            place,
            patient,
            local_day(place, at),
            ((method, -cents),),
            (),
            note or invoice,
            plant=plant,
        )
        self.clinic.payments.append(made)
        self.act(at, "refund", lambda: self.words.give_back(made, at), _born(made), mints=made)
        return made

    def reverse(
        self,
        at: datetime,
        invoice: Invoice,
        *,
        only: Iterable[Line] = (),
        write_off: Mapping[str, int] | None = None,
        given_up: Iterable[Line] = (),
        plant: str | None = None,
    ) -> Invoice:
        """Make a credit note for the invoice, some of its lines, or what is written off (cents by item code).

        What is unpaid of the original is settled with it at once. `given_up` are the lines that the books
        shall have, where the practice system lowers a balance without saying of what.
        """
        taken = tuple(only)
        day = local_day(invoice.place, at)
        lines = list(given_up)
        if write_off:
            lines = [item_line(self.id(), code, unit=-cents) for code, cents in write_off.items()]
        elif not lines:
            lines = [
                Line(self.id(), part.code, -part.gross, part.tax, -1, part.gross)
                for part in taken or invoice.lines
                if part.gross
            ]
        note = Invoice(
            self.id(),
            invoice.place,
            invoice.patient,
            invoice.practitioner,
            day,
            tuple(lines),
            method=invoice.method,
            original=invoice,
            plant=plant,
        )
        self.clinic.invoices.append(note)

        def effect() -> Touched:
            note.settles = min(max(unpaid(self.clinic, invoice), 0), -note.total)
            note.invoice_to, note.born = invoice.invoice_to, True
            return ()

        said = lambda: self.words.reverse(note, invoice, taken, write_off or {})  # noqa: E731
        self.act(at, "reverse_invoice", said, effect, mints=note, shows=note)
        return note


def unpaid(clinic: Clinic, invoice: Invoice) -> int:
    """Cents of an invoice that nothing covers yet."""
    paid = sum(c for p in clinic.payments if p.alive for put, c in p.puts if put is invoice)
    back = sum(p.total for p in clinic.payments if p.alive and p.names is invoice)
    used = sum(u.cents for u in clinic.uses if u.born and u.invoice is invoice)
    netted = sum(i.settles for i in clinic.invoices if i.alive and i.original is invoice)
    return invoice.total - paid - back - used - netted


def _born(made: Payment) -> Any:
    def effect() -> Touched:
        made.born = True
        return ((made.place, made.day),)

    return effect
