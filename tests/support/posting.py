"""Requests into the receiver without a socket, answered before the call returns."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from starlette.applications import Starlette


@dataclass
class Poster:
    """A client of one application."""

    app: Starlette

    def send(self, method: str, path: str, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
                return await client.request(method, path, content=content, headers=dict(headers))

        return asyncio.run(go())

    def post(self, path: str, content: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self.send("POST", path, content, headers or {})

    def get(self, path: str) -> httpx.Response:
        return self.send("GET", path, b"", {})
