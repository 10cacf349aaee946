"""Claiming from funding schemes: `claims …`, `import catalogue|results|remittance`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hub import audit, work
from hub.canonical import Claim, ClaimState, Settlement
from hub.claiming import answers, batches, catalogue, late, mending, money
from hub.claiming.billing import LAST_DAY
from hub.cli.context import (
    HELD,
    GroupOption,
    JsonOption,
    WhyOption,
    a_reason,
    agent,
    command,
    kernel,
    the_group,
)
from hub.cli.moving import imports
from hub.cli.show import bad, console, dollars, say, say_json, table
from hub.errors import Misconfigured
from hub.store import claim_files, entities
from hub.store import claims as claim_rows
from hub.store.claim_files import Batch
from hub.store.claims import Row

claims = typer.Typer(no_args_is_help=True, help="Claims from funding schemes, by file.")
SchemeOption = Annotated[str, typer.Option("--scheme", help="The scheme's name in the configuration.")]
FileArgument = Annotated[Path, typer.Argument(help="The file as it was downloaded.")]


@claims.command("batch")
@command
def batch(scheme: SchemeOption, group: GroupOption = None, as_json: JsonOption = False) -> None:
    """Make a file of everything that can be claimed, once, and ask for its upload."""
    hub, name = kernel(), the_group(group)
    made = batches.make(hub, name, scheme, agent=agent())
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


@claims.command("list")
@command
def list_(
    scheme: SchemeOption,
    state: Annotated[str | None, typer.Option("--state", help="Only claims in this state.")] = None,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Files made and how far each claim got."""
    hub, name = kernel(), the_group(group)
    hub.config(name).scheme(scheme)
    wanted = [_state(state)] if state is not None else None
    with hub.store.read(name) as unit:
        made = claim_files.batches(unit, scheme)
        rows = claim_rows.listed(unit, scheme, wanted)
        shown = [_line(row, claim_rows.get(unit, scheme, row.reference)) for row in rows]
    if as_json:
        say_json({"batches": made, "claims": shown})
        return
    _files(made)
    heads = ["reference !", "invoice", "day !", "state !", "claimed $", "paid $", "cut $", "replaces"]
    table("Claims", heads, [tuple(one[key] for key in _SHOWN) for one in shown])


@claims.command("late")
@command
def late_(group: GroupOption = None, as_json: JsonOption = False) -> None:
    """What is lost unless it is claimed soon, with its last day."""
    hub, name = kernel(), the_group(group)
    late.watch(hub, name)
    found = work.listed(hub, name, kind=LAST_DAY)
    if as_json:
        say_json([{"number": one.todo.number, "cents": one.todo.cents, "sentence": one.todo.sentence,
                   "who": one.todo.who} for one in found])  # fmt: skip
    elif not found:
        say("[green]Nothing comes near its last day.[/green]")
    else:
        rows = [(one.todo.number, one.todo.sentence, one.todo.who, one.todo.cents) for one in found]
        table("To be claimed in time", ["invoice !", "what", "who", "amount $"], rows)
    sys.exit(HELD if found else 0)


_SHOWN = ("reference", "invoice", "day", "state", "claimed", "paid", "cut", "replaces")


def _state(given: str) -> ClaimState:
    try:
        return ClaimState(given)
    except ValueError:
        known = ", ".join(state.value for state in ClaimState)
        raise Misconfigured(f"No state is called {given!r}; there are: {known}.", code="usage") from None


def _line(row: Row, claim: Claim | None) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "invoice": claim.number if claim else None,
        "day": row.served_on,
        "state": row.state.value,
        "claimed": row.cents,
        "approved": claim.outcome.approved if claim and claim.outcome else None,
        "paid": claim.paid if claim else 0,
        "cut": claim.cut if claim else 0,
        "replaces": row.replaces,
        "batch": row.batch,
    }


def _files(made: Iterable[Batch]) -> None:
    table("Files", ["name !", "services #", "amount $", "made !", "by", "uploaded !", "who said so"],
          [(b.name, b.items, b.cents, b.made_at, b.made_by, b.uploaded_at, b.uploaded_by)
           for b in made])  # fmt: skip


@claims.command("show")
@command
def show(
    reference: Annotated[str, typer.Argument(help="A claim's reference.")],
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Everything of one claim, with the scheme's own words (may hold personal details: audited)."""
    hub, name = kernel(), the_group(group)
    with hub.store.write(name, agent=agent()) as unit:
        row = claim_rows.row_of(unit, reference)
        claim = claim_rows.get(unit, row.scheme, row.reference) if row is not None else None
        if row is None or claim is None:
            raise Misconfigured(f"There is no claim {reference!r}; see `hub claims list`.", code="missing")
        audit.record(unit, "reveal", "claim", row.reference, outcome="shown")
    if as_json:
        say_json(
            {**_line(row, claim), "item": claim.item, "outcome": claim.outcome, "payments": claim.payments}
        )
        return
    item, outcome = claim.item, claim.outcome
    facts = [
        ("invoice", claim.number), ("state", row.state.value), ("member", item.member),
        ("service", item.service), ("kind", item.kind.value), ("day", f"{item.served_from:%d %b %Y}"),
        ("claimed", dollars(item.total)), ("paid", dollars(claim.paid)), ("cut", dollars(claim.cut)),
        ("replaces", row.replaces or ""),
    ]  # fmt: skip
    if outcome is not None:
        words = " ".join(part for part in (outcome.code, outcome.text) if part)
        facts += [("decided", outcome.decision.value), ("approved", dollars(outcome.approved))]
        facts += [("limit", dollars(outcome.limit))] if outcome.limit is not None else []
        facts += [("the scheme's words", words)] if words else []
    table(f"Claim {row.reference}", ["what !", ""], facts)


@claims.command("remittance")
@command
def remittance(
    number: Annotated[str, typer.Argument(help="The remittance's number.")],
    scheme: SchemeOption,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """The lines of a remittance, with the claims they pay; a line that fits none has no claim."""
    hub, name = kernel(), the_group(group)
    with hub.store.read(name) as unit:
        found = entities.get(unit, scheme, Settlement.kind, number)
    if not isinstance(found, Settlement):
        raise Misconfigured(f"There is no remittance {number!r} of {scheme!r}.", code="missing")
    if as_json:
        say_json(found)
        return
    table(f"Remittance {found.number}, {dollars(found.amount)}", ["scheme's number !", "claim !", "amount $"],
          [(part.reference, part.about.source_id if part.about else bad("none"), part.amount)
           for part in found.parts])  # fmt: skip


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


@imports.command("catalogue")
@command
def import_catalogue(
    file: FileArgument, scheme: SchemeOption, group: GroupOption = None, as_json: JsonOption = False
) -> None:
    """Import a scheme's services and price limits (saved as CSV); every version stays."""
    found = catalogue.import_catalogue(kernel(), the_group(group), scheme, _bytes(file), agent=agent())
    if as_json:
        say_json(found)
        return
    until = f"{found.last:%d %b %Y}" if found.last else "further notice"
    again = " It was imported before: nothing changed." if found.again else ""
    say(f"{found.rows} rows, valid from {found.first:%d %b %Y} until {until}.{again}")


@imports.command("results")
@command
def import_results(
    file: FileArgument, scheme: SchemeOption, group: GroupOption = None, as_json: JsonOption = False
) -> None:
    """Import what a scheme decided on an uploaded file. Accepted is not paid."""
    found = answers.import_results(kernel(), the_group(group), scheme, _bytes(file), agent=agent())
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
    scheme: SchemeOption,
    banked: Annotated[
        datetime | None,
        typer.Option("--banked", formats=["%Y-%m-%d"], help="The day the bank shows, where it is another."),
    ] = None,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a remittance advice: one deposit, matched to claims line by line. `hub deliver` posts it."""
    on = banked.date() if banked else None
    found = money.import_remittance(
        kernel(), the_group(group), scheme, _bytes(file), banked=on, agent=agent()
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
        raise Misconfigured(f"The file {file} cannot be read.", code="claims:file") from None


def register(app: typer.Typer) -> None:
    app.add_typer(claims, name="claims")
