"""The router: which request goes where, and the envelope around every accounting answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.sandbox.wire import JSON_TYPE, Clock, OutgoingHook, Request, Response
from connectors.sandbox.xero import auth, grants, hands, hooks, idempotency, limits, witness
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.endpoints import ENDPOINTS, UNSUPPORTED
from connectors.sandbox.xero.state import XeroState
from connectors.sandbox.xero.values import Doc, Missing, Refused, Unreadable, ms, stamp
from connectors.sandbox.xero.where import QueryError
from connectors.sandbox.xero.writes import NotImitated

NOT_FOUND = "<!DOCTYPE html><html><body>The resource you're looking for cannot be found</body></html>"
# First part of an accounting path -> (scope for writing, its older broad name).
SCOPES = {
    "Contacts": ("accounting.contacts", "accounting.contacts"),
    "Invoices": ("accounting.invoices", "accounting.transactions"),
    "CreditNotes": ("accounting.invoices", "accounting.transactions"),
    "Payments": ("accounting.payments", "accounting.transactions"),
    "Overpayments": ("accounting.payments", "accounting.transactions"),
    "BankTransactions": ("accounting.banktransactions", "accounting.transactions"),
    "BankTransfers": ("accounting.banktransactions", "accounting.transactions"),
    "BatchPayments": ("accounting.payments", "accounting.transactions"),
}


class XeroSandbox:
    """Xero's identity and accounting API, as integrations meet them."""

    name = "xero"

    def open(self, path: Path | None, seed: int = 0, settings: Mapping[str, Any] | None = None) -> XeroState:
        """Open or create the state kept in `path` (memory when None)."""
        return XeroState(path, seed, settings)

    def handle(self, request: Request, state: XeroState, clock: Clock) -> Response:
        """Answer one request; the books balance and are on disk before this returns."""
        response = self._dispatch(request, state, clock.now())
        state.check()
        state.store.commit()
        return response

    def due_hooks(self, state: XeroState, clock: Clock) -> list[OutgoingHook]:
        """Webhooks to send now."""
        return hooks.due(state, clock.now())

    def settle_hook(self, state: XeroState, clock: Clock, hook_id: str, status: int | None) -> None:
        """What became of a webhook."""
        hooks.settle(state, clock.now(), hook_id, status)
        state.store.commit()

    def _dispatch(self, request: Request, state: XeroState, now: datetime) -> Response:
        path = request.path.removeprefix("/identity")
        if path.startswith("/__control__/hands/"):
            return hands.act(request, state, now)
        if path == "/__control__/ledger":
            return Response.json(witness.ledger(state, request.param("tenant")))
        if path == "/connect/token" and request.method == "POST":
            return auth.token(request, state, now)
        if path == "/connect/revocation" and request.method == "POST":
            return auth.revoke(request, state)
        if path == "/connections" or path.startswith("/connections/"):
            return auth.connections(request, state, now)
        if path.startswith(limits.API):
            return self._accounting(request, state, now)
        return Response.text(NOT_FOUND, 404, "text/html")

    def _accounting(self, request: Request, state: XeroState, now: datetime) -> Response:
        grant = grants.caller(request, state, now)
        if grant is None:
            return auth.unauthorized()
        connection = grants.connection_of(request, state, grant)
        if connection is None:
            return auth.forbidden()
        if limits.too_large(request, state):
            return Response.text("The request is too large", 413)
        client, tenant = grant["client"], connection["tenant"]
        limited, headers = limits.take(request, state, now, client, tenant)
        if limited is None:
            limited = idempotency.guarded(
                request, state, now, client, lambda: _answer(request, state, now, grant, tenant)
            )
        return Response(limited.status, limited.headers + headers, limited.body)


def _answer(request: Request, state: XeroState, now: datetime, grant: Doc, tenant: str) -> Response:
    parts = [part for part in request.path.removeprefix(limits.API).split("/") if part]
    if "application/json" not in request.headers.get("accept", ""):
        return Response.text("The default is XML, not imitated here: send Accept: application/json", 501)
    if not parts:
        return Response.text(NOT_FOUND, 404, "text/html")
    if not _in_scope(grant, parts[0], request.method):
        return auth.forbidden("AuthorizationUnsuccessful")
    endpoint = next((e for e in ENDPOINTS if e.method == request.method and e.matches(parts)), None)
    if endpoint is None:
        return _unknown(parts, request.method)
    call = Call(
        books=state.books(tenant),
        at=now,
        app=grant["client"],
        precise=request.param("unitdp") == "4",
        adviser=grant["adviser"],
    )
    try:
        body, status = endpoint.answer(call, request, [part.lower() for part in parts])
    except Missing:
        return Response.text(NOT_FOUND, 404, "text/html")
    except NotImitated as error:
        return Response.json(
            {"Title": "Not imitated by this sandbox", "Status": 501, "Endpoint": str(error)}, 501
        )
    except Unreadable as error:
        return _problem(14, "PostDataInvalidException", str(error))
    except QueryError as error:
        return _problem(16, "QueryParseException", str(error))
    except Refused as refusal:
        messages = [{"Message": message} for message in refusal.messages]
        body = {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": [{"ValidationErrors": messages}],
        }
        status = 400
    hooks.note(state, call, tenant)
    return _render(state, now, grant, body, status)


def _render(state: XeroState, now: datetime, grant: Doc, body: Doc, status: int) -> Response:
    if status == 200 and "AllocationID" not in body:
        app = state.app(grant["client"]) or {"name": ""}
        envelope = {
            "Id": state.uuid("answer"),
            "Status": "OK",
            "ProviderName": app["name"],
            "DateTimeUTC": stamp(ms(now)),
        }
        body = envelope | body
    return Response(status, (("Content-Type", JSON_TYPE),), _TEXT(body).encode())


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"cannot write {type(value).__name__}")


_TEXT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=_number).encode


def _problem(number: int, kind: str, message: str) -> Response:
    return Response.json({"ErrorNumber": number, "Type": kind, "Message": message}, 400)


def _unknown(parts: list[str], method: str) -> Response:
    if parts[0] in UNSUPPORTED:
        return Response.json(
            {"Title": "Not imitated by this sandbox", "Status": 501, "Endpoint": parts[0]}, 501
        )
    if any(e.pattern[0] == parts[0] for e in ENDPOINTS):
        detail = f"{method} /{'/'.join(parts[:1] + ['...'] * (len(parts) > 1))}"
        return Response.json(
            {"Title": "Not imitated by this sandbox", "Status": 501, "Endpoint": detail}, 501
        )
    return Response.text(NOT_FOUND, 404, "text/html")


def _in_scope(grant: Doc, first: str, method: str) -> bool:
    held = set(str(grant["scope"]).split())
    wanted = SCOPES.get(first, ("accounting.settings", "accounting.settings"))
    reading = {f"{scope}.read" for scope in wanted} if method == "GET" else set()
    return bool(held & ({*wanted} | reading))
