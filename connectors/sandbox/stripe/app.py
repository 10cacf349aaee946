"""The router: keys, limits, idempotency and the envelope around every answer of `/v1`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.sandbox.stripe import access, forms, hands, hooks, idempotency, passing, routes, witness
from connectors.sandbox.stripe.book import Book
from connectors.sandbox.stripe.errors import NotImitated, StripeError
from connectors.sandbox.stripe.state import StripeState
from connectors.sandbox.wire import JSON_TYPE, Clock, OutgoingHook, Request, Response

ECHOED = ("idempotency-key", "stripe-account")


class StripeSandbox:
    """Stripe's API v1 for one or more Australian accounts."""

    name = "stripe"

    def open(
        self, path: Path | None, seed: int = 0, settings: Mapping[str, Any] | None = None
    ) -> StripeState:
        """Open or create the state kept in `path` (memory when None)."""
        return StripeState(path, seed, settings)

    def handle(self, request: Request, state: StripeState, clock: Clock) -> Response:
        """Answer one request; its effect is on disk before this returns."""
        self._pass(state, clock)
        response = self._dispatch(request, state, clock)
        state.store.commit()
        return response

    def due_hooks(self, state: StripeState, clock: Clock) -> list[OutgoingHook]:
        """Webhooks to send now, those included whose event is due by the clock."""
        self._pass(state, clock)
        return hooks.due(state, int(clock.now().timestamp()))

    def settle_hook(self, state: StripeState, clock: Clock, hook_id: str, status: int | None) -> None:
        """What became of a webhook."""
        hooks.settle(state, int(clock.now().timestamp()), hook_id, status)
        state.store.commit()

    def _pass(self, state: StripeState, clock: Clock) -> None:
        passing.advance(state, clock.now(), state.story_now(clock))
        state.store.commit()

    def _dispatch(self, request: Request, state: StripeState, clock: Clock) -> Response:
        if request.path.startswith("/__control__/hands/"):
            return hands.act(request, state, clock)
        if request.path == "/__control__/ledger":
            return Response.json(witness.ledger(state, clock, request.param("account")))
        id = f"req_{state.uuid('request').replace('-', '')[:14]}"
        try:
            response = self._api(request, state, clock, id)
        except StripeError as refusal:
            if refusal.status != 402:
                state.store.rollback()
            response = _refused(refusal)
        echoes = tuple((name.title(), request.headers[name]) for name in ECHOED if name in request.headers)
        return Response(response.status, (*response.headers, ("Request-Id", id), *echoes), response.body)

    def _api(self, request: Request, state: StripeState, clock: Clock, id: str) -> Response:
        parts = [part for part in request.path.split("/") if part]
        key = access.key_of(request, state)
        account = access.account_of(request, state, key)
        version = access.version_of(request, state, account)
        now = int(clock.now().timestamp())
        access.take(request, state, key, account, now)
        route = routes.find(request.method, parts[1:]) if parts and parts[0] == "v1" else None
        if route is None:
            raise _nowhere(request, parts)
        access.allow(state, key, account, route.resource, request.method)
        params = forms.parameters(request)
        if access.is_endive(version) and "payment_method_types" in params:
            raise StripeError(
                "`payment_method_types` is no longer supported. Use `allowed_payment_method_types` or "
                "`excluded_payment_method_types`.",
                code="payment_method_types_no_longer_supported",
                param="payment_method_types",
            )
        cause = {"id": id, "idempotency_key": request.headers.get("idempotency-key")}
        story = int(state.story_now(clock).timestamp())

        def effect() -> Response:
            book = Book(state, account, now, story, cause)
            try:
                body = routes.answer(book, route, parts[1:], dict(params))
            except StripeError as refusal:
                if refusal.status != 402:
                    raise
                return _refused(refusal)
            return _json(200, body)

        response = idempotency.guarded(request, state, account, params, now, id, effect)
        return Response(response.status, (*response.headers, ("Stripe-Version", version)), response.body)


def _json(status: int, body: Any, *headers: tuple[str, str]) -> Response:
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return Response(status, (("Content-Type", JSON_TYPE), *headers), text.encode())


def _refused(refusal: StripeError) -> Response:
    error = dict(refusal.body["error"])
    reason = error.pop("_reason", None)
    headers = (("Stripe-Rate-Limited-Reason", reason),) if reason else ()
    return _json(refusal.status, {"error": error}, *headers)


def _nowhere(request: Request, parts: list[str]) -> StripeError:
    known = len(parts) > 1 and parts[0] == "v1"
    first = parts[1] if known else ""
    if parts[:1] == ["v2"] or first in routes.ELSEWHERE or (known and set(parts) & routes.PARTS):
        return NotImitated(f"{request.method} {request.path}")
    return StripeError(
        f"Unrecognized request URL ({request.method}: {request.path}). Please see https://stripe.com/docs or "
        "we can help at https://support.stripe.com/.",
        status=404,
    )
