"""One run over one stream: which listings it asks, how far it got, and the cursor it leaves.

The row is leased while a run goes on, so that two workers never page through the same stream. `seen` (in
`state`) stays apart from `committed`: listings are not ordered by time of change, so the cursor moves once,
at the end of a run whose listings were all whole, and never past the run's start. A run that is interrupted
goes on from its next page; what changed meanwhile is asked for by another run right after it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from hub.contracts import Ask, EventId, FullListing, Page, Stream, UpdatedSince, Window
from hub.errors import LeaseLost
from hub.store.session import Unit
from hub.store.tables import stream_cursor

DEFAULT_WINDOW_DAYS = 45
_c = stream_cursor.c
_ROW = select(
    _c.committed,
    _c.position,
    _c.state,
    _c.run_started,
    _c.last_complete,
    _c.last_nightly,
    _c.lease_owner,
    _c.lease_until,
).where(_c.group_id == bindparam("g"), _c.connection_id == bindparam("c"), _c.stream == bindparam("s"))
_COMPLETE = (
    select(_c.stream)
    .where(
        _c.group_id == bindparam("g"),
        _c.connection_id == bindparam("c"),
        _c.last_complete.is_not(None),
    )
    .limit(1)
)
_MAKE = stream_cursor.insert()
_LEASE = stream_cursor.update().where(
    _c.group_id == bindparam("b_g"), _c.connection_id == bindparam("b_c"), _c.stream == bindparam("b_s")
)
_MINE = _LEASE.where(_c.lease_owner == bindparam("b_o"))


@dataclass(slots=True)
class Progress:
    """How far a run got: which ask, which page, how much of the listing was seen.

    `ids` are those of the listing so far, which a first load does not keep (`rows` counts there, without
    what `last`, the page before, had already); `nameless` are records without an id; `most` is the largest
    count that the system gave on any page. `seen` is the latest stamp of the main listing; an interruption
    fixes it (`fixed`), since a record that changed after its page was read may be older than what a later
    page shows. The hub's own clock would not do: the vendor's may be far from it.
    """

    at: int = 0
    next: str | None = None
    rows: int = 0
    nameless: int = 0
    most: int = 0
    last: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    seen: str | None = None
    position: str | None = None
    nightly: bool = False
    again: bool = False
    second: bool = False
    fixed: bool = False
    short: bool = False


@dataclass(slots=True)
class Run:
    """A leased run. `first`: nothing of the stream was ever read whole. `resumed`: it was interrupted."""

    connection: str
    stream: Stream
    owner: str
    started: datetime
    committed: datetime | None
    asks: tuple[Ask, ...]
    progress: Progress
    position: str | None = None
    resumed: bool = False

    @property
    def ask(self) -> Ask | None:
        """The listing to read now; None when all were read."""
        return self.asks[self.progress.at] if self.progress.at < len(self.asks) else None

    @property
    def first(self) -> bool:
        return self.committed is None and isinstance(self.stream.cursor, (UpdatedSince, EventId))

    def advance(self, page: Page, stored: int | None = None) -> bool:
        """Note a page; True when it ended a listing that turned out whole.

        A listing that shows fewer records than any of its pages counted lost some between two pages: it is
        read once more, and when it is short again the cursor stays where it was. `stored` is how many records
        of the stream are kept after this page: of a first load, there are no more than these.
        """
        p = self.progress
        found = [i for i in map(self.stream.id_of, page.records) if i]
        p.nameless += len(page.records) - len(found)
        if self.first:
            p.rows += len(set(found) - set(p.last))
            p.last = found
        else:
            p.ids = sorted({*p.ids, *found})
            p.rows = len(p.ids)
        stamps = [stamp for stamp in map(self.stream.stamp, page.records) if stamp is not None]
        if stamps and p.at == 0 and not p.fixed:
            p.seen = max(max(stamps).isoformat(), p.seen or "")
        p.position = page.position or p.position
        p.next, p.most = page.next, max(p.most, page.total or 0)
        if page.next is not None:
            return False
        distinct = p.rows if stored is None or not self.first else min(p.rows, stored)
        short = distinct + p.nameless < p.most
        repeat = short and not p.again
        p.rows, p.nameless, p.most, p.last, p.again = 0, 0, 0, [], repeat
        p.short = p.short or (short and not repeat)
        if repeat or not isinstance(self.stream.cursor, FullListing):
            p.ids = []
        if not repeat:
            p.at += 1
        return not short

    def left_out(self, living: Sequence[str], *, counted: bool) -> list[str]:
        """Those of the records alive here that a listing read to its end did not show: they are gone.

        Where the system does not count its records, one may have slid past between two pages, so the listing
        is read a second time, and only what both left out is gone; a listing without any record is then no
        reason to believe that all of them are.
        """
        p = self.progress
        shown = set(p.ids)
        missing = [one for one in living if one not in shown]
        if counted or not missing:
            p.second = False
            return missing
        if not shown:
            p.short = True
            return []
        if p.second:
            p.second = False
            return missing
        p.second, p.at = True, p.at - 1
        return []


def begin(
    unit: Unit,
    connection: str,
    stream: Stream,
    *,
    owner: str,
    ttl: timedelta,
    nightly: bool,
    settings: Mapping[str, Any],
) -> Run | None:
    """Lease the stream and start a run or go on with the interrupted one. Raises LeaseLost while it is read.

    A child stream never lists everything: its records come with their parents, so it starts where its
    parent's cursor stands; None before the parent was read whole once.
    """
    row = unit.db.execute(_ROW, {"g": unit.group, "c": connection, "s": stream.name}).first()
    if row is not None and row.lease_until is not None and row.lease_until > unit.now:
        raise LeaseLost(f"Another worker reads {stream.name} of {connection} now.")
    committed = row.committed if row is not None else None
    position = row.position if row is not None else None
    if stream.parent is not None and committed is None:
        parent = unit.db.execute(_ROW, {"g": unit.group, "c": connection, "s": stream.parent}).first()
        if parent is None or parent.committed is None:
            return None
        committed = parent.committed
    progress = _progress(row.state) if row is not None else None
    started = row.run_started if row is not None and progress is not None else unit.now
    resumed = progress is not None and started is not None
    if progress is None or started is None:
        progress, started = Progress(), unit.now
    elif committed is not None and progress.seen is not None:
        progress.fixed = progress.fixed or datetime.fromisoformat(progress.seen) > committed
    progress.nightly = progress.nightly or nightly
    values = {
        "committed": committed,
        "run_started": started,
        "state": _dump(progress),
        "lease_owner": owner,
        "lease_until": unit.now + ttl,
        "updated_at": unit.now,
    }
    if row is None:
        keys = {"group_id": unit.group, "connection_id": connection, "stream": stream.name}
        unit.db.execute(_MAKE, {**keys, **values})
    else:
        unit.db.execute(_LEASE, {"b_g": unit.group, "b_c": connection, "b_s": stream.name, **values})
    asks = asks_of(stream, committed, started, nightly=progress.nightly, settings=settings, position=position)
    return Run(connection, stream, owner, started, committed, asks, progress, position, resumed)


def asks_of(
    stream: Stream,
    committed: datetime | None,
    started: datetime,
    *,
    nightly: bool,
    settings: Mapping[str, Any],
    position: str | None = None,
) -> tuple[Ask, ...]:
    """The listings of one run, a function of what is stored, so that an interrupted run finds them again."""
    cursor = stream.cursor
    found: list[Ask] = []
    if isinstance(cursor, UpdatedSince) and committed is not None:
        since = committed - cursor.overlap
        found += [Ask(field=cursor.field, since=since)]
        found += [Ask(field=name, since=since, purpose="sweep") for name in cursor.sweeps]
    elif isinstance(cursor, (UpdatedSince, FullListing)):
        found.append(Ask(purpose="all"))
    elif isinstance(cursor, Window):
        found.append(Ask(field=cursor.field, window_from=_back(started, cursor.days), purpose="window"))
    elif isinstance(cursor, EventId) and stream.parent is None:
        feed = Ask(field=cursor.feed, after=position, purpose="feed")
        found.append(feed if position is not None else Ask(purpose="all"))
    if nightly and committed is not None:
        days = int(settings.get("window_days", DEFAULT_WINDOW_DAYS))
        for ask in stream.nightly:
            window = _back(started, days) if ask.purpose == "window" else None
            found.append(replace(ask, window_from=window))
    return tuple(found)


def save(unit: Unit, run: Run, ttl: timedelta) -> None:
    """Keep the progress in the transaction that stores the page. Raises LeaseLost."""
    _update(unit, run, state=_dump(run.progress), lease_until=unit.now + ttl)


def finish(unit: Unit, run: Run) -> bool:
    """End a run whose listings were all read; moves the cursor unless one was short. Raises LeaseLost."""
    p = run.progress
    if p.short:
        _update(unit, run, state="{}", last_error="short-listing", lease_until=None)
        return False
    seen = datetime.fromisoformat(p.seen) if p.seen else None
    known = [stamp for stamp in (run.committed, min(seen, run.started) if seen else None) if stamp]
    values: dict[str, Any] = {"last_nightly": run.started} if p.nightly else {}
    _update(
        unit,
        run,
        **values,
        committed=max(known, default=None),
        position=p.position or run.position,
        state="{}",
        last_complete=run.started,
        last_error=None,
        lease_until=None,
    )
    return True


def stop(
    unit: Unit, run: Run, *, error: str | None = None, restart: bool = False, relist: bool = False
) -> None:
    """Give the lease back before the end; `restart` forgets the page reached (its link is dead).

    `relist` also forgets the position in a feed that no longer reaches back to it.
    """
    values: dict[str, Any] = {"state": "{}"} if restart or relist else {}
    if relist:
        values["position"] = None
    _update(unit, run, **values, last_error=error[:200] if error else None, lease_until=None)


def ever_complete(unit: Unit, connection: str) -> bool:
    """Whether any stream of a connection was read whole before."""
    return unit.db.execute(_COMPLETE, {"g": unit.group, "c": connection}).first() is not None


def _update(unit: Unit, run: Run, **values: Any) -> None:
    keys = {"b_g": unit.group, "b_c": run.connection, "b_s": run.stream.name, "b_o": run.owner}
    if unit.db.execute(_MINE, {**keys, **values, "updated_at": unit.now}).rowcount == 0:
        raise LeaseLost(f"Another worker reads {run.stream.name} of {run.connection} now.")


def _progress(state: str) -> Progress | None:
    kept = json.loads(state or "{}")
    return Progress(**kept) if kept else None


def _dump(progress: Progress) -> str:
    return json.dumps(asdict(progress), sort_keys=True)


def _back(instant: datetime, days: int) -> Any:
    return (instant - timedelta(days=days)).date()


__all__: Sequence[str] = ("Progress", "Run", "asks_of", "begin", "ever_complete", "finish", "save", "stop")
