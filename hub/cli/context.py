"""What every command needs: an open kernel, the clinic group meant, who is acting, and one way to fail."""

from __future__ import annotations

import getpass
import os
import sys
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, wraps
from pathlib import Path
from typing import Annotated, ParamSpec, TypeVar

import typer
from sqlalchemy.exc import DBAPIError

from hub.cli.show import console, escape, say_json
from hub.config.nodes import ConfigErrors
from hub.errors import HubError, Misconfigured, Who
from hub.kernel import Kernel, open_kernel
from hub.settings import Settings
from hub.store import failures

P = ParamSpec("P")
R = TypeVar("R")

GroupOption = Annotated[
    str | None, typer.Option("--group", "-g", help="Clinic group; needed only where there are several.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of tables.")]
SchemeOption = Annotated[
    str | None, typer.Option("--scheme", help="Funding scheme; needed only where there are several.")
]
WhyOption = Annotated[str, typer.Option("--why", help="The reason, kept in the audit log.")]

HELD, FAILED = 1, 2
"""Exit codes: 1, the answer is not what it should be (something differs); 2, it could not be done."""


@cache
def kernel() -> Kernel:
    """The hub of this environment."""
    return open_kernel(Settings())


def agent() -> str:
    """Who acts: HUB_AGENT, else the user of the operating system."""
    return Settings().agent or f"person:{getpass.getuser()}"


def the_group(given: str | None) -> str:
    """The group named, or the only one there is."""
    groups = kernel().store.groups()
    if given is not None:
        if given not in groups:
            raise Misconfigured(
                f"There is no clinic group {given!r}; there are: {', '.join(groups)}.", code="config:no-group"
            )
        return given
    if not groups:
        raise Misconfigured(
            "There is no clinic group yet: run `hub init FILE` first.", code="config:no-group"
        )
    if len(groups) > 1:
        raise Misconfigured(f"Name the clinic group with --group; there are: {', '.join(groups)}.")
    return groups[0]


def the_scheme(group: str, given: str | None) -> str:
    """The funding scheme named, or the only one the group claims from."""
    config = kernel().config(group)
    if given is not None:
        return config.scheme(given).id
    known = [one.id for one in config.schemes]
    if len(known) != 1:
        named = f"Name the scheme with --scheme; there are: {', '.join(known)}."
        none = f"Group {group!r} claims from no scheme: its file has no section `schemes`."
        raise Misconfigured(named if known else none, code="config:no-scheme")
    return known[0]


def targets(group: str, given: str | None = None) -> list[str]:
    """The target connections meant: the one named, else all."""
    return _connections(
        group, "target", [c.id for c in kernel().config(group).connections if c.is_written], given
    )


def sources(group: str, given: str | None = None) -> list[str]:
    """The source connections meant: the one named, else all."""
    return _connections(
        group, "source", [c.id for c in kernel().config(group).connections if c.is_read], given
    )


def _connections(group: str, role: str, known: list[str], given: str | None) -> list[str]:
    if given is not None and given not in known:
        raise Misconfigured(
            f"{group} has no {role} connection {given!r}; it has: {', '.join(known) or 'none'}.",
            code="config:no-connection",
        )
    return known if given is None else [given]


def until(seconds: float | None = None) -> datetime:
    """The end of this command's slice."""
    hub = kernel()
    return hub.world.now() + timedelta(seconds=seconds or 3600.0)


def a_reason(why: str) -> str:
    """A reason that says something; every manual action is audited with it."""
    if not why.strip():
        raise Misconfigured("Say --why: the reason is kept in the audit log.", code="no-reason")
    return why.strip()


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Turn whatever goes wrong into one sentence with its code and who acts, and exit code 2."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except ConfigErrors as errors:
            _file_errors(errors, as_json=bool(kwargs.get("as_json")))
        except HubError as error:
            _fail(error, as_json=bool(kwargs.get("as_json")))
        except DBAPIError as error:
            code = failures.code_of(error)
            known = _unexpected(error) if code is None else failures.failure(code)
            _fail(known, as_json=bool(kwargs.get("as_json")))
        except Exception as error:  # one plain sentence: a traceback may show values of people
            _fail(_unexpected(error), as_json=bool(kwargs.get("as_json")))
        sys.exit(FAILED)

    return wrapped


def _fail(error: HubError, *, as_json: bool) -> None:
    if as_json:
        say_json({"error": error.code, "sentence": error.sentence, "who": str(error.who)})
        return
    who = "" if error.who == Who.NOBODY else f" [dim](to act: {error.who})[/dim]"
    console(stderr=True).print(f"[red]{escape(error.code)}[/red]: {escape(error.sentence)}{who}")


def _file_errors(errors: ConfigErrors, *, as_json: bool) -> None:
    if as_json:
        say_json({"error": errors.code, "errors": errors.errors, "who": str(Who.BOOKKEEPER)})
        return
    for one in errors.errors:
        where = f"{one.file}:{one.line}"
        console(stderr=True).print(f"[red]{escape(where)}[/red] {escape(one.sentence)} {escape(one.remedy)}")


def _unexpected(error: Exception) -> HubError:
    """A defect, named by its type and place: the text of an exception may hold values of people."""
    frames = traceback.extract_tb(error.__traceback__)
    place = next((f for f in reversed(frames) if f"{os.sep}hub{os.sep}" in f.filename), None)
    where = f" in {Path(place.filename).name}, line {place.lineno}" if place else ""
    return HubError(
        f"Something unexpected happened ({type(error).__name__}{where}); nothing half done was kept.",
        code="internal",
        who=Who.DEVELOPER,
    )
