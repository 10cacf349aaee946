"""Flows of both sides as the rows of the four tables; the rolls of debtors and credits carried forward."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from hub.reconciling.flows import (
    BILLED,
    CLEARING,
    CREDIT_FLOWS,
    CREDITS,
    DEBTOR_FLOWS,
    DEBTORS,
    MONEY,
    Flow,
)

Cells = Mapping[tuple[str, date, tuple[str, ...]], Counter[str]]
ROLLS = {DEBTORS: DEBTOR_FLOWS, CREDITS: CREDIT_FLOWS}


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """Cents received less paid back, of one location, day and method."""

    location: str
    day: date
    method: str
    here: int
    target: int


@dataclass(frozen=True, slots=True)
class BilledRow:
    """Gross cents of one location, day, account and tax type, and the GST in them.

    The two systems round the tax of a line on their own: `lines` is how many cents may differ.
    """

    location: str
    day: date
    account: str
    tax_type: str
    here: int
    target: int
    here_gst: int
    target_gst: int
    lines: int


@dataclass(frozen=True, slots=True)
class RollRow:
    """A day of one location's debtors or credits. `pms` is None where the PMS does not offer balances."""

    location: str
    day: date
    here: Mapping[str, int]
    target: Mapping[str, int]
    pms: int | None = None


@dataclass(frozen=True, slots=True)
class ClearingRow:
    """What stands in one clearing account over all days. `here` is what is in transit and what is named."""

    location: str
    account: str
    here: int
    target: int


def cells(flows: Iterable[Flow], table: str) -> dict[tuple[str, date, tuple[str, ...]], Counter[str]]:
    found: dict[tuple[str, date, tuple[str, ...]], Counter[str]] = defaultdict(Counter)
    for flow in flows:
        if flow.table == table:
            found[flow.location, flow.day, flow.key][flow.column] += flow.cents
    return found


def money_rows(here: list[Flow], there: list[Flow]) -> list[MoneyRow]:
    ours, theirs = cells(here, MONEY), cells(there, MONEY)
    return [
        MoneyRow(
            location, day, key[0], ours[location, day, key]["cents"], theirs[location, day, key]["cents"]
        )
        for location, day, key in sorted({*ours, *theirs})
    ]


def billed_rows(here: list[Flow], there: list[Flow]) -> list[BilledRow]:
    ours, theirs = cells(here, BILLED), cells(there, BILLED)
    lines = Counter(
        (flow.location, flow.day, flow.key) for flow in here if flow.table == BILLED and flow.column == "gst"
    )
    return [
        BilledRow(
            location,
            day,
            account,
            tax_type,
            ours[location, day, (account, tax_type)]["gross"],
            theirs[location, day, (account, tax_type)]["gross"],
            ours[location, day, (account, tax_type)]["gst"],
            theirs[location, day, (account, tax_type)]["gst"],
            lines[location, day, (account, tax_type)],
        )
        for location, day, (account, tax_type) in sorted({*ours, *theirs})
    ]


def roll_rows(table: str, here: list[Flow], there: list[Flow]) -> list[RollRow]:
    """Rows per location and day on which anything moved on either side, opening and closing on both."""
    ours, theirs = cells(here, table), cells(there, table)
    balances: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    rows: list[RollRow] = []
    for location, day, _ in sorted({*ours, *theirs}):
        sides: list[dict[str, int]] = []
        for index, side in enumerate((ours, theirs)):
            moved = side.get((location, day, ()), Counter())
            opening = balances[location][index]
            closing = opening + sum(sign * moved[column] for column, sign in ROLLS[table].items())
            balances[location][index] = closing
            sides.append({"opening": opening, **{c: moved[c] for c in ROLLS[table]}, "closing": closing})
        rows.append(RollRow(location, day, sides[0], sides[1]))
    return rows


def span(rows: Iterable[RollRow]) -> list[RollRow]:
    """One row per location over all its days: first opening, summed movements, last closing."""
    by_place: dict[str, list[RollRow]] = defaultdict(list)
    for row in rows:
        by_place[row.location].append(row)
    found: list[RollRow] = []
    for location, days in sorted(by_place.items()):
        sides: list[dict[str, int]] = []
        for side in ([d.here for d in days], [d.target for d in days]):
            moved = {c: sum(s[c] for s in side) for c in side[0] if c not in ("opening", "closing")}
            sides.append({"opening": side[0]["opening"], **moved, "closing": side[-1]["closing"]})
        found.append(RollRow(location, days[-1].day, sides[0], sides[1]))
    return found


def clearing_rows(here: list[Flow], there: list[Flow]) -> list[ClearingRow]:
    """The balance of every clearing account that settlements empty."""
    sides: list[Counter[tuple[str, tuple[str, ...]]]] = []
    for side in (here, there):
        sums: Counter[tuple[str, tuple[str, ...]]] = Counter()
        for flow in side:
            if flow.table == CLEARING:
                sums[flow.location, flow.key] += flow.cents
        sides.append(sums)
    ours, theirs = sides
    return [
        ClearingRow(location, key[1], ours[location, key], theirs[location, key])
        for location, key in sorted({*ours, *theirs})
    ]
