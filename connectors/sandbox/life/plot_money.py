"""Planning money: payments and their corrections, credit used, refunds, reversals and write-offs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from connectors.sandbox.life.calendar import local_day
from connectors.sandbox.life.group import PLACE
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
        fixed = {
            "id": made.id,
            "patient_id": patient,
            "business_id": PLACE[place].id,
            "paid_at": moment.isoformat(),
            **_money(made.sources, made.puts),
        }
        self.add(at, "take_payment", lambda: {**fixed, "number": made.number}, _born(made), mints=made)
        return made

    def correct(
        self,
        at: datetime,
        payment: Payment,
        *,
        sources: Sources | None = None,
        puts: Puts | None = None,
        paid_at: datetime | None = None,
        plant: str | None = None,
    ) -> None:
        """Correct a mistyped payment: no money moved; with `plant` the ledger must keep what it holds."""
        sent: dict[str, Any] = {"payment_id": payment.id}
        both = _money(sources or (), puts or ())
        sent |= {"sources": both["sources"]} if sources else {}
        sent |= {"allocations": both["allocations"]} if puts is not None else {}
        sent |= {"paid_at": paid_at.isoformat()} if paid_at else {}

        def effect() -> Touched:
            if plant:
                payment.freeze(plant)
            before = payment.day
            payment.sources = sources or payment.sources
            payment.puts = payment.puts if puts is None else puts
            payment.day = local_day(payment.place, paid_at) if paid_at else payment.day
            return ((payment.place, before), (payment.place, payment.day))

        self.add(at, "edit_payment", sent, effect)

    def drop(self, at: datetime, payment: Payment, *, plant: str | None = None) -> None:
        """Archive a payment: it never happened; with `plant` the ledger must keep it."""

        def effect() -> Touched:
            if plant:
                payment.freeze(plant)
            payment.archived = True
            return ((payment.place, payment.day),)

        self.add(at, "archive_payment", {"payment_id": payment.id}, effect)

    def use(self, at: datetime, credit: Payment | Invoice, invoice: Invoice, cents: int) -> Use:
        """Use the patient's only open credit on an invoice dated after it."""
        made = Use(self.id(), credit, invoice, cents)
        self.clinic.uses.append(made)
        fixed = {"id": made.id, "patient_id": invoice.patient, "invoice_id": invoice.id, "cents": cents}

        def effect() -> Touched:
            made.born = True
            return ((invoice.place, local_day(invoice.place, at)),)

        self.add(at, "apply_credit", lambda: {**fixed, "number": made.number}, effect, mints=made)
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
        fixed: dict[str, Any] = {
            "id": made.id,
            "patient_id": patient,
            "business_id": PLACE[place].id,
            "method": method,
            "cents": cents,
            "paid_at": at.isoformat(),
        }
        fixed |= {"credit_note_id": note.id} if note else {}
        fixed |= {"invoice_id": invoice.id} if invoice else {}
        self.add(at, "refund", lambda: {**fixed, "number": made.number}, _born(made), mints=made)
        return made

    def reverse(
        self,
        at: datetime,
        invoice: Invoice,
        *,
        only: Iterable[Line] = (),
        write_off: Mapping[str, int] | None = None,
        plant: str | None = None,
    ) -> Invoice:
        """Make a credit note for the invoice, some of its lines, or what is written off (cents by item code).

        What is unpaid of the original is settled with it at once.
        """
        taken = tuple(only)
        day = local_day(invoice.place, at)
        if write_off:
            lines = [item_line(self.id(), code, unit=-cents) for code, cents in write_off.items()]
        else:
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
        fixed: dict[str, Any] = {"id": note.id, "invoice_id": invoice.id, "issue_date": day.isoformat()}
        fixed |= {"as_writeoff": dict(write_off)} if write_off else {}
        fixed |= {"items": [{"item_id": part.id} for part in taken]} if taken else {}

        def effect() -> Touched:
            note.settles = min(max(unpaid(self.clinic, invoice), 0), -note.total)
            note.invoice_to, note.born = invoice.invoice_to, True
            return ()

        payload = lambda: {**fixed, "number": note.number}  # noqa: E731
        self.add(at, "reverse_invoice", payload, effect, mints=note, shows=note)
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


def _money(sources: Iterable[tuple[str, int]], puts: Iterable[tuple[Invoice, int]]) -> dict[str, Any]:
    return {
        "sources": [{"method": method, "cents": cents} for method, cents in sources],
        "allocations": [{"invoice_id": invoice.id, "cents": cents} for invoice, cents in puts],
    }
