"""The webhook receiver: verify the raw bytes, store the hints, answer at once, let a worker handle them.

`POST /hooks/{group}/{connection}` speaks the vendor's own scheme, `POST /hints/{group}/{connection}` the
generic signed one. A connection without a secret is a closed endpoint (404). Answers have no body and set
no cookies, as Xero asks (Xero developer docs: webhooks).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from hub import hints as generic
from hub import inbox
from hub.config.model import ConnectionConfig
from hub.contracts import Hint
from hub.errors import HubError, Malformed, Misconfigured
from hub.kernel import Kernel
from hub.store import connections

LARGEST_BODY = 1_000_000
"""Bytes: a vendor's largest body of events is a tenth of it."""
Scheme = Callable[[Kernel, str, str, bytes, Mapping[str, str]], int]
Routed = dict[tuple[str, str], list[Hint]]  # hints by (group, connection)

log = logging.getLogger("hub.receiver")


def vendor_hook(kernel: Kernel, group: str, connection: str, body: bytes, headers: Mapping[str, str]) -> int:
    """One vendor delivery -> HTTP status. A right signature without events (intent to receive) is 200.

    Raises Malformed for signed bytes that cannot be read.
    """
    config = _connection(kernel, group, connection)
    if config is None:
        return 404
    webhook = kernel.plugins.webhooks.get(config.system)
    secret = _secret(kernel, group, connection, "webhook_key")
    if webhook is None or not secret:
        return 404
    if not webhook.verify(body, headers, secret, kernel.world.now()):
        return 401
    return _store(kernel, _routed(kernel, group, config, secret, webhook.hints(body)))


def generic_hint(kernel: Kernel, group: str, connection: str, body: bytes, headers: Mapping[str, str]) -> int:
    """One signed generic hint -> HTTP status. Raises Malformed for signed bytes that cannot be read."""
    if _connection(kernel, group, connection) is None:
        return 404
    secret = _secret(kernel, group, connection, "hint_key")
    if not secret:
        return 404
    if not generic.verify(body, headers, secret, kernel.world.now()):
        return 401
    found = generic.hints(body, headers["webhook-id"])
    return _store(kernel, {(group, connection): list(found)})


def _connection(kernel: Kernel, group: str, connection: str) -> ConnectionConfig | None:
    try:
        config = kernel.config(group)
    except Misconfigured:
        if group not in kernel.store.groups():
            return None
        raise
    return next((c for c in config.connections if c.id == connection), None)


def _secret(kernel: Kernel, group: str, connection: str, name: str) -> str | None:
    with kernel.store.read(group) as unit:
        return connections.secret(unit, connection).get(name)


def _routed(
    kernel: Kernel, group: str, config: ConnectionConfig, secret: str, found: Sequence[Hint]
) -> Routed:
    """Hints by the connection they concern: one vendor app calls one address for all its organisations.

    An organisation of another clinic group is reached only where that connection shares the app's key. A
    hint for an organisation nobody connected is dropped; it is still acknowledged, else the vendor would
    switch the webhook off.
    """
    homes: dict[str | None, tuple[str, str] | None] = {None: (group, config.id)}
    routed: Routed = {}
    for hint in found:
        if hint.scope not in homes:
            homes[hint.scope] = _home(kernel, group, config.system, secret, hint.scope)
        home = homes[hint.scope]
        if home is not None:
            routed.setdefault(home, []).append(hint)
    return routed


def _home(kernel: Kernel, group: str, system: str, secret: str, tenant: str | None) -> tuple[str, str] | None:
    for other in sorted(kernel.store.groups(), key=lambda one: (one != group, one)):
        for candidate in kernel.config(other).connections:
            ours = candidate.system == system and candidate.tenant == tenant
            if ours and (other == group or _secret(kernel, other, candidate.id, "webhook_key") == secret):
                return other, candidate.id
    return None


def _store(kernel: Kernel, routed: Routed) -> int:
    for group in dict.fromkeys(group for group, _ in routed):
        with kernel.store.write(group, agent="receiver") as unit:
            for (home, connection), found in routed.items():
                if home == group:
                    inbox.accept(unit, connection, found)
    return 200


def application(kernel: Kernel) -> Starlette:
    """The ASGI application over one kernel."""

    def endpoint(scheme: Scheme) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            body = await _body(request)
            if body is None:
                return Response(status_code=413)
            where = request.path_params["group"], request.path_params["connection"]
            status = await run_in_threadpool(_answer, scheme, kernel, *where, body, request.headers)
            return Response(status_code=status)

        return handle

    async def alive(request: Request) -> Response:
        return Response(status_code=204)

    return Starlette(
        routes=[
            Route("/hooks/{group}/{connection}", endpoint(vendor_hook), methods=["POST"]),
            Route("/hints/{group}/{connection}", endpoint(generic_hint), methods=["POST"]),
            Route("/alive", alive),
        ]
    )


def _answer(
    scheme: Scheme, kernel: Kernel, group: str, connection: str, body: bytes, headers: Mapping[str, str]
) -> int:
    """503 lets the sender come back; what went wrong is told by class only, for its text may hold values."""
    try:
        return scheme(kernel, group, connection, body, headers)
    except Malformed:
        return 400
    except HubError as error:
        log.warning("a message was not stored: %s", error.code)
    except Exception as error:
        log.error("a message was not stored: %s", type(error).__name__)
    return 503


async def _body(request: Request) -> bytes | None:
    """The raw bytes, or None as soon as they are too many."""
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > LARGEST_BODY:
                return None
            parts.append(part)
    except ClientDisconnect:
        return None
    return b"".join(parts)
