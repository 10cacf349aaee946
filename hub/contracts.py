"""What a source system provides: declared values and a few pure functions; targets.py is the other side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

import httpx

from hub.canonical import Entity
from hub.errors import Reason

Record = Mapping[str, Any]
Edge = tuple[str, str]  # (stream, source id) a record points at


class Trust(StrEnum):
    """How far a stream's own timestamps order its versions."""

    SOURCE_TIME = "source-time"
    ASKED_TIME = "asked-time"


@dataclass(frozen=True, slots=True)
class UpdatedSince:
    """Ask for what changed after the cursor less `overlap`; `sweeps`: further fields asked so."""

    field: str
    overlap: timedelta = timedelta(minutes=5)
    sweeps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FullListing:
    """Read everything; a complete listing also tells what is gone."""


@dataclass(frozen=True, slots=True)
class Window:
    """Re-read the last `days` of a business date field."""

    field: str
    days: int


@dataclass(frozen=True, slots=True)
class EventId:
    """An ordered feed of changes beside the records: go on after the last event id of `feed`.

    Before there is one, and when the feed no longer reaches back to it (FeedLost), everything is listed. A
    child stream without a feed of its own comes with its parents only.
    """

    feed: str


Cursor = UpdatedSince | FullListing | Window | EventId


@dataclass(frozen=True, slots=True)
class Page:
    """One page as answered. `next` is opaque to the kernel and handed back; None ends the listing.

    `total` is the vendor's own count of the whole listing where it gives one (a short listing deletes
    nothing). `position`: how far a feed of events was read; on the first page of a whole listing the feed's
    end *before* the listing began.
    """

    records: tuple[Record, ...]
    next: str | None = None
    total: int | None = None
    position: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """One listing to read: how a cursor or a sweep becomes a request. `since` is aware UTC.

    `after`: the last event id seen of a feed (purpose `feed`).
    """

    field: str | None = None
    since: datetime | None = None
    window_from: date | None = None
    parents: tuple[str, ...] = ()
    after: str | None = None
    purpose: str = "poll"


@dataclass(frozen=True, slots=True)
class Stream:
    """One declared stream of a source.

    `trust` says in `note` why. `edges` tells which records this one points at; `removed` whether the
    record says of itself that it is gone; `stamp` its own time of change; `malformed` a defect that makes
    it unreadable (missing id is handled by the kernel). `parent` names the stream whose changed records
    have their children of this stream refetched whole, `parent_batch` at a time.
    """

    name: str
    cursor: Cursor
    note: str
    id_of: Callable[[Record], str]
    stamp: Callable[[Record], datetime | None]
    edges: Callable[[Record], Iterable[Edge]]
    removed: Callable[[Record], bool]
    trust: Trust = Trust.SOURCE_TIME
    parent: str | None = None
    parent_batch: int = 50
    nightly: tuple[Ask, ...] = ()
    every: timedelta = timedelta(minutes=5)


class SourceClient(Protocol):
    """An open connection to a source. Raises ReadFailed, RateLimited, ReconnectNeeded, Missing, FeedLost."""

    def page(self, stream: Stream, ask: Ask, next_page: str | None) -> Page: ...

    def fetch_one(self, stream: Stream, source_id: str) -> Record:
        """The record now, archived or not. Raises Missing."""
        ...

    def probe(self) -> Sequence[Reason]:
        """What is missing before going live (permissions, native sync on, wrong role), or nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """A rate budget: calls in progress, per minute, per day (None: no such limit)."""

    concurrent: int
    per_minute: int
    per_day: int | None = None


class Source(Protocol):
    """One practice management system: declared streams and how to open a client over a given transport."""

    system: str
    streams: tuple[Stream, ...]
    budget: Budget

    def open(
        self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory
    ) -> SourceClient: ...


class TokenStore(Protocol):
    """Hands out a living access token for a grant, refreshing under one lease over all processes."""

    def access_token(self, *, stale: str | None = None) -> str:
        """`stale` is the token that was just refused. Raises ReconnectNeeded."""
        ...


class Renewing(Protocol):
    """Whoever has a grant's token renewed: a target, or a source whose key buys short-lived tokens."""

    def refresh(
        self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory
    ) -> Mapping[str, Any]:
        """One exchange: {access_token, refresh_token?, expires_in or expires_at (aware)}.

        Raises ReconnectNeeded, ReadFailed.
        """
        ...


@runtime_checkable
class TokenSource(Source, Renewing, Protocol):
    """A source whose tokens are shared by all processes; its connection names a `grant`."""

    def open(
        self,
        config: Mapping[str, Any],
        secret: Mapping[str, str],
        http: HttpFactory,
        tokens: TokenStore | None = None,
    ) -> SourceClient: ...


class HttpFactory(Protocol):
    """Builds the one kind of client connectors may use: total deadline, redaction, budget, read retries."""

    def __call__(
        self, *, base_url: str, headers: Mapping[str, str], auth: httpx.Auth | None = None
    ) -> httpx.Client: ...


# --- bundles -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Member:
    """A child stream of a bundle: `children` point at the root, else the root points at them."""

    stream: str
    children: bool


@dataclass(frozen=True, slots=True)
class BundleSpec:
    """A root stream and the members whose latest records a mapping reads together with it.

    `kinds` are the canonical kinds such a bundle may become: only for showing what feeds what.
    """

    root: str
    members: tuple[Member, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """Latest raw records, decrypted: the root and, per member stream, its records ordered by source id.

    Records that say of themselves that they are gone are included; the mapping decides.
    """

    connection: str
    root_stream: str
    source_id: str
    raw_record: str
    root: Record
    members: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Normalised:
    """Canonical values of one bundle, or the declared reason why it is ignored.

    `notes` are things a mapping recognised that a person must decide (a dispute, a failed payout): each is an
    open issue beside the values, closed once the record no longer gives it. Codes begin with the system.
    """

    entities: tuple[Entity, ...] = ()
    ignored: str | None = None
    notes: tuple[Reason, ...] = ()


class Normaliser(Protocol):
    """Pure: wire records of one system to canonical values. Raises Malformed or BundleIncomplete."""

    system: str
    version: str
    bundles: tuple[BundleSpec, ...]

    def normalise(self, bundle: Bundle, settings: Mapping[str, Any]) -> Normalised: ...

    def called(self, stream: str, root: Record) -> tuple[str | None, int]:
        """What people call the case of an unreadable root, and the cents it is about; (None, 0) unknown."""
        ...


# --- webhooks ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing a webhook says may have changed. `scope`: the tenant, None: the addressed one."""

    stream: str
    source_id: str
    external_id: str | None = None
    scope: str | None = None


class Webhook(Protocol):
    """How one system signs its webhooks. Pure over the raw bytes."""

    system: str

    def verify(self, body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> bool: ...

    def hints(self, body: bytes) -> Sequence[Hint]: ...


# --- reporting -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one asset since the last report: counts and ids of rows, never content."""

    asset: tuple[str, ...]
    counts: Mapping[str, int]
    through: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one standing question over all groups: counts, ids of rows and codes, no content.

    `layer` is raw, canonical or delivered; `causes` counts offenders by cause where the question has causes,
    `acts` says who must act on each.
    """

    question: str
    layer: str
    passed: bool
    count: int
    groups: tuple[str, ...]
    sample: tuple[str, ...]
    instruction: str
    causes: Mapping[str, int] = field(default_factory=dict)
    acts: Mapping[str, str] = field(default_factory=dict)


class Reporter(Protocol):
    """Tells a conductor what a worker did, and which standing questions have a new answer.

    Accepting is returning; an exception leaves the cursor.
    """

    def report(self, changes: Sequence[Change], answers: Sequence[Answer] = ()) -> None: ...
