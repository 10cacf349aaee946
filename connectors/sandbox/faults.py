"""Faults a test plants at set points, and the log of requests a sandbox received.

They are shared by all sandboxes: a reset before or after the effect, a doubled request or a truncated answer
means the same whichever vendor is imitated.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from connectors.sandbox.wire import Request

KINDS = ("delay", "reset_before", "reset_after", "status", "truncate", "duplicate", "partial")
_LOG_CAP = 200_000


@dataclass(slots=True)
class Fault:
    """One planted fault. `times` None = for ever; `skip` = matching requests let through first.

    delay: `seconds`, `when` before or after the effect. status: `status`, `headers`, `body`, without effect
    unless `when` is "after". partial: only the first `elements` of a batch are saved, then a reset.
    """

    id: str
    kind: str
    method: str | None = None
    path: str = ""
    body_match: str | None = None
    times: int | None = 1
    skip: int = 0
    seconds: float = 0.0
    when: str = "before"
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    elements: int = 1
    hits: int = 0
    seen: int = 0

    def takes(self, request: Request) -> bool:
        """Whether this fault strikes `request`; counts what it saw and what it struck."""
        if self.times is not None and self.hits >= self.times:
            return False
        if self.method not in (None, "*", request.method) or not re.search(self.path, request.path):
            return False
        if self.body_match and not re.search(self.body_match, request.body.decode(errors="replace")):
            return False
        self.seen += 1
        if self.seen <= self.skip:
            return False
        self.hits += 1
        return True


@dataclass(slots=True, eq=False)
class Arrival:
    """A request in progress: when it came, and the fault (if any) that will strike it."""

    seq: int
    request: Request
    fault: Fault | None = None
    delay_before: float = 0.0


class Desk:
    """The control desk of one sandbox: planted faults, request log, requests in progress (memory only)."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.log: list[dict[str, Any]] = []
        self.in_progress: dict[int, Arrival] = {}
        self._seq = 0
        self._fault_no = 0

    def plant(self, spec: dict[str, Any]) -> str:
        """Add a fault from its JSON form and return its id. Raises ValueError with what is wrong."""
        kind = spec.get("kind")
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        match = spec.get("match") or {}
        unknown = (set(spec) - set(Fault.__slots__) - {"match"}) | (set(match) - {"method", "path", "body"})
        if unknown:
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        re.compile(match.get("path", ""))
        self._fault_no += 1
        rest = {k: v for k, v in spec.items() if k not in ("match", "kind", "id", "hits", "seen")}
        fault = Fault(id=str(self._fault_no), kind=kind, body_match=match.get("body"), **rest)
        fault.method, fault.path = match.get("method"), match.get("path", "")
        self.faults.append(fault)
        return fault.id

    def listed(self) -> list[dict[str, Any]]:
        """Every planted fault with its hits."""
        return [asdict(fault) for fault in self.faults]

    def arrive(self, request: Request) -> Arrival:
        """Note a request as in progress and choose the first fault that strikes it."""
        self._seq += 1
        arrival = Arrival(self._seq, request, next((f for f in self.faults if f.takes(request)), None))
        fault = arrival.fault
        if fault and fault.kind == "delay" and fault.when == "before":
            arrival.delay_before = fault.seconds
        self.in_progress[arrival.seq] = arrival
        return arrival

    def earlier(self, request: Request) -> list[Request]:
        """Requests still in progress that arrived before `request` (the same object as arrived)."""
        mine = next((a.seq for a in self.in_progress.values() if a.request is request), self._seq + 1)
        return [a.request for a in self.in_progress.values() if a.seq < mine]

    def record(self, arrival: Arrival, at: str, status: int | None) -> None:
        """Write the request log's row; `status` None when the connection was cut without an answer."""
        request = arrival.request
        self.log.append(
            {
                "seq": arrival.seq,
                "at": at,
                "method": request.method,
                "path": request.path,
                "query": [list(pair) for pair in request.query],
                "status": status,
                "fault": arrival.fault.kind if arrival.fault else None,
            }
        )
        del self.log[:-_LOG_CAP]
