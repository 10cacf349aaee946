"""The lines of a payment report, read by a heading map. Refusals name lines and headings, never content."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hub.errors import Refused, Who
from hub.money import parse_minor
from hub.reports import ReportContext

REQUIRED = ("number", "paid_at", "method", "amount", "invoice", "allocated")
KNOWN = (*REQUIRED, "business_id", "business", "patient_id", "patient", "kind")
TOTAL = "total"
CREDIT = "credit applied"


@dataclass(frozen=True, slots=True)
class Row:
    """One portion; amounts in cents, `day` in the clinic's zone, `invoice` the printed number."""

    line: int
    number: str
    day: date
    patient: str | None
    method: str
    amount: int
    invoice: str | None
    allocated: int
    credit: bool


def refused(line: int, what: str) -> Refused:
    return Refused(
        f"The payment report was not imported: line {line}: {what}.", code="report:unreadable", who=Who.CLINIC
    )


def columns_of(settings: Mapping[str, Any]) -> dict[str, str]:
    """The heading map. Raises Refused when it lacks what a payment cannot be read without."""
    report = settings.get("payments_report") or {}
    columns = {str(k): str(v) for k, v in (report.get("columns") or {}).items() if v}
    missing = [name for name in REQUIRED if name not in columns]
    unknown = [name for name in columns if name not in KNOWN]
    if missing or unknown:
        wrong = f"lacks {', '.join(missing)}" if missing else f"names {', '.join(unknown)}, which are unknown"
        raise Refused(
            f"The heading map payments_report.columns of the connection {wrong}.",
            code="report:heading-map",
            who=Who.OPS,
        )
    return columns


def rows_of(data: bytes, context: ReportContext) -> tuple[list[Row], int | None]:
    """Every row, and the cents of the total line. Raises Refused."""
    columns = columns_of(context.settings)
    report = context.settings.get("payments_report") or {}
    try:
        text = io.StringIO(data.decode("utf-8-sig"), newline="")
        reader = csv.DictReader(text, delimiter=str(report.get("delimiter") or ","), strict=True)
        headings = set(reader.fieldnames or ())
        absent = [heading for heading in columns.values() if heading not in headings]
        if absent:
            raise refused(1, f"the heading {absent[0]!r} of the heading map is not in the file")
        found: list[Row] = []
        total: int | None = None
        for record in reader:
            cells = {name: (record.get(heading) or "").strip() for name, heading in columns.items()}
            if not any(cells.values()):
                continue
            if cells["number"].lower().rstrip(":") == TOTAL:
                total = _cents(reader.line_num, columns["amount"], cells["amount"], context.currency)
                continue
            if total is not None:
                raise refused(reader.line_num, "there are rows after the total line")
            found.append(_row(reader.line_num, cells, columns, context, report))
    except (UnicodeDecodeError, csv.Error):
        raise refused(1, "the file is not a CSV file in UTF-8") from None
    return found, total


def _row(
    line: int,
    cells: dict[str, str],
    columns: dict[str, str],
    context: ReportContext,
    report: Mapping[str, Any],
) -> Row:
    for name in ("number", "method"):
        if not cells[name]:
            raise refused(line, f"{columns[name]!r} is empty")
    if cells.get("business_id", context.location) != context.location:
        raise refused(line, "the row belongs to another location than the import")
    return Row(
        line=line,
        number=cells["number"],
        day=_day(line, columns["paid_at"], cells["paid_at"], context.zone, report.get("time_format")),
        patient=cells.get("patient_id") or context.patient(cells.get("patient", "")),
        method=cells["method"],
        amount=_cents(line, columns["amount"], cells["amount"], context.currency),
        invoice=cells["invoice"].lstrip("#") or None,
        allocated=_cents(line, columns["allocated"], cells["allocated"] or "0", context.currency),
        credit=cells.get("kind", "").lower() == CREDIT or cells["method"] in report.get("credit_methods", ()),
    )


def _cents(line: int, heading: str, text: str, currency: str) -> int:
    """Cents of `1,234.50`, `$12.00`, `-$5.00` or `(5.00)`."""
    plain = text.replace(",", "").replace("$", "").replace(" ", "")
    if plain.startswith("(") and plain.endswith(")"):
        plain = f"-{plain[1:-1]}"
    try:
        return parse_minor(plain, currency)
    except ValueError:
        raise refused(line, f"{heading!r} is no amount") from None


def _day(line: int, heading: str, text: str, zone: str, time_format: str | None) -> date:
    """The business date: a time without offset is clinic time already."""
    try:
        moment = datetime.strptime(text, time_format) if time_format else datetime.fromisoformat(text)  # noqa: DTZ007
    except ValueError:
        raise refused(line, f"{heading!r} is no time") from None
    return (moment.astimezone(ZoneInfo(zone)) if moment.tzinfo else moment).date()
