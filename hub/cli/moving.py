"""Moving data by hand: `pull`, `plan`, `deliver`, `import payments`."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from hub import ingest, normalise
from hub.cli.context import GroupOption, JsonOption, agent, command, kernel, sources, targets, the_group, until
from hub.cli.show import dollars, say, say_json, table
from hub.deliver import deliver as deliver_now
from hub.imports import import_payments
from hub.plan import preview

Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]


@command
def pull(
    connection: Annotated[str | None, typer.Argument(help="One source connection; all without it.")] = None,
    stream: Annotated[str | None, typer.Option("--stream", help="One stream only.")] = None,
    nightly: Annotated[bool, typer.Option("--nightly", help="Also the nightly listings.")] = False,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read what changed at the sources and normalise it."""
    hub, name = kernel(), the_group(group)
    rows: list[dict[str, object]] = []
    for one in [connection] if connection else sources(name):
        if stream:
            reports = [ingest.pull(hub, name, one, stream, until(), nightly=nightly)]
        else:
            reports = ingest.pull_connection(hub, name, one, until(), nightly=nightly)
        done = normalise.normalise(hub, name, one, until())
        rows += [
            {"connection": one, "stream": r.stream, "records": r.records, "changed": r.changed,
             "complete": r.complete, "error": r.error.sentence if r.error else None}
            for r in reports
        ]  # fmt: skip
        rows.append({"connection": one, "stream": "(normalised)", "records": done.bundles,
                     "changed": sum(done.changed.values()), "complete": True, "error": None})  # fmt: skip
    if as_json:
        say_json(rows)
    else:
        table("Pulled", ["connection", "stream", "records#", "changed#", "complete", "error"],
              [tuple(row.values()) for row in rows])  # fmt: skip
    sys.exit(1 if any(row["error"] for row in rows) else 0)


@command
def plan(target: Annotated[str | None, typer.Argument()] = None, group: GroupOption = None, as_json: JsonOption = False) -> None:  # fmt: skip
    """Show every step a delivery would take now, and what is held. Looks as delivery does, writes nothing."""
    hub, name = kernel(), the_group(group)
    shown = preview(hub, name, target)
    if as_json:
        say_json(shown)
        return
    table(
        "Steps, in order",
        ["case", "op", "kind", "number", "date", "amount $", "ready"],
        [(s.number, s.op, s.kind, s.label, s.business_date, s.cents, "now" if s.ready else "after") for s in shown.steps],
    )
    if shown.holds:
        table("Held", ["case", "cause", "what", "who", "amount $"],
              [(h.number, h.cause, h.sentence, h.who, h.cents) for h in shown.holds])  # fmt: skip
    say(f"Looked at {shown.looked_at:%d %b %Y %H:%M:%S} UTC. {len(shown.steps)} steps, {len(shown.holds)} held.")


@command
def deliver(target: Annotated[str | None, typer.Argument()] = None, group: GroupOption = None, as_json: JsonOption = False) -> None:  # fmt: skip
    """Plan and send everything that is due; stops when nothing is due."""
    hub, name = kernel(), the_group(group)
    reports = {one: deliver_now(hub, name, one, until()) for one in ([target] if target else targets(name))}
    if as_json:
        say_json(reports)
        return
    for one, report in reports.items():
        say(f"{one}: {report.delivered} delivered, {report.held} held, {report.unknown} unknown.")
        if report.next_due is not None:
            say(f"[dim]The next work is due at {report.next_due:%H:%M:%S} UTC.[/dim]")


imports = typer.Typer(no_args_is_help=True, help="Import files a person exported.")


@imports.command("payments")
@command
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    location: Annotated[str, typer.Option("--location", help="The location's key in the configuration.")],
    from_: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day the file covers.")],
    to: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day the file covers.")],
    connection: Annotated[str | None, typer.Option("--connection")] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Not complete for its range: removes nothing.")] = False,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a payment report; it must be complete for its range, else say --partial."""
    hub, name = kernel(), the_group(group)
    place = next((p for p in hub.config(name).locations if p.key == location), None)
    source = connection or (next(iter(place.source)) if place else sources(name)[0])
    days: tuple[date, date] = (from_.date(), to.date())
    report = import_payments(
        hub, name, source, location, *days, file.read_bytes(), complete=not partial, agent=agent()
    )
    if as_json:
        say_json(report)
    else:
        say(f"{report.payments} payments, {dollars(report.cents)} in all; {report.changed} new or changed, "
            f"{report.removed} removed, {report.vanished} vanished.")  # fmt: skip


def register(app: typer.Typer) -> None:
    app.command()(pull)
    app.command()(plan)
    app.command()(deliver)
    app.add_typer(imports, name="import")
