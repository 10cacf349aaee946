"""Xero's identity: tokens per grant, rotation with its grace, connections, revocation.

A grant is one user's consent to one app; it covers every organisation connected under it. A refresh returns a
new refresh token; the one before it can be used again for 30 minutes (a lost answer), which replaces the
token nobody received; after that it is `invalid_grant` (Xero developer docs: token types, refreshing).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from connectors.sandbox.wire import Request, Response
from connectors.sandbox.xero.grants import ACCESS_S, UNUSED, caller, new_grant, rotate, secret
from connectors.sandbox.xero.state import XeroState
from connectors.sandbox.xero.values import Doc, ms


def token(request: Request, state: XeroState, now: datetime) -> Response:
    """POST /connect/token for authorization_code, refresh_token and client_credentials."""
    form = dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))
    app = _client(request, form, state)
    if app is None:
        return Response.json({"error": "invalid_client"}, 401)
    kind = form.get("grant_type")
    if kind == "refresh_token":
        return _refresh(state, app, form.get("refresh_token", ""), now)
    if kind == "authorization_code":
        return _code(state, app, form, now)
    if kind == "client_credentials" and app["custom_tenant"]:
        grant = state.store.get("grant", f"custom:{app['id']}") or new_grant(
            state, app["id"], [app["custom_tenant"]], now, id=f"custom:{app['id']}"
        )
        return _issue(state, grant, now, refresh=False, scope=form.get("scope"))
    return Response.json({"error": "unauthorized_client" if kind else "unsupported_grant_type"}, 400)


def revoke(request: Request, state: XeroState) -> Response:
    """POST /connect/revocation: ends the refresh token's grant and all its connections."""
    form = dict(parse_qsl(request.body.decode(errors="replace")))
    if _client(request, form, state) is None:
        return Response.json({"error": "invalid_client"}, 401)
    found = state.store.peek("refresh", form.get("token", ""))
    if found:
        grant = state.store.get("grant", found["grant"])
        if grant:
            grant |= {"current": None, "previous": None, "revoked": True}
            state.store.put("grant", grant["id"], grant)
            for connection in state.store.all("connection"):
                if connection["grant"] == grant["id"]:
                    state.store.delete("connection", connection["id"])
    return Response(200)


def connections(request: Request, state: XeroState, now: datetime) -> Response:
    """GET /connections[?authEventId=], DELETE /connections/{id}."""
    grant = caller(request, state, now)
    if grant is None:
        return unauthorized()
    mine = [found for found in state.store.all("connection") if found["grant"] == grant["id"]]
    if request.method == "DELETE":
        wanted = request.path.rsplit("/", 1)[-1]
        if not any(found["id"] == wanted for found in mine):
            return Response(404)
        state.store.delete("connection", wanted)
        return Response(204)
    event = request.param("authEventId")
    return Response.json([_shown(state, found) for found in mine if event in (None, found["event"])])


def unauthorized() -> Response:
    """The 401 of an absent, unknown or expired token."""
    detail = "TokenExpired: token expired at the given time"
    return Response.json({"Type": None, "Title": "Unauthorized", "Status": 401, "Detail": detail}, 401)


def forbidden(detail: str = "AuthenticationUnsuccessful") -> Response:
    """The 403 of a disconnected organisation or a missing scope."""
    return Response.json({"Type": None, "Title": "Forbidden", "Status": 403, "Detail": detail}, 403)


def _shown(state: XeroState, found: Doc) -> Doc:
    organisation = state.store.peek("organisation", found["tenant"]) or {"name": ""}
    return {
        "id": found["id"],
        "authEventId": found["event"],
        "tenantId": found["tenant"],
        "tenantType": "ORGANISATION",
        "tenantName": organisation["name"],
        "createdDateUtc": found["created"],
        "updatedDateUtc": found["updated"],
    }


def _client(request: Request, form: Doc, state: XeroState) -> Doc | None:
    client_id, secret = form.get("client_id", ""), form.get("client_secret")
    scheme, _, packed = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(packed, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
    app = state.app(client_id)
    if app is None or (app["secret"] is not None and app["secret"] != secret):
        return None
    return app


def _refresh(state: XeroState, app: Doc, sent: str, now: datetime) -> Response:
    found = state.store.peek("refresh", sent)
    grant = state.store.get("grant", found["grant"]) if found else None
    if grant is None or grant["client"] != app["id"] or grant["revoked"] or grant["used"] < ms(now - UNUSED):
        return Response.json({"error": "invalid_grant"}, 400)
    if sent == grant["current"]:
        rotate(state, grant, now)
    elif sent == grant["previous"] and ms(now) < grant["previous_until"]:
        rotate(state, grant, now, keep_previous=True)
    else:
        return Response.json({"error": "invalid_grant"}, 400)
    return _issue(state, grant, now)


def _code(state: XeroState, app: Doc, form: Doc, now: datetime) -> Response:
    code = state.store.get("code", form.get("code", ""))
    if code is None or code["client"] != app["id"] or ms(now) > code["until"]:
        return Response.json({"error": "invalid_grant"}, 400)
    if code["challenge"]:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != code["challenge"]:
            return Response.json({"error": "invalid_grant"}, 400)
    state.store.delete("code", form["code"])
    grant = state.store.get("grant", code["grant"])
    assert grant is not None
    rotate(state, grant, now)
    return _issue(state, grant, now)


def _issue(
    state: XeroState, grant: Doc, now: datetime, refresh: bool = True, scope: str | None = None
) -> Response:
    access = secret(state, "access")
    until = ms(now + timedelta(seconds=ACCESS_S))
    state.store.put("access", access, {"id": access, "grant": grant["id"], "until": until})
    answer = {
        "access_token": access,
        "expires_in": ACCESS_S,
        "token_type": "Bearer",
        "scope": scope or grant["scope"],
        # A field no client knows yet: the answer of an identity server may grow at any time.
        "sandbox_new_field": {"since": 2026},
    }
    if refresh:
        answer |= {"refresh_token": grant["current"], "id_token": "e30.e30."}
    return Response.json(answer)
