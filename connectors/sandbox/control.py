"""One exchange with a sandbox, faults applied, and the control endpoint every sandbox shares.

| call | effect |
|---|---|
| POST /__control__/faults {"match": {"method", "path", "body"}, "kind", "times", "skip", ...} | {"id"} |
| GET, DELETE /__control__/faults | list with hits; clear |
| GET /__control__/requests[?since=seq], DELETE | log of vendor calls (no bodies, no control calls) |
| POST /__control__/clock {"story": ISO with offset or null} | moment for business stamps |
| POST /__control__/limits {...} | merged into state.limits; "latency" in seconds delays every answer |
| GET /__control__/limits | what was set |
| anything else below /__control__/ | handed to the system's own handler (hands/<action>, ledger) |
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.sandbox.faults import Arrival
from connectors.sandbox.store import Handler, State
from connectors.sandbox.wire import Clock, Request, Response

PREFIX = "/__control__/"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a shell must do: wait, answer (or not), cut. Seconds are for the shell to sleep, unlocked.

    cut: "none"; "before" = no effect, no answer; "after" = effect, no answer; "truncated" = half the body.
    """

    response: Response | None
    delay_before: float = 0.0
    delay_after: float = 0.0
    cut: str = "none"


def begin(state: State, request: Request) -> Arrival | None:
    """Phase one, at arrival: note it, choose its fault. None for control calls. Sleep `delay_before` next."""
    return None if request.path.startswith(PREFIX) else state.desk.arrive(request)


def complete(
    handler: Handler, state: State, clock: Clock, request: Request, arrival: Arrival | None
) -> Outcome:
    """Phase two: the effect. On an exception the store is rolled back and the exception goes on."""
    try:
        if arrival is None:
            return Outcome(control(handler, state, clock, request))
        outcome = _struck(handler, state, clock, arrival)
    except BaseException:  # whatever it was: an effect is in whole or not at all
        state.store.rollback()
        state.reload()
        if arrival is not None:
            end(state, arrival)
        raise
    answered = outcome.response.status if outcome.response and outcome.cut in ("none", "truncated") else None
    state.desk.record(arrival, clock.now().isoformat(), answered)
    if answered == 429:
        end(state, arrival)
    return outcome


def end(state: State, arrival: Arrival) -> None:
    """Phase three, once the answer is out: the request is no longer in progress."""
    state.desk.in_progress.pop(arrival.seq, None)


def exchange(handler: Handler, state: State, clock: Clock, request: Request) -> Outcome:
    """All phases at once, for shells that do not sleep; `delay_before` is reported in the outcome."""
    arrival = begin(state, request)
    outcome = complete(handler, state, clock, request, arrival)
    if arrival is None:
        return outcome
    end(state, arrival)
    return dataclasses.replace(outcome, delay_before=arrival.delay_before)


def _struck(handler: Handler, state: State, clock: Clock, arrival: Arrival) -> Outcome:
    request, fault = arrival.request, arrival.fault
    latency = float(state.limits.get("latency") or 0.0)
    if fault is None:
        return Outcome(handler.handle(request, state, clock), delay_after=latency)
    if fault.kind == "reset_before":
        return Outcome(None, delay_after=latency, cut="before")
    planted = Response(fault.status, tuple(fault.headers.items()), fault.body.encode())
    if fault.kind == "status" and fault.when != "after":
        return Outcome(planted, delay_after=latency)
    if fault.kind == "partial":
        headers = {**request.headers, "x-sandbox-partial": str(fault.elements)}
        arrival.request = dataclasses.replace(request, headers=headers)
        handler.handle(arrival.request, state, clock)
        return Outcome(None, delay_after=latency, cut="after")
    if fault.kind == "duplicate":
        handler.handle(request, state, clock)
    response = handler.handle(request, state, clock)
    if fault.kind == "status":
        return Outcome(planted, delay_after=latency)
    if fault.kind == "delay" and fault.when == "after":
        return Outcome(response, delay_after=latency + fault.seconds)
    cut = {"reset_after": "after", "truncate": "truncated"}.get(fault.kind, "none")
    return Outcome(response, delay_after=latency, cut=cut)


def control(handler: Handler, state: State, clock: Clock, request: Request) -> Response:
    """Answer a control call; what is wrong with it comes back as 400 {"error"}."""
    name = request.path.removeprefix(PREFIX)
    try:
        value = _shared(state, request, name)
    except (ValueError, TypeError) as error:
        state.store.rollback()
        return Response.json({"error": str(error)}, 400)
    if value is None:
        return handler.handle(request, state, clock)
    state.store.commit()
    return Response.json(value)


def _shared(state: State, request: Request, name: str) -> Any:
    method = request.method
    if name == "faults":
        if method == "POST":
            return {"id": state.desk.plant(request.json())}
        if method == "DELETE":
            state.desk.faults.clear()
        return state.desk.listed()
    if name == "requests":
        if method == "DELETE":
            state.desk.log.clear()
        since = int(request.param("since") or 0)
        return [row for row in state.desk.log if row["seq"] > since]
    if name == "clock" and method == "POST":
        story = (request.json() or {}).get("story")
        if story is None:
            state.store.delete("__control__", "clock")
            return {"story": None}
        if datetime.fromisoformat(story).tzinfo is None:
            raise ValueError("story needs an offset")
        state.store.put("__control__", "clock", {"story": story})
        return {"story": story}
    if name == "limits":
        if method == "POST":
            state.store.put("__control__", "limits", {**state.limits, **(request.json() or {})})
        return dict(state.limits)
    return None
