"""Idempotency-Key: six minutes from the first call, per app and not per organisation.

The same key with another URL, method or body is refused; answers are replayed, errors and 5xx included; a 429
is not kept; replays count against the limits (Xero developer docs: idempotent requests).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime

from connectors.sandbox.wire import Request, Response
from connectors.sandbox.xero.state import XeroState
from connectors.sandbox.xero.values import ms

LIFE_MS = 6 * 60 * 1000
METHODS = ("PUT", "POST", "PATCH")


def guarded(
    request: Request, state: XeroState, now: datetime, client: str, effect: Callable[[], Response]
) -> Response:
    """Run `effect` once per key, replaying its answer for repeats."""
    key = request.headers.get("idempotency-key")
    if not key or request.method not in METHODS:
        return effect()
    if len(key) > 128:
        return _refused("The Idempotency-Key must be 128 characters or fewer.")
    _forget(state, ms(now))
    id_, print_ = f"{client}|{key}", _print(request)
    known = state.store.peek("idempotency", id_)
    if known:
        if known["print"] != print_:
            return _refused("The Idempotency-Key is used with a different request.")
        headers = tuple((name, value) for name, value in known["headers"])
        return Response(known["status"], headers, base64.b64decode(known["body"]))
    response = effect()
    if "x-sandbox-partial" in request.headers:
        # The server died in mid-batch: what a repeat of the key gets is that failure.
        response = Response.text("An internal error occurred", 500)
    if response.status != 429:
        kept = {
            "key": id_,
            "at": ms(now),
            "print": print_,
            "status": response.status,
            "headers": [list(pair) for pair in response.headers],
            "body": base64.b64encode(response.body).decode(),
        }
        state.store.put("idempotency", id_, kept)
    return response


def _print(request: Request) -> str:
    query = "&".join(f"{name}={value}" for name, value in request.query)
    head = f"{request.method} {request.path}?{query}\n".encode()
    return hashlib.sha256(head + request.body).hexdigest()


def _forget(state: XeroState, now: int) -> None:
    for kept in state.store.all("idempotency"):  # oldest first
        if kept["at"] > now - LIFE_MS:
            return
        state.store.delete("idempotency", kept["key"])


def _refused(message: str) -> Response:
    return Response.json({"Title": "Bad Request", "Status": 400, "Detail": message, "Message": message}, 400)
