"""The loopback shell: a sandbox behind a real socket, with its webhook sender.

Only shells touch sockets, threads and real time. One lock surrounds every call into a sandbox; delays are
slept outside it, so that requests can be in progress at once as they are at the vendor's.
"""

from __future__ import annotations

import http.client
import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from connectors.sandbox import control
from connectors.sandbox.shells_inprocess import InProcessTransport
from connectors.sandbox.store import Handler, State
from connectors.sandbox.wire import Clock, OutgoingHook, Response, request_from

__all__ = ["InProcessTransport", "RealClock", "RunningServer", "deliver_due", "post_hook", "serve"]

HOOK_TIMEOUT_S = 5.0
_HOOK_POLL_S = 0.25


class RealClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)


class RunningServer:
    """A sandbox being served; `url` has no trailing slash. `stop()` closes everything it opened."""

    def __init__(self, handler: Handler, state: State, clock: Clock, host: str, port: int) -> None:
        self.handler, self.state, self.clock = handler, state, clock
        self.lock = threading.Lock()
        self._wake, self._stopping = threading.Event(), False
        self._http = _Server((host, port), _exchange_class(self))
        self.url = f"http://{host}:{self._http.server_address[1]}"
        serving = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )
        sending = threading.Thread(target=self._send_hooks, daemon=True)
        self._threads = [serving, sending]
        for thread in self._threads:
            thread.start()

    def touched(self) -> None:
        """Something happened: webhooks may be due."""
        self._wake.set()

    def _send_hooks(self) -> None:
        while not self._stopping:
            self._wake.wait(_HOOK_POLL_S)
            self._wake.clear()
            if not self._stopping:
                try:
                    deliver_due(self.handler, self.state, self.clock, post_hook, self.lock)
                except Exception:  # a receiver's fault: the next hook is sent all the same
                    traceback.print_exc()

    def stop(self) -> None:
        """Stop serving and wait for the threads; the state stays open for its owner to close."""
        self._stopping = True
        self._wake.set()
        self._http.shutdown()
        self._http.server_close()
        for thread in self._threads:
            thread.join(timeout=HOOK_TIMEOUT_S + 1)


def serve(
    handler: Handler, state: State, clock: Clock | None = None, host: str = "127.0.0.1", port: int = 0
) -> RunningServer:
    """Serve a sandbox on a socket (port 0 = any free one)."""
    return RunningServer(handler, state, clock or RealClock(), host, port)


def deliver_due(
    handler: Handler,
    state: State,
    clock: Clock,
    send: Callable[[OutgoingHook], int | None],
    lock: threading.Lock | None = None,
) -> int:
    """Send every webhook that is due, one at a time, and report each outcome back; how many were sent."""
    lock = lock or threading.Lock()
    with lock:
        hooks = handler.due_hooks(state, clock)
    for hook in hooks:
        status = send(hook)
        with lock:
            handler.settle_hook(state, clock, hook.id, status)
    return len(hooks)


def post_hook(hook: OutgoingHook) -> int | None:
    """POST one webhook over a socket; its status, or None when no answer came in five seconds."""
    split = urlsplit(hook.url)
    connection = http.client.HTTPConnection(split.hostname or "", split.port or 80, timeout=HOOK_TIMEOUT_S)
    target = (split.path or "/") + (f"?{split.query}" if split.query else "")
    try:
        connection.request("POST", target, body=hook.body, headers=dict(hook.headers))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not worth a traceback."""


def _exchange_class(server: RunningServer) -> type[BaseHTTPRequestHandler]:
    class Exchange(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _any(self) -> None:
            body = self._body()
            base = f"http://{self.headers.get('Host') or urlsplit(server.url).netloc}"
            request = request_from(self.command, self.path, dict(self.headers.items()), body, base)
            with server.lock:
                arrival = control.begin(server.state, request)
            if arrival and arrival.delay_before:
                time.sleep(arrival.delay_before)
            try:
                with server.lock:
                    outcome = control.complete(server.handler, server.state, server.clock, request, arrival)
            except Exception:  # a defect of the imitation: told here, and as a 500 to whoever asked
                traceback.print_exc()
                outcome = control.Outcome(Response.text("the sandbox itself failed", 500))
            server.touched()
            if outcome.delay_after:
                time.sleep(outcome.delay_after)
            if arrival:
                with server.lock:
                    control.end(server.state, arrival)
            self._answer(outcome)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _any

        def _body(self) -> bytes:
            if "chunked" not in (self.headers.get("Transfer-Encoding") or ""):
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def _answer(self, outcome: control.Outcome) -> None:
            response = outcome.response
            if response is None or outcome.cut in ("before", "after"):
                self.close_connection = True
                return
            body = b"" if self.command == "HEAD" else response.body
            self.send_response(response.status)
            for name, value in response.headers:
                self.send_header(name, value)
            if response.status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if outcome.cut == "truncated":
                self.close_connection = True
                body = body[: len(body) // 2]
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:
            """The request log is the control endpoint's; nothing goes to stderr."""

    return Exchange
