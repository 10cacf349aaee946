"""A person's actions, each audited with its reason: release, cancel, freeze."""

from __future__ import annotations

from typing import Annotated

import typer

from hub import inbox, replay
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
from hub.cli.show import say, say_json
from hub.contracts import Hint
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
    hold: Annotated[
        str | None, typer.Option("--hold", help="One hold: its id, or the part that `hub holds show` has.")
    ] = None,
    now: Annotated[bool, typer.Option("--deliver", help="And deliver at once.")] = False,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plan held items again: what is mended goes on, what is not is held again."""
    if (cause is None) == (hold is None):
        raise Misconfigured("Say either --cause or --hold.", code="usage")
    reason, hub, name = a_reason(why), kernel(), the_group(group)
    if hold is not None:
        with hub.store.read(name) as unit:
            hold = rows.whole_hold(unit, hold)
    read = _read_again(hub, name, cause) if cause is not None else 0
    _look_afresh(hub, name)
    released = _release(hub, name, cause, hold, reason, read)
    reports = {one: deliver(hub, name, one, until()) for one in targets(name)} if now else {}
    if as_json:
        say_json({"released": released, "read_again": read, "delivered": reports})
        return
    if read:
        say(f"{read} records were read again.")
    if released and not now:
        say(f"{released} held items will be planned again. `hub deliver` (or the worker) does it now.")
    for one, report in reports.items():
        say(f"{released} held items planned again. {one}: {report.delivered} delivered, {report.held} held.")


def _release(hub: Kernel, group: str, cause: str | None, hold: str | None, why: str, read: int) -> int:
    try:
        return replay.release(hub, group, cause=cause, hold=hold, who=agent(), why=why)
    except Misconfigured:
        if read:
            return 0  # nothing but records waited under this cause
        raise


def _read_again(hub: Kernel, group: str, cause: str) -> int:
    """Records that could not be read are fetched again one by one: mending may not touch their time stamp."""
    with hub.store.write(group, agent=agent()) as unit:
        found = rows.issues(unit, cause)
        for connection, stream, source_id in found:
            inbox.accept(unit, connection, [Hint(stream, source_id)])
    if found:
        inbox.handle(hub, group, until())
    return len(found)


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
    found = whole_id(hub, name, delivery)
    replay.cancel_delivery(hub, name, found, who=agent(), why=a_reason(why))
    if as_json:
        say_json({"delivery": found, "outcome": "cancelled"})
    else:
        say("Cancelled. It stays out until `hub deliveries replay` or its hold is released.")


def whole_id(hub: Kernel, group: str, given: str) -> str:
    """A delivery's id from the part of it that lists show."""
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
