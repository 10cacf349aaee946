"""Files a person exported: `import payments|catalogue|results|remittance`."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from hub.claiming import answers, catalogue, money
from hub.cli.context import (
    HELD,
    GroupOption,
    JsonOption,
    SchemeOption,
    agent,
    command,
    kernel,
    the_group,
    the_scheme,
)
from hub.cli.show import bad, console, dollars, say, say_json
from hub.errors import Misconfigured
from hub.imports import import_payments
from hub.kernel import Kernel

FileArgument = Annotated[Path, typer.Argument(help="The file as it was downloaded.")]

imports = typer.Typer(no_args_is_help=True, help="Import files a person exported.")


@imports.callback()
def _imports() -> None:
    """Import files a person exported."""


@imports.command("payments")
@command
def import_report(
    file: Annotated[Path, typer.Argument(help="The payment report as saved from the practice system.")],
    location: Annotated[str, typer.Option("--location", help="The location's key in the configuration.")],
    from_: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day the file covers.")
    ],
    to: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day the file covers.")],
    connection: Annotated[str | None, typer.Option("--connection", help="Where there are several.")] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Not complete for its range: removes nothing.")
    ] = False,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a payment report; it must be complete for its range, else say --partial."""
    hub, name = kernel(), the_group(group)
    source = connection or _source_of(hub, name, location)
    days: tuple[date, date] = (from_.date(), to.date())
    report = import_payments(
        hub, name, source, location, *days, _bytes(file), complete=not partial, agent=agent()
    )
    if as_json:
        say_json(report)
        return
    say(
        f"{report.payments} payments and {report.uses} uses of credit, {dollars(report.cents)} in all: "
        f"{report.changed} new or changed, {report.removed} removed. `hub deliver` posts them."
    )
    if report.vanished:
        console().print(bad(f"{report.vanished} payments vanished without a reason: see `hub holds`."))


def _source_of(hub: Kernel, group: str, location: str) -> str:
    config = hub.config(group)
    place = next((p for p in config.locations if p.key == location), None)
    if place is None:
        known = ", ".join(p.key for p in config.locations)
        raise Misconfigured(f"There is no location {location!r}; there are: {known}.", code="report:location")
    return next(iter(place.source))


@imports.command("catalogue")
@command
def import_catalogue(
    file: FileArgument, scheme: SchemeOption = None, group: GroupOption = None, as_json: JsonOption = False
) -> None:
    """Import a scheme's services and price limits (saved as CSV); every version stays."""
    name = the_group(group)
    found = catalogue.import_catalogue(kernel(), name, the_scheme(name, scheme), _bytes(file), agent=agent())
    if as_json:
        say_json(found)
        return
    until = f"{found.last:%d %b %Y}" if found.last else "further notice"
    again = " It was imported before: nothing changed." if found.again else ""
    say(f"{found.rows} rows, valid from {found.first:%d %b %Y} until {until}.{again}")


@imports.command("results")
@command
def import_results(
    file: FileArgument, scheme: SchemeOption = None, group: GroupOption = None, as_json: JsonOption = False
) -> None:
    """Import what a scheme decided on an uploaded file. Accepted is not paid."""
    name = the_group(group)
    found = answers.import_results(kernel(), name, the_scheme(name, scheme), _bytes(file), agent=agent())
    odd = [*found.unknown, *found.late] or found.twice
    if as_json:
        say_json(found)
        sys.exit(HELD if odd else 0)
    if found.again:
        say("This file was imported before: nothing changed.")
        return
    say(
        f"{found.accepted} accepted ({found.cut} of them cut, by {dollars(found.cut_cents)}), {found.open}"
        f" open, {found.refused} refused: see `hub holds`."
    )
    _told("no claim has these references", found.unknown)
    _told("these were decided or replaced before", found.late)
    if found.twice:
        console().print(bad(f"{found.twice} rows repeat a reference; the first of each counts."))
    _headings(found.headings)
    sys.exit(HELD if odd else 0)


@imports.command("remittance")
@command
def import_remittance(
    file: FileArgument,
    scheme: SchemeOption = None,
    banked: Annotated[
        datetime | None,
        typer.Option("--banked", formats=["%Y-%m-%d"], help="The day the bank shows, where it is another."),
    ] = None,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a remittance advice: one deposit, matched to claims line by line. `hub deliver` posts it."""
    name, on = the_group(group), banked.date() if banked else None
    found = money.import_remittance(
        kernel(), name, the_scheme(name, scheme), _bytes(file), banked=on, agent=agent()
    )
    odd = bool(found.unmatched or found.back)
    if as_json:
        say_json(found)
        sys.exit(HELD if odd else 0)
    again = " It was imported before." if found.again else ""
    say(
        f"{found.lines} lines of {found.remittances} remittances, {dollars(found.cents)}: {found.changed} new"
        f" or changed. `hub deliver` posts them.{again}"
    )
    _told("these lines fit no claim", [f"{number} {dollars(cents)}" for number, cents in found.unmatched])
    if found.back:
        console().print(bad(f"{dollars(-found.back)} was taken back: the deposit is held, see `hub holds`."))
    _headings(found.headings)
    sys.exit(HELD if odd else 0)


def _told(what: str, found: list[str]) -> None:
    if found:
        console().print(bad(f"{len(found)} ({what}): {', '.join(found[:10])}{' …' if found[10:] else ''}"))


def _headings(found: tuple[str, ...]) -> None:
    if found:
        say(f"The file has {len(found)} columns nobody knows; they were left out. Tell support.")


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        raise Misconfigured(f"The file {file} cannot be read.", code="import:file") from None


def register(app: typer.Typer) -> None:
    app.add_typer(imports, name="import")
