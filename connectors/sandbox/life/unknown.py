"""What must stand under "paid, not known how" while no payment report was imported."""

from __future__ import annotations

from connectors.sandbox.life.group import REPORTED
from connectors.sandbox.life.model import Clinic, Invoice
from connectors.sandbox.life.plot_money import unpaid


def unknown_paid(clinic: Clinic) -> tuple[dict[str, set[int]], set[str]]:
    """(amounts that are right by invoice number, numbers that may be listed or not).

    Only of locations whose payments are known by reports alone.

    An invoice that shows as paid was paid its total; where a credit note reverses a part, its total less that
    part is right as well, since nobody can see whether the note was paid out or settled the invoice. Planted
    cases may or may not be readable; an invoice from before the start may or may not be looked at.
    """
    must: dict[str, set[int]] = {}
    may: set[str] = set()
    for invoice in clinic.invoices:
        if not invoice.alive or invoice.total <= 0 or not _shows_paid(clinic, invoice):
            continue
        if invoice.place not in REPORTED:
            continue
        number, reversed_ = invoice.number, _reversed(clinic, invoice)
        if invoice.plant or invoice.day < clinic.start:
            may.add(number)
        elif reversed_ < invoice.total:
            must[number] = {invoice.total, invoice.total - reversed_}
    return must, may


def _shows_paid(clinic: Clinic, invoice: Invoice) -> bool:
    return invoice.forced == 20 or unpaid(clinic, invoice) <= 0


def _reversed(clinic: Clinic, invoice: Invoice) -> int:
    return -sum(note.total for note in clinic.invoices if note.alive and note.original is invoice)
