"""The one place that drives Xero's SDK: its endpoints and models over our own httpx client.

Measured on xero-python 15.2.0, each with a test: its transport repeats every PUT up to four times, sleeps
through Retry-After, and ignores float timeouts (replaced: one request a call, deadlines are our client's);
its configuration is a singleton that shares one token object and its refresh loses tokens (never given a
token: our client adds it per call); its exceptions carry bodies with names (never raised: answers come back
as Reply); its models refuse a page for one unknown enum value (answers are read as plain JSON).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient

from connectors.xero.auth import AGENT
from hub.errors import NotProcessed, OutcomeUnknown, ReadFailed

API_PATH = "/api.xro/2.0"


class Reply:
    """An answer of any status, in the shape the SDK expects of its transport."""

    def __init__(self, response: httpx.Response) -> None:
        self.status, self.reason = response.status_code, response.reason_phrase
        self.data, self.headers = response.content, response.headers

    @property
    def text(self) -> str:
        """The body as text."""
        return self.data.decode("utf-8", errors="replace")

    def getheaders(self) -> Mapping[str, str]:
        """All headers."""
        return self.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """One header."""
        value: str | None = self.headers.get(name, default)
        return value


class _Rest:
    """Stands in for the SDK's RESTClientObject. Sends exactly once and never raises for a status."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def _request(
        self,
        method: str,
        url: str,
        query_params: Any = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        post_params: Any = None,
        _preload_content: bool = True,
        _request_timeout: Any = None,
    ) -> Reply:
        sent = {name: value for name, value in (headers or {}).items() if value}
        content = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        try:
            response = self._client.request(
                method,
                url,
                params=query_params or None,
                headers=sent,
                content=content,
                follow_redirects=False,
            )
        except httpx.HTTPError as error:
            raise _lost(method, error) from None
        return Reply(response)

    def GET(self, url: str, **kw: Any) -> Reply:
        return self._request("GET", url, **kw)

    def POST(self, url: str, **kw: Any) -> Reply:
        return self._request("POST", url, **kw)

    def PUT(self, url: str, **kw: Any) -> Reply:
        return self._request("PUT", url, **kw)

    def DELETE(self, url: str, **kw: Any) -> Reply:
        return self._request("DELETE", url, **kw)


def _lost(method: str, error: httpx.HTTPError) -> Exception:
    if method == "GET":
        return ReadFailed(f"Xero did not answer ({type(error).__name__})")
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return NotProcessed(f"Xero could not be reached ({type(error).__name__})")
    return OutcomeUnknown(f"the answer of Xero was lost ({type(error).__name__})")


class _Client(ApiClient):  # type: ignore[misc]
    """The SDK's client without its transport and without its tokens."""

    def __init__(self, client: httpx.Client) -> None:
        super().__init__()
        self.rest_client = _Rest(client)
        self.user_agent = AGENT

    def update_params_for_auth(self, headers: Any, querys: Any, auth_settings: Any) -> None:
        """Nothing: our client authenticates each call; the SDK's shared token object is never asked."""


class Endpoints:
    """The SDK's accounting endpoints of one organisation, called by name."""

    def __init__(self, client: httpx.Client, base_url: str, tenant: str | None) -> None:
        self._api = AccountingApi(_Client(client), base_url=base_url.rstrip("/") + API_PATH)
        self._tenant = tenant or ""  # a custom connection needs none; empty headers are not sent

    def call(self, endpoint: str, *args: Any, **kw: Any) -> Reply:
        """One request. Without an answer: ReadFailed (reads), OutcomeUnknown or NotProcessed (writes)."""
        method = getattr(self._api, endpoint)
        reply: Reply = method(self._tenant, *args, _preload_content=False, **kw)
        return reply
