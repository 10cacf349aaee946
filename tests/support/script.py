"""A transport that plays a script: each entry answers, or fails, one request."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx

Act = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Scripted(httpx.BaseTransport):
    """`acts` in order, then 200 for ever. `requests` are those that arrived."""

    def __init__(self, *acts: Act) -> None:
        self._acts = list(acts)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        act = self._acts.pop(0) if self._acts else httpx.Response(200, json={"ok": True})
        if isinstance(act, Exception):
            raise act
        return act if isinstance(act, httpx.Response) else act(request)


class Trickle(httpx.SyncByteStream):
    """A body that sends one byte and calls `between` before the next."""

    def __init__(self, size: int, between: Callable[[], None]) -> None:
        self._size = size
        self._between = between

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self._size):
            self._between()
            yield b"x"
