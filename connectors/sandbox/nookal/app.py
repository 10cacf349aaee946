"""The handler: routes one request to v2, to v3, or to the control calls that are this sandbox's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from connectors.sandbox.acting import HandsError
from connectors.sandbox.nookal import v2, v3
from connectors.sandbox.nookal.book import Book
from connectors.sandbox.nookal.hands import act, act_all
from connectors.sandbox.nookal.ledger import ledger
from connectors.sandbox.nookal.state import NookalState
from connectors.sandbox.nookal.v2_reads import READS
from connectors.sandbox.nookal.v2_writes import WRITES
from connectors.sandbox.wire import Clock, OutgoingHook, Request, Response

_CONTROL = "/__control__/"
_FUNCTIONS = {**READS, **WRITES}
_MINUTE = timedelta(minutes=1)


class NookalSandbox:
    """Imitates Nookal's two APIs: v2 with its writes, v3 with its reads of money; no webhooks."""

    name = "nookal"

    def open(
        self, path: Path | None, seed: int = 0, settings: Mapping[str, Any] | None = None
    ) -> NookalState:
        """Open (or create) the state kept in `path`; `settings` as state.py describes."""
        return NookalState(path, seed, settings)

    def handle(self, request: Request, state: NookalState, clock: Clock) -> Response:
        """Answer one request; its effect is committed before the answer, and a failure leaves none."""
        if request.path.startswith(_CONTROL):
            return _control(request, state, clock)
        response = _limited(state, clock) or _api(request, state, clock)
        state.store.commit()
        return response

    def due_hooks(self, state: NookalState, clock: Clock) -> list[OutgoingHook]:
        """Never any: the vendor has no webhooks."""
        return []

    def settle_hook(self, state: NookalState, clock: Clock, hook_id: str, status: int | None) -> None:
        """Nothing to settle."""


def _api(request: Request, state: NookalState, clock: Clock) -> Response:
    if request.path.startswith(v2.ROOT):
        return v2.answer(request, Book(state, state.story_now(clock)), _FUNCTIONS)
    book = Book(state, state.story_now(clock), v3=True)
    if request.path == v3.TOKEN:
        return v3.token(request, book, clock)
    if request.path == v3.GRAPHQL and request.method == "POST":
        return v3.graphql(request, book, clock)
    return Response.text("<!DOCTYPE html><html><body>404 page not found</body></html>", 404, "text/html")


def _limited(state: NookalState, clock: Clock) -> Response | None:
    """No limit is published; `POST /__control__/limits {"per_minute": n}` sets one."""
    allowed, now = int(state.limits.get("per_minute") or 0), clock.now()
    state.calls = [call for call in state.calls if call > now - _MINUTE]
    if allowed and len(state.calls) >= allowed:
        return Response.json({"message": "Too many requests"}, 429, (("Retry-After", "60"),))
    if allowed:
        state.calls.append(now)
    return None


def _control(request: Request, state: NookalState, clock: Clock) -> Response:
    try:
        response = _called(request, state, Book(state, state.story_now(clock)))
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        state.store.rollback()
        index = error.index if isinstance(error, HandsError) else None
        text = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        return Response.json({"error": text} | ({"index": index} if index is not None else {}), 400)
    state.store.commit()
    return response


def _called(request: Request, state: NookalState, book: Book) -> Response:
    name, posted = request.path.removeprefix(_CONTROL).rstrip("/"), request.method == "POST"
    body: Any = json.loads(request.body) if request.body.strip() else {}
    if name == "hands" and posted:
        return Response.json(act_all(book, body))
    if name.startswith("hands/") and posted:
        return Response.json(act(book, name.removeprefix("hands/"), body))
    if name == "ledger":
        return Response.json(ledger(book))
    if name == "switches":
        return Response.json(state.turn(body if posted else {}))
    if name == "access":
        return Response.json(state.change_access(body if posted else {}))
    return Response.json({"error": f"no control call is named {name}"}, 404)
