"""What every command needs: an open kernel, the clinic group meant, who is acting, and one way to fail."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, wraps
from typing import Annotated, ParamSpec, TypeVar

import typer

from hub.cli.show import console, say_json
from hub.errors import HubError, Misconfigured, Who
from hub.kernel import Kernel, open_kernel
from hub.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")

GroupOption = Annotated[
    str | None, typer.Option("--group", "-g", help="Clinic group; needed only where there are several.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of tables.")]
WhyOption = Annotated[str, typer.Option("--why", help="The reason, kept in the audit log.")]


@cache
def kernel() -> Kernel:
    """The hub of this environment."""
    return open_kernel(Settings())


def agent() -> str:
    """Who acts: HUB_AGENT, else the user of the operating system."""
    return os.environ.get("HUB_AGENT") or f"person:{getpass.getuser()}"


def the_group(given: str | None) -> str:
    """The group named, or the only one there is."""
    groups = kernel().store.groups()
    if given is not None:
        if given not in groups:
            raise Misconfigured(f"There is no clinic group {given!r}; there are: {', '.join(groups)}.")
        return given
    if len(groups) != 1:
        names = ", ".join(groups) or "none: run `hub init` first"
        raise Misconfigured(f"Name the clinic group with --group; there are: {names}.")
    return groups[0]


def targets(group: str) -> list[str]:
    return [c.id for c in kernel().config(group).connections if c.role == "target"]


def sources(group: str) -> list[str]:
    return [c.id for c in kernel().config(group).connections if c.role == "source"]


def until(seconds: float | None = None) -> datetime:
    """The end of this command's slice."""
    hub = kernel()
    return hub.world.now() + timedelta(seconds=seconds or 3600.0)


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Turn a HubError into one sentence, who acts, and exit code 2."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except HubError as error:
            if kwargs.get("as_json"):
                say_json({"error": error.code, "sentence": error.sentence, "who": str(error.who)})
            else:
                who = "" if error.who == Who.NOBODY else f" [dim](to act: {error.who})[/dim]"
                console(stderr=True).print(f"[red]{error.code}[/red]: {error.sentence}{who}")
            sys.exit(2)

    return wrapped
