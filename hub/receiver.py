"""The webhook receiver: verify the raw bytes, store the hints, answer at once, let a worker handle them.

`POST /hooks/{group}/{connection}` speaks the vendor's own scheme, `POST /hints/{group}/{connection}` the
generic signed one. A connection without a secret is a closed endpoint (404). Answers have no body.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub import hints as generic
from hub import inbox
from hub.contracts import Hint
from hub.errors import HubError, Malformed
from hub.kernel import Kernel
from hub.store import connections

LARGEST_BODY = 1_000_000
Scheme = Callable[[Kernel, str, str, bytes, Mapping[str, str]], int]


def vendor_hook(kernel: Kernel, group: str, connection: str, body: bytes, headers: Mapping[str, str]) -> int:
    """One vendor delivery -> HTTP status. A right signature without events (intent to receive) is 200."""
    secret = _secret(kernel, group, connection, "webhook_key")
    system = _system(kernel, group, connection)
    webhook = kernel.plugins.webhooks.get(system or "")
    if secret is None or webhook is None:
        return 404
    if not webhook.verify(body, headers, secret, kernel.world.now()):
        return 401
    return _store(kernel, group, _routed(kernel, group, connection, webhook.hints(body)))


def generic_hint(kernel: Kernel, group: str, connection: str, body: bytes, headers: Mapping[str, str]) -> int:
    """One signed generic hint -> HTTP status."""
    secret = _secret(kernel, group, connection, "hint_key")
    if secret is None:
        return 404
    if not generic.verify(body, headers, secret, kernel.world.now()):
        return 401
    return _store(kernel, group, {connection: generic.hints(body, headers["webhook-id"])})


def _secret(kernel: Kernel, group: str, connection: str, name: str) -> str | None:
    if group not in kernel.store.groups():
        return None
    with kernel.store.read(group) as unit:
        return connections.secret(unit, connection).get(name)


def _system(kernel: Kernel, group: str, connection: str) -> str | None:
    found = [c.system for c in kernel.config(group).connections if c.id == connection]
    return found[0] if found else None


def _routed(
    kernel: Kernel, group: str, connection: str, found: Sequence[Hint]
) -> dict[str, list[Hint]]:
    """Hints by the connection they concern: one vendor app calls one address for all its organisations.

    A hint for an organisation nobody connected is dropped; it is still acknowledged, else the vendor
    would switch the webhook off.
    """
    config = kernel.config(group)
    system = config.connection(connection).system
    tenants = {c.tenant: c.id for c in config.connections if c.system == system and c.tenant}
    routed: dict[str, list[Hint]] = {}
    for hint in found:
        home = connection if hint.scope is None else tenants.get(hint.scope)
        if home is not None:
            routed.setdefault(home, []).append(hint)
    return routed


def _store(kernel: Kernel, group: str, routed: Mapping[str, Sequence[Hint]]) -> int:
    if any(routed.values()):
        with kernel.store.write(group, agent="receiver") as unit:
            for connection, found in routed.items():
                inbox.accept(unit, connection, found)
    return 200


def application(kernel: Kernel) -> Starlette:
    """The ASGI application over one kernel."""

    def endpoint(scheme: Scheme) -> Callable[[Request], object]:
        async def handle(request: Request) -> Response:
            body = await request.body()
            if len(body) > LARGEST_BODY:
                return Response(status_code=413)
            params = request.path_params
            try:
                status = await run_in_threadpool(
                    scheme, kernel, params["group"], params["connection"], body, request.headers
                )
            except Malformed:
                status = 400
            except HubError:
                status = 503
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
