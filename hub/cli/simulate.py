"""`hub simulate`: play seeded schedules of faults and deaths over the whole hub; replay one by its seed."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.progress import Progress

from hub.cli.context import HELD, JsonOption, command
from hub.cli.show import console, escape, say, say_json, table
from hub.errors import Misconfigured
from hub.simulation.faults import Cell
from hub.simulation.many import play_all, processes
from hub.simulation.profiles import PROFILES
from hub.simulation.report import Report
from hub.simulation.result import Result
from hub.simulation.scenario import find
from hub.simulation.shrink import shrink
from hub.simulation.simulator import Simulator

LAST_LINES = 40

SeedOption = Annotated[int | None, typer.Option("--seed", help="Replay one schedule and show how it went.")]
ProfileOption = Annotated[str, typer.Option("--profile", help=f"Kind of chaos: {', '.join(PROFILES)}.")]


@command
def simulate(
    seed: SeedOption = None,
    schedules: Annotated[int, typer.Option("--schedules", help="How many schedules to play.")] = 20,
    from_seed: Annotated[int, typer.Option("--from-seed", help="The first seed.")] = 1,
    profile: ProfileOption = "swarm",
    without: Annotated[
        list[str] | None, typer.Option("--without", help="Leave one event out of a replay (repeatable).")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", help="Processes; 0: one per core.")] = 1,
    every_cell: Annotated[
        bool,
        typer.Option("--every-cell", help="Go on until no cell of the table is empty; fail where one stays."),
    ] = False,
    scenario: Annotated[str | None, typer.Option("--scenario", help="Which installed scenario.")] = None,
    lines: Annotated[int, typer.Option("--lines", help="How much of a replay's trace to show.")] = LAST_LINES,
    as_json: JsonOption = False,
) -> None:
    """Prove that nothing is sent twice and nothing is lost, under every fault there is a name for."""
    if profile not in PROFILES:
        raise Misconfigured(f"There is no profile {profile!r}; there are: {', '.join(PROFILES)}.")
    if seed is not None:
        wrong = _one(seed, profile, without or [], lines, scenario, as_json=as_json)
    else:
        wrong = _many(range(from_seed, from_seed + schedules), profile, jobs, every_cell, as_json, scenario)
    sys.exit(HELD if wrong else 0)


# --- one ---------------------------------------------------------------------------------------------


def _one(
    seed: int, profile: str, without: Sequence[str], lines: int, scenario: str | None, *, as_json: bool
) -> bool:
    simulator = Simulator(find(scenario))
    try:
        result = simulator.play(seed, profile=profile, without=without)
        if as_json:
            say_json(_plain(result))
        else:
            _tell(result, lines)
        if result.violations and not without:
            _smallest(simulator, result, profile, scenario, as_json=as_json)
    finally:
        simulator.close()
    return bool(result.violations)


def _plain(result: Result) -> dict[str, object]:
    return {
        "seed": result.seed,
        "profile": result.profile,
        "counts": result.counts,
        "violations": result.violations,
        "events": result.events,
        "played": dict(result.played),
        "exchanges": result.exchanges,
        "digest": result.digest,
    }


def _tell(result: Result, lines: int) -> None:
    for now, who, what in result.trace[-lines:] if lines else ():
        say(f"[dim]{now / 1000:10.3f}[/dim] {escape(who):<14} {escape(what)}")
    played = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in result.played.items())
    say(f"\nSeed {result.seed} ({result.profile}, trace {result.digest}): {played}.")
    say(f"{result.exchanges} calls, {len(result.events)} faults, deaths and freezes.")
    for wrong in result.violations:
        say(f"[red]{escape(wrong)}[/red]")
    if not result.violations:
        say("[green]Nothing twice, nothing lost, the books agree.[/green]")


def _smallest(
    simulator: Simulator, result: Result, profile: str, scenario: str | None, *, as_json: bool
) -> None:
    """Shrink a failure and say how to replay what is left of it."""

    def fails(out: frozenset[str]) -> Sequence[str] | None:
        again = simulator.play(result.seed, profile=profile, without=out)
        return again.events if again.violations else None

    left, out, played = shrink(result.events, fails)
    if as_json:
        say_json({"left": left, "without": sorted(out)})
        return
    say(f"\n[bold]It still fails with only these[/bold] (after {played} further schedules):")
    for event in left:
        say(f"  {escape(event)}")
    chosen = [f"--scenario {scenario}"] if scenario else []
    options = " ".join([*chosen, *(f"--without '{event}'" for event in sorted(out))])
    say(f"Replay that: hub simulate --seed {result.seed} --profile {profile} {escape(options)}")


# --- many --------------------------------------------------------------------------------------------


def _many(
    seeds: range, profile: str, jobs: int, every_cell: bool, as_json: bool, scenario: str | None
) -> bool:
    """Whether something is wrong, or a cell that had to be met is empty."""
    cells, several = _cells(scenario), jobs or os.cpu_count() or 1
    with (
        Progress(console=console(stderr=True), disable=as_json) as progress,
        processes(several, scenario) as play,
    ):
        task, out = progress.add_task("", total=len(seeds)), progress.console
        told: set[tuple[int, str]] = set()
        tenths: set[tuple[int, int]] = set()

        def tell(report: Report, left: int) -> None:
            for seed, played in sorted(report.failed.keys() - told):
                out.print(f"[red]seed {seed} ({played}) failed[/red]")
            told.update(report.failed)
            said = f"{len(report.empty(cells))} of {len(cells)} cells empty, {len(report.failed)} failed"
            total = report.schedules + left
            progress.update(task, description=said, completed=report.schedules, total=total)
            tenth = total, 10 * report.schedules // total
            if not (out.is_terminal or as_json or tenth in tenths):  # a bar is drawn on terminals alone
                tenths.add(tenth)
                out.print(f"{report.schedules} of {total} schedules, {said}")

        report = play_all(seeds, several, play, profile, fill=cells if every_cell else (), tell=tell)
    if as_json:
        say_json(report.as_json(cells))
    else:
        _summary(report, seeds, cells, scenario)
    return bool(report.failed) or (every_cell and bool(report.empty(cells)))


def _cells(scenario: str | None) -> list[Cell]:
    simulator = Simulator(find(scenario))
    try:
        return simulator.cells
    finally:
        simulator.close()


def _summary(report: Report, seeds: range, cells: Sequence[Cell], scenario: str | None) -> None:
    found = report.as_json(cells)
    rows = [
        (operation, fault, counts.get("lives"), counts.get("dies"))
        for operation, faults in found["table"].items()
        for fault, counts in faults.items()
    ]
    table(
        "Operation x fault",
        ["operation", "fault, and whether before or after the effect", "lives #", "dies #"],
        rows,
    )
    faults = found["faults"]
    played = ", ".join(f"{count} of {name}" for name, count in report.profiles.items())
    say(
        f"{report.schedules} schedules from seed {seeds.start} on ({played}), {report.counted} counted; "
        f"{report.exchanges} calls, {sum(faults.values())} faults, {report.deaths} deaths, "
        f"{report.freezes} freezes; {found['schedules_per_cpu_minute']} schedules a minute of one core; "
        f"{len(found['empty_cells'])} of {found['cells']} cells empty."
    )
    say("Faults: " + ", ".join(f"{count} {kind}" for kind, count in sorted(faults.items())) + ".")
    if report.interrupted:
        say("[yellow]Interrupted: this is what was played until then.[/yellow]")
    where = f" --scenario {scenario}" if scenario else ""
    for (seed, played), wrong in sorted(report.failed.items()):
        again = f"hub simulate{where} --seed {seed} --profile {played}"
        say(f"[red]seed {seed}[/red]: {escape(wrong[0])} ({again})")
    if not report.failed:
        say("[green]No violation.[/green]")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)
