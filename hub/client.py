"""httpx's client without what nobody asks an API for: cookies, redirects, proxies, settings of the machine.

Leaving these out halves what a request costs beside its answer. A vendor's cookie is never kept or sent back,
and no answer leads a request, or the secret in it, to another host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx

_WHOLE = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class PlainClient(httpx.Client):
    """Requests to paths below `base_url`, or to whole URLs, through one transport that reads each body whole.

    Deadlines are the transport's: a `timeout` of a request changes nothing.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        auth: httpx.Auth | None,
        transport: httpx.BaseTransport,
    ) -> None:
        super().__init__(base_url=base_url, headers=headers, transport=transport, trust_env=False)
        self._root, self._way, self._entry = base_url.rstrip("/"), transport, auth or httpx.Auth()

    def build_request(
        self, method: str, url: httpx.URL | str, *, headers: Any = None, timeout: Any = None, **parts: Any
    ) -> httpx.Request:
        """The request as httpx would build it."""
        text = str(url)
        address = text if _WHOLE.match(text) else f"{self._root}/{text.lstrip('/')}"
        said = self.headers
        if headers:
            said = said.copy()
            said.update(headers)
        return httpx.Request(method, address, headers=said, **parts)

    def send(
        self, request: httpx.Request, *, auth: Any = httpx.USE_CLIENT_DEFAULT, **ways: Any
    ) -> httpx.Response:
        """The answer to a request, or to what its authentication asks for next."""
        entry = self._entry if auth is httpx.USE_CLIENT_DEFAULT else auth or httpx.Auth()
        flow = entry.sync_auth_flow(request)
        try:
            request = next(flow)
            while True:
                response = self._way.handle_request(request)
                try:
                    request = flow.send(response)
                except StopIteration:
                    return response
        finally:
            flow.close()
