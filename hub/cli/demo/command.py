"""The `hub demo` command: start what is needed, play, compare, tell, and exit 0 only if nothing is unexplained."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from hub.cli.context import command
from hub.cli.demo import flow, summary
from hub.cli.demo.children import Children
from hub.cli.demo.outcome import outcome
from hub.cli.demo.story import Life, Story, find
from hub.cli.show import console, say_json
from hub.kernel import Kernel
from hub.world import SystemClock

MAPPING = Path("mappings/clinics/example.yaml")


@command
def demo(
    once: Annotated[bool, typer.Option("--once", help="Headless: play, compare, end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
    month: Annotated[str, typer.Option("--month", help="The month to play, in the past.")] = "2026-10",
    weeks: Annotated[int | None, typer.Option("--weeks", help="Play so many weeks (with --continue: further ones).")] = None,
    go_on: Annotated[bool, typer.Option("--continue", help="Go on with the demo that was played before.")] = False,
    without_reports: Annotated[bool, typer.Option("--without-reports", help="Import no payment reports.")] = False,
    documented_limits: Annotated[bool, typer.Option("--documented-limits", help="Keep the vendors' own rate limits (slow).")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another month.")] = 7,
    home: Annotated[Path, typer.Option("--home", help="Where the demo keeps everything.")] = Path(".hub/demo"),
    database: Annotated[str | None, typer.Option("--database", help="Another database than SQLite in the home.")] = None,
    dagster_port: Annotated[int, typer.Option("--port", help="Where Dagster's pages will be.")] = 3000,
) -> None:  # fmt: skip
    """Play a month of a clinic group's life into simulated systems and prove the books, to the cent."""
    home = home.resolve()
    if not go_on and home.exists():
        shutil.rmtree(home)
    children = Children(home / "logs")
    started = SystemClock().monotonic()
    try:
        played = _play(
            children, home, once=once, quiet=as_json, month=month, weeks=weeks, go_on=go_on, seed=seed,
            with_reports=not without_reports, raised=not documented_limits, database=database, port=dagster_port,
        )  # fmt: skip
        hub, group, life, story, counts = played
        result = outcome(
            hub, group, life, story, with_reports=not without_reports,
            limits="documented" if documented_limits else "raised",
            seconds=SystemClock().monotonic() - started, played=counts,
        )  # fmt: skip
        if as_json:
            say_json(result.as_json())
        else:
            summary.show(result)
        life.close()
        if not once:
            _stay(dagster_port)
    finally:
        children.stop()
    sys.exit(0 if result.passed else 1)


def _play(
    children: Children, home: Path, *, once: bool, quiet: bool, month: str, weeks: int | None, go_on: bool, seed: int,
    with_reports: bool, raised: bool, database: str | None, port: int,
) -> tuple[Kernel, str, Life, Story, dict[str, int]]:  # fmt: skip
    story = find()
    home.mkdir(parents=True, exist_ok=True)
    with Progress(
        SpinnerColumn(), TextColumn("{task.description:<46}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console(stderr=True), disable=quiet,
    ) as progress:  # fmt: skip
        task = progress.add_task("Starting the simulated systems", total=None)
        urls = {
            connection: children.sandbox(system, home / f"{system}.sqlite", seed=seed)
            for connection, system in story_systems(MAPPING).items()
        }
        life = story.life(urls, seed=seed, month=month, weeks=weeks, state=home / "life.json",
                          reports=with_reports)
        where = flow.place(home, urls, database)
        os.environ.update(where.env)
        budgets = story.raise_limits(life) if raised else {}
        hub, group = flow.open_hub(where, MAPPING, life, month=month, budgets=budgets)
        if not once:
            progress.update(task, description="Starting receiver, worker and Dagster")
            _start_all(children, where, port)
        counts: dict[str, int] = {}
        progress.update(task, total=life.steps, completed=0)
        for step in range(life.steps):
            progress.update(task, description=f"Step {step + 1}: the clinics work")
            report = life.play(step)
            for name, count in report.counts.items():
                counts[name] = counts.get(name, 0) + count
            progress.update(task, description=f"Step {step + 1}: pull, import, deliver")
            flow.round_of(hub, group, life, list(report.reports), with_reports=with_reports)
            progress.advance(task)
        progress.update(task, description="Comparing the books")
    return hub, group, life, story, counts


def story_systems(mapping: Path) -> dict[str, str]:
    """Connection id -> system of the mapping that the story plays into."""
    from hub.config.load import load_group

    return {one.id: one.system for one in load_group(mapping).connections}


def _start_all(children: Children, where: flow.Place, port: int) -> None:
    python = [sys.executable, "-m", "hub.cli"]
    children.start("receiver", [*python, "receiver", "--die-with-parent"], where.env)
    children.start("worker", [*python, "worker", "--die-with-parent"], where.env)
    dagster = [str(Path(sys.executable).with_name("dagster")), "dev", "-w", "workspace.yaml", "-p", str(port)]
    children.start("dagster", dagster, where.env)
    children.wait_for("dagster", f"http://127.0.0.1:{port}/server_info")


def _stay(port: int) -> None:
    """Leave everything running until Ctrl-C."""
    console().print(
        f"\nDagster shows every asset, run and check: [bold]http://127.0.0.1:{port}[/bold]\n"
        "The worker and the receiver go on. Ctrl-C ends the demo."
    )
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    over.wait()


def register(app: typer.Typer) -> None:
    app.command()(demo)


