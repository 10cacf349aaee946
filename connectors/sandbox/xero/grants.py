"""Grants: one person's consent to one app, the tokens under it and the organisations it covers."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from connectors.sandbox.wire import Request
from connectors.sandbox.xero.state import XeroState
from connectors.sandbox.xero.values import Doc, ms

ACCESS_S = 1800
GRACE = timedelta(minutes=30)
UNUSED = timedelta(days=60)
CODE_LIFE = timedelta(minutes=5)
SCOPES = (
    "openid profile email offline_access accounting.settings accounting.contacts accounting.invoices "
    "accounting.payments accounting.banktransactions"
)


def new_grant(
    state: XeroState, client_id: str, tenants: list[str], now: datetime, id: str | None = None
) -> Doc:
    """A person's consent: a grant with one connection for each tenant (tied by one authEventId)."""
    grant: Doc = {
        "id": id or state.uuid("grant"),
        "client": client_id,
        "user": state.uuid("user"),
        "adviser": False,
        "scope": SCOPES,
        "current": None,
        "previous": None,
        "previous_until": 0,
        "used": ms(now),
        "revoked": False,
    }
    state.store.put("grant", grant["id"], grant)
    event = state.uuid("auth_event")
    for tenant in tenants:
        connect(state, grant["id"], tenant, event, now)
    return grant


def connect(state: XeroState, grant: str, tenant: str, event: str, now: datetime) -> None:
    """Connect one organisation under a grant."""
    stamp = now.replace(tzinfo=None).isoformat(timespec="microseconds")
    id_ = state.uuid("connection")
    doc = {"id": id_, "grant": grant, "tenant": tenant, "event": event, "created": stamp, "updated": stamp}
    state.store.put("connection", id_, doc)


def rotate(state: XeroState, grant: Doc, now: datetime, keep_previous: bool = False) -> str:
    """Give a grant a new refresh token and return it; the current one becomes the previous."""
    fresh = secret(state, "refresh")
    if not keep_previous and grant["current"]:
        grant |= {"previous": grant["current"], "previous_until": ms(now + GRACE)}
    grant |= {"current": fresh, "used": ms(now)}
    state.store.put("grant", grant["id"], grant)
    state.store.put("refresh", fresh, {"grant": grant["id"]})
    return fresh


def caller(request: Request, state: XeroState, now: datetime) -> Doc | None:
    """The grant behind a bearer token, or None when there is none, it is unknown or expired."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    found = state.store.peek("access", bearer.strip()) if scheme.lower() == "bearer" else None
    if found is None or found["until"] <= ms(now):
        return None
    return state.store.peek("grant", found["grant"])


def connection_of(request: Request, state: XeroState, grant: Doc) -> Doc | None:
    """The connection a call is for: by xero-tenant-id, or a custom connection's only one."""
    tenant = request.headers.get("xero-tenant-id")
    app = state.app(grant["client"])
    if not tenant and app and app["custom_tenant"]:
        tenant = app["custom_tenant"]
    for found in state.store.all("connection"):
        if found["grant"] == grant["id"] and found["tenant"] == tenant:
            return found
    return None


def secret(state: XeroState, kind: str) -> str:
    """A new token, the same for the same seed and history."""
    text = json.dumps([state.seed, kind, state.store.next(f"secret:{kind}")])
    return hashlib.sha256(text.encode()).hexdigest()
