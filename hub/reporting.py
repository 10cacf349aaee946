"""What changed since the last report, read from rows: so that a conductor sees the work of every process.

The cursor is an instant; the window ends a little in the past, so that a row whose transaction commits
late is not passed over. Counts and ids only. Whoever reports first moves the cursor; a slow or absent
conductor delays reports and nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, func, select

from hub.contracts import Change, Reporter
from hub.kernel import Kernel
from hub.store.session import Unit
from hub.store.tables import delivery, entity, hold, issue, raw_record, report_cursor

HORIZON = timedelta(seconds=2)
EVERY = timedelta(seconds=5)
Counts = dict[tuple[str, ...], dict[str, int]]


def collect(kernel: Kernel, name: str, *, horizon: timedelta = HORIZON) -> tuple[list[Change], datetime]:
    """Changes of all groups after the cursor `name`, by asset, and the instant they reach to."""
    through = kernel.world.now() - horizon
    counts: Counts = defaultdict(lambda: defaultdict(int))
    for group in kernel.store.groups():
        systems = {c.id: c.system for c in kernel.config(group).connections}
        with kernel.store.read(group) as unit:
            since = _cursor(unit, name)
            _count(unit, _raw(unit.group, since, through), counts, lambda r: ("raw", systems[r[0]], r[1]), systems)
            _count(unit, _canonical(unit.group, since, through), counts, lambda r: ("canonical", r[1]), systems)
            _count(
                unit, _delivered(unit.group, since, through), counts, lambda r: ("delivered", systems[r[0]], r[1]), systems
            )
    stamp = through.isoformat()
    return [Change(asset, dict(rows), stamp) for asset, rows in sorted(counts.items())], through


def report(kernel: Kernel, name: str, reporter: Reporter) -> int:
    """Collect, hand over, and only then move the cursor. Returns how many assets changed."""
    changes, through = collect(kernel, name)
    if changes:
        reporter.report(changes)
        move(kernel, name, through)
    return len(changes)


def move(kernel: Kernel, name: str, through: datetime) -> None:
    """Note that everything up to `through` was reported."""
    for group in kernel.store.groups():
        with kernel.store.write(group, agent="reporter") as unit:
            key = _key(group, name)
            row = {"through": through.isoformat(), "updated_at": unit.now}
            updated = unit.db.execute(
                report_cursor.update().where(report_cursor.c.name == key).values(**row)
            )
            if updated.rowcount == 0:
                unit.db.execute(report_cursor.insert().values(name=key, **row))


def lag(kernel: Kernel, group: str, name: str) -> timedelta:
    """How far behind the reports are."""
    with kernel.store.read(group) as unit:
        return kernel.world.now() - _cursor(unit, name)


def open_holds(kernel: Kernel) -> dict[str, int]:
    """Open holds and issues by cause over all groups (causes hold no personal text)."""
    counts: dict[str, int] = defaultdict(int)
    for group in kernel.store.groups():
        with kernel.store.read(group) as unit:
            for table in (hold, issue):
                query = (
                    select(table.c.cause, func.count())
                    .where(table.c.group_id == group, table.c.closed_at.is_(None))
                    .group_by(table.c.cause)
                )
                for cause, count in unit.db.execute(query):
                    counts[cause] += count
    return dict(sorted(counts.items()))


def throttled(kernel: Kernel, work: Callable[[], None], every: timedelta = EVERY) -> Callable[[], None]:
    """`work` at most once per `every`; its failures are the conductor's and wait for the next time."""
    last: list[float] = []

    def call() -> None:
        now = kernel.world.clock.monotonic()
        if last and now - last[0] < every.total_seconds():
            return
        last[:] = [now]
        work()

    return call


def _key(group: str, name: str) -> str:
    return f"{name}/{group}"[:100]


def _cursor(unit: Unit, name: str) -> datetime:
    row = unit.db.execute(
        select(report_cursor.c.through).where(report_cursor.c.name == _key(unit.group, name))
    ).first()
    return datetime.fromisoformat(row[0]) if row else datetime(1970, 1, 1, tzinfo=UTC)


def _count(
    unit: Unit,
    query: Select[tuple[str, str, str, int]],
    counts: Counts,
    asset: Callable[[Sequence[str]], tuple[str, ...]],
    systems: dict[str, str],
) -> None:
    for row in unit.db.execute(query):
        if row[0] in systems:
            counts[asset((row[0], row[1]))][row[2]] += row[3]


def _raw(group: str, since: datetime, through: datetime) -> Select[tuple[str, str, str, int]]:
    t = raw_record.c
    return (
        select(t.connection_id, t.stream, t.connection_id, func.count())
        .where(t.group_id == group, t.asked_at > since, t.asked_at <= through)
        .group_by(t.connection_id, t.stream)
    )


def _canonical(group: str, since: datetime, through: datetime) -> Select[tuple[str, str, str, int]]:
    t = entity.c
    return (
        select(t.connection_id, t.kind, t.connection_id, func.count())
        .where(t.group_id == group, t.updated_at > since, t.updated_at <= through)
        .group_by(t.connection_id, t.kind)
    )


def _delivered(group: str, since: datetime, through: datetime) -> Select[tuple[str, str, str, int]]:
    t = delivery.c
    return (
        select(t.target_id, t.kind, t.state, func.count())
        .where(t.group_id == group, t.settled_at > since, t.settled_at <= through)
        .group_by(t.target_id, t.kind, t.state)
    )
