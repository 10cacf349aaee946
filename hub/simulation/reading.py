"""What is kept of each source beside what the source shows: asked past the wire, without fault or delay.

`kernel` is one whose calls go straight to the systems. Each question names records that differ.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import select

from hub.contracts import Ask, EventId, FullListing, Record, Stream
from hub.kernel import Kernel
from hub.pulling import fetch
from hub.store import raw
from hub.store.raw import RawRow
from hub.store.session import Unit
from hub.store.tables import inbox_message, raw_record

_ALL = Ask(purpose="all")
_KEPT = select(
    raw_record.c.connection_id, raw_record.c.stream, raw_record.c.source_id, raw_record.c.gone
).order_by(raw_record.c.connection_id, raw_record.c.stream, raw_record.c.source_id, raw_record.c.version)
_TOLD = select(
    inbox_message.c.connection_id, inbox_message.c.stream, inbox_message.c.source_id, inbox_message.c.state
)
Key = tuple[str, str, str]
"""Connection, stream, id."""
Silent = Mapping[str, Collection[str]]
"""Streams by connection whose records may begin where no poll looks: a page that nobody acted on yet, without
any event; a credit entered under an earlier day, where records have no stamp but their day."""


@dataclass(frozen=True, slots=True)
class Differing:
    """A record as the source shows it, and the latest version kept of it, which is another or none."""

    key: Key
    stream: Stream
    shown: Record
    kept: RawRow | None
    silent: bool = False

    @property
    def later(self) -> bool:
        """Whether polling for changes alone must have brought it: it is new, back, or of a later stamp.

        Where events are followed nothing else tells of a change, nor of records that begin without one; where
        records are asked for by their own day, only the night brings what was entered under an old one.
        """
        if isinstance(self.stream.cursor, EventId):
            return self.kept is not None or not self.silent
        if self.kept is None:
            return not self.silent
        if self.kept.gone or isinstance(self.stream.cursor, FullListing):
            return True
        shown, kept = self.stream.stamp(self.shown), self.stream.stamp(self.kept.body)
        return shown is not None and (kept is None or kept < shown)


def unread(kernel: Kernel, group: str, silent: Silent) -> list[str]:
    """After a pull that was complete, no night's work done: what changed and was not read."""
    found = (one.key for one in _differing(kernel, group, silent) if one.later)
    return _named("changed and was never read", found)


def unheeded(kernel: Kernel, group: str) -> list[str]:
    """Where no poll was made: what hints told of, all of them handled, and was not read."""
    told: dict[Key, set[str]] = {}
    with kernel.store.read(group) as unit:
        for connection, stream, id_, state in unit.db.execute(_TOLD):
            told.setdefault((connection, stream, id_), set()).add(state)
    missed = (one.key for one in _differing(kernel, group) if one.later and told.get(one.key) == {"handled"})
    return _named("was told of by a hint that is handled, and was not read", missed)


def unlike(kernel: Kernel, group: str) -> list[str]:
    """At the end: what is not kept as it is shown, and what was once taken for gone and was there."""
    wrong = _named("is not kept as it is shown", (one.key for one in _differing(kernel, group)))
    with kernel.store.read(group) as unit:
        return wrong + _named("was taken for gone, and was there", _returned(unit))


def _differing(kernel: Kernel, group: str, silent: Silent = MappingProxyType({})) -> Iterator[Differing]:
    for connection in (c.id for c in kernel.config(group).connections if c.is_read):
        source, client = kernel.source(group, connection)
        for stream in source.streams:
            records, _, _ = fetch.listing(client, stream, _ALL, kernel.world.now)
            with kernel.store.read(group) as unit:
                others = raw.differing(unit, connection, stream, records)
                ids = [stream.id_of(record) for record in others]
                kept: Mapping[str, RawRow] = raw.latest_of(unit, connection, stream.name, ids)
            for id_, record in zip(ids, others, strict=True):
                quiet = stream.name in silent.get(connection, ())
                yield Differing((connection, stream.name, id_), stream, record, kept.get(id_), quiet)


def _returned(unit: Unit) -> Iterator[Key]:
    """Records of which a gone version is followed by another: no system gives an id twice."""
    gone: set[Key] = set()
    for connection, stream, id_, left in unit.db.execute(_KEPT):
        key = (connection, stream, id_)
        if left:
            gone.add(key)
        elif key in gone:
            gone.discard(key)
            yield key


def _named(what: str, keys: Iterator[Key]) -> list[str]:
    return [f"{stream} {id_} of {connection} {what}" for connection, stream, id_ in sorted(set(keys))]
