"""The wire shapes every sandbox speaks, free of sockets and threads.

A sandbox imitates a vendor as a function of (request, state, clock). These shapes are what the shells
(a loopback server, an in-process transport) translate real HTTP to and from, so that a sandbox behaves the
same under both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic_core import to_json

JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, decoded: `path` without query, header names in lower case, query pairs in order."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    base_url: str

    def param(self, name: str, default: str | None = None) -> str | None:
        """The first query value of `name`, or `default`."""
        return next((value for key, value in self.query if key == name), default)

    def params(self, name: str) -> list[str]:
        """Every query value of `name`, in order."""
        return [value for key, value in self.query if key == name]

    def json(self) -> Any:
        """The body parsed as JSON (None when empty). Raises ValueError when it is not JSON."""
        return json.loads(self.body) if self.body.strip() else None


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer. Content-Length is added by the shell."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @classmethod
    def json(cls, value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Response:
        """An answer whose body is `value` as JSON."""
        return cls(status, (("Content-Type", JSON_TYPE), *headers), to_json(value))

    @classmethod
    def text(
        cls,
        value: str,
        status: int = 200,
        kind: str = "text/plain",
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Response:
        """An answer whose body is plain text (or HTML, CSV: say so in `kind`)."""
        return cls(status, (("Content-Type", f"{kind}; charset=utf-8"), *headers), value.encode())


@dataclass(frozen=True, slots=True)
class OutgoingHook:
    """A webhook request a sandbox wants sent now; its outcome goes back through `settle_hook`."""

    id: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Clock(Protocol):
    """Real or simulated time, always an aware UTC datetime."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


def request_from(method: str, target: str, headers: Mapping[str, str], body: bytes, base_url: str) -> Request:
    """Build a Request from a raw request target ("/v1/x?a=b") and headers of any case."""
    split = urlsplit(target)
    return Request(
        method=method.upper(),
        path=unquote(split.path) or "/",
        query=tuple(parse_qsl(split.query, keep_blank_values=True)),
        headers={name.lower(): value for name, value in headers.items()},
        body=body,
        base_url=base_url.rstrip("/"),
    )
