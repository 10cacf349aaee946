"""The exported source: its streams, its budget, and how a client is opened.

The vendor allows 200 requests a minute per user, shared with every other key of that user; the hub plans
with 150.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from connectors.cliniko.access import access
from connectors.cliniko.client import ClinikoClient
from connectors.cliniko.streams import STREAMS
from hub.contracts import Budget, HttpFactory, Stream


class ClinikoSource:
    """Cliniko API v1. Connection setting: `contact`, an email address for the User-Agent."""

    system = "cliniko"
    streams: tuple[Stream, ...] = STREAMS
    budget = Budget(concurrent=4, per_minute=150)

    def open(self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory) -> ClinikoClient:
        """`config`: id, base_url?, settings, native_sync_confirmed_off (ids). Raises Misconfigured."""
        entry = access(config, secret)
        client = http(
            base_url=entry.base_url, headers=entry.headers, auth=httpx.BasicAuth(entry.key, password="")
        )
        confirmed = config.get("native_sync_confirmed_off") or ()
        return ClinikoClient(client, confirmed_off=config.get("id") in confirmed)


SOURCE = ClinikoSource()
