"""Access tokens for calls, and the one exchange that renews them.

A refresh returns a new refresh token that replaces the old one, so the exchange happens in one place under
the kernel's lease (Xero developer docs: token types). The SDK's own refresh is never used: it has no lock and
loses the new token when the answer carries a field it does not know (measured on xero-python 15.2.0).
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

import httpx

from hub.contracts import HttpFactory
from hub.errors import NotProcessed, OutcomeUnknown, ReadFailed, ReconnectNeeded
from hub.targets import TokenStore

IDENTITY = "https://identity.xero.com"
TOKEN_PATH = "/connect/token"
# Answers that no waiting mends: the grant is gone, or the app's own credentials are wrong.
_DEAD = frozenset({"invalid_grant", "unauthorized_client", "invalid_client", "access_denied"})

AGENT = "ClinicHub"
"""How the hub names itself; Xero documents no form for it."""


class Bearer(httpx.Auth):
    """Asks for a token on each call; a refused one (401: no effect) is renewed and the call repeated once."""

    requires_request_body = True

    def __init__(self, tokens: TokenStore) -> None:
        self._tokens = tokens

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = self._tokens.access_token()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            token = self._tokens.access_token(stale=token)
            request.headers["Authorization"] = f"Bearer {token}"
            yield request


def exchange(config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory) -> dict[str, Any]:
    """One token exchange -> {access_token, refresh_token?, expires_in}; other fields are ignored.

    `secret` holds client_id, client_secret (absent for PKCE) and refresh_token (absent for a custom
    connection, which uses client credentials). Raises ReconnectNeeded, ReadFailed.
    """
    settings = config.get("settings") or {}
    base = settings.get("identity_url") or config.get("base_url") or IDENTITY
    client_id, client_secret = secret.get("client_id", ""), secret.get("client_secret")
    form = {"grant_type": "client_credentials"}
    if refresh_token := secret.get("refresh_token"):
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    if not client_secret:
        form["client_id"] = client_id
    basic = httpx.BasicAuth(client_id, client_secret) if client_secret else None
    try:
        with http(
            base_url=base, headers={"Accept": "application/json", "User-Agent": AGENT}, auth=basic
        ) as client:
            response = client.post(TOKEN_PATH, data=form)
    except (OutcomeUnknown, NotProcessed, httpx.HTTPError):
        # The old refresh token stays good for a while after a lost answer, so the next try may use it.
        raise ReadFailed("the token exchange with Xero had no answer") from None
    return _token(response)


def _token(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        answer = {}
    if response.status_code == 200 and isinstance(answer, dict) and answer.get("access_token"):
        kept = {name: answer[name] for name in ("access_token", "refresh_token") if answer.get(name)}
        return {**kept, "expires_in": int(answer.get("expires_in") or 1800)}
    problem = answer.get("error") if isinstance(answer, dict) else None
    if problem in _DEAD or response.status_code in (401, 403):
        raise ReconnectNeeded("Xero no longer accepts this connection: a person has to reconnect it.")
    raise ReadFailed(f"the token exchange with Xero failed (status {response.status_code})")
