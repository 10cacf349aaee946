"""Cliniko's payment report as payments and uses of credit.

The vendor does not publish the columns of its reports, so a heading map in the connection's settings names
them: `payments_report: {columns: {number, paid_at, method, amount, invoice, allocated, and optionally
business_id, business, patient_id, patient, kind}, delimiter?, time_format?,
credit_methods?}`. A row is one portion of one
payment: what one way of paying put on one invoice, or on none (the patient's credit). A row of kind
"credit applied" (or of one of `credit_methods`) is no money: credit met an invoice.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from hub.canonical import CreditApplication, Evidence, Payment, PaymentAllocation, PaymentSource, Provenance
from hub.reports import STREAM, ReadReport, ReportContext
from mappings.cliniko.report_rows import Row, refused, rows_of


class ClinikoReportReader:
    """Pure. One payment per number, in the order of the file."""

    version = "cliniko-report-1"

    def read(self, data: bytes, context: ReportContext) -> ReadReport:
        """Raises Refused when a row cannot be read, is another location's, or contradicts its neighbours."""
        rows, total = rows_of(data, context)
        by_number: dict[str, list[Row]] = {}
        for row in rows:
            by_number.setdefault(row.number, []).append(row)
        payments: list[Payment] = []
        uses: list[CreditApplication] = []
        for number, own in by_number.items():
            _same(own)
            money = [row for row in own if not row.credit]
            if money:
                payments.append(_payment(number, money, self._source(number, context), context))
            uses += self._uses(number, [row for row in own if row.credit], context)
        return ReadReport(tuple(payments), tuple(uses), total, len(rows))

    def _source(self, source_id: str, context: ReportContext) -> Provenance:
        return Provenance(context.connection, STREAM, source_id, context.imported, self.version)

    def _uses(self, number: str, rows: list[Row], context: ReportContext) -> Iterable[CreditApplication]:
        seen: dict[str, int] = {}
        for row in rows:
            if row.invoice is None or not row.allocated:
                raise refused(row.line, "credit applied names no invoice or no amount")
            invoice = context.invoice(row.invoice)
            seen[invoice] = seen.get(invoice, 0) + 1
            yield CreditApplication(
                self._source(f"{number}:{invoice}:{seen[invoice]}", context),
                applied_on=row.day,
                location=context.location,
                patient=row.patient,
                invoice=invoice,
                amount=row.allocated,
            )


def _same(rows: list[Row]) -> None:
    """Rows of one payment number tell of one moment and one patient."""
    for row in rows[1:]:
        if (row.day, row.patient) != (rows[0].day, rows[0].patient):
            raise refused(row.line, f"payment {row.number} appears with two dates or two patients")


def _payment(number: str, rows: list[Row], source: Provenance, context: ReportContext) -> Payment:
    methods = list(dict.fromkeys(row.method for row in rows))
    amounts = [sum(row.amount for row in rows if row.method == method) for method in methods]
    try:
        return Payment(
            source,
            number=number,
            paid_on=rows[0].day,
            location=context.location,
            patient=rows[0].patient,
            currency=context.currency,
            sources=tuple(PaymentSource(m, a) for m, a in zip(methods, amounts, strict=True)),
            allocations=tuple(_allocations(rows, methods, amounts, context)),
            evidence=Evidence.IMPORTED,
        )
    except ValueError:
        raise refused(rows[0].line, f"payment {number} allocates more than was paid") from None


def _allocations(
    rows: list[Row], methods: list[str], amounts: list[int], context: ReportContext
) -> list[PaymentAllocation]:
    parts = [(methods.index(row.method), row) for row in rows if row.invoice and row.allocated]
    if all(_fits(row) for _, row in parts):
        found = [(index, context.invoice(row.invoice or ""), row.allocated) for index, row in parts]
    else:
        found = _filled(amounts, [(context.invoice(row.invoice or ""), row.allocated) for _, row in parts])
    ordered = sorted(found, key=lambda part: part[0])
    merged: list[PaymentAllocation] = []
    for (index, invoice), same in groupby(_together(ordered), key=lambda part: (part[0], part[1])):
        cents = sum(part[2] for part in same)
        if cents:
            merged.append(PaymentAllocation(index, invoice, cents))
    return merged


def _fits(row: Row) -> bool:
    """Whether a row's allocation lies within the row's own amount: then the row itself pairs them."""
    return abs(row.allocated) <= abs(row.amount) and row.allocated * row.amount > 0


def _together(parts: list[tuple[int, str, int]]) -> list[tuple[int, str, int]]:
    """Portions of one (source, invoice) side by side, in the order of their first."""
    order = {key: n for n, key in enumerate(dict.fromkeys((index, invoice) for index, invoice, _ in parts))}
    return sorted(parts, key=lambda part: order[part[0], part[1]])


def _filled(amounts: list[int], wanted: list[tuple[str, int]]) -> list[tuple[int, str, int]]:
    """Sources meet allocations in the order of the file, each filled before the next."""
    sign = 1 if sum(amounts) >= 0 else -1
    queue = [(invoice, cents * sign) for invoice, cents in wanted]
    found: list[tuple[int, str, int]] = []
    for index, amount in enumerate(amounts):
        left = amount * sign
        while left > 0 and queue:
            invoice, wants = queue.pop(0)
            take = min(left, wants)
            found.append((index, invoice, take * sign))
            left -= take
            if wants > take:
                queue.insert(0, (invoice, wants - take))
    if queue:
        raise ValueError("allocations exceed the payment")
    return found


READER = ClinikoReportReader()
