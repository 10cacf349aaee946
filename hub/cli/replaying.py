"""`hub deliveries replay` and `hub replays`: try one again, some, or all that a filter names."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from hub import replay
from hub.cli.acting import deliveries, whole_id
from hub.cli.context import (
    GroupOption,
    JsonOption,
    WhyOption,
    a_reason,
    agent,
    command,
    kernel,
    the_group,
    until,
)
from hub.cli.show import escape, plain, say, say_json, table
from hub.documents import DocKind
from hub.errors import Misconfigured
from hub.kernel import Kernel
from hub.replaying.choice import STATES, Choice, choose, summary
from hub.store import replays as rows
from hub.store.replays import Became, ReplayRow

replays = typer.Typer(no_args_is_help=True, help="Replays: who asked for what, and how far they are.")
IdArgument = Annotated[str, typer.Argument(help="A replay's id, or the part of it that the list shows.")]
_SAYS = {
    Became.AGAIN: "planned again",
    Became.GONE: "gone at the target, planned again",
    Became.STANDS: "still there, nothing sent",
    Became.UNDER_WAY: "under way already",
    Became.OVERTAKEN: "overtaken by a newer version",
}


@deliveries.command("replay")
@command
def replay_some(
    which: Annotated[
        list[str] | None, typer.Argument(help="Deliveries, by the id that the list shows; or a filter:")
    ] = None,
    state: Annotated[str | None, typer.Option("--state", help=f"{', '.join(STATES)}; or all.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Such as invoice or receipt.")] = None,
    location: Annotated[str | None, typer.Option("--location", help="One location's key.")] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Business dates from this day on.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="And to this one.")
    ] = None,
    cause: Annotated[
        str | None, typer.Option("--cause", help="What it was refused for (`account:*` for a family).")
    ] = None,
    why: Annotated[str, typer.Option("--why", help="The reason, kept in the audit log.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only counts and amounts.")] = False,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try held or withdrawn deliveries again; re-make delivered ones that a look says are gone."""
    hub, name = kernel(), the_group(group)
    if location is not None and location not in [place.key for place in hub.config(name).locations]:
        raise Misconfigured(f"There is no location {location!r}.", code="usage")
    if kind is not None and kind not in [known.value for known in DocKind]:
        raise Misconfigured(f"There is no kind {kind!r}.", code="usage")
    ids = tuple(whole_id(hub, name, one) for one in which or ())
    days = [day.date() if day else None for day in (first, last)]
    choice = Choice(ids, state, kind, location, days[0], days[1], cause)
    if ids and Choice(ids) != choice:
        raise Misconfigured("Say either deliveries or a filter.", code="usage")
    if dry_run:
        _show_meant(hub, name, choice, as_json=as_json)
    elif len(ids) == 1:
        outcome = replay.replay(hub, name, ids[0], who=agent(), why=a_reason(why))
        if as_json:
            say_json({"delivery": ids[0], "outcome": outcome})
        else:
            say(f"{escape(outcome)}. `hub deliver` (or the worker) does it now.")
    else:
        begun = replay.start(hub, name, choice, who=agent(), why=a_reason(why))
        _say_progress(replay.run(hub, name, begun, until()), as_json=as_json)


def _show_meant(hub: Kernel, group: str, choice: Choice, *, as_json: bool) -> None:
    with hub.store.read(group) as unit:
        meant = summary(choose(unit, choice))
    if as_json:
        say_json({"asked": choice.plain(), "meant": meant})
        return
    table("Would be replayed", ["what !", "count #", "amount $"],
          [(what, row["count"], row["cents"]) for what, row in meant.items()])  # fmt: skip
    say("Each delivered one is looked up; only what is gone at the target is made again.")


def _say_progress(row: ReplayRow, *, as_json: bool) -> None:
    if as_json:
        say_json({**plain(row), "state": row.state})
        return
    became = ", ".join(f"{count} {_SAYS[Became(name)]}" for name, count in sorted(row.became.items()))
    say(f"Replay {row.id} is {row.state}: {became or 'nothing yet'}.")
    if row.waiting:
        say(f"{row.waiting} wait: the worker goes on with them unless it is paused, or `hub replays run`.")
    elif row.became.get(Became.AGAIN) or row.became.get(Became.GONE):
        say("`hub deliver` (or the worker) does it now.")


@replays.command("list")
@command
def list_replays(
    limit: Annotated[int, typer.Option("--limit", help="How many, newest first.")] = 50,
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """The newest replays and releases with their progress."""
    hub, name = kernel(), the_group(group)
    with hub.store.read(name) as unit:
        found = rows.listed(unit, limit=limit)
    if as_json:
        say_json([{**plain(row), "state": row.state} for row in found])
        return
    table("Replays", ["id ~", "when (UTC) !", "who", "state !", "done #", "waiting #", "asked >", "why >"],
          [(r.id, r.created_at, r.who, r.state, sum(r.became.values()), r.waiting,
            " ".join(f"{k}={v}" for k, v in r.asked.items()), r.why) for r in found])  # fmt: skip


@replays.command("show")
@command
def show_replay(which: IdArgument, group: GroupOption = None, as_json: JsonOption = False) -> None:
    """One replay: every delivery of it and what became of it."""
    hub, name = kernel(), the_group(group)
    with hub.store.read(name) as unit:
        found = rows.whole_id(unit, which)
        row, items = rows.listed(unit, replay_id=found)[0], rows.items(unit, found)
    if as_json:
        say_json({**plain(row), "state": row.state, "items": items})
        return
    _say_progress(row, as_json=False)
    table("Deliveries", ["id ~", "kind !", "state now", "amount $", "became"],
          [(i["delivery_id"], i["kind"], i["state"], i["cents"],
            _SAYS[Became(i["outcome"])] if i["outcome"] else "waits") for i in items])  # fmt: skip


@replays.command("pause")
@command
def pause(which: IdArgument, why: WhyOption, group: GroupOption = None, as_json: JsonOption = False) -> None:
    """Stop a replay within one slice; `hub replays run` goes on."""
    hub, name = kernel(), the_group(group)
    found = _whole(hub, name, which)
    replay.pause(hub, name, found, who=agent(), why=a_reason(why))
    _say_progress(replay.get(hub, name, found), as_json=as_json)


@replays.command("run")
@command
def resume(
    which: IdArgument,
    why: Annotated[str, typer.Option("--why", help="Needed where it was paused.")] = "",
    group: GroupOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on with a replay that was paused or interrupted."""
    hub, name = kernel(), the_group(group)
    found = _whole(hub, name, which)
    if replay.get(hub, name, found).state == "paused":
        replay.pause(hub, name, found, who=agent(), why=a_reason(why), off=True)
    _say_progress(replay.run(hub, name, found, until()), as_json=as_json)


def _whole(hub: Kernel, group: str, given: str) -> str:
    with hub.store.read(group) as unit:
        return rows.whole_id(unit, given)


def register(app: typer.Typer) -> None:
    app.add_typer(replays, name="replays")
