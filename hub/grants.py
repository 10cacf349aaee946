"""Living access tokens of shared grants, refreshed once over all processes.

One grant serves every organisation its person connected, and each refresh replaces the refresh token, so
refreshing in two places would lose one (Xero developer docs: token types; staff replies on
invalid_grant). Hence one lease per grant, a version fence, and the new token committed before it is used.
A refresh whose answer was lost is repeated with the same token, which the vendor allows for 30 minutes. That
one is under way is committed before it is asked for (`renew_at`), so that a process that dies over it, or an
answer nobody saw, is followed up by `hub.renewing` while that time lasts, also where nothing is to be called.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from hub import audit, leases
from hub.contracts import HttpFactory, Renewing
from hub.errors import NotProcessed, OutcomeUnknown, PauseConnection, ReadFailed, ReconnectNeeded
from hub.store import connections
from hub.store.session import Store, Unit
from hub.store.tables import grant as table

MARGIN = timedelta(seconds=60)  # a token this near its end is not handed out any more
_SLEEPS = (0.5, 2.0)  # seconds before the second and third try of one refresh
_PREVIOUS = "previous_refresh_token"
LATE = timedelta(minutes=5)
"""When a token is renewed again whose renewal was in doubt: what a request that was given up did late shows
then, while the vendor still takes the token before it."""
_WAIT = 0.15  # seconds between looks while another worker refreshes
_LONGEST_WAIT = 5.0
_c = table.c
_ROW = select(_c.secret_enc, _c.token_enc, _c.expires_at, _c.renew_at, _c.version, _c.dead).where(
    _c.group_id == bindparam("g"), _c.id == bindparam("id")
)
_AS_READ = table.update().where(
    _c.group_id == bindparam("b_g"), _c.id == bindparam("b_id"), _c.version == bindparam("b_version")
)
_SAY = _AS_READ.where(_c.renew_at.is_not_distinct_from(bindparam("b_said")))
"""Where nobody else said since that they renew it."""


@dataclass(frozen=True, slots=True)
class _Grant:
    secret: dict[str, str]
    given: str
    token: str | None
    expires_at: datetime | None
    renew_at: datetime | None
    version: int
    dead: bool

    def usable(self, now: datetime, stale: str | None) -> bool:
        if self.dead or self.token is None or self.token == stale:
            return False
        if self.renew_at is not None and self.renew_at <= now:
            return False
        return self.expires_at is None or self.expires_at - MARGIN > now

    def __repr__(self) -> str:
        return f"_Grant(version={self.version}, dead={self.dead})"


class GrantTokens:
    """hub.targets.TokenStore for one grant as used by one connection."""

    def __init__(
        self,
        store: Store,
        group: str,
        connection: str,
        grant: str,
        owner: Renewing,
        config: Mapping[str, Any],
        http: HttpFactory,
        *,
        lease_seconds: float = 90.0,
    ) -> None:
        self._store = store
        self._group = group
        self._connection = connection
        self._grant = grant
        self._owner = owner
        self._config = config
        self._http = http
        self._lease_seconds = lease_seconds
        self._known: _Grant | None = None

    def access_token(self, *, stale: str | None = None) -> str:
        """A living access token; `stale` is one the other system just refused.

        Raises ReconnectNeeded, PauseConnection (another worker refreshes and takes long) or ReadFailed.
        """
        world = self._store.world
        if self._known is not None and self._known.usable(world.now(), stale):
            return self._known.token or ""
        waited = 0.0
        while True:
            known = self._read()
            if known.usable(world.now(), stale):
                self._known = known
                return known.token or ""
            lease = leases.take(
                self._store, f"grant/{self._group}/{self._grant}", world.worker, self._lease_seconds
            )
            if lease is not None:
                break
            if waited >= _LONGEST_WAIT:
                raise self._busy()
            world.sleep(_WAIT)
            waited += _WAIT
        try:
            self._known = self._renew(stale, lease)
        finally:
            leases.release(self._store, lease)
        return self._known.token or ""

    def _read(self) -> _Grant:
        with self._store.read(self._group) as unit:
            row = unit.db.execute(_ROW, {"g": self._group, "id": self._grant}).first()
            if row is None:
                raise self._reconnect("Nobody has connected this system yet; run `hub connect`.")
            stored = json.loads(unit.vault.open("oauth_grant", "secret_enc", self._grant, row.secret_enc))
            token = None
            if row.token_enc is not None:
                token = unit.vault.open("oauth_grant", "token_enc", self._grant, row.token_enc)
        found = _Grant(
            stored["secret"], stored["given"], token, row.expires_at, row.renew_at, row.version, row.dead
        )
        if found.dead:
            raise self._reconnect("The access to this system has ended; a person must connect it again.")
        return found

    def _busy(self) -> PauseConnection:
        again = self._store.world.now() + timedelta(seconds=_LONGEST_WAIT)
        return PauseConnection(
            "Another worker is renewing the access to this system.", again, code="grant-busy"
        )

    def _reconnect(self, sentence: str) -> ReconnectNeeded:
        with self._store.write(self._group) as unit:
            connections.pause(unit, self._connection, None, ReconnectNeeded.code, sentence, reconnect=True)
        return ReconnectNeeded(sentence)

    def _renew(self, stale: str | None, lease: leases.Lease) -> _Grant:
        """Refresh under the lease. Whoever won a race before us already stored a token: use that."""
        now = self._read()
        if now.usable(self._store.world.now(), stale):
            return now
        # What an earlier renewal left in doubt may still come, whatever this one hears.
        earlier = now.renew_at is not None and now.renew_at > self._store.world.now()
        with self._store.write(self._group) as unit:
            said = unit.now + LATE
            alone = self._say(unit, now.version, now.renew_at, said)
        if not alone:
            return self._newer(stale)
        try:
            answer, taken, doubtful = self._ask(now, lease)
        except ReconnectNeeded as error:
            return self._lost(now, stale, error)
        return self._keep(now, answer, taken, said, doubtful or earlier)

    def _say(self, unit: Unit, version: int, before: datetime | None, at: datetime | None) -> bool:
        """Say when it is to be renewed next, unless somebody else did since `before`; whether it was said."""
        keys = {"b_g": self._group, "b_id": self._grant, "b_version": version, "b_said": before}
        values = {"renew_at": at, "renew_for": self._connection if at else None, "updated_at": unit.now}
        return unit.db.execute(_SAY, {**keys, **values}).rowcount == 1

    def _newer(self, stale: str | None) -> _Grant:
        """What somebody else stored meanwhile. Raises PauseConnection where that is of no use either."""
        newer = self._read()
        if newer.usable(self._store.world.now(), stale):
            return newer
        raise self._busy()

    def _change(self, unit: Unit, now: _Grant, **values: Any) -> bool:
        """Change the row unless somebody else did since it was read; whether it was changed."""
        keys = {"b_g": self._group, "b_id": self._grant, "b_version": now.version, "updated_at": unit.now}
        return unit.db.execute(_AS_READ, {**keys, **values}).rowcount == 1

    def _ask(self, now: _Grant, lease: leases.Lease) -> tuple[Mapping[str, Any], str, bool]:
        """One exchange, repeated with the same refresh token while its answer is not seen.

        Where the token is refused, the one before it is tried: a request that was given up and repeated may
        take effect after its repetition, and then what was stored is no longer the latest. A vendor with a
        grace period takes the earlier one (Xero: 30 minutes). No try begins with less of the lease left than
        one call may take. -> the answer, the token it was given for, whether an earlier one was not seen.
        """
        secret, doubtful = now.secret, False
        for pause in (0.0, *_SLEEPS):
            if pause:
                self._store.world.sleep(pause)
            if not leases.held(lease, self._lease_seconds / 3):
                break
            try:
                answer = self._owner.refresh(self._config, secret, self._http)
            except (OutcomeUnknown, NotProcessed, ReadFailed):
                doubtful = True
                continue
            except ReconnectNeeded:
                if secret is not now.secret or _PREVIOUS not in secret:
                    raise
                secret = {**secret, "refresh_token": secret[_PREVIOUS]}
                continue
            if answer.get("access_token"):
                return answer, secret.get("refresh_token", ""), doubtful
        raise ReadFailed("The access to this system could not be renewed; it will be tried again.")

    def _lost(self, now: _Grant, stale: str | None, error: ReconnectNeeded) -> _Grant:
        """The refresh token was refused. Somebody may have stored a newer one, else the grant is dead."""
        if self._read().version != now.version:
            return self._newer(stale)
        with self._store.write(self._group) as unit:
            if self._change(unit, now, dead=True, version=now.version + 1):
                audit.record(unit, "grant", "grant", self._grant, outcome="dead", connection=self._connection)
        raise self._reconnect(error.sentence)

    def _keep(
        self, now: _Grant, answer: Mapping[str, Any], taken: str, said: datetime, doubtful: bool
    ) -> _Grant:
        """Commit the new tokens; only then may they be used. Those of a doubtful answer are renewed soon.

        So are those in whose making somebody else said that they renew too (clocks may differ by more than a
        lease): of two renewals of one token, nobody here knows which one the vendor made last.

        The token before them is the one that was `taken`, which may be older than the one that was stored:
        if this answer is overtaken as well, it alone is known to be good.
        """
        secret = {**now.secret}
        if answer.get("refresh_token"):
            secret[_PREVIOUS] = taken
            secret["refresh_token"] = str(answer["refresh_token"])
        token = str(answer["access_token"])
        with self._store.write(self._group) as unit:
            expires = answer.get("expires_at") or unit.now + timedelta(
                seconds=float(answer.get("expires_in", 1800))
            )
            text = json.dumps({"given": now.given, "secret": secret}, sort_keys=True)
            kept = self._change(
                unit,
                now,
                secret_enc=unit.vault.seal("oauth_grant", "secret_enc", self._grant, text),
                token_enc=unit.vault.seal("oauth_grant", "token_enc", self._grant, token),
                expires_at=expires,
                version=now.version + 1,
            )
            again = unit.now + LATE if doubtful else None
            if kept and not self._say(unit, now.version + 1, said, again):
                again = unit.now + LATE
        if not kept:
            return self._read()
        return _Grant(secret, now.given, token, expires, again, now.version + 1, False)
