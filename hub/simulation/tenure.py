"""Every write is made under a lease that covers it: asked of the hub's own rows at the moment it leaves.

A process whose clock is ahead may have taken the rows back already; then the lease counts as it was taken. A
batch turned away by a limit goes out again under the same key: the latest one is meant.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx

from hub.simulation.manners import KEY
from hub.simulation.storage import Storage

_LEASE = """
select batch.started_at, delivery.lease_until
from batch left join delivery on delivery.batch_id = batch.id
where batch.idempotency_key = ? order by batch.rowid desc limit 1
"""
_ROUNDING = timedelta(milliseconds=10)


def uncovered(storage: Storage, request: httpx.Request, until: datetime, lease: timedelta) -> str | None:
    """What is wrong with a call that may last `until`, by the clock of its process; None when nothing is.

    `lease` is how long the lease over one call lasts.
    """
    key = request.headers.get(KEY)
    for started, leased in storage.peek(_LEASE, key) if key else ():
        end = _instant(leased) if leased else _instant(started) + lease
        if until > end + _ROUNDING:
            late = (until - end).total_seconds()
            return f"{request.method} {request.url.path} may last {late:.0f} s longer than its lease"
    return None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
