"""Whether this database came from a backup, and when: then what a lost hub posted may be at the target."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select

from hub.store.db import Db
from hub.store.tables import meta

_KEY = "restored"
_READ = select(meta.c.value).where(meta.c.key == _KEY)
_ZONES = timedelta(days=1)  # a business date is at most a day ahead of the UTC date


def note(db: Db, at: datetime) -> None:
    """Write when it was restored; the latest time counts."""
    db.execute(meta.delete().where(meta.c.key == _KEY))
    db.execute(meta.insert().values(key=_KEY, value=at.isoformat()))


def last_day(db: Db) -> date | None:
    """The last business date on which the lost hub may have posted something; None when never restored."""
    value = db.execute(_READ).scalar_one_or_none()
    return None if value is None else (datetime.fromisoformat(value) + _ZONES).date()
