"""Moving data by hand: `pull`, `plan`, `deliver`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

import typer

from hub import ingest, normalise
from hub.cli import rows
from hub.cli.context import (
    HELD,
    GroupOption,
    JsonOption,
    command,
    kernel,
    sources,
    targets,
    the_group,
    until,
)
from hub.cli.show import bad, console, held_list, plain, say, say_json, table
from hub.deliver import DeliverReport
from hub.deliver import deliver as deliver_now
from hub.ingest import PullReport
from hub.kernel import Kernel
from hub.plan import PlannedStep, preview

PATIENCE = timedelta(minutes=15)
"""How long a first `hub pull` waits for rate budgets before it says that it is not finished."""


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
    found: list[dict[str, object]] = []
    for one in sources(name, connection):
        with console(stderr=True).status(f"Reading {one}"):
            reports = _pull_whole(hub, name, one, stream, nightly=nightly)
            done = normalise.normalise(hub, name, one, until())
        found += [
            {"connection": one, "stream": r.stream, "records": r.records, "changed": r.changed,
             "complete": r.complete or not (r.pages or r.error),
             "error": r.error.sentence if r.error else None, "who": str(r.error.who) if r.error else None}
            for r in reports
        ]  # fmt: skip
        found.append(
            {"connection": one, "stream": "(normalised)", "records": done.bundles,
             "changed": sum(done.changed.values()), "complete": True, "error": None, "who": None,
             "issues_opened": done.opened, "issues_closed": done.closed}
        )  # fmt: skip
    if as_json:
        say_json(found)
    else:
        table(
            "Pulled",
            ["connection !", "stream !", "records #", "changed #", "complete", "what is wrong", "who acts"],
            [tuple(row.values())[:7] for row in found],
        )
    sys.exit(HELD if any(row["error"] or not row["complete"] for row in found) else 0)


def _pull_whole(hub: Kernel, group: str, one: str, stream: str | None, *, nightly: bool) -> list[PullReport]:
    """Slices until every stream is complete or says why not; a spent minute's budget is waited out."""
    end, sums = until(PATIENCE.total_seconds()), dict[str, PullReport]()
    while True:
        if stream:
            reports = [ingest.pull(hub, group, one, stream, end, nightly=nightly)]
        else:
            reports = ingest.pull_connection(hub, group, one, end, nightly=nightly)
        for report in reports:
            before = sums.get(report.stream, PullReport(report.stream))
            sums[report.stream] = PullReport(
                report.stream,
                before.pages + report.pages,
                before.records + report.records,
                before.changed + report.changed,
                report.complete,
                report.error,
            )
        going = any(r.pages and not r.complete for r in reports)
        if not going or any(r.error for r in reports) or hub.world.now() >= end:
            return list(sums.values())
        hub.world.sleep(2.0)


@command
def plan(
    target: Annotated[str | None, typer.Argument(help="One target connection; all without it.")] = None,
    every: Annotated[bool, typer.Option("--all", help="List every step, not the first 40.")] = False,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every step a delivery would take now, and what is held. Looks as delivery does, writes nothing."""
    hub, name = kernel(), the_group(group)
    targets(name, target)
    shown = preview(hub, name, target)
    if as_json:
        say_json(shown)
        return
    _steps(shown.steps, None if every else 40)
    if shown.holds:
        held_list("Held", [(h.cause, h.who, h.number, h.cents, h.sentence, h.urgent) for h in shown.holds])
    looked = f"Looked at {shown.looked_at:%d %b %Y %H:%M:%S} UTC; nothing was written."
    say(f"{len(shown.steps)} steps, {len(shown.holds)} held. {looked}")


def _steps(steps: Sequence[PlannedStep], most: int | None) -> None:
    if not steps:
        return
    kinds = Counter((str(s.op), s.kind) for s in steps)
    cents: Counter[tuple[str, str]] = Counter()
    for step in steps:
        cents[str(step.op), step.kind] += step.cents
    table(
        "Steps by kind",
        ["step", "kind", "count #", "amount $"],
        [(*k, n, cents[k]) for k, n in kinds.items()],
    )
    listed = steps[:most]
    table(
        "Steps, in order" if len(listed) == len(steps) else f"The first {len(listed)} steps, in order",
        ["case !", "step", "kind", "document", "date !", "amount $"],
        [(s.number, s.op, s.kind, s.label, s.business_date, s.cents) for s in listed],
    )  # fmt: skip
    if len(listed) < len(steps):
        say(f"… and {len(steps) - len(listed)} more (`--all` lists them, `--json` gives them to a program).")


@command
def deliver(
    target: Annotated[str | None, typer.Argument(help="One target connection; all without it.")] = None,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plan and send everything that is due; stops when nothing is due."""
    hub, name = kernel(), the_group(group)
    reports: dict[str, DeliverReport] = {}
    with console(stderr=True).status("Planning") as status:
        for one in targets(name, target):

            def tell(so_far: DeliverReport, one: str = one) -> None:
                status.update(f"{one}: {so_far.delivered} delivered, {so_far.held} held")

            reports[one] = deliver_now(hub, name, one, until(), tell)
    states = {one: _state(hub, name, one) for one in reports}
    stopped = any(state["state"] not in ("open", "frozen") for state in states.values())
    if as_json:
        say_json({one: {**plain(report), "connection": states[one]} for one, report in reports.items()})
        sys.exit(HELD if stopped else 0)
    for one, report in reports.items():
        say(f"{one}: {report.delivered} delivered, {report.held} held, {report.unknown} unknown.")
        if states[one]["state"] != "open":
            console().print(bad(f"{one} is {states[one]['state']}. {states[one]['why'] or ''}".strip()))
        elif report.next_due is not None:
            say(f"[dim]The next work is due at {report.next_due:%H:%M:%S} UTC.[/dim]")
        if report.held:
            say("`hub holds` says what is held, and who must act.")
    sys.exit(HELD if stopped else 0)


def _state(hub: Kernel, group: str, target: str) -> dict[str, Any]:
    config = hub.connection(group, target)
    with hub.store.read(group) as unit:
        return rows.connections(unit, [(target, config.system, config.role)])[0]


def register(app: typer.Typer) -> None:
    app.command()(pull)
    app.command()(plan)
    app.command()(deliver)
