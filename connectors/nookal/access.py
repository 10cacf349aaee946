"""Where Nookal lives and how to enter it: one host for v2, one for v3, a key for each.

`base_url` of the connection stands for both hosts (a proxy, a simulated server). The v3 host carries a region
in its name; accounts outside Australia set `v3_url`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.errors import Misconfigured

V2_URL, V3_URL = "https://api.nookal.com", "https://au-apiv3.nookal.com"
HEADERS = {"User-Agent": "ClinicHub", "Accept": "application/json"}


def v2_url(config: Mapping[str, Any]) -> str:
    """The host of v2 without its path."""
    return str(config.get("base_url") or V2_URL).rstrip("/")


def v3_url(config: Mapping[str, Any]) -> str:
    """The host of v3."""
    settings = config.get("settings") or {}
    return str(config.get("base_url") or settings.get("v3_url") or V3_URL).rstrip("/")


def key_of(secret: Mapping[str, str], name: str) -> str:
    """One key as pasted, trimmed. Raises Misconfigured with the remedy when it cannot be one."""
    key = (secret.get(name) or "").strip()
    if not key or any(c.isspace() for c in key):
        raise Misconfigured(
            f"The Nookal connection has no usable {name}: store it with `hub connect`.",
            code=f"nookal:no-{name.replace('_', '-')}",
        )
    return key
