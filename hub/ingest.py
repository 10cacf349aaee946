"""Pulling: raw records from a source into our database, one page per transaction, in slices.

A slice stops starting pages at `until`; the next one goes on from the cursor. A wait is never slept here:
a limit of the other system pauses the connection, our own budget simply ends the slice.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hub.contracts import FullListing, Page, Source, SourceClient, Stream
from hub.errors import (
    FeedLost,
    HubError,
    LeaseLost,
    Missing,
    PauseConnection,
    Reason,
    ReconnectNeeded,
    Refused,
    Who,
)
from hub.kernel import Kernel
from hub.limits import reserving
from hub.pulling import fetch, guard, keep, run
from hub.store import connections, raw

FIRST_LOAD_LEAVES = 0.2
OWN_BUDGET = "budget:"
LONGEST_WAIT = 5.0
LOOK_AGAIN = 0.2
"""Seconds to wait, and between looks, for another worker that is reading the same stream."""


@dataclass(frozen=True, slots=True)
class PullReport:
    """One stream's slice. `records` were listed, `changed` are new versions (children included).

    `complete`: the last run reached its end and the cursor moved. `error`: why it did not go on.
    """

    stream: str
    pages: int = 0
    records: int = 0
    changed: int = 0
    complete: bool = False
    error: Reason | None = None

    def after(self, before: PullReport) -> PullReport:
        """Both slices as one, which ended as this one did."""
        return replace(
            self,
            pages=before.pages + self.pages,
            records=before.records + self.records,
            changed=before.changed + self.changed,
        )


@dataclass(frozen=True, slots=True)
class _Opened:
    """A source connection at hand for one round, with its settings as configured."""

    connection: str
    source: Source
    client: SourceClient
    settings: Mapping[str, Any]


def pull_connection(
    kernel: Kernel, group: str, connection: str, until: datetime, nightly: bool = False
) -> list[PullReport]:
    """Pull every stream of a source in its declared order; a dead or limited connection ends the round."""
    opened = _opened(kernel, group, connection)
    reports: list[PullReport] = []
    error = _guarded(kernel, group, connection, opened.client, nightly=nightly)
    if error is not None:
        return [PullReport(guard.STREAM, error=error)]
    for stream in opened.source.streams:
        report = _pull(kernel, group, opened, stream, until, nightly=nightly)
        reports.append(report)
        if report.error is not None and not _open(kernel, group, connection):
            break
    return reports


def pull(
    kernel: Kernel, group: str, connection: str, stream: str, until: datetime, *, nightly: bool = False
) -> PullReport:
    """Pull one stream until its run ends or the slice does. Raises Misconfigured for an unknown stream."""
    opened = _opened(kernel, group, connection)
    found = fetch.stream_of(opened.source, stream)
    return _pull(kernel, group, opened, found, until, nightly=nightly)


def _opened(kernel: Kernel, group: str, connection: str) -> _Opened:
    config = kernel.config(group)
    source, client = kernel.source(group, connection, config)
    return _Opened(connection, source, client, config.connection(connection).settings)


def _pull(
    kernel: Kernel, group: str, opened: _Opened, stream: Stream, until: datetime, *, nightly: bool
) -> PullReport:
    """One run; after one that went on where another stopped, a second for what changed since that began."""
    ttl = timedelta(seconds=kernel.settings.lease_seconds)
    total = PullReport(stream.name)
    again = True
    while again:
        try:
            going = _begun(kernel, group, opened, stream, until, ttl, nightly=nightly)
        except HubError as closed:
            return replace(total, error=Reason(closed.code, closed.sentence, closed.who))
        if going is None:
            return total
        slice_ = _run(kernel, group, opened, going, until, ttl)
        total = slice_.after(total)
        again, nightly = going.resumed and slice_.complete and kernel.world.now() < until, False
    return total


def _run(
    kernel: Kernel, group: str, opened: _Opened, going: run.Run, until: datetime, ttl: timedelta
) -> PullReport:
    world = kernel.world
    pages = records = changed = 0
    error: Reason | None = None
    complete: bool | None = None
    try:
        with reserving(FIRST_LOAD_LEAVES) if going.first else nullcontext():
            while going.ask is not None and world.now() < until:
                seen, new, complete = _page(kernel, group, opened, going, ttl)
                pages, records, changed = pages + 1, records + seen, changed + new
        if complete is None:
            with kernel.store.write(group) as unit:
                if going.ask is None:
                    complete = run.finish(unit, going)
                else:
                    run.stop(unit, going)
    except LeaseLost:
        pass
    except HubError as failure:
        error = _failed(kernel, group, going, failure)
    return PullReport(going.stream.name, pages, records, changed, complete or False, error)


def _begun(
    kernel: Kernel,
    group: str,
    opened: _Opened,
    stream: Stream,
    until: datetime,
    ttl: timedelta,
    *,
    nightly: bool,
) -> run.Run | None:
    """A leased run; waits a little while another worker reads the stream, so that its records are all here.

    Raises LeaseLost when that takes longer, PauseConnection when the connection rests.
    """
    world, waited = kernel.world, 0.0
    owner = f"{world.worker}:{world.new_id()}"
    while True:
        try:
            with kernel.store.write(group) as unit:
                state = connections.state(unit, opened.connection)
                if not state.open(unit.now):
                    raise _closed(state)
                return run.begin(
                    unit,
                    opened.connection,
                    stream,
                    owner=owner,
                    ttl=ttl,
                    nightly=nightly,
                    settings=opened.settings,
                )
        except LeaseLost:
            if waited >= LONGEST_WAIT or world.now() >= until:
                raise
        world.sleep(LOOK_AGAIN)
        waited += LOOK_AGAIN


def _page(
    kernel: Kernel, group: str, opened: _Opened, going: run.Run, ttl: timedelta
) -> tuple[int, int, bool | None]:
    """Read one page and whatever belongs to its changed records, then store all of it at once.

    How many records it had, how many changed, and how the run ended, if it was the last page.
    """
    stream, connection, now = going.stream, going.connection, kernel.world.now
    client, asked_at, ask = opened.client, now(), going.ask
    assert ask is not None
    page = client.page(stream, ask, going.progress.next)
    named = [record for record in page.records if stream.id_of(record)]
    found = [fetch.Fetched(stream, page.records, asked_at)]
    if named:
        with kernel.store.read(group) as unit:
            differing = raw.differing(unit, connection, stream, named)
        found += fetch.kin(client, opened.source, stream, differing, now)
    missing, there = _left_out(kernel, group, client, going, page)
    with kernel.store.write(group) as unit:
        changed = keep.keep(unit, connection, [*found, *there])
        stored = raw.count(unit, connection, stream.name) if going.first and page.next is None else None
        if going.advance(page, stored) and isinstance(stream.cursor, FullListing):
            living = raw.living_ids(unit, connection, stream.name, by=going.started)
            left_out = going.left_out(living, counted=page.total is not None)
            gone = [one for one in left_out if one in missing]
            changed += len(raw.mark_gone(unit, connection, stream, gone, asked_at))
        if going.ask is None:
            return len(page.records), changed, run.finish(unit, going)
        run.save(unit, going, ttl)
    return len(page.records), changed, None


def _left_out(
    kernel: Kernel, group: str, client: SourceClient, going: run.Run, page: Page
) -> tuple[set[str], list[fetch.Fetched]]:
    """Records that a complete listing leaves out: ids that are missing, and those that are there after all.

    Each is asked for by itself. When a record leaves and another comes between the same two pages, a listing
    leaves out a third and still counts right.
    """
    stream, now = going.stream, kernel.world.now
    if page.next is not None or not isinstance(stream.cursor, FullListing):
        return set(), []
    listed = {*going.progress.ids, *map(stream.id_of, page.records)}
    with kernel.store.read(group) as unit:
        living = raw.living_ids(unit, going.connection, stream.name, by=going.started)
    missing: set[str] = set()
    there: list[fetch.Fetched] = []
    for source_id in living:
        if source_id not in listed:
            asked_at = now()
            try:
                there.append(fetch.Fetched(stream, (client.fetch_one(stream, source_id),), asked_at))
            except Missing:
                missing.add(source_id)
    return missing, there


def pause(kernel: Kernel, group: str, connection: str, failure: PauseConnection) -> None:
    """Write down until when a connection must rest; our own budget's end is no reason to."""
    if not failure.code.startswith(OWN_BUDGET):
        with kernel.store.write(group) as unit:
            reconnect = isinstance(failure, ReconnectNeeded)
            connections.pause(
                unit, connection, failure.until, failure.code, failure.sentence, reconnect=reconnect
            )


def _failed(kernel: Kernel, group: str, going: run.Run, failure: HubError) -> Reason:
    """Give the run back for another time; one whose page is no longer there starts again."""
    if isinstance(failure, PauseConnection):
        pause(kernel, group, going.connection, failure)
    dead = isinstance(failure, (Missing, Refused)) and going.progress.next is not None
    try:
        with kernel.store.write(group) as unit:
            lost = isinstance(failure, FeedLost)
            run.stop(unit, going, error=failure.code, restart=dead, relist=lost)
    except LeaseLost:
        pass
    return Reason(failure.code, failure.sentence, failure.who)


def _guarded(
    kernel: Kernel, group: str, connection: str, client: SourceClient, *, nightly: bool
) -> Reason | None:
    """Probe before the first record and every night; None when pulling may go on."""
    with kernel.store.read(group) as unit:
        state = connections.state(unit, connection)
        wanted = nightly or not run.ever_complete(unit, connection)
        if not state.open(unit.now):
            closed = _closed(state)
            return Reason(closed.code, closed.sentence, closed.who)
    if wanted:
        try:
            guard.look(kernel, group, connection, client)
        except HubError as failure:
            if isinstance(failure, PauseConnection):
                pause(kernel, group, connection, failure)
            return Reason(failure.code, failure.sentence, failure.who)
    return None


def _open(kernel: Kernel, group: str, connection: str) -> bool:
    with kernel.store.read(group) as unit:
        return connections.is_open(unit, connection, unit.now)


def _closed(state: connections.State) -> PauseConnection:
    return PauseConnection(
        state.sentence or "The connection is paused.",
        state.paused_until,
        code=state.code or PauseConnection.code,
        who=Who.CLINIC if state.reconnect else Who.NOBODY,
    )
