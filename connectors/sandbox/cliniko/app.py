"""The handler: routes one request to the API, or to the control calls that are this sandbox's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.sandbox.acting import HandsError
from connectors.sandbox.cliniko import reads, writes
from connectors.sandbox.cliniko.auth import caller, check_role
from connectors.sandbox.cliniko.book import Book
from connectors.sandbox.cliniko.errors import Refusal, not_found
from connectors.sandbox.cliniko.hands import act, act_all
from connectors.sandbox.cliniko.ledger import ledger
from connectors.sandbox.cliniko.limits import count
from connectors.sandbox.cliniko.render import ROOT
from connectors.sandbox.cliniko.reports import report
from connectors.sandbox.cliniko.state import ClinikoState
from connectors.sandbox.wire import Clock, OutgoingHook, Request, Response

_CONTROL = "/__control__/"


class ClinikoSandbox:
    """Imitates Cliniko's API v1: reads of money, a few writes, no payments, no webhooks."""

    name = "cliniko"

    def open(
        self, path: Path | None, seed: int = 0, settings: Mapping[str, Any] | None = None
    ) -> ClinikoState:
        """Open (or create) the state kept in `path`; `settings` as state.py describes."""
        return ClinikoState(path, seed, settings)

    def handle(self, request: Request, state: ClinikoState, clock: Clock) -> Response:
        """Answer one request; its effect is committed before the answer, and a refusal leaves none."""
        if request.path.startswith(_CONTROL):
            return _control(request, state, clock)
        try:
            response = _api(request, state, clock)
        except Refusal as refusal:
            state.store.rollback()
            return refusal.answer(state)
        state.store.commit()
        return response

    def due_hooks(self, state: ClinikoState, clock: Clock) -> list[OutgoingHook]:
        """Never any: the vendor has no webhooks."""
        return []

    def settle_hook(self, state: ClinikoState, clock: Clock, hook_id: str, status: int | None) -> None:
        """Nothing to settle."""


def _api(request: Request, state: ClinikoState, clock: Clock) -> Response:
    who = caller(request, state)
    count(who, state, clock)
    if not request.path.startswith(f"{ROOT}/"):
        raise not_found()
    parts = [part for part in request.path.removeprefix(ROOT).split("/") if part]
    if not parts:
        raise not_found()
    check_role(who, parts[0] if parts != ["settings", "public"] else "")
    book = Book(state, who.account, state.story_now(clock))
    if request.method == "GET":
        return Response.json(reads.read(request, book, who, parts))
    return writes.write(request, book, parts)


def _control(request: Request, state: ClinikoState, clock: Clock) -> Response:
    name = request.path.removeprefix(_CONTROL).rstrip("/")
    try:
        book = Book(state, state.account(request.param("account")), state.story_now(clock))
        response = _called(name, request, book)
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        state.store.rollback()
        index = error.index if isinstance(error, HandsError) else None
        text = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        return Response.json({"error": text} | ({"index": index} if index is not None else {}), 400)
    state.store.commit()
    return response


def _called(name: str, request: Request, book: Book) -> Response:
    if name == "hands" and request.method == "POST":
        return Response.json(act_all(book, request.json()))
    if name.startswith("hands/") and request.method == "POST":
        return Response.json(act(book, name.removeprefix("hands/"), request.json() or {}))
    if name == "ledger":
        return Response.json(ledger(book))
    if name == "report":
        first, last = request.param("from") or "", request.param("to") or ""
        kind, total = request.param("kind") or "payment_summary", request.param("total") != "0"
        return Response.text(
            report(book, kind, request.param("business_id"), first, last, total), kind="text/csv"
        )
    if name == "switches":
        return Response.json(book.state.turn(request.json() or {} if request.method == "POST" else {}))
    if name == "warnings":
        return Response.json(book.state.warnings)
    return Response.json({"error": f"no control call is named {name}"}, 404)
