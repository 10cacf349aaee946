"""Connect, map and go live: `init`, `connect`, `check`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from hub import audit
from hub.cli.context import GroupOption, JsonOption, agent, command, kernel, the_group
from hub.cli.show import console, say, say_json, table
from hub.config.check import check_group
from hub.config.load import ConfigErrors, load_group
from hub.config.store import store_config
from hub.errors import HubError, Misconfigured, Reason, Who
from hub.settings import Settings
from hub.store import connections
from hub.store.session import migrate, open_engine
from hub.targets import Chart


@command
def init(
    config: Annotated[Path, typer.Argument(help="The clinic group's YAML file.")],
    as_json: JsonOption = False,
) -> None:
    """Make or upgrade the database and load a clinic group's configuration."""
    settings = Settings()
    migrate(open_engine(settings.database_url), environment=settings.environment)
    loaded = _load(config, as_json)
    hub = kernel()
    if loaded.id not in hub.store.groups():
        hub.store.create_group(loaded.id)
    version = store_config(hub, loaded.id, loaded, config.read_text("utf-8"), agent())
    if as_json:
        say_json({"group": loaded.id, "version": version})
    else:
        say(f"Group [bold]{loaded.id}[/bold] stands at configuration {version[:12]}. Next: `hub connect`.")


def _load(path: Path, as_json: bool):  # type: ignore[no-untyped-def]
    try:
        return load_group(path)
    except ConfigErrors as errors:
        if as_json:
            say_json({"errors": errors.errors})
        else:
            for one in errors.errors:
                console(stderr=True).print(f"[red]{one.file}:{one.line}[/red] {one.sentence} [dim]{one.remedy}[/dim]")
        sys.exit(2)


@command
def connect(
    connection: Annotated[str, typer.Argument(help="The connection's id in the configuration.")],
    secret: Annotated[
        list[str] | None,
        typer.Option("--secret", help="NAME=ENV_VARIABLE; without it one JSON object is read from standard input."),
    ] = None,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Store a connection's secrets (encrypted) and see whether they work. Secrets never stand on the command line."""
    hub, name = kernel(), the_group(group)
    config = hub.config(name).connection(connection)
    values = _secrets(secret)
    with hub.store.write(name, agent=agent()) as unit:
        connections.store_secret(unit, connection, config.system, config.role, values, grant=config.grant)
        connections.resume(unit, connection)
        audit.record(
            unit, "connect", "connection", connection, outcome="stored", connection=connection, names=sorted(values)
        )
    problems = _probe(name, connection)
    if as_json:
        say_json({"connection": connection, "problems": problems})
    elif problems:
        table("Not ready", ["code", "what", "who"], [(p.code, p.sentence, str(p.who)) for p in problems])
    else:
        say(f"[green]Connected[/green] {connection} ({config.system}).")
    sys.exit(2 if problems else 0)


def _secrets(pairs: list[str] | None) -> dict[str, str]:
    if not pairs:
        loaded = json.loads(sys.stdin.read())
        return {str(key): str(value) for key, value in loaded.items()}
    found: dict[str, str] = {}
    for pair in pairs:
        name, _, variable = pair.partition("=")
        if variable not in os.environ:
            raise Misconfigured(f"The environment variable named for {name!r} is not set.")
        found[name] = os.environ[variable]
    return found


def _probe(group: str, connection: str) -> list[Reason]:
    hub = kernel()
    config = hub.config(group).connection(connection)
    try:
        opened = (hub.source if config.role == "source" else hub.target)(group, connection)[1]
        return list(opened.probe())
    except HubError as error:
        return [Reason(error.code, error.sentence, error.who)]


@command
def check(
    config: Annotated[
        Path | None, typer.Argument(help="A YAML file to check; without it the loaded configuration.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Check the file alone, ask no system.")] = False,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a configuration against itself, the live chart of accounts and the connections."""
    if config is not None and offline:
        findings = check_group(_load(config, as_json), {}, ())
    else:
        name = the_group(group)
        loaded = _load(config, as_json) if config is not None else kernel().config(name)
        findings = check_group(loaded, _charts(name), _catalogue(name))
    problems = [] if offline else [p for c in loaded.connections for p in _probe(loaded.id, c.id)]
    errors = [f for f in findings if f.level == "error"]
    if as_json:
        say_json({"findings": findings, "problems": problems, "ok": not errors and not problems})
    else:
        rows = [(f.level, f"{f.file}:{f.line}", f.sentence, f.remedy, str(f.who)) for f in findings]
        rows += [("error", "connection", p.sentence, "", str(p.who)) for p in problems]
        if rows:
            table("Findings", ["level", "where", "what", "remedy", "who"], rows)
        else:
            say("[green]Nothing to mend.[/green]")
    sys.exit(2 if errors or problems else 0)


def _charts(group: str) -> dict[str, Chart]:
    hub = kernel()
    charts: dict[str, Chart] = {}
    for connection in hub.config(group).connections:
        if connection.role == "target":
            charts[connection.id] = hub.target(group, connection.id)[1].chart()
    return charts


def _catalogue(group: str) -> list[object]:
    from hub.store import entities

    hub = kernel()
    with hub.store.read(group) as unit:
        found: list[object] = []
        for connection in hub.config(group).connections:
            if connection.role == "source":
                for kind in ("practitioner", "charge_item", "location"):
                    found.extend(entities.all_of(unit, connection.id, kind))
        return found


def register(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(connect)
    app.command()(check)


__all__ = ["Who", "register"]
