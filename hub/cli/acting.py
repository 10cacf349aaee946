"""A person's actions, each audited with its reason: release, cancel, replay, freeze."""

from __future__ import annotations

from typing import Annotated

import typer

from hub import replay
from hub.cli import rows
from hub.cli.context import (
    GroupOption,
    JsonOption,
    WhyOption,
    a_reason,
    agent,
    command,
    kernel,
    targets,
    the_group,
    until,
)
from hub.cli.show import escape, say, say_json
from hub.deliver import deliver
from hub.errors import HubError, Misconfigured
from hub.kernel import Kernel
from hub.store import connections

holds = typer.Typer(help="What is held, why, and who must act.")
deliveries = typer.Typer(no_args_is_help=True, help="What was, is or will be sent.")


@holds.command("release")
@command
def release(
    why: WhyOption,
    cause: Annotated[
        str | None,
        typer.Option("--cause", help="Everything held for this cause (`unmapped:*` for a family)."),
    ] = None,
    hold: Annotated[str | None, typer.Option("--hold", help="One hold by id.")] = None,
    now: Annotated[bool, typer.Option("--deliver", help="And deliver at once.")] = False,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plan held items again: what is mended goes on, what is not is held again."""
    if (cause is None) == (hold is None):
        raise Misconfigured("Say either --cause or --hold.", code="usage")
    hub, name = kernel(), the_group(group)
    _records(hub, name, cause)
    _look_afresh(hub, name)
    released = replay.release(hub, name, cause=cause, hold=hold, who=agent(), why=a_reason(why))
    reports = {one: deliver(hub, name, one, until()) for one in targets(name)} if now else {}
    if as_json:
        say_json({"released": released, "delivered": reports})
        return
    what = "1 held item" if released == 1 else f"{released} held items"
    if not now:
        say(f"{what} will be planned again. `hub deliver` (or the worker) does it now.")
    for one, report in reports.items():
        say(f"{what} planned again. {one}: {report.delivered} delivered, {report.held} held.")


def _records(hub: Kernel, group: str, cause: str | None) -> None:
    """Records that cannot be read have nothing to release: reading them again is what goes on."""
    if cause is None or cause.endswith("*"):
        return
    with hub.store.read(group) as unit:
        found = rows.held(unit, cause)
    if found and not any(one.release for one in found):
        raise Misconfigured(
            f"{len(found)} records wait under {cause!r}: mend them at the practice system, then `hub pull` "
            "reads them again.",
            code="record",
        )


def _look_afresh(hub: Kernel, group: str) -> None:
    """Read the targets' settings again: a person may just have mended an account or a lock date there."""
    for one in targets(group):
        try:
            chart = hub.target(group, one)[1].chart()
        except HubError:
            continue  # delivery names it; releasing goes on without
        with hub.store.write(group, agent=agent()) as unit:
            connections.store_chart(unit, one, chart)


@deliveries.command("cancel")
@command
def cancel(delivery: str, why: WhyOption, group: GroupOption = None, as_json: JsonOption = False) -> None:
    """Withdraw a delivery that was not sent yet."""
    hub, name = kernel(), the_group(group)
    found = _whole(hub, name, delivery)
    replay.cancel_delivery(hub, name, found, who=agent(), why=a_reason(why))
    if as_json:
        say_json({"delivery": found, "outcome": "cancelled"})
    else:
        say("Cancelled. It stays out until `hub deliveries replay` or its hold is released.")


@deliveries.command("replay")
@command
def replay_one(delivery: str, why: WhyOption, group: GroupOption = None, as_json: JsonOption = False) -> None:
    """Try a held delivery again, or re-make a delivered one that is gone at the target (looked up first)."""
    hub, name = kernel(), the_group(group)
    found = _whole(hub, name, delivery)
    outcome = replay.replay(hub, name, found, who=agent(), why=a_reason(why))
    if as_json:
        say_json({"delivery": found, "outcome": outcome})
    else:
        say(f"{escape(outcome)}. `hub deliver` (or the worker) does it now.")


def _whole(hub: Kernel, group: str, given: str) -> str:
    with hub.store.read(group) as unit:
        return rows.whole_id(unit, given)


@command
def freeze(
    connection: Annotated[
        str | None, typer.Argument(help="One connection; the whole group without it.")
    ] = None,
    why: Annotated[str, typer.Option("--why", help="The reason, kept in the audit log.")] = "",
    off: Annotated[bool, typer.Option("--off", help="End the freeze.")] = False,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop all writes within one batch; pulling and planning go on."""
    reason, hub, name = a_reason(why), kernel(), the_group(group)
    if connection is not None:
        hub.connection(name, connection)
    with hub.store.write(name, agent=agent()) as unit:
        connections.freeze(unit, connection, frozen=not off, why=reason)
    what = connection or name
    if as_json:
        say_json({"what": what, "frozen": not off})
    else:
        say(f"{what} is writing again." if off else f"{what} is frozen; `hub freeze --off` ends it.")


def register(app: typer.Typer) -> None:
    app.add_typer(holds, name="holds")
    app.add_typer(deliveries, name="deliveries")
    app.command()(freeze)
