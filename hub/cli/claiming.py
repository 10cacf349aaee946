"""What a person does with claims from funding schemes: `claims batch|file|uploaded|correct|cancel`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.claiming import batches, mending
from hub.cli.claims import claims
from hub.cli.context import (
    GroupOption,
    JsonOption,
    SchemeOption,
    WhyOption,
    a_reason,
    agent,
    command,
    kernel,
    the_group,
    the_scheme,
)
from hub.cli.show import dollars, say, say_json
from hub.errors import Misconfigured


@claims.command("batch")
@command
def batch(scheme: SchemeOption = None, group: GroupOption = None, as_json: JsonOption = False) -> None:
    """Make a file of everything that can be claimed, once, and ask for its upload."""
    hub, name = kernel(), the_group(group)
    made = batches.make(hub, name, the_scheme(name, scheme), agent=agent())
    if as_json:
        say_json(made)
        return
    for one in made.batches:
        say(f"{one.name}: {one.items} services, {dollars(one.cents)}. `hub claims file {one.name} --out .`")
    if not made.batches:
        say("Nothing is ready to be claimed.")
    if made.gathered.held:
        say(f"{made.gathered.held} lines cannot be claimed yet: `hub holds` says what is missing.")


@claims.command("file")
@command
def file(
    batch: Annotated[str, typer.Argument(help="The file's name, or the end of the batch's id.")],
    out: Annotated[Path, typer.Option("--out", help="A file or a folder to write it to.")],
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a made file out to be uploaded (it holds members' numbers: audited)."""
    found, data = batches.give(kernel(), the_group(group), batch, agent=agent())
    path = out / found.name if out.is_dir() else out
    try:
        path.write_bytes(data)
    except OSError:
        raise Misconfigured(f"The file {path} cannot be written.", code="claims:out") from None
    if as_json:
        say_json({"file": str(path), "digest": found.digest, "items": found.items, "cents": found.cents})
    else:
        say(f"{path}: {found.items} services, {dollars(found.cents)}, SHA-256 {found.digest[:12]}….")


@claims.command("uploaded")
@command
def uploaded(
    batch: Annotated[str, typer.Argument(help="The file's name, or the end of the batch's id.")],
    why: WhyOption,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that you uploaded a file (HUB_AGENT says who you are)."""
    found = batches.uploaded(kernel(), the_group(group), batch, agent=agent(), why=a_reason(why))
    if as_json:
        say_json(found)
    else:
        say(f"{found.name} counts as uploaded. `hub import results` tells what was decided on it.")


@claims.command("correct")
@command
def correct(
    reference: Annotated[str, typer.Argument(help="A refused claim's reference.")],
    why: WhyOption,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Claim a refused service anew, as its invoice is now, under a new linked reference."""
    made = mending.correct(kernel(), the_group(group), reference, agent=agent(), why=a_reason(why))
    if as_json:
        say_json({"reference": made.reference, "replaces": made.item.replaces})
    else:
        say(f"{made.reference} replaces {made.item.replaces}; the next `hub claims batch` takes it.")


@claims.command("cancel")
@command
def cancel(
    reference: Annotated[str, typer.Argument(help="A claim's reference.")],
    why: WhyOption,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that a claim was taken back at the scheme, so that its invoice may change."""
    done = mending.cancel(kernel(), the_group(group), reference, agent=agent(), why=a_reason(why))
    if as_json:
        say_json({"reference": done.reference, "state": done.state.value})
    else:
        say(f"{done.reference} is cancelled. `hub claims correct` claims the line anew.")


def register(app: typer.Typer) -> None:
    app.add_typer(claims, name="claims")
