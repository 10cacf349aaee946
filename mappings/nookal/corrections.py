"""Adjustments and discounts as credit notes: the unpaid share of each line, under that line's own tax.

Nookal lowers a balance without saying which lines it gives up, so a bookkeeper's rule decides: what is still
uncovered of each line, cumulatively and to the cent, so that everything on an invoice adds up to its lines
whatever came first. Such a note is a debt given up, never money.
"""

from __future__ import annotations

from dataclasses import replace

from hub.canonical import Invoice, InvoiceLine, InvoiceStatus
from hub.money import split_next
from mappings.nookal.standing import Correction, Standing


def notes(invoice: Invoice, there: Standing) -> tuple[Invoice, ...]:
    """One credit note per correction, oldest first."""
    found: list[Invoice] = []
    covered = there.covered
    for one in there.corrections:
        if one.amount:
            found.append(_note(invoice, one, covered))
        covered += one.amount
    return tuple(found)


def _note(invoice: Invoice, correction: Correction, covered: int) -> Invoice:
    shares = split_next(covered, correction.amount, [line.gross for line in invoice.lines])
    befores = split_next(0, covered, [line.gross for line in invoice.lines])
    lines = tuple(
        _given_up(line, before, share, correction)
        for line, before, share in zip(invoice.lines, befores, shares, strict=True)
        if share
    )
    short = correction.id.partition(":")
    return replace(
        invoice,
        source=replace(invoice.source, source_id=correction.id),
        number=f"{invoice.number}-{short[0][0].upper()}{short[2]}",
        issued=correction.day,
        status=InvoiceStatus.OPEN_CREDIT,
        total=-correction.amount,
        lines=lines,
        reverses=invoice.source.source_id,
    )


def _given_up(line: InvoiceLine, before: int, share: int, correction: Correction) -> InvoiceLine:
    """A share of one line, with the part of the line's own tax that falls on it."""
    tax, _ = split_next(before, share, [line.tax_cents, line.gross - line.tax_cents])
    return replace(
        line,
        source_id=f"{line.source_id}:{correction.id}",
        code=correction.word,
        description=f"{correction.word}: {line.description}",
        gross=-share,
        tax_cents=-tax,
        item=None,
    )
