"""The demo's hub: a fresh home, a database, the group's configuration, and one round per step of the story.

Headless and with everything running beside it the same functions do the work; leases and the outbox make
it indifferent whether this process, the worker or a Dagster run delivers something first.
"""

from __future__ import annotations

import base64
import json
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from hub import asking, due, ingest, normalise
from hub.cli.demo.carrying import carry
from hub.cli.demo.story import Life, StepReport
from hub.cli.setup import make_database
from hub.config.load import load_group
from hub.config.model import GroupConfig
from hub.config.store import store_config
from hub.deliver import deliver
from hub.errors import HubError, Misconfigured
from hub.imports import import_payments
from hub.kernel import Kernel, open_kernel
from hub.settings import Settings
from hub.store import connections, deliveries
from hub.store.tables import case, delivery, inbox_message

Say = Callable[[str], None]
AGENT = "demo"
ENV = "env"
"""File in the home: what a shell reads (`. FILE`) so that `hub` works on the demo."""
FIRST_OF_STORY = "2026-10-01"
PATIENCE = timedelta(minutes=10)
PASSING = frozenset({"lease-lost", "rate-limited", "paused"})
"""Errors of a pull that pass by themselves."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the demo lives: its home folder and the environment every one of its processes gets."""

    home: Path
    env: Mapping[str, str]


def place(home: Path, urls: Mapping[str, str], database: str | None) -> Place:
    """Write the demo's own master key once and name its environment, also in a file for a person's shell.

    Nothing outside `home` is touched.
    """
    home.mkdir(parents=True, exist_ok=True)
    key = home / "master.key"
    if not key.exists():
        key.write_text(base64.b64encode(os.urandom(32)).decode())
        key.chmod(0o600)
    env = {
        "HUB_HOME": str(home),
        "HUB_ENVIRONMENT": "demo",
        "HUB_DATABASE_URL": database or f"sqlite:///{home / 'hub.sqlite'}",
        "HUB_MASTER_KEY_FILE": str(key),
        "HUB_ENDPOINTS": json.dumps(dict(urls)),
    }
    lines = (f"export {name}={shlex.quote(value)}\n" for name, value in env.items())
    (home / ENV).write_text("".join(lines), "utf-8")
    (home / ENV).chmod(0o600)  # the URL of a database may hold its password
    return Place(home, env)


def settings_of(where: Place) -> Settings:
    """The same settings the child processes read from their environment."""
    return Settings(
        home=where.home,
        environment="demo",
        database_url=where.env["HUB_DATABASE_URL"],
        master_key_file=Path(where.env["HUB_MASTER_KEY_FILE"]),
        endpoints=json.loads(where.env["HUB_ENDPOINTS"]),
    )


def open_hub(
    where: Place,
    mapping: Path,
    life: Life,
    *,
    month: str,
    budgets: Mapping[str, Mapping[str, int]],
) -> tuple[Kernel, str]:
    """Migrate, load the mapping from the played month on, store the secrets. -> kernel, group."""
    settings = settings_of(where)
    make_database(settings)
    hub = open_kernel(settings)
    setup = life.setup()
    config = _config(where, mapping, month, setup.tenants, budgets)
    if config.id not in hub.store.groups():
        hub.store.create_group(config.id)
    text = (where.home / mapping.name).read_text("utf-8")
    store_config(hub, config.id, config, text, AGENT)
    with hub.store.write(config.id, agent=AGENT) as unit:
        for one in config.connections:
            if one.id in setup.secrets:
                connections.store_secret(
                    unit, one.id, one.system, one.role, dict(setup.secrets[one.id]), grant=one.grant
                )
    return hub, config.id


def _config(
    where: Place,
    mapping: Path,
    month: str,
    tenants: Mapping[str, str],
    budgets: Mapping[str, Mapping[str, int]],
) -> GroupConfig:
    copy = where.home / mapping.name
    if not copy.exists():
        copy.write_text(mapping.read_text("utf-8").replace(FIRST_OF_STORY, f"{month}-01"), "utf-8")
    config = load_group(copy).among(json.loads(where.env["HUB_ENDPOINTS"]))
    changed = [
        one.model_copy(
            update={
                "tenant": tenants.get(one.id, one.tenant),
                "budget": dict(budgets.get(one.id, one.budget)),
            }
        )
        for one in config.connections
    ]
    return config.model_copy(update={"connections": tuple(changed)})


def round_of(hub: Kernel, group: str, life: Life, step: StepReport, *, with_reports: bool) -> None:
    """Pull, import reports, carry the schemes' files, ask for payments, deliver until nothing is due.

    What was written into practice systems is read back at once, since only their own records are posted.
    """
    config, begun = hub.config(group), hub.world.now()
    for one in config.connections:
        if one.is_read:
            pull_until_quiet(hub, group, one.id)
    for business, first, last in step.reports if with_reports else ():
        import_report(hub, group, config, life, business, first, last)
    carry(hub, group, life)
    for number in step.asks:
        asking.ask(hub, group, number, who=AGENT, why="the patient was sent a link to pay by")
    settle(hub, group)
    for connection in _written(hub, group, begun):
        if config.is_practice(connection):
            pull_until_quiet(hub, group, connection)
            settle(hub, group)


def _written(hub: Kernel, group: str, since: datetime) -> list[str]:
    """Connections where something was delivered since then, by whomever: a worker may run beside us."""
    done = select(delivery.c.target_id).where(
        delivery.c.group_id == group, delivery.c.state == "delivered", delivery.c.settled_at >= since
    )
    with hub.store.read(group) as unit:
        return sorted(set(unit.db.execute(done).scalars()))


def pull_until_quiet(hub: Kernel, group: str, connection: str) -> None:
    """Pull and normalise once, whole; waits while a schedule pulls the same, or a limit passes.

    Raises what a listing failed with otherwise.
    """
    end = hub.world.now() + PATIENCE
    while True:
        reports = ingest.pull_connection(hub, group, connection, end)
        failed = next((report.error for report in reports if report.error is not None), None)
        if failed is None:
            break
        if (failed.code not in PASSING and not failed.code.startswith("budget:")) or hub.world.now() > end:
            raise HubError(failed.sentence, code=failed.code, who=failed.who)
        hub.world.sleep(1.0)
    normalise.normalise(hub, group, connection, end)


def import_report(
    hub: Kernel,
    group: str,
    config: GroupConfig,
    life: Life,
    business: str,
    first: date,
    last: date,
) -> None:
    """What a member of staff does: save the report, drop it into the hub."""
    found = [(c, p.key) for p in config.locations for c, id in p.source.items() if id == business]
    if len(found) != 1:
        raise Misconfigured(f"Not one location is mapped to business {business}.")
    ((connection, key),) = found
    data = life.report_csv(business, first, last)
    import_payments(hub, group, connection, key, first, last, data, agent=AGENT)


def settle(hub: Kernel, group: str, *, patience: timedelta = PATIENCE) -> None:
    """Deliver until nothing can go on within `patience`; waits out pauses and looks that end within it."""
    end = hub.world.now() + patience
    while hub.world.now() < end:
        soonest: list[datetime] = []
        for one in hub.config(group).connections:
            if one.is_written:
                next_due = deliver(hub, group, one.id, end).next_due
                if next_due is not None and (next_due < end or _put_off(hub, group, one.id)):
                    soonest.append(next_due)
        if not soonest and not due.waiting(hub).total and not _in_hand(hub, group):
            return
        wait = min(((s - hub.world.now()).total_seconds() for s in soonest), default=0.2)
        hub.world.sleep(min(5.0, max(0.05, wait)))
    raise HubError("The deliveries did not come to rest in time; see `hub status`.", code="not-quiet")


def _in_hand(hub: Kernel, group: str) -> bool:
    """Whether somebody, such as a worker beside us, holds a case or a hint right now: more may follow."""
    with hub.store.read(group) as unit:
        return any(
            unit.db.execute(
                select(table.c.id).where(table.c.group_id == group, table.c.lease_until > unit.now).limit(1)
            ).first()
            for table in (case, inbox_message)
        )


def _put_off(hub: Kernel, group: str, target: str) -> bool:
    """Whether what is due there later is work under way; else a case only wants to be looked at again then.

    So it is with a page that can be paid until tomorrow: nothing happens to it before the story goes on.
    """
    with hub.store.read(group) as unit:
        paused = connections.state(unit, target).paused_until
        sending = deliveries.next_due(unit, target)
        return sending is not None or (paused is not None and paused > unit.now)


__all__ = ["Place", "open_hub", "place", "round_of", "settings_of", "settle"]
