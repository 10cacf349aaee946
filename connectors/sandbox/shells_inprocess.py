"""The in-process shell: a sandbox behind httpx without sockets, for tests and simulation.

It never sleeps unless told how: a delay longer than the client's read timeout becomes ReadTimeout at once,
the effect having happened, as it would have at the vendor's.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable

import httpx

from connectors.sandbox import control
from connectors.sandbox.store import Handler, State
from connectors.sandbox.wire import Clock, Request, request_from


class InProcessTransport(httpx.BaseTransport):
    """An httpx transport that hands requests to a sandbox under one lock."""

    def __init__(
        self, handler: Handler, state: State, clock: Clock, sleep: Callable[[float], None] | None = None
    ) -> None:
        self._handler, self._state, self._clock, self._sleep = handler, state, clock, sleep
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Exchange one request; cuts and over-long delays are raised as httpx would raise them."""
        url = request.url
        seen = request_from(
            request.method,
            url.raw_path.decode("ascii"),
            {name.decode("ascii"): value.decode() for name, value in request.headers.raw},
            request.read(),
            f"{url.scheme}://{url.netloc.decode('ascii')}",
        )
        outcome = self._exchange(seen)
        if self._sleep is None:
            patience = (request.extensions.get("timeout") or {}).get("read")
            if patience is not None and outcome.delay_before + outcome.delay_after > patience:
                raise httpx.ReadTimeout("the sandbox answered too late", request=request)
        response = outcome.response
        if response is None or outcome.cut in ("before", "after"):
            raise httpx.ReadError("connection reset by the sandbox", request=request)
        if outcome.cut == "truncated":
            raise httpx.RemoteProtocolError("peer closed connection in mid-body", request=request)
        return httpx.Response(response.status, headers=list(response.headers), content=response.body)

    def _exchange(self, seen: Request) -> control.Outcome:
        with self._lock:
            arrival = control.begin(self._state, seen)
        if self._sleep and arrival and arrival.delay_before:
            self._sleep(arrival.delay_before)
        with self._lock:
            outcome = control.complete(self._handler, self._state, self._clock, seen, arrival)
        if self._sleep and outcome.delay_after:
            self._sleep(outcome.delay_after)
        if arrival is None:
            return outcome
        with self._lock:
            control.end(self._state, arrival)
        if arrival.delay_before:
            return dataclasses.replace(outcome, delay_before=arrival.delay_before)
        return outcome
