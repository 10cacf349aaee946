"""The `hub demo` command: start what is needed, play, compare, tell; 0 only if every cent is explained."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from hub.cli.context import command
from hub.cli.demo import flow, summary
from hub.cli.demo.children import Children
from hub.cli.demo.outcome import outcome
from hub.cli.demo.story import Life, Story, find
from hub.cli.show import console, escape, say_json
from hub.config.load import load_group
from hub.errors import Misconfigured
from hub.kernel import Kernel
from hub.world import SystemClock

MAPPING = Path("mappings/clinics/example.yaml")
STATE = "life.json"

Once = Annotated[bool, typer.Option("--once", help="Headless: play, compare, end.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")]
Month = Annotated[str, typer.Option("--month", help="The month to play, in the past: YYYY-MM.")]
Weeks = Annotated[
    int | None, typer.Option("--weeks", help="Play so many steps; with --continue further ones.")
]
GoOn = Annotated[bool, typer.Option("--continue", help="Go on with the demo that was played before.")]
NoReports = Annotated[bool, typer.Option("--without-reports", help="Import no payment reports.")]
Documented = Annotated[bool, typer.Option("--documented-limits", help="Keep the vendors' rate limits: slow.")]
Seed = Annotated[int, typer.Option("--seed", help="Another seed is another month.")]
Home = Annotated[Path, typer.Option("--home", help="Where the demo keeps everything.")]
Database = Annotated[str | None, typer.Option("--database", help="Another database than SQLite in the home.")]
Port = Annotated[int, typer.Option("--port", help="Where Dagster's pages will be.")]


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for."""

    home: Path
    once: bool
    quiet: bool
    month: str
    weeks: int | None
    seed: int
    with_reports: bool
    raised: bool
    database: str | None
    port: int


@dataclass(frozen=True, slots=True)
class Played:
    """A played story and the hub that followed it; `counts` are the clinics' acts."""

    hub: Kernel
    group: str
    life: Life
    story: Story
    counts: dict[str, int]


@command
def demo(
    once: Once = False,
    as_json: Json = False,
    month: Month = "2026-10",
    weeks: Weeks = None,
    go_on: GoOn = False,
    without_reports: NoReports = False,
    documented_limits: Documented = False,
    seed: Seed = 7,
    home: Home = Path(".hub/demo"),
    database: Database = None,
    port: Port = 3000,
) -> None:
    """Play a month of a clinic group's life into simulated systems and prove the books, to the cent."""
    raised = not documented_limits
    asked = Options(
        home.resolve(), once, as_json, month, weeks, seed, not without_reports, raised, database, port
    )
    _prepare(asked.home, go_on)
    clock = SystemClock()
    started = clock.monotonic()
    children = Children(asked.home / "logs")
    try:
        played = _play(children, asked)
        result = outcome(
            played.hub,
            played.group,
            played.life,
            played.story,
            with_reports=asked.with_reports,
            limits="raised" if raised else "documented",
            seconds=clock.monotonic() - started,
            played=played.counts,
        )
        if as_json:
            say_json(result.as_json())
        else:
            summary.show(result)
        played.life.close()
        if not once:
            _stay(port, asked.home)
    finally:
        children.stop()
    sys.exit(0 if result.passed else 1)


def _prepare(home: Path, go_on: bool) -> None:
    """A fresh home, or the one of the demo before. Never deletes a folder that no demo made."""
    ours = (home / STATE).exists() or (home / "logs").exists()
    if go_on and not (home / STATE).exists():
        raise Misconfigured(f"There is no demo to go on with in {home}; leave out --continue.")
    if not go_on and home.exists() and any(home.iterdir()):
        if not ours:
            raise Misconfigured(f"{home} is not empty and not a demo's; choose another --home.")
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)


def _play(children: Children, asked: Options) -> Played:
    story = find()
    counts: dict[str, int] = {}
    with _progress(asked.quiet) as progress:
        task = progress.add_task("Starting the simulated systems", total=None)
        urls = {
            connection: children.sandbox(system, asked.home / f"{system}.sqlite", seed=asked.seed)
            for connection, system in {**story_systems(MAPPING), **story_portals(MAPPING)}.items()
        }
        life = story.life(
            urls,
            seed=asked.seed,
            month=asked.month,
            weeks=asked.weeks,
            state=asked.home / STATE,
            reports=asked.with_reports,
        )
        where = flow.place(asked.home, urls, asked.database)
        os.environ.update(where.env)
        budgets = story.raise_limits(life) if asked.raised else {}
        hub, group = flow.open_hub(where, MAPPING, life, month=asked.month, budgets=budgets)
        if not asked.once:
            progress.update(task, description="Starting receiver, worker and Dagster")
            _start_all(children, where, asked.port)
        progress.update(task, total=life.steps, completed=0)
        for step in range(life.steps):
            progress.update(task, description=f"Step {step + 1}: the clinics work")
            report = life.play(step)
            for name, count in report.counts.items():
                counts[name] = counts.get(name, 0) + count
            progress.update(task, description=f"Step {step + 1}: pull, import, deliver")
            flow.round_of(hub, group, life, report, with_reports=asked.with_reports)
            progress.advance(task)
        progress.update(task, description="Comparing the books")
    return Played(hub, group, life, story, counts)


def _progress(quiet: bool) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<46}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console(stderr=True),
        disable=quiet,
    )


def story_systems(mapping: Path) -> dict[str, str]:
    """Connection id -> system of the mapping that the story plays into."""
    return {one.id: one.system for one in load_group(mapping).connections}


def story_portals(mapping: Path) -> dict[str, str]:
    """Scheme id -> system of the funding schemes whose portals a person of the story visits."""
    return {one.id: one.system for one in load_group(mapping).schemes}


def _start_all(children: Children, where: flow.Place, port: int) -> None:
    """What a deployment runs; the demo pulls by itself after each step."""
    up = [sys.executable, "-m", "hub.cli", "up", "--dagster-port", str(port), "--die-with-parent"]
    children.start("up", up, where.env)
    children.wait_for("up", f"http://127.0.0.1:{port}/server_info")


def _stay(port: int, home: Path) -> None:
    """Leave everything running until Ctrl-C."""
    console().print(
        f"\nDagster shows every asset, run and check: [bold]http://127.0.0.1:{port}[/bold]\n"
        f"In another terminal: [bold]. {escape(str(home / flow.ENV))}[/bold], then "
        "`hub status`, `hub holds`, `hub trace 10432`, `hub reconcile`.\n"
        "The worker and the receiver go on. Ctrl-C ends the demo."
    )
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    over.wait()


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)
