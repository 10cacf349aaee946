"""The books as three equations and rolls of credits and clearing accounts, the same for truth and ledger.

Definitions, so that both sides agree by construction when every document is right (all amounts in cents):

- A day is the local business date of the location. Money has no other clock.
- **money**: cash moves per location that took it, day and method: receipts whether allocated or not, less
  pay-outs on the day paid out.
- **billed**: invoice lines and (negative) credit note lines by document date, at the document's location, by
  account and tax type. `gross` is exact. `gst` is the tax of each line; the practice system and the ledger
  may round a line differently, so gst compares within 1 c for each line in the row.
- **debtors**, of invoices only, at the invoice's location: `billed` by document date; `received` are payments
  on an invoice dated on or before them, by payment date; `credit_applied` is other credit put on it (a
  deposit, an overpayment, a payment dated before its invoice); `credited` and `written_off` are credit notes
  put on it; all three on the later date of the two documents. `revived` is a receipt that bounced, by its
  own date.
  closing = opening + billed - credited - written_off - received - credit_applied + revived.
- **credits**: money without an invoice of its day (at the location that took it) and credit notes (at their
  own location) are `received` on their date, `applied` when put on an invoice, `returned` when paid out.
- **clearing**: what patients paid on pages of a payment system, at the location whose account it stands in:
  `received` and `refunded` on the payment's date, `fees` and what was `moved` to the bank on the day a payout
  arrived. `fee_gst` is inside the fees, as the payment system's own tax invoice has it. The closing is what
  no payout brought to the bank.
- Debtors less credits is the ledger's receivables account. An invoice of zero whose accounts and taxes do not
  net to zero is an invoice over its positive lines and a credit note over the negative, put on it at once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

DEBTOR_FLOWS = {
    "billed": 1,
    "credited": -1,
    "written_off": -1,
    "received": -1,
    "credit_applied": -1,
    "revived": 1,
}
CREDIT_FLOWS = {"received": 1, "applied": -1, "returned": -1}
CLEARING_FLOWS = {"received": 1, "refunded": -1, "fees": -1, "moved": -1, "fee_gst": 0}
ROLLS = {"debtors": DEBTOR_FLOWS, "credits": CREDIT_FLOWS, "clearing": CLEARING_FLOWS}
KEYS: dict[str, tuple[str, ...]] = {
    "money": ("method",),
    "billed": ("account", "tax_type"),
    "debtors": (),
    "credits": (),
    "clearing": (),
}
COLUMNS: dict[str, tuple[str, ...]] = {
    "money": ("cents",),
    "billed": ("gross", "gst"),
    "debtors": tuple(DEBTOR_FLOWS),
    "credits": tuple(CREDIT_FLOWS),
    "clearing": tuple(CLEARING_FLOWS),
}
RowKey = tuple[str, str, str, tuple[str, ...]]
"""(table, location, ISO day, further keys)"""
Cells = dict[RowKey, Counter[str]]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Flow:
    """One amount of one column of one row; `lines` counts the document lines behind a billed amount."""

    table: str
    location: str
    day: str
    column: str
    cents: int
    key: tuple[str, ...] = ()
    lines: int = 0

    @property
    def row(self) -> RowKey:
        """The row it belongs to."""
        return (self.table, self.location, self.day, self.key)


@dataclass(frozen=True, slots=True)
class Item:
    """One live object of the ledger, for counting what is missing or there twice. `number` without prefix.

    kind: invoice, credit, receipt, deposit (several receipts at once), overpayment, refund, allocation, fee,
    transfer.
    """

    kind: str
    number: str
    day: str
    cents: int
    till: str = ""


@dataclass(frozen=True, slots=True)
class Books:
    """The five tables as lists of rows (integer cents), and the single objects behind them."""

    money: list[Row]
    billed: list[Row]
    debtors: list[Row]
    credits: list[Row]
    clearing: list[Row]
    items: Counter[Item] = field(default_factory=Counter)
    lines: Counter[RowKey] = field(default_factory=Counter)

    def as_json(self) -> dict[str, list[Row]]:
        """The five tables alone."""
        return {name: getattr(self, name) for name in COLUMNS}

    def cells(self) -> Cells:
        """Flow columns of every row (opening and closing follow from them)."""
        return cells_of_rows(self.as_json())


def books(flows: Iterable[Flow], items: Iterable[Item] = ()) -> Books:
    """Sum flows into the five tables, rows sorted, rows of zeros left out."""
    cells: Cells = defaultdict(Counter)
    lines: Counter[RowKey] = Counter()
    for flow in flows:
        cells[flow.row][flow.column] += flow.cents
        lines[flow.row] += flow.lines
    tables = {name: table_rows(name, cells) for name in COLUMNS}
    return Books(**tables, items=Counter(items), lines=lines)


def table_rows(name: str, cells: Cells) -> list[Row]:
    """The rows of one table, rolled forward per location from an opening of zero where the table rolls."""
    rows: list[Row] = []
    rolling: Counter[str] = Counter()
    for table, location, day, key in sorted(cells):
        values = cells[table, location, day, key]
        if table != name or not any(values.values()):
            continue
        row: Row = {"location": location, "day": day, **dict(zip(KEYS[name], key, strict=True))}
        if name in ROLLS:
            row["opening"] = rolling[location]
            rolling[location] += sum(sign * values[column] for column, sign in ROLLS[name].items())
        row |= {column: values[column] for column in COLUMNS[name]}
        if name in ROLLS:
            row["closing"] = rolling[location]
        rows.append(row)
    return rows


def cells_of_rows(tables: dict[str, list[Row]]) -> Cells:
    """The flow columns of tables in their JSON form; absent columns are zero."""
    cells: Cells = defaultdict(Counter)
    for name, rows in tables.items():
        for row in rows:
            key = (name, row["location"], row["day"], tuple(row[k] for k in KEYS[name]))
            for column in COLUMNS[name]:
                cells[key][column] += row.get(column, 0)
    return cells
