"""What changed since the last report, read from rows: so that a conductor sees the work of every process.

The window of a report ends at an instant taken while holding the group's write lock: every unit that took
its `now` before it has committed and is visible, every later one has a later `now`. So nothing is passed
over and nothing told twice, without waiting. Counts, codes and ids of rows only. Whoever reports first
moves the cursor; a slow or absent conductor delays reports and nothing else.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from hub import invariants, leases
from hub.changed import counted
from hub.contracts import Answer, Change, Reporter
from hub.errors import Misconfigured
from hub.ids import canonical_json, digest
from hub.invariants import Check, Finding
from hub.kernel import Kernel
from hub.store.session import Unit
from hub.store.tables import (
    hold,
    issue,
    report_cursor,
)

EVERY = timedelta(seconds=5)
PATIENCE = 120.0
"""Seconds a reporter may take until another one may report instead."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Report:
    """Assets that changed, standing questions with a new answer, and what moves once it was accepted."""

    changes: tuple[Change, ...] = ()
    answers: tuple[Answer, ...] = ()
    through: Mapping[str, datetime] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def reporting(kernel: Kernel, name: str) -> Iterator[Report | None]:
    """The report due now; leaving the block without an exception means that it was accepted.

    None while another process reports under the same name: it will tell what we would. Where there is
    nothing to tell, nothing is written.
    """
    if not _anything(kernel, name):
        yield Report()
        return
    with leases.holding(kernel.store, f"report/{name}", kernel.world.worker, PATIENCE) as lease:
        if lease is None:
            yield None
            return
        found = _collect(kernel, name)
        yield found
        if leases.held(lease):
            _accepted(kernel, name, found)


def report(kernel: Kernel, name: str, reporter: Reporter) -> int:
    """Collect, hand over, and only then move the cursor. Returns how many things were told."""
    with reporting(kernel, name) as found:
        if found is None:
            return 0
        told = len(found.changes) + len(found.answers)
        if told:
            reporter.report(found.changes, found.answers)
    return told


def answers(kernel: Kernel, checks: Sequence[Check] = invariants.CHECKS) -> list[Answer]:
    """The standing questions asked of every clinic group, one answer each."""
    found: dict[str, list[Finding]] = {check.name: [] for check in checks}
    causes: dict[str, Counter[str]] = {"holds": Counter(), "issues": Counter()}
    acts: dict[str, str] = {}
    for group in kernel.store.groups():
        with kernel.store.read(group) as unit:
            for check in checks:
                found[check.name].append(invariants.run(check, unit))
            for name, table in (("holds", hold), ("issues", issue)):
                for cause, who, count in _by_cause(unit, table):
                    causes[name][cause] += count
                    acts[cause] = who
    return [_answer(check, found[check.name], causes.get(check.causes, Counter()), acts) for check in checks]


def lag(kernel: Kernel, group: str, name: str) -> timedelta:
    """For how long changes have been waiting to be reported; zero when there are none."""
    with kernel.store.read(group) as unit:
        since = _cursor(unit, name)
        if not any(counted(unit, {}, since, unit.now)):
            return timedelta(0)
        return unit.now - since


def _answer(
    check: Check, findings: Sequence[Finding], causes: Counter[str], acts: Mapping[str, str]
) -> Answer:
    bad = [finding for finding in findings if not finding.passed]
    return Answer(
        check.name,
        check.layer,
        not bad,
        sum(finding.count for finding in bad),
        tuple(finding.group for finding in bad),
        tuple(one for finding in bad for one in finding.sample)[: invariants.SAMPLE],
        check.instruction,
        dict(causes.most_common()) if bad else {},
        {cause: acts[cause] for cause in causes} if bad else {},
    )


def _by_cause(unit: Unit, table: Any) -> list[tuple[str, str, int]]:
    """What is open: (cause, who must act, how many)."""
    query = (
        select(table.c.cause, func.min(table.c.who), func.count())
        .where(table.c.group_id == unit.group, table.c.closed_at.is_(None))
        .group_by(table.c.cause)
        .order_by(table.c.cause)
    )
    return [(str(row[0]), str(row[1]), int(row[2])) for row in unit.db.execute(query)]


def _anything(kernel: Kernel, name: str) -> bool:
    """A look before the lease: what is not committed yet is seen next time."""
    for group in kernel.store.groups():
        with kernel.store.read(group) as unit:
            if any(counted(unit, {}, _cursor(unit, name), unit.now)):
                return True
    return bool(_news(kernel, name)[0])


def _news(kernel: Kernel, name: str) -> tuple[tuple[Answer, ...], dict[str, str]]:
    """Prompt questions whose answer differs from the last reported one, and the fingerprints of all."""
    before = _known(kernel, name)
    asked = answers(kernel, [check for check in invariants.CHECKS if check.prompt])
    now = {one.question: _fingerprint(one) for one in asked}
    return tuple(one for one in asked if before.get(one.question) != now[one.question]), now


def _collect(kernel: Kernel, name: str) -> Report:
    totals: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    reached: dict[str, datetime] = {}
    for group in kernel.store.groups():
        systems = _systems(kernel, group)
        with kernel.store.write(group, agent="reporter") as unit:
            through = unit.now  # taken under the lock: see above
        with kernel.store.read(group) as unit:
            since = _cursor(unit, name)
            for asset, what, count in counted(unit, systems, since, through):
                totals[asset][what] += count
                reached[group] = through
    stamp = max(reached.values()).isoformat() if reached else ""
    changes = tuple(Change(asset, dict(rows), stamp) for asset, rows in sorted(totals.items()))
    news, known = _news(kernel, name)
    return Report(changes, news, reached, known if news else {})


def _systems(kernel: Kernel, group: str) -> dict[str, str]:
    """System by id of a connection or scheme; a group nobody has configured yet has none."""
    try:
        config = kernel.config(group)
    except Misconfigured:
        return {}
    of_schemes = {one.id: one.system for one in config.schemes}
    return {**of_schemes, **{one.id: one.system for one in config.connections}}


def _cursor(unit: Unit, name: str) -> datetime:
    row = unit.db.execute(
        select(report_cursor.c.through).where(report_cursor.c.name == _key(unit.group, name))
    ).first()
    return datetime.fromisoformat(row[0]) if row else _LONG_AGO


def _known(kernel: Kernel, name: str) -> dict[str, str]:
    """The last reported answer of each question, as a fingerprint."""
    with kernel.store.look() as db:
        row = db.execute(
            select(report_cursor.c.through).where(report_cursor.c.name == _key("", name))
        ).first()
    return json.loads(row[0]) if row else {}


def _accepted(kernel: Kernel, name: str, found: Report) -> None:
    rows = {_key(group, name): through.isoformat() for group, through in found.through.items()}
    if found.known:
        rows[_key("", name)] = canonical_json(dict(found.known))
    if not rows:
        return
    with kernel.store.shared() as db:
        for key, through in rows.items():
            row = {"through": through, "updated_at": kernel.world.now()}
            updated = db.execute(report_cursor.update().where(report_cursor.c.name == key).values(**row))
            if updated.rowcount == 0:
                db.execute(report_cursor.insert().values(name=key, **row))


def _key(group: str, name: str) -> str:
    return f"{name}/{group}"[:100]


def _fingerprint(one: Answer) -> str:
    return digest(str(one.passed), str(one.count), canonical_json(dict(one.causes)))


def throttled(kernel: Kernel, work: Callable[[], object], every: timedelta = EVERY) -> Callable[[], None]:
    """`work` at most once per `every`, on the monotonic clock."""
    last: list[float] = []

    def call() -> None:
        now = kernel.world.clock.monotonic()
        if not last or now - last[0] >= every.total_seconds():
            last[:] = [now]
            work()

    return call
