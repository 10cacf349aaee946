"""A person's actions, each audited with its reason: release, cancel, replay, freeze."""

from __future__ import annotations

from typing import Annotated

import typer

from hub import replay
from hub.cli.context import GroupOption, JsonOption, WhyOption, agent, command, kernel, the_group
from hub.cli.show import say, say_json
from hub.errors import Misconfigured
from hub.store import connections

holds = typer.Typer(help="What is held, why, and who must act.")
deliveries = typer.Typer(no_args_is_help=True, help="What was, is or will be sent.")


@holds.command("release")
@command
def release(
    why: WhyOption,
    cause: Annotated[str | None, typer.Option("--cause", help="Everything held for this cause.")] = None,
    hold: Annotated[str | None, typer.Option("--hold", help="One hold by id.")] = None,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plan held items again: what is mended goes on, what is not is held again."""
    if (cause is None) == (hold is None):
        raise Misconfigured("Say either --cause or --hold.")
    released = replay.release(kernel(), the_group(group), cause=cause, hold=hold, who=agent(), why=why)
    if as_json:
        say_json({"released": released})
    else:
        say(f"{released} held items will be planned again. `hub deliver` does it now.")


@deliveries.command("cancel")
@command
def cancel(delivery: str, why: WhyOption, group: GroupOption = None) -> None:
    """Withdraw a delivery that was not sent yet."""
    replay.cancel_delivery(kernel(), the_group(group), delivery, who=agent(), why=why)
    say("Cancelled.")


@deliveries.command("replay")
@command
def replay_one(delivery: str, why: WhyOption, group: GroupOption = None, as_json: JsonOption = False) -> None:
    """Try a held delivery again, or re-make a delivered one that is gone at the target (it is looked up first)."""
    outcome = replay.replay(kernel(), the_group(group), delivery, who=agent(), why=why)
    if as_json:
        say_json(outcome)
    else:
        say(f"{outcome}.")


@command
def freeze(
    connection: Annotated[str | None, typer.Argument(help="One connection; the whole group without it.")] = None,
    why: Annotated[str, typer.Option("--why", help="Kept in the audit log.")] = "",
    off: Annotated[bool, typer.Option("--off", help="End the freeze.")] = False,
    group: GroupOption = None,
) -> None:
    """Stop all writes within one batch; pulling and planning go on."""
    if not why:
        raise Misconfigured("Say --why; a freeze is audited.")
    hub, name = kernel(), the_group(group)
    with hub.store.write(name, agent=agent()) as unit:
        connections.freeze(unit, connection, frozen=not off, why=why)
    say(f"{connection or name} is {'writing again' if off else 'frozen'}.")


def register(app: typer.Typer) -> None:
    app.add_typer(holds, name="holds")
    app.add_typer(deliveries, name="deliveries")
    app.command()(freeze)
