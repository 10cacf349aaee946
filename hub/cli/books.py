"""`hub reconcile`: the equations and every difference, as tables a bookkeeper reads."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.text import Text

from hub.cli.context import HELD, GroupOption, JsonOption, command, kernel, the_group
from hub.cli.show import bad, console, dollars, escape, plain, say, say_json, table
from hub.errors import Misconfigured
from hub.reconcile import Reconciliation, RollRow
from hub.reconcile import reconcile as reconcile_now
from hub.reconciling.rows import span

PATIENCE = timedelta(minutes=5)
CLOSING = "closing"


@command
def reconcile(
    day: Annotated[
        datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="One business date.")
    ] = None,
    location: Annotated[str | None, typer.Option("--location", help="One location's key.")] = None,
    days: Annotated[bool, typer.Option("--days", help="A row per day instead of sums.")] = False,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Money by method, billed by account and tax, debtors, credits, clearing: here beside the target."""
    hub, name = kernel(), the_group(group)
    known = [place.key for place in hub.config(name).locations]
    if location is not None and location not in known:
        raise Misconfigured(
            f"There is no location {location!r}; there are: {', '.join(known)}.", code="usage"
        )
    with console(stderr=True).status("Looking at the target"):
        result = reconcile_now(
            hub, name, day=day.date() if day else None, location=location, patience=PATIENCE
        )
    if as_json:
        say_json({**plain(result), "agrees": result.agrees, "unexplained": len(result.unexplained)})
    else:
        show(result, by_day=days or day is not None)
    sys.exit(HELD if result.unexplained or result.gst_off else 0)


def show(result: Reconciliation, *, by_day: bool) -> None:
    """Print everything; `by_day` False sums over all days."""
    table(
        "1. Money by method",
        ["location", *(["day !"] if by_day else []), "method", "here $", "target $", "difference $"],
        _sums(
            ((r.location, *([r.day] if by_day else []), r.method), (r.here, r.target)) for r in result.money
        ),
    )
    _billed(result, by_day=by_day)
    rolls("3. Debtors", result.debtors, by_day=by_day)
    rolls("   Credits of patients and payers", result.credits, by_day=by_day)
    if result.clearing:
        _clearing(result)
    if result.differences:
        table(
            "Differences, item by item",
            ["case !", "what", "here $", "target $", "who acts !", "cause >"],
            [
                (d.number, d.what, d.here, d.target, d.who,
                 d.cause if d.explained else bad(d.cause))
                for d in sorted(result.differences, key=lambda d: (d.explained, d.number, d.day))
            ],
        )  # fmt: skip
    _verdict(result)


def _billed(result: Reconciliation, *, by_day: bool) -> None:
    rows = _sums(
        (
            (r.location, *([r.day] if by_day else []), r.account, r.tax_type),
            (r.here, r.target, r.here_gst, r.target_gst),
        )
        for r in result.billed
    )
    width, day = (4, ["day !"]) if by_day else (3, [])
    gst = ["GST here $", "GST off $"] if not by_day else ["GST off $"]
    table(
        "2. Billed by account and tax type (GST in it beside it)",
        ["location !", *day, "account !", "tax !", "here $", "target $", "difference $", *gst],
        [(*r[: width + 2], r[width + 4], *((r[width + 2], r[width + 2] - r[width + 3])[-len(gst) :]))
         for r in rows],
    )  # fmt: skip


def _clearing(result: Reconciliation) -> None:
    """Balances that must be what is in transit, by the day it is expected; what else stands there, named."""
    table(
        "4. Clearing accounts that payouts empty",
        ["location", "account", "here $", "target $", "difference $"],
        [(r.location, r.account, r.here, r.target, r.here - r.target) for r in result.clearing],
    )
    sums: dict[tuple[str, date], Counter[str]] = {}
    for one in result.in_transit:
        sums.setdefault((one.account, one.expected_by), Counter()).update(items=1, cents=one.cents)
    late = {(one.account, one.expected_by) for one in result.late}
    if sums:
        table(
            "   In transit, by the day it is expected by",
            ["account", "expected by !", "items #", "amount $", "late !"],
            [
                (*key, found["items"], found["cents"], bad("late") if key in late else "")
                for key, found in sorted(sums.items())
            ],
        )
    if result.named:
        table(
            "   Not in transit, and why it stands there",
            ["account", "settlement !", "amount $", "who acts !", "cause >"],
            [(one.account, one.item, one.cents, one.who, one.cause) for one in result.named],
        )


def _sums(rows: Iterable[tuple[tuple[Any, ...], tuple[int, ...]]]) -> list[tuple[Any, ...]]:
    """Rows of equal keys added up, with here less target at the end."""
    sums: dict[tuple[Any, ...], Counter[int]] = {}
    for key, values in rows:
        sums.setdefault(key, Counter()).update(dict(enumerate(values)))
    width = max((len(v) for v in sums.values()), default=2)
    return [
        (*key, *(values[i] for i in range(width)), values[0] - values[1])
        for key, values in sorted(sums.items())
    ]


def rolls(title: str, rows: Iterable[RollRow], *, by_day: bool) -> None:
    """What moved per location, and closing; the PMS's own balance where it offers one."""
    shown = list(rows) if by_day else span(rows)
    if not shown:
        return
    told = any(row.pms is not None for row in shown)
    cells: list[tuple[Any, ...]] = []
    for row in shown:
        where = (row.location, row.day) if by_day else (row.location,)
        for name, here in row.here.items():
            target = row.target[name]
            if here or target or name == CLOSING:
                pms = ((dollars(row.pms) if row.pms is not None else "not offered"),) if told else ()
                last = pms if name == CLOSING else tuple("" for _ in pms)
                cells.append((*where, name.replace("_", " "), here, target, _off(here - target), *last))
    head = ["location !", *(["day !"] if by_day else []), "movement !", "here $", "target $", "difference $"]
    table(title, [*head, *(["PMS #"] if told else [])], cells)
    if not told:
        say("   No practice system shows balances to compare with.\n")


def _off(cents: int) -> int | Text:
    return bad(dollars(cents)) if cents else cents


def _verdict(result: Reconciliation) -> None:
    if result.unread:
        named = escape(", ".join(result.unread[:5]))
        say(f"Records that cannot be read as they are now, so their amounts may be missing or old: {named}.")
    if result.agrees:
        say("[green]The books agree to the cent.[/green]")
    elif not result.unexplained and not result.gst_off:
        cases = len({d.number for d in result.differences})
        but = "one case, its cause is above" if cases == 1 else f"{cases} cases, each with its cause above"
        say(f"[green]The books agree[/green] but for {but}.")
    else:
        for row in result.gst_off:
            say(f"GST differs by more than rounding: {row.location}, {row.day}, account {row.account}.")
        say(f"[bold red]{len(result.unexplained)} differences have no cause.[/bold red]")


def register(app: typer.Typer) -> None:
    app.command()(reconcile)
