"""Errors named by what must happen next. Their text is safe: codes, counts and ids, never values of people.

Whoever raises one writes a sentence a bookkeeper understands; whoever catches one reads the class.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Who(StrEnum):
    """Who must act so that a held item goes on."""

    BOOKKEEPER = "bookkeeper"
    CLINIC = "clinic staff"
    OPS = "ops"
    VENDOR = "vendor"
    DEVELOPER = "developer"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is held: a stable code (`unmapped:item:EX30`), one plain sentence, who acts, how much.

    `cents` is the amount that waits. `code` and `sentence` may be shown and logged, so neither may
    hold personal text; `detail` may, and is stored encrypted.
    """

    code: str
    sentence: str
    who: Who
    cents: int = 0
    detail: str = ""


class HubError(Exception):
    """Base of everything the hub raises on purpose. `str()` is safe to log."""

    code = "internal"
    who: Who = Who.DEVELOPER

    def __init__(self, sentence: str, *, code: str | None = None, who: Who | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if code is not None:
            self.code = code
        if who is not None:
            self.who = who


class Misconfigured(HubError):
    """Nothing runs until a person mends settings or a mapping; never retried."""

    code = "config"
    who = Who.OPS


class DatabaseFailed(HubError):
    """The database could not do its work: nothing of the unit at hand was kept, as far as we were told.

    The codes: `database-busy` and `database-gone` pass by themselves or with the server's return,
    `database-full`, `database-readonly`, `database-disk` and `database-broken` need a person.
    """

    code = "database"
    who = Who.OPS


class Refused(HubError):
    """The other system said no to this item for a reason that repeating cannot change."""

    code = "refused"
    who = Who.BOOKKEEPER


class Malformed(HubError):
    """A record that cannot be read; it becomes an issue, the rest goes on."""

    code = "record:malformed"
    who = Who.CLINIC


class BundleIncomplete(HubError):
    """A root record and its members do not add up: refetch once as a whole, then an issue."""

    code = "bundle:incomplete"
    who = Who.CLINIC


class PauseConnection(HubError):
    """Stop this connection until an instant (None: until a person acts); its queue stays."""

    code = "paused"
    who = Who.NOBODY

    def __init__(self, sentence: str, until: datetime | None, **kw: object) -> None:
        super().__init__(sentence, **kw)  # type: ignore[arg-type]
        self.until = until


class RateLimited(PauseConnection):
    """The other system's limit; the request was not processed. Obeyed in full, costs no attempt."""

    code = "rate-limited"


class ReconnectNeeded(PauseConnection):
    """The grant or key is dead (expired, revoked, disconnected): only a person can reconnect."""

    code = "reconnect"
    who = Who.CLINIC

    def __init__(self, sentence: str, **kw: object) -> None:
        super().__init__(sentence, None, **kw)


class OutcomeUnknown(HubError):
    """A write whose answer was not seen: look it up at the target before anything is sent again."""

    code = "unknown"
    who = Who.NOBODY


class NotProcessed(HubError):
    """A request that surely had no effect (connection refused, offline before sending): safe to repeat."""

    code = "not-processed"
    who = Who.NOBODY


class ReadFailed(HubError):
    """A read that failed after its bounded retries: nothing is inferred, the next round tries again."""

    code = "read-failed"
    who = Who.NOBODY


class FeedLost(ReadFailed):
    """A feed of events no longer reaches back to the cursor: the stream is listed anew as a whole."""

    code = "feed-lost"


class Missing(HubError):
    """The object asked for does not exist at the other system (now)."""

    code = "missing"
    who = Who.NOBODY


class LeaseLost(HubError):
    """Another worker owns this now: write nothing, leave."""

    code = "lease-lost"
    who = Who.NOBODY
