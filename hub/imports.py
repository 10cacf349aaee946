"""Importing a payment report: all of it or nothing, and of the difference exactly what the file proves.

A file says which location and days it covers. Its rows must lie inside and, where it has a total line, add
up to it. Only a file that is complete for its range removes: a payment that is stored but no longer in it
goes when its invoices, read again, are no longer paid, or other money pays the whole of them; otherwise it
stays and is named `payment:vanished`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from hub import audit
from hub.config.model import LocationConfig
from hub.errors import Misconfigured, Refused, Who
from hub.importing import compare, coverage, read
from hub.importing.reread import reread
from hub.kernel import Kernel
from hub.money import Money
from hub.normalising import effects
from hub.normalising.context import Context, context
from hub.plugins import named
from hub.reports import ReadReport, ReportReader
from hub.store.session import Unit
from hub.store.tables import report_import

_INSERT = report_import.insert()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """`payments` and `uses` of credit in the file, `cents` of all its rows; `changed` new or changed values,
    `removed` payment numbers taken back, `vanished` numbers that are missing without a reason."""

    payments: int
    uses: int
    cents: int
    changed: int
    removed: int
    vanished: int


def import_payments(
    kernel: Kernel,
    group: str,
    connection: str,
    location_key: str,
    from_day: date,
    to_day: date,
    data: bytes,
    *,
    complete: bool = True,
    agent: str,
) -> ImportReport:
    """Import one file for one location and the days from_day..to_day (inclusive business dates).

    Raises Refused (nothing was imported) for a file that cannot be read or contradicts itself or its
    range; Misconfigured for an unknown location; what reading the source raises when invoices must be
    read again.
    """
    ctx = context(kernel, group, connection)
    place, business = _place(ctx, location_key)
    system = kernel.connection(group, connection).system
    reader: ReportReader = named(kernel.plugins.reports, system, "payment report reader")
    if from_day > to_day:
        raise Refused("The first day lies after the last day.", code="report:range", who=Who.CLINIC)
    with kernel.store.read(group) as unit:
        report = read.read(unit, reader, ctx, place, business, data)
        _check(report, from_day, to_day, ctx.config.currency)
        missing = compare.missing(unit, connection, business, from_day, to_day, report) if complete else []
        notes = coverage.explained(unit, connection, business, from_day, to_day) if complete else []
    reread(kernel, group, ctx, [invoice for one in missing for invoice in one.invoices])
    with kernel.store.write(group, agent=agent) as unit:
        report = read.read(unit, reader, ctx, place, business, data)
        import_id = _row(unit, connection, business, from_day, to_day, complete, data, report)
        result = compare.apply(unit, connection, read.stamped(report, import_id))
        if complete:
            gone = compare.missing(unit, connection, business, from_day, to_day, report)
            compare.take_back(unit, ctx, gone, result)
        effects.follow(unit, ctx, result.changes, [*result.touched, *notes])
        audit.record(
            unit,
            "import.payments",
            "report",
            import_id,
            outcome="imported",
            connection=connection,
            location=location_key,
            first=from_day.isoformat(),
            last=to_day.isoformat(),
            complete=complete,
            rows=report.rows,
            cents=report.cents,
            changed=result.changed,
            removed=result.removed,
            vanished=result.vanished,
        )
    return ImportReport(
        len(report.payments),
        len(report.credit_applications),
        report.cents,
        result.changed,
        result.removed,
        result.vanished,
    )


def _place(ctx: Context, key: str) -> tuple[LocationConfig, str]:
    for place in ctx.config.locations:
        if place.key == key and ctx.connection in place.source:
            return place, place.source[ctx.connection]
    known = ", ".join(p.key for p in ctx.config.locations if ctx.connection in p.source)
    raise Misconfigured(
        f"{ctx.connection} has no location {key!r}; it has: {known or 'none'}.", code="report:location"
    )


def _check(report: ReadReport, from_day: date, to_day: date, currency: str) -> None:
    days = [p.paid_on for p in report.payments] + [c.applied_on for c in report.credit_applications]
    outside = [day for day in days if not from_day <= day <= to_day]
    if outside:
        raise Refused(
            f"The payment report was not imported: it holds {len(outside)} payments outside {from_day} to "
            f"{to_day}, the first of {min(outside)}.",
            code="report:outside-range",
            who=Who.CLINIC,
        )
    if report.total is not None and report.total != report.cents:
        raise Refused(
            f"The payment report was not imported: its rows add up to {Money(report.cents, currency)}, its "
            f"total line says {Money(report.total, currency)}. Was it cut or edited?",
            code="report:total",
            who=Who.CLINIC,
        )


def _row(
    unit: Unit,
    connection: str,
    business: str,
    from_day: date,
    to_day: date,
    complete: bool,
    data: bytes,
    report: ReadReport,
) -> str:
    import_id = unit.new_id()
    row = {
        "id": import_id,
        "group_id": unit.group,
        "connection_id": connection,
        "location": business,
        "from_day": from_day,
        "to_day": to_day,
        "complete": complete,
        "file_hash": hashlib.sha256(data).hexdigest(),
        "rows": report.rows,
        "cents": report.cents,
        "imported_by": unit.agent,
        "imported_at": unit.now,
    }
    unit.db.execute(_INSERT, row)
    return import_id
