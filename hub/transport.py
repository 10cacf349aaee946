"""Real sockets under a total deadline.

A client's timeouts are per read, so a server that sends one byte at a time would hold a call for ever.
Here every read, write and connect on a socket gets what is left of the call's deadline, which travels in
a context variable from the guard around the call (hub.http) down to the socket.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import httpcore
import httpx

_end: ContextVar[float | None] = ContextVar("hub_call_end", default=None)
_PIECE = 16 * 1024  # bytes handed to a socket at once, so that a slow reader cannot outlast the deadline


@contextmanager
def within(end: float) -> Iterator[None]:
    """Calls inside end at `end` (seconds on the monotonic clock of the world), or are not begun after it."""
    token = _end.set(end)
    try:
        yield
    finally:
        _end.reset(token)


def end_of(own: float) -> float:
    """When a call must end that may itself last until `own`: not after whatever it is made within."""
    outer = _end.get()
    return own if outer is None else min(own, outer)


class _Left:
    """What is left of the current deadline."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic

    def __call__(self, timeout: float | None, late: type[Exception]) -> float | None:
        end = _end.get()
        if end is None:
            return timeout
        left = end - self._monotonic()
        if left <= 0:
            raise late("deadline")
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, left: _Left) -> None:
        self._inner = inner
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            piece = buffer[start : start + _PIECE]
            self._inner.write(piece, self._left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, left: _Left) -> None:
        self._inner = httpcore.SyncBackend()
        self._left = left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options), self._left)


@cache
def _ssl_context() -> ssl.SSLContext:
    """One for the process: making it reads all certificates."""
    return httpx.create_ssl_context()


class DeadlineTransport(httpx.HTTPTransport):
    """HTTP/1.1 over real sockets; keeps connections alive, retries nothing."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        super().__init__(verify=_ssl_context(), retries=0)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_ssl_context(),
            max_connections=32,
            max_keepalive_connections=8,
            keepalive_expiry=4.0,
            http1=True,
            http2=False,
            retries=0,
            network_backend=_Backend(_Left(monotonic)),
        )
