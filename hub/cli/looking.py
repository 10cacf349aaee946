"""Looking: `status`, `holds`, `deliveries list|show`, `trace`, `cursor`."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from hub import due, invariants, reporting
from hub.cli import rows, tracing
from hub.cli.acting import deliveries, holds
from hub.cli.context import (
    HELD,
    GroupOption,
    JsonOption,
    WhyOption,
    a_reason,
    agent,
    command,
    kernel,
    sources,
    the_group,
)
from hub.cli.show import bad, escape, good, held_list, say, say_json, table
from hub.cli.up import notes
from hub.errors import Misconfigured
from hub.kernel import Kernel
from hub.store import cursors, work_items

NEVER = timedelta(days=3650)
STATES = ("pending", "sending", "unknown", "delivered", "held", "cancelled")


@command
def status(group: GroupOption = None, as_json: JsonOption = False) -> None:
    """What is broken now, what waits, and what each connection last did."""
    hub, name = kernel(), the_group(group)
    known = [(c.id, c.system, c.role) for c in hub.config(name).connections]
    with hub.store.read(name) as unit:
        findings = invariants.run_all(unit)
        connections = rows.connections(unit, known)
        waiting = due.of_group(unit)
        work = len(work_items.listed(unit))
    lag, running = _lag(hub, name), notes.running(hub)
    if as_json:
        say_json(
            {
                "checks": findings,
                "connections": connections,
                "waiting": waiting,
                "work": work,
                "report_lag_seconds": lag,
                "up": running,
            }
        )
        return
    table("Standing questions", ["check !", "", "count #", "what to do >"],
          [(f.name, good("ok") if f.passed else bad("act"), f.count or "",
            "" if f.passed else f.instruction)
           for f in findings])  # fmt: skip
    table("Connections", ["connection !", "system !", "state !", "last complete pull (UTC)", "why >"],
          [(c["id"], c["system"], good("open") if c["state"] == "open" else bad(c["state"]),
            c["last_complete"] or ("never" if c["role"] == "source" else ""), c["why"])
           for c in connections])  # fmt: skip
    say(f"Waiting: {waiting.hints} hints, {waiting.cases} cases, {waiting.deliveries} deliveries.")
    if work:
        say(f"For people to do: {work}, see `hub work list`.")
    if lag is None:
        say("Dagster was never told anything: no worker reports here.")
    elif lag:
        say(f"Dagster was told everything up to {lag:.0f} seconds ago.")
    _running(running)


def _running(up: dict[str, Any] | None) -> None:
    if up is None:
        say("`hub up` does not run on this database.")
        return
    since = f", since {up['since']}" if up["since"] else ""
    say(f"`hub up` runs: process {up['pid']} on {escape(up['host'])}{since}.")
    if up["members"]:
        table("Its members", ["member !", "process #", "state", "restarts #", "address !"],
              [(m["name"], m["pid"], good("well") if m["state"] == "well" else bad(m["state"]), m["restarts"],
                m["address"]) for m in up["members"]])  # fmt: skip


def _lag(hub: Kernel, group: str) -> float | None:
    """Seconds that changes wait to be reported; None where nobody ever reported."""
    lag = reporting.lag(hub, group, "dagster")
    return None if lag > NEVER else lag.total_seconds()


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
    held_list(
        "Held, by cause",
        [(g.cause, g.who, rows.some(g.numbers), g.cents, g.sentence, g.urgent) for g in groups],
    )
    say("Mend the cause, then: hub holds release --cause CAUSE --why REASON --deliver")


@holds.command("show")
@command
def show_held(
    cause: Annotated[str, typer.Argument(help="The cause as `hub holds` shows it.")],
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every item held for one cause with its detail; showing it is audited."""
    hub, name = kernel(), the_group(group)
    with hub.store.write(name, agent=agent()) as unit:
        found = rows.held(unit, cause, reveal=True)
    if not found:
        raise Misconfigured(f"Nothing is held under {cause!r}.", code="missing")
    if as_json:
        say_json(found)
        return
    table(cause, ["hold ~", "case !", "who acts !", "amount $", "since !", "what >", "detail >"],
          [("" if h.record else h.id, h.number, h.who, h.cents, f"{h.since:%d %b}", h.sentence, h.detail)
           for h in found])  # fmt: skip
    say("Mend the cause, then: hub holds release --hold HOLD (or --cause CAUSE) --why REASON --deliver")


@deliveries.command("list")
@command
def list_deliveries(
    state: Annotated[str | None, typer.Option("--state", help=f"{', '.join(STATES)}.")] = None,
    limit: Annotated[int, typer.Option("--limit", help="How many, newest first.")] = 50,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """The newest deliveries, one row a document version."""
    if state is not None and state not in STATES:
        raise Misconfigured(f"There is no state {state!r}; there are: {', '.join(STATES)}.", code="usage")
    hub, name = kernel(), the_group(group)
    with hub.store.read(name) as unit:
        found = rows.deliveries(unit, state, limit)
    if as_json:
        say_json(found)
        return
    table("Deliveries",
          ["id ~", "case !", "kind !", "step !", "v #", "state !", "amount $", "date !", "why >"],
          [(d["id"], d["number"], d["kind"], d["op"], d["version"], d["state"], d["cents"],
            d["business_date"], d["reason"]) for d in found])  # fmt: skip


@deliveries.command("show")
@command
def show_delivery(
    delivery: Annotated[str, typer.Argument(help="Its id, or the part of it that the list shows.")],
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """One delivery with its attempts, link and content; showing content is audited."""
    hub, name = kernel(), the_group(group)
    with hub.store.write(name, agent=agent()) as unit:
        found = rows.one_delivery(unit, rows.whole_id(unit, delivery))
    if as_json:
        say_json(found)
        return
    table(f"Delivery {found['id']}", ["field !", "value"],
          [(key, value) for key, value in found.items() if not isinstance(value, list | dict)])  # fmt: skip
    content = dict(found["content"])
    lines = content.pop("lines", ())
    table("Content", ["field !", "value"], list(content.items()))
    if lines:
        table("Lines", ["description", "account", "tax", "gross $", "GST $", "tracking"],
              [tuple(line.values()) for line in lines])  # fmt: skip
    table("Attempts", ["no #", "started (UTC) !", "ended (UTC) !", "verdict !", "status #", "code"],
          [(a["number"], a["started_at"], a["ended_at"], a["verdict"], a["status"], a["code"])
           for a in found["attempts"]])  # fmt: skip


@command
def trace(
    number: Annotated[
        str, typer.Argument(help="Invoice or payment number, or a number or id at the target.")
    ],
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Walk the six rows of one number, from the PMS record to the target and back."""
    hub, name = kernel(), the_group(group)
    with hub.store.read(name) as unit:
        walked = tracing.trace(unit, number, [c.prefix for c in hub.config(name).connections])
    if as_json:
        say_json({step.name: step.as_json() for step in walked})
    elif not walked:
        say("Nothing is known under that number.")
    else:
        for step in walked:
            if step.rows:
                table(step.title, list(step.columns), step.rows)
            else:
                say(f"[bold]{step.title}[/bold]: none\n")
    sys.exit(0 if walked else HELD)


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
        table("Cursors",
              ["connection !", "stream !", "read through (UTC) !", "last complete (UTC) !", "error >"],
              [tuple(c.values()) for c in found])  # fmt: skip


@cursor.command("set")
@command
def set_cursor(
    connection: Annotated[str, typer.Argument(help="A source connection.")],
    stream: Annotated[str, typer.Argument(help="A stream as `hub cursor list` names it.")],
    to: Annotated[datetime, typer.Option("--to", help="UTC; earlier is always safe, everything merges.")],
    why: WhyOption,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move a cursor back by hand (audited). Moving it forward is refused: that would lose records."""
    hub, name, reason = kernel(), the_group(group), a_reason(why)
    sources(name, connection)
    with hub.store.write(name, agent=agent()) as unit:
        cursors.move_back(unit, connection, stream, to, reason)
    if as_json:
        say_json({"connection": connection, "stream": stream, "committed": to})
    else:
        say(f"{connection}/{stream} will be read again from {to:%d %b %Y %H:%M} UTC by the next `hub pull`.")


def register(app: typer.Typer) -> None:
    app.command()(status)
    app.command()(trace)
    app.add_typer(cursor, name="cursor")
