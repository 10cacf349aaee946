"""What the hub may never do on the wire, whatever its books say afterwards.

One attempt is one call: when its outcome is not known, whoever asks again does so under a key of its own.
And a connection that asked to wait is left alone until then: at once by the process it answered, and by the
others as soon as calls that were under way are over.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx

KEY = "idempotency-key"
UNDER_WAY = 450.0
"""Seconds within which a call that was begun before may still arrive, freezes included."""
SKEW = 240.0
"""Seconds by which the clocks of two machines may differ."""
TELLING = 10.0
"""Seconds in which the process that was asked to wait writes it down for the others."""
_NOT_PROCESSED = (401, 429)


@dataclass
class Manners:
    """Watches every exchange of one schedule; times are virtual seconds. `wrong` is what was seen."""

    wrong: list[str] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)
    _waits: dict[str, tuple[float, float, str]] = field(default_factory=dict)

    def sent(self, connection: str, request: httpx.Request, now: float, who: str) -> None:
        """A call of process `who` begins."""
        key = request.headers.get(KEY)
        if key is not None:
            if key in self._used:
                self.wrong.append(f"two calls under one attempt: {request.method} {request.url.path}")
            self._used.add(key)
        asked, until, by = self._waits.get(connection, (now, now, ""))
        if (who == by and now < until) or asked + UNDER_WAY < now < until - SKEW:
            self.wrong.append(f"{connection} asked to wait until {until:.0f} and was called at {now:.0f}")

    def answered(
        self, connection: str, request: httpx.Request, response: httpx.Response, now: float, who: str
    ) -> None:
        """Its answer arrived at `who`; one that says that nothing was processed frees the key."""
        if response.status_code in _NOT_PROCESSED:
            self._used.discard(request.headers.get(KEY, ""))
        wait = response.headers.get("retry-after", "")
        if response.status_code == 429 and wait.isdigit():
            self._waits[connection] = (now, now + float(wait), who)

    def died(self, who: str, now: float) -> None:
        """A process that died before it could tell of a wait takes what it was told along."""
        untold = [c for c, (asked, _, by) in self._waits.items() if by == who and now < asked + TELLING]
        for connection in untold:
            del self._waits[connection]

    def lost(self, request: httpx.Request, error: Exception) -> None:
        """No answer; a call that never left frees the key."""
        if isinstance(error, httpx.ConnectError):
            self._used.discard(request.headers.get(KEY, ""))
