"""From stored records to canonical values: every waiting bundle, in slices, and what follows from it.

A mapping that finds a bundle incomplete has it read once as a whole; when it still does not add up, that is
an open issue and the value it was before stays, with its cases stopped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hub.errors import HubError, Missing, PauseConnection
from hub.ingest import pause
from hub.kernel import Kernel
from hub.normalising import bundle, effects, todo
from hub.normalising.bundle import Outcome
from hub.normalising.context import Context, context
from hub.pulling import fetch, keep
from hub.store import connections, raw
from hub.store.session import Unit

BATCH = 25


@dataclass
class NormaliseReport:
    """`changed` counts new, changed and withdrawn values by kind; `refetched` bundles read as a whole."""

    bundles: int = 0
    changed: dict[str, int] = field(default_factory=dict)
    opened: int = 0
    closed: int = 0
    refetched: int = 0

    def add(self, outcome: Outcome, kinds: Sequence[str]) -> None:
        self.bundles += outcome.bundles
        self.opened += outcome.opened
        self.closed += outcome.closed
        for kind, count in Counter(kinds).items():
            self.changed[kind] = self.changed.get(kind, 0) + count


def normalise(kernel: Kernel, group: str, connection: str, until: datetime) -> NormaliseReport:
    """Interpret everything that waits, until there is nothing left or the slice is over."""
    ctx = context(kernel, group, connection)
    report = NormaliseReport()
    _drain(kernel, group, ctx, until, report)
    while kernel.world.now() < until and _refetch(kernel, group, ctx, until, report):
        _drain(kernel, group, ctx, until, report)
    return report


def normalise_these(unit: Unit, ctx: Context, records: Sequence[tuple[str, str]]) -> NormaliseReport:
    """Interpret at once the bundles that these (stream, source id) belong to, inside the caller's unit."""
    roots: dict[str, set[str]] = {}
    for spec in ctx.normaliser.bundles:
        for stream, source_id in records:
            if stream == spec.root:
                roots.setdefault(spec.root, set()).add(source_id)
    members: dict[str, list[str]] = {}
    for stream, source_id in records:
        members.setdefault(stream, []).append(source_id)
    for stream, ids in members.items():
        for spec in ctx.normaliser.bundles:
            found = todo.roots_of(unit, ctx.connection, spec, stream, ids)
            if len(found) > BATCH:
                todo.again(unit, ctx.connection, spec.root, found)
            else:
                roots.setdefault(spec.root, set()).update(found)
    report, outcome = NormaliseReport(), Outcome()
    for spec in ctx.normaliser.bundles:
        if roots.get(spec.root):
            bundle.interpret(unit, ctx, spec, sorted(roots[spec.root]), outcome)
        members.pop(spec.root, None)
    for stream, ids in members.items():
        raw.normalised(unit, [row.id for row in raw.latest_of(unit, ctx.connection, stream, ids).values()])
    changes = effects.follow(unit, ctx, outcome.changes, outcome.touched)
    report.add(outcome, [change.kind for change in changes])
    return report


def _drain(kernel: Kernel, group: str, ctx: Context, until: datetime, report: NormaliseReport) -> None:
    """Until nothing waits. A bundle that waits only because a member changed makes no other wait.

    Else two bundles that are each other's members (a payment names its invoice, the invoice shows it) would
    wake each other for ever.
    """
    specs = {spec.root: spec for spec in ctx.normaliser.bundles}
    streams = todo.order(ctx.normaliser)
    woken: set[str] = set()
    with kernel.store.read(group) as unit:
        marked = todo.marked(unit, ctx.connection)
    while kernel.world.now() < until:
        if not marked.issubset(streams):
            with kernel.store.write(group) as unit:
                todo.pass_over(unit, ctx.connection, streams)
            marked &= set(streams)
        stream = next((one for one in streams if one in marked), None)
        if stream is None:
            return
        # What waits is not asked for again until this stream has no full batch left: a first load has many.
        while kernel.world.now() < until:
            with kernel.store.write(group) as unit:
                ids = todo.waiting(unit, ctx.connection, stream, BATCH)
                latest = raw.latest_of(unit, ctx.connection, stream, ids)
                changed = [source_id for source_id, row in latest.items() if row.id not in woken]
                woken |= todo.spread(unit, ctx.connection, ctx.normaliser, stream, changed)
                outcome = Outcome()
                if stream in specs:
                    bundle.interpret(unit, ctx, specs[stream], ids, outcome)
                else:
                    raw.normalised(unit, [row.id for row in latest.values()])
                changes = effects.follow(unit, ctx, outcome.changes, outcome.touched)
                full = len(ids) == BATCH
                marked = marked if full else todo.marked(unit, ctx.connection)
            report.add(outcome, [change.kind for change in changes])
            if not full:
                break


def _refetch(kernel: Kernel, group: str, ctx: Context, until: datetime, report: NormaliseReport) -> bool:
    """Read incomplete bundles as a whole; True when at least one now waits to be interpreted again."""
    with kernel.store.read(group) as unit:
        wanted = todo.to_refetch(unit, ctx.connection)
        ready = bool(wanted) and connections.is_open(unit, ctx.connection, unit.now)
    if not ready:
        return False
    source, client = kernel.source(group, ctx.connection)
    done = 0
    for stream, source_id in wanted:
        if kernel.world.now() >= until:
            break
        try:
            found = fetch.whole(
                client,
                source,
                fetch.stream_of(source, stream),
                source_id,
                kernel.world.now,
                fetch.nobody,
            )
        except Missing:
            found = []
        except HubError as failure:
            if isinstance(failure, PauseConnection):
                pause(kernel, group, ctx.connection, failure)
            break
        with kernel.store.write(group) as unit:
            keep.keep(unit, ctx.connection, found)
            todo.refetched(unit, ctx.connection, stream, source_id)
        done += 1
    report.refetched += done
    return done > 0
