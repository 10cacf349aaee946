"""The frozen configuration of one clinic group: who, where, which account, from which day.

Nothing here has a default that could be a guess: what nobody wrote down is absent, and look-ups hold.
Entries carry `from_day` (a business date); a document uses the entries valid on its own date. `line` says
where in the file a value was written, so that a finding can name it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from hub.config.schemes import SchemeConfig
from hub.config.settlements import SettlementRule
from hub.errors import Misconfigured

MethodKind = Literal[
    "money", "credit_use", "voucher", "write_off", "funder_lodged", "transfer", "paid_elsewhere"
]
Supplier = Literal["clinic", "practitioner"]
Role = Literal["source", "target", "both"]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ConnectionConfig(Frozen):
    """One organisation's account at one system. Secrets are never here; `hub connect` stores them encrypted.

    A `target` is a ledger that locations post to; `both` is a system that is read from and also written to (a
    practice system that takes payments back, a payment processor): no location posts to it.
    `budget` lowers or raises (sandbox) the connector's documented limits; `settings` are the connector's
    own, documented in its module.
    """

    id: str
    system: str
    role: Role
    base_url: str | None = None
    grant: str | None = None
    tenant: str | None = None
    prefix: str = ""
    budget: dict[str, int] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)
    line: int = 0

    @property
    def is_read(self) -> bool:
        """Whether streams are pulled from it."""
        return self.role in ("source", "both")

    @property
    def is_written(self) -> bool:
        """Whether documents are delivered to it."""
        return self.role in ("target", "both")

    @property
    def is_ledger(self) -> bool:
        """Whether locations post to it."""
        return self.role == "target"


class LocationConfig(Frozen):
    """A site: `source` ids per PMS connection; `target` and `tracking` say where and how it is posted."""

    key: str
    name: str
    zone: str
    source: dict[str, str]
    target: str
    tracking: dict[str, str] = Field(default_factory=dict)
    start: date
    supplier_fallback: Supplier | None = None
    line: int = 0


class Entry(Frozen):
    """One dated table entry. Scope: practitioner or location where given, else the group.

    `key` None is the written-down fallback of that scope.
    """

    key: str | None
    value: dict[str, str]
    location: str | None = None
    practitioner: str | None = None
    from_day: date | None = None
    line: int = 0


class Tables(Frozen):
    """items: code -> {account, tax?, fee_for?}; taxes: `name@rate` or `none` -> {tax_type}; methods: name ->
    {kind, account?, confirmed?}; suppliers: practitioner source id -> {supplier}; write_offs: item code ->
    {account}. `tax` (a key of taxes) and `fee_for` (an item) only let a check warn."""

    items: tuple[Entry, ...] = ()
    taxes: tuple[Entry, ...] = ()
    methods: tuple[Entry, ...] = ()
    suppliers: tuple[Entry, ...] = ()
    write_offs: tuple[Entry, ...] = ()


class Payer(Frozen):
    """A third party that owes. Any rule that matches the PMS's free text names it; two payers = hold.

    `scheme` is the funding scheme whose payer this is: what it owes is claimed, not sent to it.
    """

    key: str
    name: str
    tax_number: str | None = None
    first_line_contains: tuple[str, ...] = ()
    text_contains: tuple[str, ...] = ()
    email: str | None = None
    scheme: str | None = None
    line: int = 0


class Policy(Frozen):
    """Choices of the bookkeeper for the whole group."""

    mode: Literal["per_invoice"] = "per_invoice"
    status: Literal["AUTHORISED", "DRAFT"] = "AUTHORISED"
    contact_names: Literal["names", "references"] = "names"
    due_days: int = 0
    lines_off_by: int = 5
    rounding_account: str | None = None
    rounding_tax: str | None = None
    lodged_through: date | None = None
    closed_through: date | None = None
    tracking_category: str | None = None
    derived_settlements: Literal["show"] = "show"
    quiet_seconds: int = 120
    native_sync_confirmed_off: tuple[str, ...] = ()
    line: int = 0


class Collect(Frozen):
    """Asking for what is open: by which connection, and the word each practice system has for such money.

    `after_days` None: nobody is asked but by a person. What `methods` does not name is held.
    `entered_within`: days after the money was taken on which staff may date what they enter by hand.
    """

    connection: str
    methods: dict[str, str] = Field(default_factory=dict)
    after_days: int | None = None
    hours: int = 24
    entered_within: int = 14
    line: int = 0


class GroupConfig(Frozen):
    """Everything about one clinic group. `version` is the digest of the loaded text."""

    id: str
    name: str
    currency: str
    connections: tuple[ConnectionConfig, ...]
    locations: tuple[LocationConfig, ...]
    tables: Tables
    payers: tuple[Payer, ...] = ()
    policy: Policy = Policy()
    settlements: tuple[SettlementRule, ...] = ()
    collect: Collect | None = None
    schemes: tuple[SchemeConfig, ...] = ()
    version: str = ""
    file: str = ""

    def connection(self, id: str) -> ConnectionConfig:
        """Raises Misconfigured for an unknown id."""
        for one in self.connections:
            if one.id == id:
                return one
        raise Misconfigured(f"Group {self.id!r} has no connection {id!r}.", code="config:no-connection")

    def is_practice(self, connection: str) -> bool:
        """Whether it is a practice system: some location's."""
        return any(connection in place.source for place in self.locations)

    def among(self, connections: Collection[str]) -> GroupConfig:
        """The same group with these connections alone, and the locations that need no other."""
        kept = tuple(one for one in self.connections if one.id in connections)
        places = tuple(p for p in self.locations if {p.target, *p.source} <= set(connections))
        rules = tuple(one for one in self.settlements if {one.connection, one.ledger} <= set(connections))
        collect = self.collect if self.collect and self.collect.connection in connections else None
        schemes = tuple(one.among(connections) for one in self.schemes if one.ledger in connections)
        update: dict[str, object] = {"connections": kept, "locations": places, "settlements": rules}
        update |= {"collect": collect, "schemes": schemes}
        return self.model_copy(update=update)

    def scheme(self, id: str) -> SchemeConfig:
        """Raises Misconfigured for an unknown scheme."""
        for one in self.schemes:
            if one.id == id:
                return one
        known = ", ".join(one.id for one in self.schemes) or "none"
        raise Misconfigured(
            f"Group {self.id!r} has no scheme {id!r}; it has: {known}.", code="config:no-scheme"
        )

    def location_of(self, connection: str, source_id: str) -> LocationConfig | None:
        """The location that a practice system knows by this id."""
        return self.places.get((connection, source_id))

    @cached_property
    def places(self) -> Mapping[tuple[str, str], LocationConfig]:
        """Locations by connection and id there: a large group asks for one with every record."""
        return {pair: place for place in reversed(self.locations) for pair in place.source.items()}

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic's; the copy may have other locations."""
        made = super().model_copy(update=update, deep=deep)
        made.__dict__.pop("places", None)
        return made

    def settlement_rule(self, connection: str) -> SettlementRule | None:
        """How the settlements that a connection tells are posted; None: nobody wrote it down."""
        return next((rule for rule in self.settlements if rule.connection == connection), None)
