"""Where an account lives and how to enter it: shard, key, User-Agent (Cliniko developer portal).

A key ends in the shard it belongs to (`...-au2`); new shards appear without notice, so only the form is
checked, because the shard goes into a host name: an unchecked suffix would send a secret anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.errors import Misconfigured, Who

_SHARD = re.compile(r"[a-z]{2}\d{1,2}", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@()<>]+@[^\s@()<>]+\.[^\s@()<>]+")
FIRST_SHARD = "au1"


@dataclass(frozen=True, slots=True)
class Access:
    """Base URL without `/v1`, the key, and the headers every request carries."""

    base_url: str
    key: str = field(repr=False)
    headers: Mapping[str, str]


def shard_of(key: str) -> str:
    """The text after the last hyphen where it looks like a shard; keys of old have none and live on au1."""
    _, hyphen, suffix = key.rpartition("-")
    return suffix.lower() if hyphen and _SHARD.fullmatch(suffix) else FIRST_SHARD


def access(config: Mapping[str, Any], secret: Mapping[str, str]) -> Access:
    """From a connection's settings (`contact`: an email address) and its secret (`api_key`).

    `base_url` overrides the vendor's address. Raises Misconfigured with the remedy.
    """
    settings = config.get("settings") or {}
    key = (secret.get("api_key") or "").strip()
    if not key or any(c.isspace() or c == ":" for c in key):
        raise Misconfigured(
            "The Cliniko connection has no usable API key: store it with `hub connect` as api_key.",
            code="cliniko:no-key",
        )
    contact = str(settings.get("contact") or "")
    if not _EMAIL.fullmatch(contact):
        raise Misconfigured(
            "Cliniko requires a contact email in every request: set `contact` in the connection's settings.",
            code="cliniko:no-contact",
            who=Who.OPS,
        )
    base = str(config.get("base_url") or f"https://api.{shard_of(key)}.cliniko.com")
    headers = {"User-Agent": f"ClinicHub ({contact})", "Accept": "application/json"}
    return Access(base.rstrip("/").removesuffix("/v1"), key, headers)
