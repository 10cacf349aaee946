"""Rate budgets shared by all processes: calls in progress, per minute, and what the vendor says is left.

Windows are fixed, a little longer than the vendor's minute, so that ours never begins before theirs has
ended. A permit is a lease: one of a process that died ends by itself. First loads leave a part of each
budget to hints and changes by running inside `reserving(0.2)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from hub.contracts import Budget
from hub.errors import HubError, RateLimited
from hub.store.db import Db
from hub.store.session import Store
from hub.store.tables import budget as budget_table
from hub.store.tables import permit as permit_table

WINDOW = timedelta(seconds=61)
SHORT = timedelta(milliseconds=200)  # how long to wait for a call of another worker to end
DAY_LOOK = timedelta(minutes=30)  # when to believe that a spent day may have been renewed
_BLOCKED = 1_000_000  # calls "used" by a window that stands for a wait the other system asked for

_reserve: ContextVar[float] = ContextVar("hub_reserve", default=0.0)
_b = budget_table.c
_p = permit_table.c
_ROW = select(_b.minute_start, _b.minute_used, _b.day_remaining, _b.day_seen_at).where(
    _b.name == bindparam("name")
)
_LIVE = select(func.count()).where(_p.name == bindparam("name"), _p.until > bindparam("now"))
_USE = (
    budget_table.update()
    .where(_b.name == bindparam("b_name"))
    .values(minute_start=bindparam("b_start"), minute_used=bindparam("b_used"))
)
_ISSUE = permit_table.insert()
_RETURN = permit_table.delete().where(_p.id == bindparam("b_id"))
_SWEEP = permit_table.delete().where(_p.name == bindparam("b_name"), _p.until <= bindparam("b_now"))
_DAY = (
    budget_table.update()
    .where(_b.name == bindparam("b_name"))
    .values(day_remaining=bindparam("b_left"), day_seen_at=bindparam("b_now"))
)


@contextmanager
def reserving(share: float) -> Iterator[None]:
    """Calls inside leave `share` (0 to 1) of their minute and day budget to others."""
    token = _reserve.set(share)
    try:
        yield
    finally:
        _reserve.reset(token)


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to make one call. `used` is how many calls this window had, this one included."""

    id: str
    name: str
    used: int


class Budgets:
    """The shared budgets of one database."""

    def __init__(self, store: Store, *, ttl: float = 45.0) -> None:
        self._store = store
        self._ttl = timedelta(seconds=ttl)

    def permit(self, name: str, budget: Budget, owner: str, *, reserve: float | None = None) -> Permit:
        """Take leave for one call now; give it back with `done`.

        Raises RateLimited with the instant at which asking again makes sense.
        """
        world = self._store.world
        share = _reserve.get() if reserve is None else reserve
        with self._store.shared() as db:
            now = world.now()
            start, used = self._window(db, name, now, budget, share)
            if db.execute(_LIVE, {"name": name, "now": now}).scalar_one() >= budget.concurrent:
                raise RateLimited(
                    "As many calls as allowed are in progress.", now + SHORT, code="budget:concurrent"
                )
            permit = Permit(world.new_id(), name, used + 1)
            if used == 0:
                db.execute(_SWEEP, {"b_name": name, "b_now": now})
            db.execute(_USE, {"b_name": name, "b_start": start, "b_used": permit.used})
            row = {"id": permit.id, "name": name, "owner": owner, "until": now + self._ttl}
            db.execute(_ISSUE, row)
        return permit

    def _window(self, db: Db, name: str, now: datetime, budget: Budget, share: float) -> tuple[datetime, int]:
        """The window this call falls into and how many it already had. Raises RateLimited."""
        row = self._row(db, name, now)
        if row.day_remaining is not None and budget.per_day is not None:
            floor = int(budget.per_day * share)
            again = row.day_seen_at + DAY_LOOK
            if share and row.day_remaining <= floor and again > now:
                raise RateLimited("What is left of the day is kept for changes.", again, code="budget:day")
        ends = row.minute_start + WINDOW
        if ends <= now:
            return now, 0
        if row.minute_used >= max(1, int(budget.per_minute * (1 - share))):
            raise RateLimited("The minute's calls are used up.", ends, code="budget:minute")
        return row.minute_start, row.minute_used

    def _row(self, db: Db, name: str, now: datetime) -> Any:
        """The budget's row, made if need be, locked until this transaction ends."""
        postgres = db.dialect.name == "postgresql"
        query = _ROW.with_for_update() if postgres else _ROW
        row = db.execute(query, {"name": name}).first()
        if row is None:
            insert = postgres_insert if postgres else sqlite_insert
            new = insert(budget_table).values(name=name, minute_start=now, minute_used=0)
            db.execute(new.on_conflict_do_nothing())
            row = db.execute(query, {"name": name}).one()
        return row

    def done(
        self, permit: Permit, budget: Budget, *, minute: int | None = None, day: int | None = None
    ) -> None:
        """Give a permit back, with what the answer said is left of the minute and the day.

        Fewer left than we counted means that others use the same budget: their calls are counted too. A
        busy database is no reason to lose an answer that was already received: the permit ends by itself.
        """
        now = self._store.world.now()
        with suppress(HubError), self._store.shared() as db:
            db.execute(_RETURN, {"b_id": permit.id})
            if minute is not None and minute + permit.used + budget.concurrent < budget.per_minute:
                self._correct(db, permit.name, budget.per_minute - minute)
            if day is not None:
                db.execute(_DAY, {"b_name": permit.name, "b_left": day, "b_now": now})

    def _correct(self, db: Db, name: str, used: int) -> None:
        db.execute(
            budget_table.update().where(_b.name == name, _b.minute_used < used).values(minute_used=used)
        )

    def penalise(self, name: str, until: datetime) -> None:
        """The other system said to wait until an instant: no permit before it, in any process."""
        start = until - WINDOW
        with self._store.shared() as db:
            row = self._row(db, name, start)
            if row.minute_used < _BLOCKED or row.minute_start < start:
                db.execute(_USE, {"b_name": name, "b_start": start, "b_used": _BLOCKED})

    def day_remaining(self, name: str) -> int | None:
        """What the last answer said is left of the day; None when it never said."""
        with self._store.look() as db:
            row = db.execute(_ROW, {"name": name}).first()
        return None if row is None else row.day_remaining
