"""Hints that something changed: stored by the receiver, handled by whoever works next.

A hint says no more than where to look. The object is read again and takes the same path as a polled one,
so order and freshness of messages do not matter. A hint about a target's object has its case looked at; of
what is both read and written, it is the stream a hint names that tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.config.model import ConnectionConfig
from hub.contracts import Edge, Hint, Source, SourceClient
from hub.errors import HubError, Missing, PauseConnection, ReadFailed
from hub.ingest import pause
from hub.kernel import Kernel
from hub.normalise import normalise_these
from hub.normalising.context import Context, context
from hub.pulling import fetch, keep
from hub.pulling.messages import (
    Message,
    echo_or_cases,
    insert,
    merge_into_waiting,
    next_due,
    put_back,
    settle,
    take,
)
from hub.store import cases
from hub.store.session import Unit

TAKE = 20
NOT_YET = (2.0, 10.0, 60.0, 300.0, 900.0)
"""Seconds after which an object not there yet is looked for again: hints overtake what they describe."""


@dataclass
class HandleReport:
    """`handled` hints led to a record that was read; `ignored` concern nothing of ours; `failed` wait."""

    handled: int = 0
    ignored: int = 0
    failed: int = 0
    changed: int = 0
    next_due: datetime | None = None


def accept(unit: Unit, connection: str, hints: Sequence[Hint]) -> int:
    """Store hints; one equal to a message nobody has begun to handle is merged. Returns how many are new."""
    new = 0
    for hint in hints:
        if not merge_into_waiting(unit, connection, hint):
            insert(unit, connection, hint)
            new += 1
    return new


def handle(kernel: Kernel, group: str, until: datetime) -> HandleReport:
    """Handle due hints of every connection until none is left or the slice is over."""
    report = HandleReport()
    closed: set[str] = set()
    owner = f"{kernel.world.worker}:inbox"
    while kernel.world.now() < until:
        with kernel.store.read(group) as unit:
            report.next_due = next_due(unit)
            if report.next_due is None or report.next_due > unit.now:
                return report
        ttl = timedelta(seconds=kernel.settings.lease_seconds)
        with kernel.store.write(group) as unit:
            taken = take(unit, owner, ttl, TAKE, without=closed)
        if not taken:
            return report
        for connection in dict.fromkeys(message.connection for message in taken):
            own = [message for message in taken if message.connection == connection]
            if not _handle(kernel, group, connection, own, report):
                closed.add(connection)
    return report


def _handle(
    kernel: Kernel, group: str, connection: str, messages: list[Message], report: HandleReport
) -> bool:
    """Handle one connection's messages; False when nothing more can be read from it now."""
    config = kernel.config(group)
    known = next((c for c in config.connections if c.id == connection), None)
    opened = kernel.source(group, connection, config) if known is not None and known.is_read else None
    streams = {stream.name for stream in opened[0].streams} if opened is not None else set()
    _look(kernel, group, [one for one in messages if one.stream not in streams], known, report)
    messages = [one for one in messages if one.stream in streams]
    if opened is None or not messages:
        return True
    ctx = context(kernel, group, connection, config)
    for n, message in enumerate(messages):
        try:
            _read(kernel, group, ctx, opened, message, report)
        except Missing:
            _later(kernel, group, message, report)
        except HubError as failure:
            if isinstance(failure, PauseConnection):
                pause(kernel, group, connection, failure)
            again = _again(kernel, failure, message.attempts)
            with kernel.store.write(group) as unit:
                for rest in messages[n:] if again is not None else [message]:
                    if again is None:
                        settle(unit, rest, "failed", failure.code)
                    else:
                        put_back(unit, rest, again, failure.code, tried=rest is message)
            report.failed += 1
            if again is not None:
                return False
    return True


def _look(
    kernel: Kernel,
    group: str,
    messages: list[Message],
    known: ConnectionConfig | None,
    report: HandleReport,
) -> None:
    """Have the cases looked at whose documents these messages name, where documents are written."""
    if not messages:
        return
    with kernel.store.write(group) as unit:
        for message in messages:
            found = echo_or_cases(unit, message) if known is not None and known.is_written else []
            cases.mark_ids(unit, found, look_first=True)
            settle(unit, message, "handled" if found else "ignored")
            report.handled += bool(found)
            report.ignored += not found


def _read(
    kernel: Kernel,
    group: str,
    ctx: Context,
    opened: tuple[Source, SourceClient],
    message: Message,
    report: HandleReport,
) -> None:
    source, client = opened

    def unknown(edges: Sequence[Edge]) -> set[Edge]:
        with kernel.store.read(group) as unit:
            return keep.unknown(unit, ctx.connection, edges)

    stream = fetch.stream_of(source, message.stream)
    found = fetch.whole(client, source, stream, message.source_id, kernel.world.now, unknown)
    records = [(f.stream.name, f.stream.id_of(record)) for f in found for record in f.records]
    with kernel.store.write(group) as unit:
        report.changed += keep.keep(unit, ctx.connection, found)
        normalise_these(unit, ctx, records)
        settle(unit, message, "handled")
    report.handled += 1


def _later(kernel: Kernel, group: str, message: Message, report: HandleReport) -> None:
    with kernel.store.write(group) as unit:
        if message.attempts >= len(NOT_YET):
            settle(unit, message, "failed", Missing.code)
        else:
            due = unit.now + timedelta(seconds=NOT_YET[message.attempts])
            put_back(unit, message, due, Missing.code, tried=True)
    report.failed += 1


def _again(kernel: Kernel, failure: HubError, attempts: int) -> datetime | None:
    """When a message may be tried again; None: never (polling goes on all the same)."""
    now = kernel.world.now()
    if isinstance(failure, PauseConnection):
        return failure.until or now + timedelta(seconds=NOT_YET[-1])
    if isinstance(failure, ReadFailed) and attempts < len(NOT_YET):
        return now + timedelta(seconds=NOT_YET[attempts])
    return None
