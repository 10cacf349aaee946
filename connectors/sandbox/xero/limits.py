"""Rate limits: per app and organisation 5 at once, 60 a minute, 5,000 a day; 10,000 a minute per app.

Windows are fixed and each organisation's begin at its own odd moment (Xero developer docs: limits), so a
count from the full minute or from midnight is wrong. `POST /__control__/limits` sets concurrent, minute, day,
app_minute, bytes.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache

from connectors.sandbox.wire import Request, Response
from connectors.sandbox.xero import grants
from connectors.sandbox.xero.state import XeroState
from connectors.sandbox.xero.values import ms

DEFAULTS = {"concurrent": 5, "minute": 60, "day": 5000, "app_minute": 10_000, "bytes": 3_500_000}
API = "/api.xro/2.0/"
Headers = tuple[tuple[str, str], ...]


def take(
    request: Request, state: XeroState, now: datetime, client: str, tenant: str
) -> tuple[Response | None, Headers]:
    """Count one call. A 429 when a limit is reached, else None; and the headers every answer carries."""
    limit = {name: int(state.limits.get(name, default)) for name, default in DEFAULTS.items()}
    windows = [
        ("day", 86_400, (client, tenant, "day"), limit["day"]),
        ("minute", 60, (client, tenant, "minute"), limit["minute"]),
        ("app minute", 60, (client, "app"), limit["app_minute"]),
    ]
    counts = [_count(state, now, length, key) for _, length, key, _ in windows]
    if _at_once(request, state, now, client, tenant) >= limit["concurrent"]:
        problem = state.settings.get("concurrent_problem", "concurrent")
        headers = (("X-Rate-Limit-Problem", str(problem)),) if problem else ()
        return _limited(headers), _remaining(windows, counts)
    for (name, _, _, most), (used, wait) in zip(windows, counts, strict=True):
        if used >= most:
            extra: Headers = (("X-Rate-Limit-Problem", name),)
            if name != "app minute":
                extra += (("Retry-After", str(wait)),)
            return _limited(extra), _remaining(windows, counts)
    for (_, length, key, _), (used, _) in zip(windows, counts, strict=True):
        state.used[key] = (_window(now, length, key), used + 1)
    return None, _remaining(windows, [(used + 1, wait) for used, wait in counts])


def too_large(request: Request, state: XeroState) -> bool:
    """Whether the body is over the size limit."""
    return len(request.body) > int(state.limits.get("bytes", DEFAULTS["bytes"]))


def _limited(headers: Headers) -> Response:
    return Response.text(
        "The rate limit for the organisation or application has been reached", 429, headers=headers
    )


def _window(now: datetime, length: int, key: tuple[str, ...]) -> int:
    return (ms(now) - _offset(key, length)) // (length * 1000)


@cache
def _offset(key: tuple[str, ...], length: int) -> int:
    """Where the windows of `key` begin, in milliseconds: fixed, and never on a full second."""
    digest = int.from_bytes(hashlib.sha256("|".join(key).encode()).digest()[:6], "big")
    return digest % (length * 1000) | 1


def _count(state: XeroState, now: datetime, length: int, key: tuple[str, ...]) -> tuple[int, int]:
    window, used = state.used.get(key, (0, 0))
    current = _window(now, length, key)
    end = (current + 1) * length * 1000 + _offset(key, length)
    return (used if window == current else 0), -(-(end - ms(now)) // 1000)


def _at_once(request: Request, state: XeroState, now: datetime, client: str, tenant: str) -> int:
    count = 0
    for other in state.desk.earlier(request):
        if other.path.startswith(API):
            grant = grants.caller(other, state, now)
            found = grants.connection_of(other, state, grant) if grant and grant["client"] == client else None
            count += bool(found and found["tenant"] == tenant)
    return count


def _remaining(
    windows: list[tuple[str, int, tuple[str, ...], int]], counts: list[tuple[int, int]]
) -> Headers:
    left = {name: max(0, most - used) for (name, _, _, most), (used, _) in zip(windows, counts, strict=True)}
    return (
        ("X-DayLimit-Remaining", str(left["day"])),
        ("X-MinLimit-Remaining", str(left["minute"])),
        ("X-AppMinLimit-Remaining", str(left["app minute"])),
    )
