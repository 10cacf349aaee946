"""What the invoice, the zero pair and the contact share: numbers, due dates, what an invoice is made of."""

from __future__ import annotations

from datetime import date, timedelta

from hub.canonical import Invoice
from mappings.documents.debtors import identity_of
from mappings.documents.view import View, basis


def number_of(view: View, invoice: Invoice) -> str:
    return f"{view.prefix}{invoice.number}"


def due_on(view: View, invoice: Invoice) -> date:
    return invoice.issued + timedelta(days=view.config.policy.due_days)


def invoice_basis(invoice: Invoice) -> str:
    """What an invoice is made of: no name, no wording, no configuration."""
    lines = [
        [line.code, line.gross, line.tax_cents, str(line.tax.name) if line.tax else None,
         str(line.tax.rate.normalize()) if line.tax else None]
        for line in invoice.lines
    ]  # fmt: skip
    return basis(
        number=invoice.number,
        issued=invoice.issued.isoformat(),
        currency=invoice.currency,
        location=invoice.location,
        practitioner=invoice.practitioner,
        rounding=invoice.rounding,
        debtor=identity_of(invoice),
        lines=lines,
    )


def moves_money(invoice: Invoice) -> bool:
    """False for an invoice whose every line is zero: there is nothing to post, whatever the mapping."""
    return bool(invoice.total) or any(line.gross or line.tax_cents for line in invoice.lines)
