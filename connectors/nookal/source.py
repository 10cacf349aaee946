"""The exported source: its streams, its budget, and how a client is opened.

No limit is published; the hub keeps to about two calls a second, two at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.nookal.access import HEADERS, key_of, v2_url, v3_url
from connectors.nookal.client import NookalClient
from connectors.nookal.streams import STREAMS
from connectors.nookal.v2 import V2
from connectors.nookal.v3 import V3, Bearer, exchange
from hub.contracts import Budget, HttpFactory, Stream, TokenStore
from hub.errors import Misconfigured


class NookalSource:
    """Nookal v2 and v3. Secrets: `api_key` (v2), `basic_key` (v3). Settings: `v3_url`, `without`."""

    system = "nookal"
    streams: tuple[Stream, ...] = STREAMS
    budget = Budget(concurrent=2, per_minute=120)

    def open(
        self,
        config: Mapping[str, Any],
        secret: Mapping[str, str],
        http: HttpFactory,
        tokens: TokenStore | None = None,
    ) -> NookalClient:
        """`config`: id, base_url?, settings, native_sync_confirmed_off (ids). Raises Misconfigured."""
        if tokens is None:
            raise Misconfigured(
                "The Nookal connection needs a line `grant: NAME`: its v3 token is shared under that name.",
                code="nookal:no-grant",
            )
        v2 = V2(http(base_url=v2_url(config), headers=HEADERS), key_of(secret, "api_key"))
        v3 = V3(http(base_url=v3_url(config), headers=HEADERS, auth=Bearer(tokens)))
        without = (config.get("settings") or {}).get("without") or ()
        confirmed = config.get("native_sync_confirmed_off") or ()
        return NookalClient(v2, v3, without=without, confirmed_off=config.get("id") in confirmed)

    def refresh(
        self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory
    ) -> Mapping[str, Any]:
        """One token of v3."""
        return exchange(config, secret, http)


SOURCE = NookalSource()
