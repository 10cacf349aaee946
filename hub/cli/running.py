"""Long-running shells: `worker` and `receiver`. Threads and signals live here, never in the kernel."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Annotated

import typer
import uvicorn

from hub import reporting
from hub.cli.context import command
from hub.cli.lanes import LaneLoop, pull_beat
from hub.cli.show import say
from hub.errors import HubError
from hub.kernel import Kernel, open_when_ready
from hub.receiver import application
from hub.settings import Settings
from hub.wake import waker

DieOption = Annotated[bool, typer.Option("--die-with-parent", help="End when standard input closes.")]
REPORTS = "dagster"
log = logging.getLogger("hub.worker")


@command
def worker(
    pull_every: Annotated[
        float | None,
        typer.Option("--pull-every", help="Also pull, every so many seconds; a schedule does without it."),
    ] = None,
    idle: Annotated[float, typer.Option("--idle", help="The slow poll, in seconds.")] = 5.0,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Tell the reporter (Dagster).")] = True,
    die_with_parent: DieOption = False,
) -> None:
    """Handle hints and deliver what is due, at once, until stopped."""
    start_log()
    hub = _open()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if die_with_parent:
        when_parent_ends(stop.set)
    if pull_every is not None:
        _beside(lambda: pull_beat(hub, stop, timedelta(seconds=pull_every)))
    if report and "DAGSTER_HOME" in os.environ and REPORTS in hub.plugins.reporters:
        _beside(lambda: _report_loop(hub, stop))
    _warm(hub)
    wake = waker(hub.world.engine, hub.world)
    say("worker is ready")
    try:
        LaneLoop(hub, wake, idle).run(stop.is_set)
    finally:
        wake.close()


def _open() -> Kernel:
    """The hub; waits for a database that is locked or restarting, and says so."""
    return open_when_ready(Settings(), log.warning)


def _warm(hub: Kernel) -> None:
    """Load what the first hint would wait for, and spare the garbage collector what stays for ever."""
    plugins = hub.plugins
    for kind in (plugins.sources, plugins.targets, plugins.normalisers, plugins.renderers):
        for system in kind:
            with suppress(HubError):  # whoever needs a broken plugin says so
                kind[system]
    gc.collect()
    gc.freeze()


def _report_loop(hub: Kernel, stop: threading.Event) -> None:
    """Report beside the work, so that a slow conductor delays reports only; sleeps while nobody commits."""
    wake = waker(hub.world.engine, hub.world)
    changed = True
    while not stop.wait(reporting.EVERY.total_seconds()):
        if changed or wake.wait(0.0):
            changed = not _told(hub)
    wake.close()


def _told(hub: Kernel) -> bool:
    """Whether a conductor accepted; where not, the cursor stays and the next beat tries again."""
    try:
        reporting.report(hub, REPORTS, hub.plugins.reporters[REPORTS])
    except Exception as error:  # a conductor's failure is its own
        log.warning("report failed: %s", type(error).__name__)
        return False
    return True


@command
def receiver(
    host: Annotated[str | None, typer.Option("--host", help="Default: HUB_RECEIVER_HOST.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Default: HUB_RECEIVER_PORT.")] = None,
    die_with_parent: DieOption = False,
) -> None:
    """Receive webhooks: verify, store, answer; a worker handles them."""
    start_log()
    hub = _open()
    server = uvicorn.Server(
        uvicorn.Config(
            application(hub),
            host=host or hub.settings.receiver_host,
            port=hub.settings.receiver_port if port is None else port,
            log_level="warning",
            access_log=False,
            server_header=False,
        )
    )
    if die_with_parent:

        def end() -> None:
            server.should_exit = True

        when_parent_ends(end)
    server.run()


def start_log() -> None:
    """To standard error: classes, codes and counts; libraries below warning stay silent."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("hub").setLevel(logging.INFO)


def _beside(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()


def when_parent_ends(act: Callable[[], None]) -> None:
    """The parent holds the other end of our standard input; it closes also when the parent is killed."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 4096):  # a buffered read would hold a lock that the end needs
            pass
        act()

    _beside(watch)


def register(app: typer.Typer) -> None:
    app.command()(worker)
    app.command()(receiver)
