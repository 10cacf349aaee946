"""A renewed token is kept before it is used: else a process that dies with it may take the grant along.

Looked at on the wire, since harm comes of it only when nobody renews again while the vendor still takes the
token before, which is half an hour.
"""

from __future__ import annotations

from collections.abc import Collection

import httpx

from hub.simulation.storage import Storage
from hub.store.vault import Vault

_GRANTS = "select id, version, token_enc from oauth_grant where token_enc is not null"
_BEARER = "Bearer "


class Tokens:
    """The tokens of one schedule that were ever committed; `renewed` are the connections that have such."""

    def __init__(self, storage: Storage, vault: Vault, renewed: Collection[str]) -> None:
        self._storage, self._vault, self._renewed = storage, vault, renewed
        self._versions: set[tuple[str, int]] = set()
        self._kept: set[str] = set()

    def committed(self) -> None:
        """Somebody committed: a grant may have a new token."""
        for id_, version, sealed in self._storage.peek(_GRANTS):
            if (id_, version) not in self._versions:
                self._versions.add((id_, version))
                # A connector may keep what belongs to a token beside it, with a space between them.
                self._kept.update(self._vault.open("oauth_grant", "token_enc", id_, sealed).split())

    def unkept(self, connection: str, request: httpx.Request) -> str | None:
        """What is wrong with a call that leaves now; None when nothing is."""
        said = request.headers.get("authorization", "")
        if connection not in self._renewed or not said.startswith(_BEARER):
            return None
        if said.removeprefix(_BEARER) in self._kept:
            return None
        return f"{connection} was called with a token that is not kept: {request.method} {request.url.path}"
