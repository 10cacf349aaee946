"""The rate limit: 200 requests per minute and user, whatever the key; 429 names when the window resets.

`POST /__control__/limits {"per_minute": n}` changes it; 0 means none.
"""

from __future__ import annotations

import math
from datetime import timedelta

from connectors.sandbox.cliniko.auth import Caller
from connectors.sandbox.cliniko.errors import Refusal
from connectors.sandbox.cliniko.state import ClinikoState, Window
from connectors.sandbox.wire import Clock

PER_MINUTE = 200
_MINUTE = timedelta(seconds=60)


def count(who: Caller, state: ClinikoState, clock: Clock) -> None:
    """Count one request of a user. Raises Refusal 429 when its minute is used up."""
    allowed = int(state.limits.get("per_minute", PER_MINUTE))
    now = clock.now()
    owner = f"{who.account.id}/{who.user_id}"
    window = state.windows.get(owner)
    if window is None or now >= window.began + _MINUTE:
        window = state.windows[owner] = Window(now)
    if allowed and window.count >= allowed:
        resets = window.began + _MINUTE
        headers = [("X-RateLimit-Reset", str(math.ceil(resets.timestamp())))]
        if state.switch("retry_after") == "present":
            headers.append(("Retry-After", str(math.ceil((resets - now).total_seconds()))))
        raise Refusal(429, "Rate limit exceeded", tuple(headers))
    window.count += 1
