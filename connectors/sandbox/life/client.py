"""How clinic life reaches the sandboxes: their control endpoint, over loopback or in the same process.

Both systems take `POST /__control__/hands` with a list of actions; acts are sent in that form.
"""

from __future__ import annotations

from typing import Any, Protocol

import httpx


class ControlClient(Protocol):
    """One sandbox's control endpoint."""

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The parsed JSON of the answer (bytes for other content). Raises ControlRefused on 4xx and 5xx."""
        ...


class ControlRefused(RuntimeError):
    """The sandbox refused an action: the story and the sandbox disagree, which is a defect of one of them."""


class HttpControl:
    """A ControlClient over httpx: a loopback address, or any client with an in-process transport."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    @classmethod
    def at(cls, url: str) -> HttpControl:
        """For a sandbox that listens at `url`."""
        return cls(httpx.Client(base_url=url, timeout=60.0))

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One request; JSON in, JSON or bytes out."""
        answer = self._client.request(method, path, json=body)
        if answer.status_code >= 400:
            raise ControlRefused(f"{method} {path.split('?')[0]}: {answer.status_code} {answer.text[:300]}")
        if "json" in answer.headers.get("content-type", ""):
            return answer.json()
        return answer.content

    @property
    def http(self) -> httpx.Client:
        """For what people do there beside: a portal's own pages."""
        return self._client

    def close(self) -> None:
        """Give the sockets back."""
        self._client.close()


def hands(client: ControlClient, actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Send actions in one call, which is one commit: all of them or none. The results in the same order."""
    results: list[dict[str, Any]] = client.call("POST", "/__control__/hands", actions)
    return results
