"""The HTTP seam: one exchange with a simulated system in virtual time, struck by at most one fault.

It raises what a client over real sockets would raise, at the virtual moment it would: a call that never
answers ends when its own patience ends. A worker may hand over, freeze or die before and after; its request
goes on without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

import httpx

from hub.simulation.faults import AFTER, BEFORE, Fault, FaultPlan, Mode, Operation
from hub.simulation.manners import Manners
from hub.simulation.scheduler import Scheduler

PARTIAL = "x-sandbox-partial"
LATEST = 60.0
"""Seconds after the client gave up within which a late effect comes; the quiet time is longer."""
TO_KEEP = 2
"""Commits after an answer until what was read is kept: the first gives the permit of the call back."""
_PAGE = b"<!DOCTYPE html><html><body>The service is having a moment</body></html>"


class Wire:
    """The network of one schedule: systems by connection, faults, and what to look at after each effect.

    `limited` words a connection's 429 the way its vendor does: headers for a wait in seconds. `leaving` is
    told of every request that leaves, where to, and how many seconds its client is prepared to wait.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        plan: FaultPlan,
        systems: Mapping[str, httpx.BaseTransport],
        operations: Mapping[tuple[str, str], Operation],
        limited: Callable[[str, float], Mapping[str, str]],
        after_effect: Callable[[], None],
        seed: str,
    ) -> None:
        self.scheduler, self.plan, self.systems = scheduler, plan, systems
        self.operations, self.limited, self.after_effect = operations, limited, after_effect
        self.leaving: Callable[[str, httpx.Request, float], None] = lambda connection, request, left: None
        self.exchanges = 0
        self.manners = Manners()
        self.unnamed: set[str] = set()
        self._good: set[str] = set()
        self._rng = Random(f"{seed}/latency")

    def transport(self, connection: str) -> httpx.BaseTransport:
        """The transport of one connection, for any worker."""
        return _Line(self, connection)

    def exchange(self, connection: str, request: httpx.Request) -> httpx.Response:
        """One request and its answer, or what is raised instead of it."""
        operation = self._operation(connection, request)
        request.read()
        self.exchanges += 1
        if operation is not None and operation.mode is Mode.RENEW:  # vendors do not count these
            return self._exchanged(connection, request, operation)
        who = self.scheduler.current.id if self.scheduler.current is not None else "-"
        self.manners.sent(connection, request, self.scheduler.now / 1000, who)
        try:
            response = self._exchanged(connection, request, operation)
        except httpx.TransportError as error:
            self.manners.lost(request, error)
            raise
        self.manners.answered(connection, request, response, self.scheduler.now / 1000, who)
        if self.scheduler.current is not None:
            reads = operation is not None and operation.mode is Mode.READ
            self.scheduler.current.heard = TO_KEEP if reads else 0
        return response

    def _exchanged(
        self, connection: str, request: httpx.Request, operation: Operation | None
    ) -> httpx.Response:
        scheduler = self.scheduler
        before, after = self._rng.random() * 0.2, self._rng.random() * 0.2
        self._leave(connection, request)
        fault = self.plan.strike(operation) if operation else None
        if fault is None or self._spared(request, fault):
            scheduler.travel(before)
            response = self._effect(connection, request)
            scheduler.sleep(after)
            scheduler.point("answered")
            if response.status_code < 400:
                self._good.add(request.headers.get("authorization", ""))
            return response
        assert operation is not None
        self.plan.note(operation, fault)
        if scheduler.current is not None:
            scheduler.current.struck = operation.mode is Mode.WRITE
        scheduler.note(f"{operation}: {fault.kind.name} {fault.kind.when}")
        try:
            return self._struck(connection, request, fault)
        finally:
            if fault.death and scheduler.current is not None and not scheduler.current.dead:
                scheduler.die(f"of {fault.id}")

    def _leave(self, connection: str, request: httpx.Request) -> None:
        """A process may stand still right before it sends; when its patience is over then, it does not."""
        begun = self.scheduler.now
        self.scheduler.point("before call")
        left = _patience(request) - (self.scheduler.now - begun) / 1000
        if left <= 0:
            raise httpx.WriteTimeout("deadline", request=request)
        request.extensions = {**request.extensions, "timeout": {"read": left}}
        self.leaving(connection, request, left)

    def _operation(self, connection: str, request: httpx.Request) -> Operation | None:
        """What the running task does: a read within a write is a look, whatever verb the vendor reads by."""
        task = self.scheduler.current
        doing = task.doing[-1] if task is not None and task.doing else ""
        found = self.operations.get((connection, doing))
        reads = request.method == "GET" or request.extensions.get("read", False)
        if found is not None and found.mode is Mode.WRITE and reads:
            found = self.operations.get((connection, "look"))
        if found is None:
            self.unnamed.add(f"{connection} {doing}")
        return found

    def _effect(self, connection: str, request: httpx.Request) -> httpx.Response:
        """The other system does it, at once and whole."""
        response = self.systems[connection].handle_request(request)
        self.scheduler.note(f"{request.method} {request.url.path} {response.status_code}")
        self.after_effect()
        return response

    def _spared(self, request: httpx.Request, fault: Fault) -> bool:
        """A token that nobody heard was good is not refused: that would be no matter of renewing it."""
        return fault.kind.name == "401" and request.headers.get("authorization", "") not in self._good

    # --- faults --------------------------------------------------------------------------------------

    def _struck(self, connection: str, request: httpx.Request, fault: Fault) -> httpx.Response:
        scheduler, patience = self.scheduler, _patience(request)
        match fault.kind.name, fault.kind.when:
            case "slow request", _:
                scheduler.travel(patience * 0.8 * fault.size)
                return self._effect(connection, request)
            case "slow answer", _:
                response = self._effect(connection, request)
                scheduler.sleep(patience * 0.8 * fault.size)
                return response
            case "unreachable", _:
                raise httpx.ConnectError("unreachable", request=request)
            case "timeout", when:
                if when == AFTER:
                    self._effect(connection, request)
                scheduler.sleep(patience)
                raise httpx.ReadTimeout("no answer in time", request=request)
            case "late effect", _:
                moment = scheduler.now + int(1000 * (patience + 0.2 + LATEST * fault.size))
                scheduler.at(moment, lambda: self._late(connection, request))
                scheduler.sleep(patience)
                raise httpx.ReadTimeout("no answer in time", request=request)
            case "partial", _:
                self._effect(connection, _part(request, 1 + int(3 * fault.size)))
                raise httpx.ReadError("reset", request=request)
        return self._answered(connection, request, fault)

    def _answered(self, connection: str, request: httpx.Request, fault: Fault) -> httpx.Response:
        """Faults that answer something, or break the line at once."""
        name, when = fault.kind.name, fault.kind.when
        response = self._effect(connection, request) if when == AFTER else None
        self.scheduler.sleep(0.05)
        if name == "reset":
            raise httpx.ReadError("reset", request=request)
        if name.startswith("429"):
            wait = 1.0 + 40.0 * fault.size if name.endswith("seconds") else 3600.0 * (1.0 + 2.0 * fault.size)
            return httpx.Response(429, headers=dict(self.limited(connection, wait)), content=b"limited")
        if name in ("500", "503"):
            return httpx.Response(int(name), content=b"error")
        if name == "401":
            return httpx.Response(401, json={"Title": "Unauthorized", "Status": 401})
        assert response is not None
        body = response.read()
        if name == "truncated":
            whole = {"content-length": str(len(body)), "content-type": "application/json"}
            return httpx.Response(
                response.status_code, headers=whole, stream=httpx.ByteStream(body[: len(body) // 2])
            )
        assert name == "malformed", name
        return httpx.Response(200, headers={"content-type": "text/html"}, content=_PAGE)

    def _late(self, connection: str, request: httpx.Request) -> None:
        self.scheduler.note("a late effect")
        self._effect(connection, request)


class _Line(httpx.BaseTransport):
    """One connection's end of the wire."""

    def __init__(self, wire: Wire, connection: str) -> None:
        self._wire, self._connection = wire, connection

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._wire.exchange(self._connection, request)


def _patience(request: httpx.Request) -> float:
    """Seconds the client will wait; the guard around it always says."""
    return float(request.extensions["timeout"]["read"])


def _part(request: httpx.Request, elements: int) -> httpx.Request:
    headers = {**request.headers, PARTIAL: str(elements)}
    return httpx.Request(request.method, request.url, headers=headers, content=request.content)


__all__ = ["BEFORE", "LATEST", "Wire"]
