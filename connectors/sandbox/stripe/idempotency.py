"""Idempotency-Key on POST: the first answer is kept 24 hours and replayed, 500s included.

Kept once the endpoint ran; refusals of parameters and of conflicts are not (Stripe docs: idempotent
requests). Scope is the account; other parameters under the same key are an error, a key in use is 409.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

from connectors.sandbox.stripe.errors import StripeError
from connectors.sandbox.stripe.state import StripeState
from connectors.sandbox.wire import Request, Response

LIFE = 24 * 3600
KEPT = (200, 402)


def guarded(
    request: Request,
    state: StripeState,
    account: str,
    params: dict[str, Any],
    now: int,
    id: str,
    effect: Callable[[], Response],
) -> Response:
    """Run `effect` once per key."""
    key = request.headers.get("idempotency-key")
    if not key or request.method != "POST":
        return effect()
    if len(key) > 255:
        raise StripeError("The idempotency key must be at most 255 characters.", kind="idempotency_error")
    _forget(state, now)
    place, print_ = f"{account}|{key}", _print(request, params)
    if any(other.headers.get("idempotency-key") == key for other in state.desk.earlier(request)):
        raise StripeError(
            "There is currently another in-progress request using this Idempotent Key (that probably means "
            "you submitted twice, and the other request is still going through).",
            status=409,
            code="idempotency_key_in_use",
            kind="idempotency_error",
        )
    known = state.store.peek("idempotency", place)
    if known is None:
        response = effect()
        if response.status in KEPT or response.status >= 500:
            kept = {
                "id": place,
                "at": now,
                "print": print_,
                "request": id,
                "status": response.status,
                "headers": [list(pair) for pair in response.headers],
                "body": base64.b64encode(response.body).decode(),
            }
            state.store.put("idempotency", place, kept)
        return response
    if known["print"] != print_:
        raise StripeError(
            "Keys for idempotent requests can only be used with the same parameters they were first used "
            f"with. Try using a key other than '{key}' if you meant to execute a different request.",
            kind="idempotency_error",
        )
    headers = tuple((name, value) for name, value in known["headers"])
    replayed = (("Idempotent-Replayed", "true"), ("Original-Request", known["request"]))
    return Response(known["status"], headers + replayed, base64.b64decode(known["body"]))


def _print(request: Request, params: dict[str, Any]) -> str:
    text = json.dumps([request.method, request.path, params], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _forget(state: StripeState, now: int) -> None:
    for kept in state.store.all("idempotency"):  # oldest first
        if kept["at"] > now - LIFE:
            return
        state.store.delete("idempotency", kept["id"])
