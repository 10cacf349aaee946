"""A connection with something wrong on it: what a client meets on the wire, whichever system is behind it.

The sandboxes can be told to fail as well; this stands in front of any of them, so that every connector meets
the same faults, and a late effect really happens after the hub has gone on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from hub.http import READS
from tests.support.world import FakeClock

LATE = 60.0
"""Seconds after which a request takes effect whose sender stopped waiting; below every quiet time."""
Lost = type[httpx.TransportError]


class Died(BaseException):
    """The worker is gone: nothing after it runs."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What becomes of one request: how often it takes effect (`effects`), and what its sender sees.

    `lost`: no answer. `status`: somebody else's answer with `headers` and `body`. `cut`: half of the
    answer's body. `late`: the effect comes `LATE` seconds after the sender gave up. `partial`: a batch of
    which only the first element is saved. `blind`: the next so many reads fail as well. `wait`: the seconds
    a limit asks for. Nothing of these: the answer of the last time it took effect.
    """

    effects: int = 0
    lost: Lost | None = None
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    cut: bool = False
    late: bool = False
    partial: bool = False
    blind: int = 0
    wait: float = 0.0


def _limit(seconds: int) -> Fault:
    return Fault(status=429, headers=(("Retry-After", str(seconds)),), wait=seconds)


_HTML = b"<html><body>Something went wrong</body></html>"
_JSON = (("Content-Type", "application/json"),)

FAULTS: dict[str, Fault] = {
    "unreachable": Fault(lost=httpx.ConnectError),
    "timeout-before": Fault(lost=httpx.ReadTimeout),
    "timeout-after": Fault(1, lost=httpx.ReadTimeout),
    "late": Fault(lost=httpx.ReadTimeout, late=True),
    "reset-before": Fault(lost=httpx.ReadError),
    "reset-after": Fault(1, lost=httpx.ReadError),
    "blind": Fault(1, lost=httpx.ReadError, blind=9),
    "429-seconds": _limit(7),
    "429-hours": _limit(3 * 3600),
    "500-before": Fault(status=500, body=_HTML),
    "500-after": Fault(1, status=500, body=_HTML),
    "503-before": Fault(status=503, body=_HTML),
    "503-after": Fault(1, status=503, body=_HTML),
    "401": Fault(status=401, headers=_JSON, body=b"{}"),
    "truncated": Fault(1, cut=True),
    "malformed": Fault(1, status=200, body=_HTML),
    "portal": Fault(status=200, body=_HTML),
    "empty": Fault(1, status=200, headers=_JSON, body=b"{}"),
    "duplicate": Fault(2),
}
PARTIAL = Fault(1, lost=httpx.ReadError, partial=True)


def writes(request: httpx.Request) -> bool:
    """Whether a request changes something, as the hub's own client judges it."""
    return not request.extensions.get("read", request.method in READS)


@dataclass(slots=True)
class Write:
    """A request that would change something, as it reached the wire."""

    at: datetime
    method: str
    path: str
    fault: bool


@dataclass
class Wire(httpx.BaseTransport):
    """A transport in front of another one.

    `arm` has the next writes struck; `sent` are all writes, `asked` counts every request, `effects` those
    writes that the organisation took. `then` is called after each answer that reached its sender.
    """

    inner: httpx.BaseTransport
    clock: FakeClock
    is_write: Callable[[httpx.Request], bool] = writes
    sent: list[Write] = field(default_factory=list)
    hits: int = 0
    asked: int = 0
    effects: int = 0
    then: Callable[[], None] | None = None
    _next: Fault | None = None
    _times: int | None = 0
    _blind: int = 0
    _late: list[tuple[datetime, httpx.Request]] = field(default_factory=list)

    def arm(self, fault: Fault, times: int | None = 1) -> None:
        """Strike the next write, or so many, or all (None)."""
        self._next, self._times = fault, times

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._handled(request)
        if self.then is not None:
            self.then()
        return answer

    def _handled(self, request: httpx.Request) -> httpx.Response:
        self.settle(self.clock.now())
        self.asked += 1
        if not self.is_write(request):
            if self._blind:
                self._blind -= 1
                raise httpx.ReadError("reset", request=request)
            return self.inner.handle_request(request)
        fault = self._due()
        self.sent.append(Write(self.clock.now(), request.method, request.url.path, fault is not None))
        return self._effect(request) if fault is None else self._struck(request, fault)

    def _effect(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner.handle_request(request)
        self.effects += answer.is_success
        return answer

    def _due(self) -> Fault | None:
        if self._times is not None:
            if not self._times:
                return None
            self._times -= 1
        return self._next

    def settle(self, now: datetime | None = None) -> None:
        """Have late requests take effect: those due by `now`, or all that are still under way."""
        due = [one for one in self._late if now is None or one[0] <= now]
        self._late = [one for one in self._late if one not in due]
        for _, request in due:
            self._effect(request)

    def _struck(self, request: httpx.Request, fault: Fault) -> httpx.Response:
        self.hits += 1
        self._blind = fault.blind
        answer = None
        for _ in range(fault.effects):
            answer = self._effect(_copy(request, partial=fault.partial))
        if fault.late:
            self._late.append((self.clock.now() + timedelta(seconds=LATE), _copy(request)))
        if fault.lost is not None:
            if issubclass(fault.lost, httpx.TimeoutException):
                self.clock.advance((request.extensions.get("timeout") or {}).get("read") or 30.0)
            raise fault.lost("the answer was not seen", request=request)
        if fault.status is not None:
            return httpx.Response(fault.status, headers=fault.headers, content=fault.body)
        assert answer is not None
        if not fault.cut:
            return answer
        body = answer.read()
        kept = [pair for pair in answer.headers.items() if pair[0] != "content-length"]
        return httpx.Response(answer.status_code, headers=kept, content=body[: len(body) // 2])


def _copy(request: httpx.Request, *, partial: bool = False) -> httpx.Request:
    """The same request once more, without its sender's patience."""
    headers = [*request.headers.multi_items(), *([("x-sandbox-partial", "1")] if partial else [])]
    return httpx.Request(request.method, request.url, headers=headers, content=request.read())
