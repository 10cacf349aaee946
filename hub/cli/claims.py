"""Looking at claims from funding schemes: `claims list|late|show|remittance`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from hub import audit, work
from hub.canonical import Claim, ClaimState, Settlement
from hub.claiming import late
from hub.claiming.billing import LAST_DAY
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
from hub.cli.show import bad, dollars, say, say_json, table
from hub.errors import Misconfigured
from hub.store import claim_files, entities
from hub.store import claims as claim_rows
from hub.store.claim_files import Batch
from hub.store.claims import Row

claims = typer.Typer(no_args_is_help=True, help="Claims from funding schemes, by file.")


@claims.command("list")
@command
def list_(
    scheme: SchemeOption = None,
    state: Annotated[str | None, typer.Option("--state", help="Only claims in this state.")] = None,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Files made and how far each claim got."""
    hub, name = kernel(), the_group(group)
    meant = the_scheme(name, scheme)
    wanted = [_state(state)] if state is not None else None
    with hub.store.read(name) as unit:
        made = claim_files.batches(unit, meant)
        rows = claim_rows.listed(unit, meant, wanted)
        shown = [_line(row, claim_rows.get(unit, meant, row.reference)) for row in rows]
    if as_json:
        say_json({"batches": made, "claims": shown})
        return
    _files(made)
    heads = ["reference !", "invoice !", "day !", "state !", "claimed $", "paid $", "cut $", "replaces >"]
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
        rows = [(one.todo.number, one.todo.who, one.todo.cents, one.todo.sentence) for one in found]
        table("To be claimed in time", ["invoice !", "who !", "amount $", "what >"], rows)
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


def _hands(one: Batch) -> str:
    """Who made a file and, where that is somebody else, who uploaded it."""
    return ", ".join(dict.fromkeys(who for who in (one.made_by, one.uploaded_by) if who))


def _files(made: Iterable[Batch]) -> None:
    table("Files", ["name !", "services #", "amount $", "made (UTC) !", "uploaded (UTC) !", "by"],
          [(b.name, b.items, b.cents, b.made_at, b.uploaded_at, _hands(b)) for b in made])  # fmt: skip


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
    scheme: SchemeOption = None,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """The lines of a remittance, with the claims they pay; a line that fits none has no claim."""
    hub, name = kernel(), the_group(group)
    meant = the_scheme(name, scheme)
    with hub.store.read(name) as unit:
        found = entities.get(unit, meant, Settlement.kind, number)
    if not isinstance(found, Settlement):
        raise Misconfigured(f"There is no remittance {number!r} of {meant!r}.", code="missing")
    if as_json:
        say_json(found)
        return
    table(f"Remittance {found.number}, {dollars(found.amount)}", ["scheme's number !", "claim !", "amount $"],
          [(part.reference, part.about.source_id if part.about else bad("none"), part.amount)
           for part in found.parts])  # fmt: skip
