"""What is read from a source for one page, one hint or one incomplete bundle. Calls only, no database.

Children of a changed parent are always read whole, and a changed child has its parent read with all its
children: whether an edit changes lines in place or replaces them need not be known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.contracts import Ask, Edge, Record, Source, SourceClient, Stream
from hub.errors import Misconfigured, Missing
from hub.store.bulk import chunks

Now = Callable[[], datetime]
Unknown = Callable[[Sequence[Edge]], set[Edge]]
MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class Fetched:
    """Records of one stream as asked at one instant.

    `whole_for`: ids of parents whose children of this stream these are, every one of them.
    """

    stream: Stream
    records: tuple[Record, ...]
    asked_at: datetime
    whole_for: tuple[str, ...] = ()


def stream_of(source: Source, name: str) -> Stream:
    """The declared stream of that name. Raises Misconfigured."""
    for stream in source.streams:
        if stream.name == name:
            return stream
    raise Misconfigured(f"{source.system} has no stream {name!r}.", code="missing")


def listing(
    client: SourceClient, stream: Stream, ask: Ask, now: Now
) -> tuple[tuple[Record, ...], datetime, bool]:
    """A whole listing, when it was asked, and whether nothing was lost between its pages."""
    asked_at = now()
    records: list[Record] = []
    after: str | None = None
    for _ in range(MOST_PAGES):
        page = client.page(stream, ask, after)
        records += page.records
        after = page.next
        if after is None:
            distinct = len({stream.id_of(record) for record in records})
            return tuple(records), asked_at, page.total is None or distinct >= page.total
    raise Misconfigured(f"A listing of {stream.name} does not end.")


def children(
    client: SourceClient, source: Source, parent: Stream, parent_ids: Sequence[str], now: Now
) -> list[Fetched]:
    """The children of these parents, in batches as the child stream declares."""
    found: list[Fetched] = []
    for stream in source.streams:
        if stream.parent == parent.name:
            for ids in chunks(parent_ids, stream.parent_batch):
                records, asked_at, whole = listing(
                    client, stream, Ask(parents=tuple(ids), purpose="parents"), now
                )
                found.append(Fetched(stream, records, asked_at, tuple(ids) if whole else ()))
    return found


def families(
    client: SourceClient, source: Source, parent: Stream, parent_ids: Sequence[str], now: Now
) -> list[Fetched]:
    """These parents read anew, each with all its children."""
    found: list[Fetched] = []
    for ids in chunks(parent_ids, 50):
        ask = Ask(field="id", parents=tuple(ids), purpose="parents")
        records, asked_at, _ = listing(client, parent, ask, now)
        found.append(Fetched(parent, records, asked_at))
    return [*found, *children(client, source, parent, parent_ids, now)]


def kin(
    client: SourceClient, source: Source, stream: Stream, changed: Sequence[Record], now: Now
) -> list[Fetched]:
    """What must be read together with changed records of a stream."""
    ids = sorted({stream.id_of(record) for record in changed})
    found = children(client, source, stream, ids, now) if ids else []
    if stream.parent is not None:
        parents = sorted({i for r in changed for s, i in stream.edges(r) if s == stream.parent})
        if parents:
            found += families(client, source, stream_of(source, stream.parent), parents, now)
    return found


def whole(
    client: SourceClient, source: Source, stream: Stream, source_id: str, now: Now, unknown: Unknown
) -> list[Fetched]:
    """One record as it is now, with its children or its parent's family, and whoever unknown it names.

    Raises Missing when the record is not there (yet).
    """
    asked_at = now()
    record = client.fetch_one(stream, source_id)
    found = [Fetched(stream, (record,), asked_at), *kin(client, source, stream, [record], now)]
    return [*_strangers(client, source, found, now, unknown), *found]


def _strangers(
    client: SourceClient, source: Source, found: Sequence[Fetched], now: Now, unknown: Unknown
) -> Iterable[Fetched]:
    """Records that the found ones point at and nobody has read yet, so that a hint needs no later poll."""
    declared = {stream.name: stream for stream in source.streams}
    here = {(f.stream.name, f.stream.id_of(record)) for f in found for record in f.records}
    wanted = sorted({edge for f in found for record in f.records for edge in f.stream.edges(record)} - here)
    readable = [edge for edge in wanted if edge[0] in declared and declared[edge[0]].parent is None]
    for name, source_id in sorted(unknown(readable)):
        asked_at = now()
        try:
            record = client.fetch_one(declared[name], source_id)
        except Missing:
            continue
        yield Fetched(declared[name], (record,), asked_at)


def nobody(edges: Sequence[Edge]) -> set[Edge]:
    """For reads that need no relatives."""
    return set()
