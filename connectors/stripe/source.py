"""The exported source: its streams, its budget, and how a client is opened.

Stripe allows 25 calls a second on test accounts and 100 on live ones, and names no wait when that is
exceeded; the hub plans with 10 a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.stripe.client import StripeClient
from connectors.stripe.sdk import AGENT, API, Api
from connectors.stripe.streams import STREAMS
from hub.contracts import Budget, HttpFactory, Stream
from hub.errors import Misconfigured


def opened(config: Mapping[str, Any], key: str, http: HttpFactory) -> Api:
    """The SDK over our client. `config`: base_url?, tenant? (a connected account). Raises Misconfigured."""
    if not key or not key.isascii() or any(c.isspace() for c in key):
        raise Misconfigured(
            "The Stripe connection has no usable key: store a restricted key with `hub connect` as api_key.",
            code="stripe:no-key",
        )
    base = str(config.get("base_url") or API)
    client = http(base_url=base, headers={"User-Agent": AGENT, "Accept": "application/json"})
    return Api(client, base, key, config.get("tenant"))


class StripeSource:
    """Stripe's API v1 with a restricted key. `tenant`: a connected account, where the key is a platform's."""

    system = "stripe"
    streams: tuple[Stream, ...] = STREAMS
    budget = Budget(concurrent=4, per_minute=600)

    def open(self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory) -> StripeClient:
        """`secret`: api_key. Raises Misconfigured."""
        key = (secret.get("api_key") or "").strip()
        return StripeClient(opened(config, key, http), key)


SOURCE = StripeSource()
