"""The hub's real pulling over a source bench, read in pages of two, with somebody in between.

The connector's own client reads the organisation; what it answers is cut into small pages, so that every
stream has several, and a test may act before any of them or change what one says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from hub.config.model import ConnectionConfig, GroupConfig, Policy, Tables
from hub.config.store import store_config
from hub.contracts import (
    Ask,
    Budget,
    HttpFactory,
    Page,
    Record,
    Source,
    SourceClient,
    Stream,
    TokenSource,
    TokenStore,
)
from hub.errors import Reason
from hub.ingest import PullReport, pull_connection
from hub.kernel import Kernel
from hub.limits import Budgets
from hub.plugins import Plugins
from hub.settings import Settings
from hub.store import connections, cursors
from hub.store.raw import RawRow, latest_of
from hub.store.session import Store
from hub.store.tables import raw_record, stream_cursor
from hub.store.vault import Vaults
from tests.conformance.source_bench import SourceBench
from tests.conformance.wire import Wire
from tests.support.office import FakeRenderer
from tests.support.world import make_world

GROUP, CONNECTION = "harbour", "practice"
MASTER_KEY = bytes(range(32))
SIZE = 2
"""Records in a page."""
Before = Callable[[str, int], None]
After = Callable[[str, int, Page], Page]


@dataclass
class Between:
    """Who stands between the kernel and the client: `before` each page of a listing, `after` it came.

    Both hear the stream and which page of this listing it is (from 0). `asked` are the pages of this pull by
    stream, each as (field asked by, page).
    """

    before: Before | None = None
    after: After | None = None
    asked: dict[str, list[tuple[str | None, int]]] = field(default_factory=dict)


class SmallPages:
    """A SourceClient that answers another one's listings two records at a time."""

    def __init__(self, inner: SourceClient, between: Between) -> None:
        self.inner, self.between = inner, between

    def page(self, stream: Stream, ask: Ask, next_page: str | None) -> Page:
        if ask.parents:
            return self.inner.page(stream, ask, next_page)
        number = int(next_page or 0)
        self.between.asked.setdefault(stream.name, []).append((ask.field, number))
        if self.between.before is not None:
            self.between.before(stream.name, number)
        records, total, position = self._whole(stream, ask)
        start = number * SIZE
        more = str(number + 1) if start + SIZE < len(records) else None
        page = Page(records[start : start + SIZE], more, total, None if number else position)
        return page if self.between.after is None else self.between.after(stream.name, number, page)

    def _whole(self, stream: Stream, ask: Ask) -> tuple[tuple[Record, ...], int | None, str | None]:
        """Every record of a listing, its count, and how far its feed was read before anybody came between."""
        records: list[Record] = []
        after = position = None
        while True:
            page = self.inner.page(stream, ask, after)
            records += page.records
            after, position = page.next, page.position or position
            if after is None:
                return tuple(records), page.total, position

    def fetch_one(self, stream: Stream, source_id: str) -> Record:
        return self.inner.fetch_one(stream, source_id)

    def probe(self) -> Sequence[Reason]:
        return self.inner.probe()


class SmallSource:
    """A Source whose clients answer small pages."""

    def __init__(self, inner: Source, between: Between) -> None:
        self.inner, self.between = inner, between
        self.system, self.streams, self.budget = inner.system, inner.streams, Budget(4, 1_000_000)

    def open(self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory) -> SmallPages:
        return SmallPages(self.inner.open(config, secret, http), self.between)


class SmallTokenSource(SmallSource):
    """The same for a source whose tokens the kernel renews."""

    inner: TokenSource

    def open(
        self,
        config: Mapping[str, Any],
        secret: Mapping[str, str],
        http: HttpFactory,
        tokens: TokenStore | None = None,
    ) -> SmallPages:
        return SmallPages(self.inner.open(config, secret, http, tokens), self.between)

    def refresh(
        self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory
    ) -> Mapping[str, Any]:
        return self.inner.refresh(config, secret, http)


@dataclass
class House:
    """One group whose only connection is the bench's organisation."""

    bench: SourceBench
    kernel: Kernel
    between: Between
    wire: Wire

    @property
    def streams(self) -> tuple[Stream, ...]:
        return self.bench.source.streams

    def client(self) -> SourceClient:
        """The connector's client as the kernel opens it, whole pages."""
        opened = self.kernel.source(GROUP, CONNECTION)[1]
        assert isinstance(opened, SmallPages)
        return opened.inner

    def stock(self, many: int) -> dict[str, list[str]]:
        """At least so many records of every stream, made some time ago; their ids by stream."""
        made: dict[str, list[str]] = {stream.name: [] for stream in self.streams}
        for stream in self.streams:
            for _ in range(many - len(self.there(stream))):
                made[stream.name].append(self.bench.hands[stream.name].add(0.0))
                self.bench.clock.advance(1)
        self.bench.clock.advance(3600)
        found = {stream.name: sorted(self.there(stream)) for stream in self.streams}
        lost = {name: left for name, ids in made.items() if (left := sorted(set(ids) - set(found[name])))}
        assert not lost, f"the client does not list what people made: {lost}"
        return found

    def there(self, stream: Stream) -> dict[str, Record]:
        """Every record of a stream as the system shows it now, archived ones too."""
        records = SmallPages(self.client(), Between())._whole(stream, Ask(purpose="all"))[0]
        return {stream.id_of(record): record for record in records}

    def pull(self, *, nightly: bool = False) -> dict[str, PullReport]:
        until = self.bench.clock.now() + timedelta(hours=1)
        self.between.asked.clear()
        found = pull_connection(self.kernel, GROUP, CONNECTION, until, nightly=nightly)
        return {report.stream: report for report in found}

    def here(self, stream: Stream) -> dict[str, RawRow]:
        """The latest stored version of every record of a stream."""
        with self.kernel.store.read(GROUP) as unit:
            c = raw_record.c
            query = select(c.source_id).where(c.stream == stream.name, c.latest)
            return latest_of(unit, CONNECTION, stream.name, list(unit.db.execute(query).scalars()))

    def versions(self, stream: Stream) -> dict[str, int]:
        """How many versions are stored of each record, by id."""
        c = raw_record.c
        with self.kernel.store.read(GROUP) as unit:
            rows = unit.db.execute(select(c.source_id).where(c.stream == stream.name)).scalars()
            found: dict[str, int] = {}
            for one in rows:
                found[one] = found.get(one, 0) + 1
        return found

    def cursors(self) -> dict[str, datetime | None]:
        """The committed cursor by stream."""
        c = stream_cursor.c
        with self.kernel.store.read(GROUP) as unit:
            return {row.stream: row.committed for row in unit.db.execute(select(c.stream, c.committed))}

    def ahead(self) -> list[str]:
        """Streams whose cursor lies past the start of the last run that moved it."""
        c = stream_cursor.c
        with self.kernel.store.read(GROUP) as unit:
            return list(unit.db.execute(select(c.stream).where(c.committed > c.last_complete)).scalars())

    def move_back(self, stream: str, to: datetime) -> None:
        with self.kernel.store.write(GROUP, agent="person:test") as unit:
            cursors.move_back(unit, CONNECTION, stream, to, "a test")


def open_house(bench: SourceBench, engine: Engine, settings: Settings) -> House:
    """A kernel over an empty database, connected to the bench's organisation."""
    between = Between()
    wire = Wire(bench.transport, bench.clock, lambda request: True)
    system = bench.source.system
    world = make_world(engine, clock=bench.clock, transports={CONNECTION: wire})
    store = Store(world, Vaults(MASTER_KEY, world.rng))
    store.create_group(GROUP)
    normalisers = {system: bench.normaliser} if bench.normaliser is not None else {}
    small = SmallTokenSource if isinstance(bench.source, TokenSource) else SmallSource
    plugins = Plugins(
        sources={system: small(bench.source, between)},
        normalisers=normalisers,
        renderers={"default": FakeRenderer()},
    )
    kernel = Kernel(world, settings, store, plugins, Budgets(store))
    fields = {"budget": {"per_minute": 1_000_000}, **bench.connection}
    config = GroupConfig(
        id=GROUP,
        name="Harbour",
        currency="AUD",
        connections=(ConnectionConfig(id=CONNECTION, system=system, role="source", **fields),),
        locations=(),
        tables=Tables(),
        policy=Policy(**bench.policy),
        version="test",
    )
    store_config(kernel, GROUP, config, "text", "test")
    connect(kernel, bench, bench.secret)
    return House(bench, kernel, between, wire)


def connect(kernel: Kernel, bench: SourceBench, secret: Mapping[str, str]) -> None:
    """Store the connection's secrets as `hub connect` does."""
    grant = bench.connection.get("grant")
    with kernel.store.write(GROUP, "test") as unit:
        connections.store_secret(unit, CONNECTION, bench.source.system, "source", secret, grant=grant)
