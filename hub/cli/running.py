"""Long-running shells: `worker` and `receiver`. Threads and signals live here, never in the kernel."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

import typer
import uvicorn

from hub import reporting
from hub.cli.context import command, kernel
from hub.cli.show import say
from hub.receiver import application
from hub.wake import waker
from hub.worker import pull_loop, run


def _stop_event(die_with_parent: bool) -> threading.Event:
    """Set by SIGTERM, SIGINT or, if asked, by the end of the parent (its pipe to our stdin closes)."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if die_with_parent:

        def watch() -> None:
            while sys.stdin.buffer.read(4096):
                pass
            stop.set()

        threading.Thread(target=watch, daemon=True).start()
    return stop


DieOption = Annotated[bool, typer.Option("--die-with-parent", help="End when standard input closes.")]


@command
def worker(
    pull_every: Annotated[
        float | None, typer.Option("--pull-every", help="Also pull, every so many seconds; a schedule does without it.")
    ] = None,
    idle: Annotated[float, typer.Option("--idle", help="The slow poll, in seconds.")] = 5.0,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Tell the reporter (Dagster).")] = True,
    die_with_parent: DieOption = False,
) -> None:
    """Handle hints and deliver what is due, at once, until stopped."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    hub = kernel()
    stop = _stop_event(die_with_parent)
    if pull_every is not None:
        threading.Thread(
            target=pull_loop,
            args=(hub,),
            kwargs={"stop": stop.is_set, "every": timedelta(seconds=pull_every)},
            daemon=True,
        ).start()
    if report:
        threading.Thread(target=_report_loop, args=(stop,), daemon=True).start()
    wake = waker(hub.world.engine, hub.world)
    say("worker is ready")
    try:
        run(hub, wake, stop=stop.is_set, idle=idle)
    finally:
        wake.close()


def _report_loop(stop: threading.Event) -> None:
    """Report every few seconds beside the work, so that a slow conductor delays reports only."""
    hub = kernel()
    reporter = hub.plugins.reporters.get("dagster")
    if reporter is None or "DAGSTER_HOME" not in os.environ:
        return
    while not stop.wait(reporting.EVERY.total_seconds()):
        _quietly(lambda: reporting.report(hub, "dagster", reporter))


def _quietly(work: Callable[[], object]) -> None:
    try:
        work()
    except Exception as error:  # a conductor's failure is its own: the cursor stays, the next beat tries again
        logging.getLogger("hub.worker").warning("report failed: %s", type(error).__name__)


@command
def receiver(
    host: Annotated[str, typer.Option("--host")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port")] = 8700,
    die_with_parent: DieOption = False,
) -> None:
    """Receive webhooks: verify, store, answer; a worker handles them."""
    server = uvicorn.Server(
        uvicorn.Config(application(kernel()), host=host, port=port, log_level="warning", access_log=False)
    )
    if die_with_parent:

        def watch() -> None:
            while sys.stdin.buffer.read(4096):
                pass
            server.should_exit = True

        threading.Thread(target=watch, daemon=True).start()
    server.run()


def register(app: typer.Typer) -> None:
    app.command()(worker)
    app.command()(receiver)
