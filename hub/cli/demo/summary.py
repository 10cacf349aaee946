"""The demo's summary, for a bookkeeper: four equations, truth beside Xero, and what is held and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from hub.cli.demo.outcome import FIVE, Outcome
from hub.cli.show import bad, dollars, say, table

Row = Mapping[str, Any]


def show(result: Outcome) -> None:
    """Print the whole summary."""
    pms, target = result.books["pms"], result.books["target"]
    planted = _planted(result.compared.get("rows", ()))
    _sums(
        "1. Money received, by location and method",
        ("location", "method"),
        "cents",
        "money",
        pms,
        target,
        planted,
    )
    keys = ("location", "account", "tax_type")
    _sums("2. Billed, by location, account and tax", keys, "gross", "billed", pms, target, planted)
    for name, title in (
        ("debtors", "3. Debtors at month's end"),
        ("credits", "   Credits of patients at month's end"),
        ("clearing", "4. Card money that no payout has brought to the bank"),
    ):
        rolls(title, name, pms, target)
    _claims(result)
    _held(result)
    _verdict(result)


def _planted(rows: Iterable[Row]) -> dict[tuple[str, str, str], int]:
    found: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in rows:
        found[(row["table"], row["location"], row["key"])] += (
            row["planted"] if row["column"] in ("cents", "gross") else 0
        )
    return found


def _sums(
    title: str,
    keys: tuple[str, ...],
    value: str,
    name: str,
    pms: Row,
    target: Row,
    planted: Mapping[Any, int],
) -> None:
    """Truth beside Xero per key over the whole month, and how much of the difference is held on purpose."""
    sides: list[dict[tuple[str, ...], int]] = []
    for side in (pms, target):
        sums: dict[tuple[str, ...], int] = defaultdict(int)
        for row in side[name]:
            sums[tuple(str(row[k]) for k in keys)] += row[value]
        sides.append(sums)
    here, there = sides
    rows = [
        (
            *key,
            here[key],
            there[key],
            here[key] - there[key],
            planted.get((name, key[0], "/".join(key[1:])), 0),
        )
        for key in sorted({*here, *there})
    ]
    table(
        title,
        [*(k.replace("_", " ") for k in keys), "clinics $", "Xero $", "difference $", "of it held $"],
        rows,
    )


def rolls(title: str, name: str, pms: Row, target: Row) -> None:
    """Opening, movements and closing of a roll per location, truth beside Xero, without what never moved."""
    found: dict[str, dict[str, list[int]]] = {}
    for side, books in enumerate((pms, target)):
        by_place: dict[str, list[Row]] = defaultdict(list)
        for row in books[name]:
            by_place[row["location"]].append(row)
        for place, days in by_place.items():
            days = sorted(days, key=lambda r: r["day"])
            for column in (c for c in days[0] if c not in ("location", "day")):
                over = {"opening": days[:1], "closing": days[-1:]}.get(column, days)
                pair = found.setdefault(place, {}).setdefault(column.replace("_", " "), [0, 0])
                pair[side] = sum(day[column] for day in over)
    rows = [
        (place, column, ours, theirs, ours - theirs)
        for place, columns in sorted(found.items())
        for column, (ours, theirs) in columns.items()
        if ours or theirs or column == "closing"
    ]
    table(title, ["location !", "movement !", "clinics $", "Xero $", "difference $"], rows)


def _claims(result: Outcome) -> None:
    for scheme, states in result.claims.items():
        rows = [(state, sums["count"], sums["cents"]) for state, sums in sorted(states.items())]
        if rows:
            table(f"Claims from {scheme}", ["state !", "claims #", "claimed $"], rows)


def _held(result: Outcome) -> None:
    by_cause: dict[str, list[Row]] = defaultdict(list)
    for row in result.held:
        by_cause[row["cause"]].append(row)
    table(
        "Held, by cause (each was planted to be held, unless it says otherwise)",
        ["cause", "cases", "amount $", "planted"],
        [
            (cause, ", ".join(str(r["case"]) for r in rows[:5]), sum(r["cents"] for r in rows),
             "yes" if all(r["planted_id"] for r in rows) else bad("no"))
            for cause, rows in sorted(by_cause.items())
        ],
    )  # fmt: skip


def _verdict(result: Outcome) -> None:
    counts = {name: result.books[name] for name in FIVE}
    words = {
        "planted_not_held": "planted cases that were not held",
        "held_unplanned": "cases held that were not planted",
        "missing": "documents missing at Xero",
        "doubled": "documents that Xero has twice",
        "unexplained": "cents without an explanation",
    }
    for name, count in counts.items():
        shown = dollars(count) if name == "unexplained" else str(count)
        say(f"  {'[green]' if not count else '[red]'}{shown:>8}[/]  {words[name]}")
    delivered = result.deliveries.get("delivered", 0)
    limits = "the vendors' own" if result.limits == "documented" else "raised for the demo, budgets with them"
    say(
        f"\n{delivered} deliveries in {result.target_calls} requests to Xero, {result.seconds:.0f} seconds; "
        f"rate limits: {limits}."
    )
    if result.passed:
        say("[bold green]Every cent is explained.[/bold green]")
    else:
        say("[bold red]The books differ; the rows above say where.[/bold red]")
