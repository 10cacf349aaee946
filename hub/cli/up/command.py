"""The command `hub up`: take the lease, migrate, start everything, watch over it, end it all."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated

import httpx
import typer

from hub import due, leases
from hub.cli.context import command
from hub.cli.running import DieOption, start_log, when_parent_ends
from hub.cli.show import console, escape
from hub.cli.up import conductor, holder, notes
from hub.cli.up.children import Child, Children, Spec
from hub.errors import DatabaseFailed, HubError
from hub.kernel import Kernel, open_kernel
from hub.leases import Lease
from hub.patience import patiently
from hub.settings import Settings
from hub.store.migrations import run as migrations
from hub.store.session import Store, migrate, open_engine, schema_of
from hub.store.vault import Vaults
from hub.world import SystemClock, real_world

PIPE = "--die-with-parent"
BEAT = 0.2
HEALTH_EVERY = 10.0
PULL_EVERY = 300.0
BEHIND = 30.0
"""Seconds after which waiting work says that the worker is behind."""
GRACE = {"receiver": 10.0, "worker": 40.0}
"""Seconds a child gets to end: the worker lets calls under way end, a little more than one deadline."""

Dagster = Annotated[bool, typer.Option("--dagster/--no-dagster", help="Without Dagster the worker pulls.")]
PullEvery = Annotated[
    float | None,
    typer.Option(
        "--pull-every",
        help="The worker pulls, every so many seconds. Default: Dagster's schedule, else 300.",
    ),
]
Migrate = Annotated[bool, typer.Option("--migrate", help="Bring the database to this release's schema, end.")]


@command
def up(
    dagster: Dagster = True,
    host: Annotated[str, typer.Option("--dagster-host", help="Where Dagster's pages listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--dagster-port", help="The port of Dagster's pages.")] = 3000,
    receiver_host: Annotated[
        str | None, typer.Option("--receiver-host", help="Default: HUB_RECEIVER_HOST.")
    ] = None,
    receiver_port: Annotated[
        int | None, typer.Option("--receiver-port", help="Default: HUB_RECEIVER_PORT.")
    ] = None,
    pull_every: PullEvery = None,
    only_migrate: Migrate = False,
    die_with_parent: DieOption = False,
) -> None:
    """Run everything: migrate, then receiver, worker and Dagster, until stopped."""
    start_log()
    settings = Settings()
    hub, lease = _take(settings)
    stop = _Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop.ask)
    if die_with_parent:
        when_parent_ends(stop.ask)
    if only_migrate:
        leases.release(hub.store, lease)
        return
    own_host, own_port = receiver_host or settings.receiver_host, receiver_port or settings.receiver_port
    addresses = {"receiver": f"http://{own_host}:{own_port}"}
    env = {**os.environ}
    specs = _own((own_host, own_port), pull_every or (None if dagster else PULL_EVERY))
    if dagster:
        folder = conductor.prepare(settings.home)
        env["DAGSTER_HOME"] = str(folder)
        specs += conductor.specs(folder, host, port)
        addresses[conductor.WEBSERVER] = f"http://{host}:{port}"
    tree = _Tree(hub, lease, Children(specs, env, hub.world.clock, _tell), addresses)
    try:
        tree.watch(stop)
    finally:
        tree.end()


def _take(settings: Settings) -> tuple[Kernel, Lease]:
    """The open hub under its lease, migrated. An empty database is made first: it has no lease to take."""
    settings.home.mkdir(parents=True, exist_ok=True)
    world = real_world(open_engine(settings.database_url, busy_timeout=settings.busy_timeout))
    store = Store(world, Vaults(settings.master(), world.rng))
    found = patiently(lambda: schema_of(world.engine), settings.database_patience, _wait)
    if found is None:
        migrate(world.engine, environment=settings.environment)
    lease = holder.take(store, _seconds(settings))
    try:
        if found != migrations.HEAD:
            migrate(world.engine, environment=settings.environment)
            _tell("up", f"migrated the database from schema {found or 'none'} to {migrations.HEAD}")
        return open_kernel(settings, world), lease
    except BaseException:  # also when a person interrupts: nobody else could begin until it ran out
        leases.release(store, lease)
        raise


def _seconds(settings: Settings) -> float:
    return min(holder.SECONDS, settings.lease_seconds)


def _own(receiver: tuple[str, int], pull_every: float | None) -> list[Spec]:
    python = [sys.executable, "-m", "hub.cli"]
    host, port = receiver
    cadence = [] if pull_every is None else ["--pull-every", str(pull_every)]
    return [
        Spec("receiver", [*python, "receiver", "--host", host, "--port", str(port), PIPE], GRACE["receiver"]),
        Spec("worker", [*python, "worker", *cadence, PIPE], GRACE["worker"]),
    ]


@dataclass(slots=True)
class _Stop:
    """Set by a signal or by the end of the parent."""

    asked: bool = False

    def ask(self, *_: object) -> None:
        self.asked = True


@dataclass
class _Tree:
    """The running tree: children, lease and health, from one loop in the main thread."""

    hub: Kernel
    lease: Lease
    children: Children
    addresses: Mapping[str, str]
    _unwell: dict[str, str] = field(default_factory=dict)
    _started: str = ""
    _answered: bool = False
    _database: str = ""

    def watch(self, stop: _Stop) -> None:
        """Blocks until asked to stop. Raises LeaseLost when another `hub up` took over."""
        monotonic = self.hub.world.clock.monotonic
        self._started = self.hub.world.now().isoformat(timespec="seconds")
        renewed = looked = monotonic()
        while not stop.asked:
            changed = self.children.beat()
            if monotonic() - renewed >= _seconds(self.hub.settings) / 3:
                self._renew()
                renewed = monotonic()
            if monotonic() - looked >= (HEALTH_EVERY if self._answered else 1.0):
                changed |= self._look()
                looked = monotonic()
            if changed:
                self._note()
            self.hub.world.sleep(BEAT)
        _tell("up", "stopping")

    def end(self) -> None:
        """End the children, then give the lease back: whoever comes next finds nobody."""
        self.children.stop(self.hub.world.sleep)
        notes.remove(self.hub.settings.home)
        with suppress(DatabaseFailed):
            leases.release(self.hub.store, self.lease)
        self.hub.world.engine.dispose()
        _tell("up", "everything has ended")

    def _renew(self) -> None:
        try:
            self.lease = holder.renew(self.hub.store, self.lease, _seconds(self.hub.settings))
        except DatabaseFailed as error:  # the children wait for it as well
            self._say_once(error.code, f"{error.code}: {error.sentence}")
        else:
            self._say_once("", "the database is back")

    def _say_once(self, code: str, sentence: str) -> None:
        if code != self._database:
            _tell("database", sentence)
            self._database = code

    def _look(self) -> bool:
        """Ask every child how it is; tell what changed."""
        before = dict(self._unwell)
        for name, child in self.children.all.items():
            wrong = self._health(name, child)
            if wrong is None:
                self._unwell.pop(name, None)
            else:
                self._unwell[name] = wrong
        if not self._answered:
            if not self._unwell:
                self._answered = True
                told = ", ".join(f"{name} {address}" for name, address in self.addresses.items())
                _tell("up", f"everything is well; {told}")
            return True
        for name in sorted({*before, *self._unwell}):
            if self._unwell.get(name) != before.get(name):
                _tell(name, self._unwell.get(name, "is well again"))
        return before != self._unwell

    def _health(self, name: str, child: Child) -> str | None:
        """What is wrong with a child, None when it is well."""
        if child.pid is None:
            return "waits for its next start" if child.deaths else "waits for its turn"
        try:
            if name == "receiver":
                httpx.get(f"{self.addresses[name]}/alive", timeout=3.0).raise_for_status()
            elif name == "worker":
                waiting = due.waiting(self.hub, grace_seconds=BEHIND).total
                return f"is behind: {waiting} things wait for more than {BEHIND:.0f} s" if waiting else None
            elif name == conductor.WEBSERVER:
                return conductor.unwell(self.addresses[name])
        except httpx.HTTPError:
            return "does not answer"
        except HubError as error:
            return error.code
        return None

    def _note(self) -> None:
        """Write down who runs, for `hub status`."""
        pids = self.children.pids()
        members = tuple(
            notes.Member(
                name, child.pid, self._unwell.get(name, "well"), child.restarts, self.addresses.get(name)
            )
            for name, child in self.children.all.items()
        )
        found = notes.Notes(self.lease.owner, self._started, pids.get("guard"), members)
        notes.write(self.hub.settings.home, found)


def _tell(name: str, text: str) -> None:
    """One line about a member of the tree, with the time (UTC)."""
    console().print(escape(f"{SystemClock().now():%H:%M:%S}  {name:<17} {text}"), soft_wrap=True)


def _wait(sentence: str) -> None:
    _tell("database", sentence)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)
