"""`hub audit`: who did what, and the proof that nobody changed it since."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from sqlalchemy import or_, select

from hub import seals
from hub.cli.context import HELD, GroupOption, JsonOption, command, kernel, the_group
from hub.cli.show import bad, say, say_json, table
from hub.errors import Misconfigured
from hub.store.session import Unit
from hub.store.tables import audit_event

audit = typer.Typer(no_args_is_help=True, help="The audit log: who did what, and is it whole?")
_e = audit_event.c


@audit.command("verify")
@command
def verify(
    head: Annotated[
        str | None, typer.Option("--head", help="A head kept from earlier: the chain must still contain it.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute every seal; ends with 1 where a block is not what was sealed."""
    kept = seals.Head.parse(head) if head is not None else None
    found = seals.verify(kernel().store, kept)
    if as_json:
        say_json({
            "whole": not found.broken, "broken": found.broken, "seals": found.seals, "rows": found.rows,
            "head": str(found.head) if found.head else None, "unsealed": found.unsealed,
            "oldest_unsealed": found.oldest_unsealed, "remedy": seals.REMEDY if found.broken else None,
        })  # fmt: skip
    elif found.broken:
        table("Broken", ["block #", "what"], [(one.seal, bad(one.sentence)) for one in found.broken])
        say(seals.REMEDY)
    else:
        say(f"[green]Whole[/green]: {found.rows} rows under {found.seals} seals, head {found.head}.")
    if found.unsealed and not as_json:
        say(f"{found.unsealed} newer rows are not sealed yet; nothing protects them until `hub audit seal`.")
    sys.exit(HELD if found.broken else 0)


@audit.command("seal")
@command
def seal(as_json: JsonOption = False) -> None:
    """Seal every row now; the running system does it within the hour."""
    store = kernel().store
    count = seals.seal(store)
    head = seals.head(store)
    if as_json:
        say_json({"sealed": count, "head": str(head) if head else None})
    else:
        say(f"{count} rows sealed. Head: {head}")


@audit.command("head")
@command
def head(as_json: JsonOption = False) -> None:
    """The newest seal, to keep outside: `hub audit verify --head` proves with it that nothing was cut off."""
    found = seals.head(kernel().store)
    if as_json:
        say_json({"head": str(found) if found else None})
    else:
        say(str(found) if found else "Nothing is sealed yet; run `hub audit seal`.")


@audit.command("list")
@command
def list_rows(
    action: Annotated[str | None, typer.Option("--action", help="Such as freeze, connect, replay.")] = None,
    who: Annotated[str | None, typer.Option("--who", help="One person or worker.")] = None,
    since: Annotated[
        datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="From this day on (UTC).")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", help="How many, newest first.")] = 50,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """The newest audit rows."""
    hub, name = kernel(), the_group(group)
    where = [_e.action == action] if action else []
    where += [_e.agent == who] if who else []
    where += [_e.recorded >= since.replace(tzinfo=UTC)] if since else []
    with hub.store.read(name) as unit:
        query = select(audit_event).where(_e.group_id == unit.group, *where).order_by(_e.seq.desc())
        found = [_plain(row) for row in unit.db.execute(query.limit(limit))]
    _show("Audit", found, as_json=as_json)


@audit.command("show")
@command
def show(
    thing: Annotated[
        str, typer.Argument(help="An id of anything (or the end of it that lists show), or of a batch.")
    ],
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Everything that was done with one thing, oldest first."""
    hub, name = kernel(), the_group(group)
    with hub.store.read(name) as unit:
        found = _of_thing(unit, thing)
    if not found:
        raise Misconfigured(f"No audit row names {thing!r}.", code="missing")
    _show(f"History of {thing}", found, as_json=as_json)


def _of_thing(unit: Unit, thing: str) -> list[dict[str, Any]]:
    query = select(audit_event).where(
        _e.group_id == unit.group, or_(_e.entity_id == thing, _e.correlation == thing)
    )
    rows = unit.db.execute(query.order_by(_e.seq)).all()
    if not rows and len(thing) >= 6:
        ends = select(audit_event).where(
            _e.group_id == unit.group, _e.entity_id.endswith(thing, autoescape=True)
        )
        rows = unit.db.execute(ends.order_by(_e.seq)).all()
    return [_plain(row) for row in rows]


def _plain(row: Any) -> dict[str, Any]:
    found = {name: value for name, value in row._mapping.items() if name not in ("payload", "group_id")}
    return {**found, "codes": json.loads(row.payload).get("codes", {})}


def _show(title: str, found: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        say_json(found)
        return
    table(
        title,
        ["row #", "when (UTC) !", "who", "did", "with what ~", "outcome", "why >"],
        [(r["seq"], r["recorded"], r["agent"], f"{r['action']} {r['entity_type']}", r["entity_id"],
          r["outcome"], r["reason"]) for r in found],
    )  # fmt: skip


def register(app: typer.Typer) -> None:
    app.add_typer(audit, name="audit")
