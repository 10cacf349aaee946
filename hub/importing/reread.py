"""Reading invoices again before money on them is believed to be gone."""

from __future__ import annotations

from collections.abc import Sequence

from hub.canonical import Invoice
from hub.errors import Missing, PauseConnection
from hub.ingest import pause
from hub.kernel import Kernel
from hub.normalise import normalise_these
from hub.normalising.context import Context
from hub.pulling import fetch, keep
from hub.store import connections, entities


def reread(kernel: Kernel, group: str, ctx: Context, invoices: Sequence[str]) -> None:
    """Read these invoices (canonical source ids) through the ingest path. Raises what the source raises.

    Canonical invoices keep the id and the stream of the record they came from.
    """
    wanted = sorted(set(invoices))
    if not wanted:
        return
    with kernel.store.read(group) as unit:
        found = [entities.get(unit, ctx.connection, Invoice.kind, one) for one in wanted]
        streams = [(i.source.stream, i.source.source_id) for i in found if i is not None]
        state = connections.state(unit, ctx.connection)
        if not state.open(unit.now):
            raise PauseConnection(
                state.sentence or "The connection is paused; import the report again later.",
                state.paused_until,
                code=state.code or PauseConnection.code,
            )
    source, client = kernel.source(group, ctx.connection)
    for stream, source_id in streams:
        try:
            read = fetch.whole(
                client,
                source,
                fetch.stream_of(source, stream),
                source_id,
                kernel.world.now,
                fetch.nobody,
            )
        except Missing:
            continue
        except PauseConnection as failure:
            pause(kernel, group, ctx.connection, failure)
            raise
        records = [(f.stream.name, f.stream.id_of(record)) for f in read for record in f.records]
        with kernel.store.write(group) as unit:
            keep.keep(unit, ctx.connection, read)
            normalise_these(unit, ctx, records)
