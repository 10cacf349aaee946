"""`hub work`: what only a person can do, and the word that it is done."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hub import work as things
from hub.cli.context import GroupOption, JsonOption, WhyOption, a_reason, agent, command, kernel, the_group
from hub.cli.show import escape, say, say_json, table
from hub.store.work_items import WorkItem

work = typer.Typer(no_args_is_help=True, help="What only a person can do, until it is done.")


@work.command("list")
@command
def list_work(
    kind: Annotated[str | None, typer.Option("--kind", help="Such as record-payment.")] = None,
    closed: Annotated[bool, typer.Option("--all", help="Also what was done.")] = False,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is to be done, oldest first: what, on which number, how much, who."""
    found = things.listed(kernel(), the_group(group), kind=kind, closed=closed)
    if as_json:
        say_json([_plain(one) for one in found])
    elif not found:
        say("[green]Nothing waits for anybody.[/green]")
    else:
        table("To do", ["id ~", "since !", "number !", "who !", "amount $", "done", "what >"],
              [(one.id, f"{one.opened_at:%d %b}", one.todo.number, one.todo.who, one.todo.cents,
                one.closed_by or "", _words(one)) for one in found])  # fmt: skip
        say("Done, and the hub cannot see it by itself: hub work done ID --why HOW")


@work.command("done")
@command
def done(
    item: Annotated[str, typer.Argument(help="Its id, or the part of it that the list shows.")],
    why: WhyOption,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that something is done; who, when and how is kept."""
    row = things.done(kernel(), the_group(group), item, who=agent(), why=a_reason(why))
    if as_json:
        say_json(_plain(row))
    else:
        say(f"Done: {escape(row.todo.sentence)}")


def _words(one: WorkItem) -> str:
    return f"{one.todo.sentence} {one.todo.note}" if one.todo.note else one.todo.sentence


def _plain(one: WorkItem) -> dict[str, Any]:
    todo = one.todo
    return {
        "id": one.id, "kind": todo.kind, "subject": todo.subject, "number": todo.number,
        "sentence": todo.sentence, "who": todo.who, "cents": todo.cents, "note": todo.note,
        "opened_at": one.opened_at, "closed_at": one.closed_at, "closed_by": one.closed_by,
        "closed_why": one.closed_why,
    }  # fmt: skip


def register(app: typer.Typer) -> None:
    app.add_typer(work, name="work")
