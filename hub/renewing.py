"""Renews grants in doubt by themselves, whether or not anything else is to be called.

A renewal that was given up may take effect after its repetition, or its process may die over it: then what is
stored is no longer the latest refresh token. The vendor takes the one before for a while only (Xero: 30
minutes, reference xero.md), so waiting until the next call, which a 429 of hours or a quiet night may put off
for longer, would end the grant and ask a person to connect again for nothing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select

from hub.kernel import Kernel
from hub.store.tables import grant

_RENEW_AT = select(grant.c.renew_at).where(
    grant.c.group_id == bindparam("g"), grant.c.renew_for == bindparam("c"), ~grant.c.dead
)


def renew(kernel: Kernel, group: str, connection: str) -> datetime | None:
    """Renew what this connection's work left in doubt once its time has come; -> when to look again.

    A pause does not keep it from being done: token exchanges are no calls that a limit counts. Raises
    ReadFailed, PauseConnection or ReconnectNeeded as every renewal does; the next time is set by then.
    """
    due = _due(kernel, group, connection)
    if due is None or due > kernel.world.now():
        return due
    kernel.tokens(group, connection).access_token()
    return _due(kernel, group, connection)


def _due(kernel: Kernel, group: str, connection: str) -> datetime | None:
    with kernel.store.read(group) as unit:
        found: datetime | None = unit.db.execute(_RENEW_AT, {"g": group, "c": connection}).scalar()
    return found
