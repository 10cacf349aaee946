"""Connect, map and go live: `init`, `connect`, `check`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from hub import audit
from hub.canonical import ChargeItem, Entity, Location, Practitioner
from hub.channels import page
from hub.cli.context import FAILED, GroupOption, JsonOption, agent, command, kernel, the_group
from hub.cli.show import bad, say, say_json, table
from hub.config.check import Finding, check_group
from hub.config.load import load_group
from hub.config.model import GroupConfig
from hub.config.store import store_config
from hub.errors import HubError, Misconfigured, Reason
from hub.plugins import load_plugins
from hub.settings import Settings
from hub.store import cases, connections, entities
from hub.store.session import migrate, open_engine, schema_of
from hub.targets import Chart


@command
def init(
    config: Annotated[Path | None, typer.Argument(help="The clinic group's YAML file (HUB_CONFIG).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make the database where there is none and load a clinic group's configuration."""
    settings = Settings()
    path = config or settings.config
    if path is None:
        raise Misconfigured("Name the clinic group's YAML file, or set HUB_CONFIG.", code="config:file")
    loaded = load_group(path)
    settings.master()
    settings.home.mkdir(parents=True, exist_ok=True)
    make_database(settings)
    hub = kernel()
    if loaded.id not in hub.store.groups():
        hub.store.create_group(loaded.id)
    version = store_config(hub, loaded.id, loaded, path.read_text("utf-8"), agent())
    with hub.store.read(loaded.id) as unit:
        missing = [c.id for c in loaded.connections if not connections.secret(unit, c.id)]
    if as_json:
        say_json({"group": loaded.id, "version": version, "not_connected": missing})
        return
    following = " and ".join(f"`hub connect {name}`" for name in missing) or "`hub check`"
    say(f"Group [bold]{loaded.id}[/bold] stands at configuration {version[:12]}. Next: {following}.")


def make_database(settings: Settings) -> None:
    """Make an empty database's tables. One of another version is `hub up`'s to migrate, under its lease."""
    engine = open_engine(settings.database_url)
    if schema_of(engine) is None:
        migrate(engine, environment=settings.environment)
    engine.dispose()


@command
def connect(
    connection: Annotated[str, typer.Argument(help="The connection's id in the configuration.")],
    secret: Annotated[
        list[str] | None,
        typer.Option(
            "--secret", help="NAME=ENV_VARIABLE; without it one JSON object is read from standard input."
        ),
    ] = None,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Store a connection's secrets (encrypted) and try them. Secrets never stand on the command line."""
    hub, name = kernel(), the_group(group)
    config = hub.connection(name, connection)
    values = _secrets(secret)
    with hub.store.write(name, agent=agent()) as unit:
        connections.store_secret(unit, connection, config.system, config.role, values, grant=config.grant)
        connections.resume(unit, connection)
        cases.bring_forward(unit, connection)
        audit.record(
            unit,
            "connect",
            "connection",
            connection,
            outcome="stored",
            connection=connection,
            names=sorted(values),
        )
    problems = _probe(name, connection)
    if as_json:
        say_json({"connection": connection, "system": config.system, "problems": problems})
    elif problems:
        rows = [(p.code, str(p.who), p.sentence) for p in problems]
        table(f"{connection} is not ready", ["code !", "who acts !", "what >"], rows)
    else:
        say(f"[green]Connected[/green] {connection} ({config.system}).")
    sys.exit(FAILED if problems else 0)


def _secrets(pairs: list[str] | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs or ():
        name, _, variable = pair.partition("=")
        if not variable or variable not in os.environ:
            raise Misconfigured(f"The environment variable named for {name!r} is not set.", code="no-secret")
        found[name] = os.environ[variable]
    if found:
        return found
    wanted = 'one JSON object on standard input, such as {"api_key": "..."}'
    try:
        loaded = json.loads("" if sys.stdin.isatty() else sys.stdin.read())
    except ValueError:
        raise Misconfigured(f"Give {wanted}, or --secret NAME=ENV_VARIABLE.", code="no-secret") from None
    if not isinstance(loaded, dict) or not loaded or not all(isinstance(v, str) for v in loaded.values()):
        raise Misconfigured(f"The secrets must be {wanted}: names with text values.", code="no-secret")
    return loaded


def _probe(group: str, connection: str) -> list[Reason]:
    hub = kernel()
    try:
        config = hub.connection(group, connection)
        found = list(hub.source(group, connection)[1].probe()) if config.is_read else []
        if config.is_written and not found:  # what refused to be read says it all
            found += hub.target(group, connection)[1].probe()
        return found
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
    if offline:
        loaded = load_group(config) if config is not None else kernel().config(the_group(group))
        findings, problems = check_group(loaded, {}, ()), list[tuple[str, Reason]]()
    else:
        loaded = load_group(config) if config is not None else kernel().config(the_group(group))
        findings, problems = _live(the_group(group or loaded.id), loaded)
    wrong = bool(problems) or any(f.level == "error" for f in findings)
    if as_json:
        shown = [{"connection": name, **_plain(reason)} for name, reason in problems]
        say_json({"ok": not wrong, "findings": findings, "problems": shown})
    else:
        _show(findings, problems)
    sys.exit(FAILED if wrong else 0)


def _plain(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, "sentence": reason.sentence, "who": str(reason.who)}


def _live(group: str, loaded: GroupConfig) -> tuple[list[Finding], list[tuple[str, Reason]]]:
    """Findings against the live charts, and per connection what stands against going live."""
    hub, charts, problems = kernel(), dict[str, Chart](), list[tuple[str, Reason]]()
    for one in hub.config(group).connections:
        found = _probe(group, one.id)
        problems += [(one.id, reason) for reason in found]
        if one.is_ledger and not found:
            charts[one.id] = hub.target(group, one.id)[1].chart()
            with hub.store.write(group, agent=agent()) as unit:
                connections.store_chart(unit, one.id, charts[one.id])
    return check_group(loaded, charts, _catalogue(group)), problems


def _catalogue(group: str) -> list[Entity]:
    hub = kernel()
    with hub.store.read(group) as unit:
        return [
            entity
            for connection in hub.config(group).connections
            if connection.is_read
            for kind in (Practitioner.kind, ChargeItem.kind, Location.kind)
            for entity in entities.all_of(unit, connection.id, kind)
        ]


def _show(findings: list[Finding], problems: list[tuple[str, Reason]]) -> None:
    rows = [
        (bad("error") if f.level == "error" else "warning", _where(f), str(f.who),
         f"{f.sentence} {f.remedy}")
        for f in findings
    ]  # fmt: skip
    rows += [(bad("error"), name, str(p.who), p.sentence) for name, p in problems]
    if rows:
        table("Findings", ["level !", "where !", "who acts !", "what, and how to mend it >"], rows)
    else:
        say("[green]Nothing to mend.[/green]")


def _where(finding: Finding) -> str:
    """The line of the file; what is missing from it has none."""
    return f"{finding.file}:{finding.line}" if finding.line else finding.file


@command
def channels(
    markdown: Annotated[bool, typer.Option("--markdown", help="As the page docs/channels.md.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Which systems are installed, how far each is proven, and what a clinic must obtain."""
    known = list(load_plugins().channels.values())
    if as_json:
        say_json(known)
    elif markdown:
        print(page(known), end="")
    else:
        table("Channels", ["system !", "state !", "what it does >", "what a clinic must obtain >"],
              [(one.name, one.live.value, "; ".join(one.does), "; ".join(one.obtain))
               for one in known])  # fmt: skip


def register(app: typer.Typer) -> None:
    app.command()(channels)
    app.command()(init)
    app.command()(connect)
    app.command()(check)
