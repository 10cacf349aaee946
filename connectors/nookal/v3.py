"""Calls of v3: GraphQL under a token that lives an hour and dies when the next one is issued.

The exchange is not that of RFC 6749: the Basic key goes out exactly as Nookal shows it, the answer names
`accessToken` and an absolute end. The token is shared by all processes through the kernel's grants.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from datetime import datetime
from typing import Any

import httpx

from connectors.nookal.access import HEADERS, key_of, v3_url
from hub.contracts import HttpFactory, Record, TokenStore
from hub.errors import NotProcessed, OutcomeUnknown, ReadFailed, ReconnectNeeded, Refused, Who

_DEAD = (b"token has expired", b"current bearer")


class Bearer(httpx.Auth):
    """A token on each call; one that was refused, in whatever status, is renewed and the call sent again."""

    requires_request_body = True
    requires_response_body = True

    def __init__(self, tokens: TokenStore) -> None:
        self._tokens = tokens

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        access = self._tokens.access_token()
        request.headers["Authorization"] = f"Bearer {keys_in(access)[0]}"
        response = yield request
        if refused(response):
            access = self._tokens.access_token(stale=access)
            request.headers["Authorization"] = f"Bearer {keys_in(access)[0]}"
            yield request


def keys_in(access: str) -> tuple[str, str]:
    """What a grant of Nookal hands out: a token of v3, and the key of v2 (which whoever writes needs)."""
    token, _, key = access.partition(" ")
    return token, key


def refused(response: httpx.Response) -> bool:
    """Whether an answer says that the token is dead."""
    body = response.content.lower()
    return response.status_code == httpx.codes.UNAUTHORIZED or any(word in body for word in _DEAD)


class V3:
    """Queries of v3 over the hub's client."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def ask(self, query: str) -> Mapping[str, Any]:
        """The `data` of a query. Raises ReadFailed, ReconnectNeeded, Refused; never with Nookal's text."""
        response = self._http.post("/graphql", json={"query": query}, extensions={"read": True})
        if refused(response):
            raise ReadFailed("Nookal refused two tokens in a row.", code="nookal:token")
        try:
            body = json.loads(response.content, parse_float=str)
        except (ValueError, RecursionError):
            raise ReadFailed("Nookal's answer was cut off or is no JSON.", code="nookal:bad-json") from None
        body = body if isinstance(body, dict) else {}
        if body.get("errors"):
            raise _refusal(body["errors"])
        data = body.get("data")
        if response.status_code != httpx.codes.OK or not isinstance(data, dict):
            raise ReadFailed("Nookal's answer has no data in it.", code="nookal:no-data")
        return data


def rows(data: Mapping[str, Any], key: str) -> tuple[Record, ...]:
    """A root field as rows: a list, nothing at all, or the one row that matched. Raises ReadFailed."""
    if key not in data:
        raise ReadFailed("Nookal left out what was asked for.", code="nookal:no-list")
    found = data[key]
    found = [] if found is None else [found] if isinstance(found, dict) else found
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise ReadFailed("Nookal's answer has no list in it.", code="nookal:no-list")
    return tuple(found)


def _refusal(errors: Any) -> Exception:
    words = json.dumps(errors).lower()
    if "authori" in words or "permission" in words:
        return Refused(
            "The Nookal API client may not ask this: allow the query in Setup, Connections, API v3.0.",
            code="nookal:denied",
            who=Who.CLINIC,
        )
    return Refused("Nookal refused a query of the hub: report it.", code="nookal:query", who=Who.DEVELOPER)


def exchange(config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory) -> dict[str, Any]:
    """One token: {access_token (see `keys_in`), expires_at}. Raises ReconnectNeeded, ReadFailed."""
    headers = {**HEADERS, "Authorization": f"Basic {key_of(secret, 'basic_key')}"}
    try:
        with http(base_url=v3_url(config), headers=headers) as client:
            response = client.post("/oauth/token", data={"grant_type": "client_credentials"})
    except (OutcomeUnknown, NotProcessed):
        raise ReadFailed("Nookal gave no token.") from None
    if 400 <= response.status_code < 500:
        raise ReconnectNeeded(
            "Nookal no longer accepts the v3 Basic key: make a new API client (Setup, Connections, API v3.0) "
            "and store its key with `hub connect`."
        )
    try:
        body = response.json()
        return {
            "access_token": f"{body['accessToken']} {key_of(secret, 'api_key')}",
            "expires_at": datetime.fromisoformat(str(body["accessTokenExpiresAt"])),
        }
    except (ValueError, KeyError, TypeError):
        raise ReadFailed("Nookal's token cannot be read.") from None
