"""Looking: `status`, `holds`, `deliveries list|show`, `trace`, `cursor`, `reconcile`."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated

import typer

from hub import due, invariants, reporting
from hub.cli import rows, tracing
from hub.cli.acting import deliveries, holds
from hub.cli.context import GroupOption, JsonOption, agent, command, kernel, the_group
from hub.cli.show import say, say_json, table
from hub.reconcile import reconcile as reconcile_now
from hub.store import cursors


@command
def status(group: GroupOption = None, as_json: JsonOption = False) -> None:
    """What is broken now, what waits, and what each connection last did."""
    hub, name = kernel(), the_group(group)
    with hub.store.read(name) as unit:
        findings = invariants.run_all(unit)
        connections = rows.connections(unit)
    waiting = due.waiting(hub)
    lag = reporting.lag(hub, name, "dagster")
    if as_json:
        say_json({"checks": findings, "connections": connections, "waiting": waiting, "report_lag_seconds": lag})
        return
    table("Standing questions", ["check", "", "count#", "sample", "what to do"],
          [(f.name, "[green]ok[/green]" if f.passed else "[red]act[/red]", f.count, ", ".join(f.sample[:3]),
            "" if f.passed else f.instruction) for f in findings])  # fmt: skip
    table("Connections", ["connection", "state", "last complete pull (UTC)", "why"],
          [(c["id"], c["state"], c["last_complete"], c["why"]) for c in connections])  # fmt: skip
    say(f"Waiting: {waiting.hints} hints, {waiting.cases} cases, {waiting.deliveries} deliveries.")


@holds.callback(invoke_without_command=True)
def list_holds(ctx: typer.Context, group: GroupOption = None, as_json: JsonOption = False) -> None:
    """What is held, grouped by cause, with amounts and who must act."""
    if ctx.invoked_subcommand is None:
        _list_holds(group=group, as_json=as_json)


@command
def _list_holds(group: str | None, as_json: bool) -> None:
    hub, name = kernel(), the_group(group)
    with hub.store.read(name) as unit:
        groups = rows.held_by_cause(unit)
    if as_json:
        say_json(groups)
        return
    if not groups:
        say("[green]Nothing is held.[/green]")
        return
    table("Held, by cause", ["cause", "what", "who acts", "items#", "amount $", "which", "since"],
          [(g.cause, g.sentence, g.who, len(g.numbers), g.cents, rows.some(g.numbers), f"{g.since:%d %b}")
           for g in groups])  # fmt: skip
    say("Mend the cause, then: hub holds release --cause CAUSE --why REASON")


@deliveries.command("list")
@command
def list_deliveries(
    state: Annotated[str | None, typer.Option("--state", help="pending, sending, unknown, delivered, held, cancelled.")] = None,
    limit: Annotated[int, typer.Option("--limit")] = 50,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """The newest deliveries, one row a document version."""
    hub, name = kernel(), the_group(group)
    with hub.store.read(name) as unit:
        found = rows.deliveries(unit, state, limit)
    if as_json:
        say_json(found)
        return
    table("Deliveries", ["id", "case", "kind", "op", "v#", "state", "amount $", "date", "why"],
          [(d["id"], d["number"], d["kind"], d["op"], d["version"], d["state"], d["cents"], d["business_date"],
            d["reason"]) for d in found])  # fmt: skip


@deliveries.command("show")
@command
def show_delivery(delivery: str, group: GroupOption = None, as_json: JsonOption = False) -> None:
    """One delivery with its attempts, link and content; showing content is audited."""
    hub, name = kernel(), the_group(group)
    with hub.store.write(name, agent=agent()) as unit:
        found = rows.one_delivery(unit, delivery)
    if as_json:
        say_json(found)
        return
    table(f"Delivery {delivery}", ["field", "value"],
          [(key, value) for key, value in found.items() if not isinstance(value, list | dict)])  # fmt: skip
    table("Content", ["field", "value"], list(found["content"].items()))
    table("Attempts", ["#", "started (UTC)", "ended (UTC)", "verdict", "status", "code"],
          [(a["number"], a["started_at"], a["ended_at"], a["verdict"], a["status"], a["code"]) for a in found["attempts"]])  # fmt: skip


@command
def trace(
    number: Annotated[str, typer.Argument(help="Invoice or payment number, or a number at the target.")],
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Walk the six rows of one number, from the PMS record to the target and back."""
    hub, name = kernel(), the_group(group)
    with hub.store.read(name) as unit:
        walked = tracing.trace(unit, number, [c.prefix for c in hub.config(name).connections])
    if as_json:
        say_json(walked)
    elif not walked:
        say(f"Nothing is known under {number}.")
    else:
        for step in walked:
            table(step.title, list(step.columns), step.rows)
    sys.exit(0 if walked else 1)


cursor = typer.Typer(no_args_is_help=True, help="How far each stream was read.")


@cursor.command("list")
@command
def list_cursors(group: GroupOption = None, as_json: JsonOption = False) -> None:
    """Cursors of every stream."""
    hub, name = kernel(), the_group(group)
    with hub.store.read(name) as unit:
        found = rows.cursors(unit)
    if as_json:
        say_json(found)
    else:
        table("Cursors", ["connection", "stream", "read through (UTC)", "last complete (UTC)", "error"],
              [tuple(c.values()) for c in found])  # fmt: skip


@cursor.command("set")
@command
def set_cursor(
    connection: str,
    stream: str,
    to: Annotated[datetime, typer.Option("--to", help="UTC; earlier is always safe, everything downstream merges.")],
    why: Annotated[str, typer.Option("--why", help="Kept in the audit log.")],
    group: GroupOption = None,
) -> None:
    """Move a cursor back by hand (audited). Moving it forward is refused: that would lose records."""
    hub, name = kernel(), the_group(group)
    with hub.store.write(name, agent=agent()) as unit:
        cursors.move_back(unit, connection, stream, to, why)
    say(f"{connection}/{stream} will be read again from {to:%d %b %Y %H:%M} UTC.")


@command
def reconcile(
    day: Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"])] = None,
    location: Annotated[str | None, typer.Option("--location")] = None,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Money by method, billed by account and tax, debtors: here beside the target, every difference named."""
    result = reconcile_now(kernel(), the_group(group), day=day.date() if day else None, location=location)
    if as_json:
        say_json(result)
    else:
        rows.show_reconciliation(result)
    sys.exit(0 if result.agrees else 1)


def register(app: typer.Typer) -> None:
    app.command()(status)
    app.command()(trace)
    app.command()(reconcile)
    app.add_typer(cursor, name="cursor")
