"""Who is calling: Basic auth with an empty password, the shard suffix of the key, and the User-Agent rule."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from connectors.sandbox.cliniko.errors import Refusal
from connectors.sandbox.cliniko.state import Account, ClinikoState
from connectors.sandbox.wire import Request

_SHARD = re.compile(r"^[a-z]{2}\d{1,2}$", re.IGNORECASE)
_AGENT = re.compile(r"\S.*[\s(<][^\s@()<>]+@[^\s@()<>]+\.[^\s@()<>]+")
_MONEY_PATHS = ("invoices", "invoice_items")


@dataclass(frozen=True, slots=True)
class Caller:
    """The account and the user a key belongs to; the key has that user's rights and rate budget."""

    account: Account
    user_id: str
    role: str


def caller(request: Request, state: ClinikoState) -> Caller:
    """Check the key and the User-Agent. Raises Refusal (401, 403, or 404 for a wrong shard by switch)."""
    key = _user_name(request.headers.get("authorization", ""))
    body, _, suffix = key.rpartition("-")
    shard = suffix.lower() if body and _SHARD.match(suffix) else None
    bare = body if shard else key
    for account in state.accounts.values():
        user_id = account.keys.get(bare) or account.keys.get(key)
        if user_id is None:
            continue
        if shard and bare in account.keys and shard != account.facts["shard"]:
            raise Refusal(int(state.switch("wrong_shard")), "Not found on this shard")
        _check_agent(request, state)
        user = state.store.peek(f"{account.id}/users", user_id) or {}
        if not user.get("active", True):
            break
        return Caller(account, user_id, user.get("role") or "")
    raise Refusal(401, "Invalid API key")


def check_role(who: Caller, resource: str) -> None:
    """Refuse what the role may not see: settings need an administrator, a scheduler sees no money."""
    if resource == "settings" and who.role != "administrator":
        raise Refusal(403, "Your role may not view settings")
    if resource in _MONEY_PATHS and who.role == "scheduler":
        raise Refusal(403, "Your role may not view invoices")


def _user_name(header: str) -> str:
    scheme, _, value = header.partition(" ")
    try:
        name, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Refusal(401, "Invalid API key") from None
    if scheme.lower() != "basic" or not colon or password or not name:
        raise Refusal(401, "Invalid API key")
    return name


def _check_agent(request: Request, state: ClinikoState) -> None:
    agent = request.headers.get("user-agent", "")
    if _AGENT.search(agent):
        return
    if state.switch("user_agent") == 403:
        raise Refusal(403, "A User-Agent with a contact email is required")
    state.warnings.append(f"no contact email in User-Agent {agent!r}")
    del state.warnings[:-100]
