"""The two payment reports of the web app, as CSV: the only complete record of money a clinic can take out.

`GET /__control__/report?kind=payment_summary|daily_payments[&business_id=][&from=][&to=][&total=0]`, dates
inclusive in each business's zone. The vendor does not publish column names or whether the reports can be
saved as CSV: **these headings are the sandbox's own**, and a reader must map them by a setting.

| content | payment_summary | daily_payments |
|---|---|---|
| payment number | Payment number | No. |
| paid at, local clinic time `YYYY-MM-DD HH:MM` | Paid at | Received |
| business (its display name) | Business | Location |
| business id | Business ID | Location ID |
| patient id | Patient ID | Client ID |
| patient, exact label | Patient | Client |
| source type (payment method, or "Account credit") | Payment type | Type |
| source amount of this row, `-123.45` | Amount | Amount received |
| invoice or credit note number, or empty | Invoice | Applied to |
| allocated amount of this row, or empty | Allocated | Applied amount |
| `payment` or `credit applied` | Kind | Row |

One row per (source, invoice) portion: sources meet allocations in their order, each filled before the
next, and what no invoice takes is a row without invoice. So amounts of a payment's rows add up to its
sources and never repeat. A row of kind "credit applied" is no money: account credit met an invoice on that
day; its amount equals its allocated amount. Refunds are negative. The last line starts with "Total" and
carries the sum of the two amount columns over all rows of kind "payment" and "credit applied" above it.
`total=0` leaves it out. Archived and hidden payments do not appear.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from connectors.sandbox.acting import HandsError
from connectors.sandbox.cliniko.arithmetic import dollars
from connectors.sandbox.cliniko.book import PAYMENTS, USES, Book
from connectors.sandbox.store import Doc

HEADINGS = {
    "payment_summary": [
        "Payment number", "Paid at", "Business", "Business ID", "Patient ID", "Patient", "Payment type",
        "Amount", "Invoice", "Allocated", "Kind",
    ],
    "daily_payments": [
        "No.", "Received", "Location", "Location ID", "Client ID", "Client", "Type", "Amount received",
        "Applied to", "Applied amount", "Row",
    ],
}  # fmt: skip
Portion = tuple[str, int, str | None]


def portions(sources: list[Doc], allocations: list[Doc]) -> list[Portion]:
    """(method, cents, invoice id or None) of a payment; what no invoice takes has None."""
    sign = 1 if sum(part["cents"] for part in sources) >= 0 else -1
    queue = [[part["invoice_id"], part["cents"] * sign] for part in allocations]
    rows: list[Portion] = []
    for source in sources:
        left = source["cents"] * sign
        while left > 0 and queue:
            take = min(left, queue[0][1])
            rows.append((source["method"], take * sign, queue[0][0]))
            left -= take
            queue[0][1] -= take
            if queue[0][1] <= 0:
                queue.pop(0)
        if left:
            rows.append((source["method"], left * sign, None))
    return rows


def report(book: Book, kind: str, business_id: str | None, first: str, last: str, total: bool = True) -> str:
    """One report as CSV text. `first` and `last` are ISO dates; empty = unbounded. Raises HandsError."""
    if kind not in HEADINGS:
        raise HandsError(f"kind must be one of {', '.join(HEADINGS)}")
    rows = sorted(_rows(book, business_id), key=lambda row: (row[0], row[1]))
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(HEADINGS[kind])
    sums = [0, 0]
    for local, number, fields, (method, cents, invoice), label in rows:
        day = local.date().isoformat()
        if (first and day < first) or (last and day > last):
            continue
        allocated = _money(cents) if invoice else ""
        sums = [sums[0] + cents, sums[1] + (cents if invoice else 0)]
        head = [number, local.strftime("%Y-%m-%d %H:%M"), *fields]
        out.writerow([*head, method, _money(cents), _number(book, invoice), allocated, label])
    if total:
        out.writerow(["Total", *[""] * 6, _money(sums[0]), "", _money(sums[1]), ""])
    return text.getvalue()


def _rows(book: Book, business_id: str | None) -> Iterator[tuple[datetime, int, list[str], Portion, str]]:
    for payment in book.rows(PAYMENTS):
        if not payment["archived_at"] and not payment["hidden"]:
            where = payment["business_id"]
            for portion in portions(payment["sources"], payment["allocations"]):
                if business_id in (None, where):
                    yield _row(book, payment, payment["paid_at"], where, portion, "payment")
    for use in book.rows(USES):
        if use["kind"] == "applied" and not use["archived_at"]:
            where = (book.peek("invoices", use["invoice_id"]) or {})["business_id"]
            if business_id in (None, where):
                portion = ("Account credit", use["cents"], use["invoice_id"])
                yield _row(book, use, use["at"], where, portion, "credit applied")


def _row(
    book: Book, doc: Doc, at: str, where: str, portion: Portion, label: str
) -> tuple[datetime, int, list[str], Portion, str]:
    local = datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone(book.zone(where))
    patient = book.peek("patients", doc["patient_id"]) or {}
    place = (book.peek("businesses", where) or {}).get("display_name") or ""
    return local, doc["number"], [place, where, doc["patient_id"], patient.get("label") or ""], portion, label


def _number(book: Book, invoice_id: str | None) -> str:
    return str((book.peek("invoices", invoice_id) or {}).get("number", "")) if invoice_id else ""


def _money(cents: int) -> str:
    return f"{dollars(cents):.2f}"
