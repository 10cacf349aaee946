"""What a target provides: kinds of document, looking, sending, and the pure rules of its next steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from hub.contracts import Budget, HttpFactory
from hub.contracts import TokenStore as TokenStore
from hub.documents import DocKind, Document
from hub.errors import Reason


class Op(StrEnum):
    """The one change a delivery makes. VOID ends an invoice or credit note, DELETE others."""

    CREATE = "create"
    UPDATE = "update"
    VOID = "void"
    DELETE = "delete"

    @property
    def removes(self) -> bool:
        return self in (Op.VOID, Op.DELETE)


class Life(StrEnum):
    """What stands at the target under one document."""

    ABSENT = "absent"
    LIVE = "live"
    ENDED = "ended"  # voided or deleted
    FOREIGN = "foreign"  # under our number without our mark: a stranger's
    AMBIGUOUS = "ambiguous"  # more than one candidate
    DEAD_PARENT = "dead-parent"  # archived or merged away: nothing can be put on it


@dataclass(frozen=True, slots=True)
class Applied:
    """Something standing on an invoice or drawn from a credit. `document` is None when it is not ours."""

    external_id: str
    kind: DocKind
    amount: int
    document: str | None
    on: date | None = None
    reconciled: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """One document as looked up (or believed from our links). Amounts in cents.

    `matches` says that the content at the target is the content whose hash is `content_hash`: our
    content mark **and** the money fields agree. `due` is what is still open on an invoice,
    `remaining` what is left of a credit.
    """

    document: str
    kind: DocKind
    life: Life
    external_id: str | None = None
    number: str | None = None
    content_hash: str | None = None
    matches: bool = False
    contact: str | None = None  # external id of the contact
    on: date | None = None
    total: int | None = None
    due: int | None = None
    remaining: int | None = None
    applied: tuple[Applied, ...] = ()
    reconciled: bool = False
    stamp: str | None = None
    url: str | None = None
    why: str | None = None  # for DEAD_PARENT: archived | merged
    extra: Mapping[str, Any] = field(default_factory=dict)  # connector's own (line item ids); JSON values


Observed = Mapping[str, Seen]
TWIN = "twin"
"""Why a Seen is ambiguous: the one object that looks like it already stands for another document."""


@dataclass(frozen=True, slots=True)
class Desired:
    """One document that should exist. The contents of `content_hash` leave out wording."""

    document: str
    kind: DocKind
    content: Document
    content_hash: str


@dataclass(frozen=True, slots=True)
class Step:
    """One change to make now; `content` is None for removals (the delivered content is what goes)."""

    op: Op
    document: str
    kind: DocKind
    content: Document | None
    content_hash: str
    dates: tuple[date, ...] = ()  # every business date this change touches, for the lock dates

    @property
    def key(self) -> tuple[str, str]:
        return (self.document, self.op.value)


@dataclass(frozen=True, slots=True)
class Blocked:
    """A hold named by the target's own rules; `document` None stops the whole case."""

    document: str | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Next:
    """The next steps whose prerequisites are live, the holds, and documents of other cases waited for."""

    steps: tuple[Step, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """One ledger account as the target lists it."""

    code: str
    external_id: str
    name: str
    type: str
    active: bool
    takes_payments: bool
    system: str | None = None
    tax_type: str | None = None


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One tax type with the account classes it may be used on (e.g. {"revenue", "expense"})."""

    tax_type: str
    name: str
    rate: str
    active: bool
    applies_to: frozenset[str]


@dataclass(frozen=True, slots=True)
class Chart:
    """The target's settings as read: what a mapping is validated and a step is checked against."""

    organisation: str
    currency: str
    zone: str
    locked_through: date | None
    accounts: Mapping[str, Account]  # by code
    taxes: Mapping[str, TaxRate]
    tracking: Mapping[str, frozenset[str]]  # category -> active options
    facts: Mapping[str, Any] = field(default_factory=dict)  # short code, tax basis, ...


@dataclass(frozen=True, slots=True)
class Policy:
    """What the pure rules may know besides documents: the effective lock and the chart."""

    locked_through: date | None
    chart: Chart


@dataclass(frozen=True, slots=True)
class Key:
    """What to look for: our document, how it was last sent, and where we believe it stands.

    `related` maps document ids it needs to their external ids; `mark` is `ours-content`.
    """

    document: str
    kind: DocKind
    content: Document
    content_hash: str
    mark: str
    external_id: str | None
    related: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One delivery on its way out; `extra` is the last Seen.extra (line item ids of an update)."""

    delivery: str
    op: Op
    key: Key
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutgoingBatch:
    """Members of one kind and op with the idempotency key the kernel computed."""

    id: str
    kind: DocKind
    op: Op
    members: tuple[Outgoing, ...]
    idempotency_key: str


class Verdict(StrEnum):
    DELIVERED = "delivered"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    RETRY = "retry"  # surely not processed; due again by backoff
    REPLAN = "replan"  # the target is in another state than believed: look, then plan again


@dataclass(frozen=True, slots=True)
class Answer:
    """One element's own outcome. DELIVERED carries what now stands; REFUSED a Reason."""

    delivery: str
    verdict: Verdict
    seen: Seen | None = None
    reason: Reason | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class KindSpec:
    """How one kind of document behaves at the target.

    `tier` orders kinds (prerequisites first); `enforces_unique` tells whether a second create of the same
    document would be refused by the target (else absence is believed only after a quiet time);
    `batch` how many elements one call takes per op; `together` restricts a batch to members that share
    this field of their content (allocations of one credit note), `apart` forbids two members that share
    all of these fields in one batch.
    """

    kind: DocKind
    tier: int
    enforces_unique: bool
    batch: Mapping[Op, int]
    together: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()


class TargetSession(Protocol):
    """An open connection to a target organisation.

    `send` raises OutcomeUnknown (whole batch), NotProcessed, RateLimited, ReconnectNeeded; else answers
    for every member. `observe` raises ReadFailed and the pauses.
    """

    def observe(self, keys: Sequence[Key]) -> Observed: ...

    def send(self, batch: OutgoingBatch) -> Sequence[Answer]: ...

    def chart(self) -> Chart: ...

    def probe(self) -> Sequence[Reason]: ...


class Target(Protocol):
    """One accounting system (or other receiver of writes)."""

    system: str
    kinds: Mapping[DocKind, KindSpec]
    budget: Budget

    def open(self, config: Mapping[str, Any], tokens: TokenStore, http: HttpFactory) -> TargetSession: ...

    def refresh(
        self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory
    ) -> Mapping[str, Any]:
        """One exchange: {access_token, refresh_token?, expires_in}. Raises ReconnectNeeded, ReadFailed."""
        ...

    def steps(
        self, observed: Observed, desired: Sequence[Desired], own: frozenset[str], policy: Policy
    ) -> Next:
        """Pure. `own` are all documents of the case (desired or delivered before), others prerequisites."""
        ...

    def assume(self, observed: Observed, step: Step) -> Observed: ...

    def check(self, step: Step, policy: Policy) -> Reason | None:
        """Local check of one step: lock dates, account and tax pair, archived accounts, tracking."""
        ...

    def took_effect(self, outgoing: Outgoing, seen: Seen) -> bool: ...
