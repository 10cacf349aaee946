"""Debts given up: whatever came first, the parts of every line add up to the line, tax included."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hub.canonical import Invoice, InvoiceLine, InvoiceStatus, Provenance, Tax
from mappings.nookal.corrections import notes
from mappings.nookal.standing import Correction, Standing

DAY = date(2026, 10, 5)
LINES = st.lists(st.tuples(st.integers(1, 50_000), st.booleans()), min_size=1, max_size=6)


def invoice(lines: list[tuple[int, bool]]) -> Invoice:
    made = tuple(
        InvoiceLine(str(n), "505", "Consult", Decimal(1), gross, gross // 11 if taxed else 0,
                    Tax("GST", Decimal(10)) if taxed else None)
        for n, (gross, taxed) in enumerate(lines)
    )  # fmt: skip
    source = Provenance("c", "invoices", "40417", "raw-1", "nookal-1")
    total = sum(gross for gross, _ in lines)
    return Invoice(source, "INV-1", DAY, InvoiceStatus.OPEN, total, "AUD", made, "1", "1207", "4")


@given(LINES, st.lists(st.integers(1, 40_000), max_size=4), st.integers(0, 100))
def test_everything_on_an_invoice_adds_up_to_its_lines(
    lines: list[tuple[int, bool]], cuts: list[int], paid: int
) -> None:
    whole = invoice(lines)
    covered = whole.total * paid // 100
    rest = whole.total - covered
    amounts = []
    for cut in cuts:
        amounts.append(min(cut, rest))
        rest -= amounts[-1]
    amounts.append(rest)
    given_up = tuple(Correction(f"adjustments:{n}", "Adjustment", DAY, a) for n, a in enumerate(amounts))
    made = notes(whole, Standing(covered, 0, 0, given_up))
    assert [-note.total for note in made] == [a for a in amounts if a]
    gross, tax = Counter[str](), Counter[str]()
    for note in made:
        for line in note.lines:
            gross[line.source_id.partition(":")[0]] -= line.gross
            tax[line.source_id.partition(":")[0]] -= line.tax_cents
    for line in whole.lines:
        assert 0 <= gross[line.source_id] <= line.gross
        assert 0 <= tax[line.source_id] <= line.tax_cents
        if covered == 0:
            assert (gross[line.source_id], tax[line.source_id]) == (line.gross, line.tax_cents)


def test_no_correction_no_note() -> None:
    assert notes(invoice([(9800, False)]), Standing(0, 0, 0, ())) == ()
