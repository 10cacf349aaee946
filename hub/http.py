"""The one kind of HTTP client connectors may use.

Each call has a total deadline enforced here (a client's own timeouts are per read), takes a permit of the
connection's shared budget, and fails with the hub's errors only: their text never holds a query, a body
or a header. Reads are retried within bounds; writes never are. A wait longer than `LONGEST_SLEEP` is not
slept but raised, so that whoever runs connections can go on with another one.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import tenacity

from hub.client import PlainClient
from hub.contracts import Budget, HttpFactory
from hub.errors import HubError, Misconfigured, NotProcessed, OutcomeUnknown, RateLimited, ReadFailed
from hub.limits import Budgets, Permit
from hub.transport import end_of, within
from hub.world import World

# httpx logs every URL with its query at INFO; queries may hold personal text.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)

READS = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_SLEEP = 5.0  # seconds
READ_TRIES = 4
READ_SECONDS = 60.0
LARGEST_ANSWER = 64 * 1024 * 1024
UNSAID_WAIT = 60.0  # seconds, for a 429 that does not say how long
_REPEATABLE = frozenset({408, 500, 502, 503, 504})
_TIMEOUTS = ("connect", "read", "write", "pool")
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class _Again(Exception):
    """A read that may be repeated, after `wait` seconds where the other system said so."""

    def __init__(self, error: HubError, wait: float | None = None) -> None:
        super().__init__(error.code)
        self.error = error
        self.wait = wait


@dataclass(slots=True)
class Traffic:
    """What a connection cost since this process started. Vendors charge by received bytes."""

    requests: int = 0
    sent: int = 0
    received: int = 0
    statuses: dict[int, int] = field(default_factory=dict)

    def note(self, status: int, sent: int, received: int) -> None:
        self.requests += 1
        self.sent += sent
        self.received += received
        self.statuses[status] = self.statuses.get(status, 0) + 1


class GuardedTransport(httpx.BaseTransport):
    """Deadline, permits, retries of reads and translation of errors around one connection's transport.

    A request whose `extensions` say `{"read": True}` is treated as a read whatever its method.
    """

    def __init__(
        self,
        world: World,
        connection: str,
        budgets: Budgets | None,
        name: str,
        budget: Budget,
        seconds: float,
        traffic: Traffic,
    ) -> None:
        self._world = world
        self._connection = connection
        self._inner = world.transport(connection)
        self._budgets = budgets
        self._name = name
        self._budget = budget
        self._seconds = seconds
        self._traffic = traffic
        self._tries = tenacity.Retrying(
            sleep=world.sleep,
            wait=_wait,
            stop=self._enough,
            retry=tenacity.retry_if_exception_type(_Again),
            reraise=True,
        )

    def close(self) -> None:
        """The inner transport is shared by all clients of the connection: it stays open."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.extensions.get("read", request.method in READS):
            return self._read(request)
        return self._write(request)

    def _say(self, request: httpx.Request) -> str:
        return f"{request.method} {request.url.path} at {self._connection}"

    # --- reads ---------------------------------------------------------------------------------------

    def _read(self, request: httpx.Request) -> httpx.Response:
        """Up to four tries, all within `READ_SECONDS` from now. Most need one, and nothing around it."""
        end = self._world.clock.monotonic() + READ_SECONDS
        try:
            return self._read_once(request, end)
        except _Again as again:
            failed = [again]
        try:
            return self._tries(self._read_again, request, end, failed)
        except _Again as again:
            raise again.error from None

    def _read_again(self, request: httpx.Request, end: float, failed: list[_Again]) -> httpx.Response:
        """The first try, which has failed already, then others."""
        if failed:
            raise failed.pop()
        return self._read_once(request, end)

    def _enough(self, state: tenacity.RetryCallState) -> bool:
        """Whether the read is given up: tried often enough, or its end comes before the next try."""
        late = self._world.clock.monotonic() + state.upcoming_sleep >= state.args[1]
        return late or state.attempt_number >= READ_TRIES

    def _read_once(self, request: httpx.Request, end: float) -> httpx.Response:
        try:
            response = self._exchange(request, end)
        except httpx.UnsupportedProtocol:
            raise _bad_address(self._connection) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _Again(ReadFailed(f"{self._say(request)} failed: {type(error).__name__}.")) from None
        status = response.status_code
        if status == 429 or (status == 503 and "retry-after" in response.headers):
            limited, wait = self._limited(request, response)
            if wait > LONGEST_SLEEP:
                raise limited
            raise _Again(limited, max(wait, 0.05))
        if status in _REPEATABLE:
            sentence = f"{self._say(request)} was answered with {status}."
            raise _Again(ReadFailed(sentence, code=f"read-failed:{status}"))
        return response

    # --- writes --------------------------------------------------------------------------------------

    def _write(self, request: httpx.Request) -> httpx.Response:
        try:
            response = self._exchange(request, self._world.clock.monotonic() + self._seconds)
        except _NOT_SENT as error:
            raise NotProcessed(f"{self._say(request)} was not sent: {type(error).__name__}.") from None
        except httpx.UnsupportedProtocol:
            raise _bad_address(self._connection) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            sentence = f"{self._say(request)}: the answer was not seen ({type(error).__name__})."
            raise OutcomeUnknown(sentence) from None
        if response.status_code == 429:
            raise self._limited(request, response)[0]
        if response.status_code in _REPEATABLE:
            status = response.status_code
            raise OutcomeUnknown(
                f"{self._say(request)} was answered with {status}.", code=f"unknown:{status}"
            )
        return response

    # --- one exchange --------------------------------------------------------------------------------

    def _exchange(self, request: httpx.Request, end: float) -> httpx.Response:
        """One request within the deadline, its body read whole. The wait for a permit counts as well."""
        end = end_of(min(end, self._world.clock.monotonic() + self._seconds))
        if self._budgets is None:
            return self._send(request, end)
        permit = self._permit(self._budgets, end)
        minute = day = None
        try:
            response = self._send(request, end)
            minute = _number(response.headers.get("x-minlimit-remaining"))
            day = _number(response.headers.get("x-daylimit-remaining"))
            return response
        finally:
            self._budgets.done(permit, self._budget, minute=minute, day=day)

    def _permit(self, budgets: Budgets, end: float) -> Permit:
        """Wait for a permit, at most `LONGEST_SLEEP` in all. Raises RateLimited."""
        clock, slept = self._world.clock, 0.0
        while True:
            try:
                return budgets.permit(self._name, self._budget, self._world.worker)
            except RateLimited as limited:
                if limited.until is None:
                    raise
                wait = max(0.01, (limited.until - self._world.now()).total_seconds())
                slept += wait
                if slept > LONGEST_SLEEP or clock.monotonic() + wait >= end:
                    raise
                self._world.sleep(wait)

    def _send(self, request: httpx.Request, end: float) -> httpx.Response:
        clock = self._world.clock
        left = end - clock.monotonic()
        if left <= 0:
            raise httpx.PoolTimeout("deadline", request=request)
        request.extensions = {**request.extensions, "timeout": dict.fromkeys(_TIMEOUTS, left)}
        with within(end):
            answer = self._inner.handle_request(request)
            assert isinstance(answer.stream, httpx.SyncByteStream)
            try:
                # What asks to wait says all of it in its headers: it is heard however late it was read.
                body = b"" if answer.status_code == 429 else self._body(request, answer, end)
            finally:
                answer.stream.close()
        answer.request, answer.stream = request, httpx.ByteStream(body)
        self._traffic.note(answer.status_code, _number(request.headers.get("content-length")) or 0, len(body))
        answer.read()
        return answer

    def _body(self, request: httpx.Request, answer: httpx.Response, end: float) -> bytes:
        """The whole body as sent, deadline checked at each chunk. Raises httpx.TransportError."""
        chunks: list[bytes] = []
        size = 0
        assert isinstance(answer.stream, httpx.SyncByteStream)
        for chunk in answer.stream:
            chunks.append(chunk)
            size += len(chunk)
            if size > LARGEST_ANSWER:
                raise httpx.ReadError("too large", request=request)
            if self._world.clock.monotonic() > end:
                raise httpx.ReadTimeout("deadline", request=request)
        announced = _number(answer.headers.get("content-length"))
        if announced is not None and request.method != "HEAD" and announced != size:
            raise httpx.RemoteProtocolError("truncated", request=request)
        return b"".join(chunks)

    def _limited(self, request: httpx.Request, response: httpx.Response) -> tuple[RateLimited, float]:
        """The error for a limit that was hit, and the seconds it asks to wait; every process is told."""
        now = self._world.now()
        wait = _asked_wait(response.headers, now)
        until = now + timedelta(seconds=wait)
        if self._budgets is not None:
            self._budgets.penalise(self._name, until)
        problem = response.headers.get("x-rate-limit-problem", "")
        code = f"rate-limited:{problem}" if problem in ("minute", "day") else RateLimited.code
        return RateLimited(
            f"{self._connection} asks to wait until {until:%H:%M:%S} UTC.", until, code=code
        ), wait


def _wait(state: tenacity.RetryCallState) -> float:
    """Seconds until the next try: as the other system said, else ever longer."""
    error = state.outcome.exception() if state.outcome else None
    said = error.wait if isinstance(error, _Again) else None
    return said if said is not None else 0.25 * 2.0**state.attempt_number


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None


def _asked_wait(headers: httpx.Headers, now: datetime) -> float:
    """Seconds to wait: Retry-After as seconds or date (RFC 9110), else X-RateLimit-Reset as unix seconds."""
    said = headers.get("retry-after", "").strip()
    if said.isdigit():
        return float(said)
    if said:
        try:
            when = parsedate_to_datetime(said)
        except ValueError:
            return UNSAID_WAIT
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (aware - now).total_seconds())
    reset = _number(headers.get("x-ratelimit-reset"))
    if reset is not None:
        return max(0.0, reset - now.timestamp())
    return UNSAID_WAIT


def _bad_address(connection: str) -> Misconfigured:
    return Misconfigured(f"The base URL of {connection} must begin with https:// (or http://).")


def http_factory(
    world: World,
    connection: str,
    budgets: Budgets | None,
    budget: Budget,
    *,
    name: str | None = None,
    deadline: float = 30.0,
    traffic: Traffic | None = None,
) -> HttpFactory:
    """What a connector opens its client with.

    `name` is the budget's name shared by all processes (default: the connection's id), `deadline` the
    total seconds of one exchange. Other statuses than 429 and the repeatable ones (408, 500, 502, 503,
    504) are returned for the connector to judge.
    """
    guarded = GuardedTransport(
        world, connection, budgets, name or connection, budget, deadline, traffic or Traffic()
    )

    def build(*, base_url: str, headers: Mapping[str, str], auth: httpx.Auth | None = None) -> httpx.Client:
        if not any(header.lower() == "user-agent" for header in headers):
            raise Misconfigured(f"The connector of {connection} must say who it is (User-Agent).")
        return PlainClient(base_url, headers, auth, guarded)

    return build
