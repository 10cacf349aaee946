"""`hub ask` and `hub asks`: have what is open on an invoice paid by a page of the payment system."""

from __future__ import annotations

from typing import Annotated

import typer

from hub import asking
from hub.asking import Asking
from hub.cli.context import (
    GroupOption,
    JsonOption,
    WhyOption,
    a_reason,
    agent,
    command,
    kernel,
    the_group,
    until,
)
from hub.cli.show import plain, say, say_json, table
from hub.deliver import deliver


@command
def ask(
    number: Annotated[str, typer.Argument(help="The invoice's number.")],
    why: WhyOption,
    hours: Annotated[
        int | None, typer.Option("--hours", help="How long it can be paid, 1 to 24; else as configured.")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Ask no longer; its page is ended.")] = False,
    connection: Annotated[
        str | None, typer.Option("--connection", help="Whose invoice, where two systems have the number.")
    ] = None,
    now: Annotated[bool, typer.Option("--deliver", help="And open or end the page at once.")] = False,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask for what is open on an invoice; the amount follows the invoice while the page stands."""
    hub, name, reason = kernel(), the_group(group), a_reason(why)
    if off:
        done = asking.withdraw(hub, name, number, who=agent(), why=reason, connection=connection)
    else:
        row = asking.ask(hub, name, number, who=agent(), why=reason, hours=hours, connection=connection)
    collect = hub.config(name).collect
    if now and collect is not None:
        deliver(hub, name, collect.connection, until())
    if off:
        if as_json:
            say_json({"withdrawn": done})
        else:
            say("Asked no longer." if done else "Nobody asks for it.")
        return
    (found,) = [one for one in asking.listed(hub, name) if one.ask.id == row.id]
    if as_json:
        say_json(_flat(found))
    elif found.url:
        print(found.url)  # whole, however narrow the terminal is
    else:
        say("Asked. `hub deliver` (or the worker) opens the page; `hub asks` shows it.")


@command
def asks(
    limit: Annotated[int, typer.Option("--limit", help="How many, newest first.")] = 50,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who was asked for what, until when, and what became of it."""
    found = asking.listed(kernel(), the_group(group), limit)
    if as_json:
        say_json([_flat(one) for one in found])
        return
    table("Asked for",
          ["number !", "by", "asked (UTC) !", "until (UTC) !", "state !", "amount $", "page, or why >"],
          [(one.ask.number, one.ask.who, one.ask.asked_at, one.ask.expires, one.state, one.cents,
            one.url or one.says) for one in found])  # fmt: skip


def _flat(one: Asking) -> dict[str, object]:
    return {**plain(one.ask), "state": one.state, "cents": one.cents, "url": one.url, "says": one.says}


def register(app: typer.Typer) -> None:
    app.command()(ask)
    app.command()(asks)
