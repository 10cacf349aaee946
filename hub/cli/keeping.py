"""`hub backup` and `hub restore`: a copy of everything but the master key, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.context import JsonOption, a_reason, agent, command, kernel
from hub.cli.show import escape, say, say_json
from hub.keeping import restore as restoring
from hub.keeping.backup import backup as take
from hub.keeping.manifest import Manifest
from hub.settings import Settings

FileArgument = Annotated[Path, typer.Argument(help="The backup's file.")]


@command
def backup(file: FileArgument, as_json: JsonOption = False) -> None:
    """Copy the database to a new file while everything runs. The master key is not in it: keep it apart."""
    made = take(kernel(), file)
    if as_json:
        say_json({"file": str(file), **_plain(made)})
        return
    say(f"[green]Written[/green] {escape(str(file))}: {_told(made)}")
    keys = ", ".join(made.master_keys)
    say(f"Keep the master key ({keys}) apart from it: without that key nothing in it opens.")


@command
def restore(
    file: FileArgument,
    why: Annotated[str, typer.Option("--why", help="The reason, kept in the audit log.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Only prove the file; nothing is restored.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring a copy back into an empty database. It starts frozen, and looks before it creates anything."""
    settings = Settings()
    if check:
        found = restoring.check(file, file.parent)
    else:
        found = restoring.restore(settings, file, who=agent(), why=a_reason(why))
    if as_json:
        say_json({"file": str(file), "restored": not check, **_plain(found)})
        return
    say(f"[green]{'Sound' if check else 'Restored'}[/green]: {_told(found)}")
    if not check:
        say("Every group is frozen. Be sure that the hub of before is stopped, then, for each group:")
        say(
            "`hub pull`, import the payment reports since then again, `hub plan`, `hub freeze --off --why …`."
        )


def _told(found: Manifest) -> str:
    groups = ", ".join(found.groups) or "no group"
    return escape(
        f"{groups} as of {found.when:%d %b %Y %H:%M} UTC, {found.rows} rows, schema {found.schema}, "
        f"environment {found.environment}, audit head {found.head or 'none'}."
    )


def _plain(found: Manifest) -> dict[str, object]:
    return {name: getattr(found, name) for name in Manifest.__slots__}


def register(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)
