"""Leases: who may work on something now, across processes, surviving a crash of whoever holds one.

Each taking raises the fence, so a worker that was asleep can be told from the one that took over. A
holder measures what is left on the monotonic clock from before it asked, never on the wall clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from hub.errors import LeaseLost
from hub.store.db import Db
from hub.store.session import Store, Unit
from hub.store.tables import lease as table
from hub.world import Clock

UP = "up"
"""The lease of the one `hub up` of a database."""
_TAKE = (
    table.update()
    .where(table.c.name == bindparam("b_name"), table.c.until <= bindparam("b_now"))
    .values(owner=bindparam("b_owner"), until=bindparam("b_until"), fence=table.c.fence + 1)
)
_RENEW = (
    table.update()
    .where(table.c.name == bindparam("b_name"), table.c.fence == bindparam("b_fence"))
    .values(until=bindparam("b_until"))
)
_HOLDER = select(table.c.owner, table.c.until, table.c.fence).where(
    table.c.name == bindparam("b_name"), table.c.until > bindparam("b_now")
)
_FENCE = select(table.c.fence).where(table.c.name == bindparam("b_name"))


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as taken. `ends` is on the monotonic clock of this process, in seconds."""

    name: str
    owner: str
    fence: int
    ends: float
    clock: Clock = field(repr=False, compare=False)

    def remaining(self) -> float:
        """Seconds left, by the monotonic clock."""
        return self.ends - self.clock.monotonic()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lease, and until when unless it is renewed."""

    owner: str
    until: datetime
    fence: int


def holder(store: Store, name: str) -> Holder | None:
    """Who holds the lease now; None when nobody does."""
    with store.look() as db:
        row = db.execute(_HOLDER, {"b_name": name, "b_now": store.world.now()}).first()
    return None if row is None else Holder(row.owner, row.until, row.fence)


def end(store: Store, name: str, fence: int) -> None:
    """End the taking with this fence, for a holder that is known to be dead; a later one stays."""
    with store.shared() as db:
        db.execute(_RENEW, {"b_name": name, "b_fence": fence, "b_until": store.world.now()})


def take(store: Store, name: str, owner: str, ttl: float) -> Lease | None:
    """Take the lease for `ttl` seconds, or None while somebody (also another thread of `owner`) holds it."""
    world = store.world
    ends = world.clock.monotonic() + ttl
    now = world.now()
    until = now + timedelta(seconds=ttl)
    with store.shared() as db:
        taken = db.execute(_TAKE, {"b_name": name, "b_owner": owner, "b_now": now, "b_until": until})
        if taken.rowcount == 0:
            insert = postgres_insert if db.dialect.name == "postgresql" else sqlite_insert
            new = insert(table).values(name=name, owner=owner, until=until, fence=1)
            made = new.on_conflict_do_nothing().returning(table.c.fence)  # an INSERT's row count is not kept
            if db.execute(made).first() is None:
                return None
        fence = db.execute(_FENCE, {"b_name": name}).scalar_one()
    return Lease(name, owner, fence, ends, world.clock)


def renew(store: Store, lease: Lease, ttl: float) -> Lease:
    """The same lease for `ttl` seconds from now. Raises LeaseLost when somebody took it since."""
    ends = store.world.clock.monotonic() + ttl
    until = store.world.now() + timedelta(seconds=ttl)
    with store.shared() as db:
        kept = db.execute(_RENEW, {"b_name": lease.name, "b_fence": lease.fence, "b_until": until})
        if kept.rowcount == 0:
            raise LeaseLost(f"Another worker holds {lease.name} now.")
    return replace(lease, ends=ends)


def release(store: Store, lease: Lease) -> None:
    """Give the lease back; the row stays, so that its fence never goes back. Lost leases are left alone."""
    end(store, lease.name, lease.fence)


def held(lease: Lease, at_least: float = 0.0) -> bool:
    """Whether more than `at_least` seconds are surely left: the check right before a call."""
    return lease.remaining() > at_least


def confirm(unit: Unit | Db, lease: Lease) -> None:
    """Inside the transaction of an outcome: raise LeaseLost unless this taking is still the last one."""
    db = unit.db if isinstance(unit, Unit) else unit
    if db.execute(_FENCE, {"b_name": lease.name}).scalar_one_or_none() != lease.fence:
        raise LeaseLost(f"Another worker holds {lease.name} now.")


@contextmanager
def holding(store: Store, name: str, owner: str, ttl: float) -> Iterator[Lease | None]:
    """Take, and give back at the end however it ends; yields None when somebody else holds it."""
    lease = take(store, name, owner, ttl)
    try:
        yield lease
    finally:
        if lease is not None:
            release(store, lease)
