"""The one place that drives Stripe's SDK: its services over our own httpx client.

Measured on stripe 16.1.0, each with a test: its transport sleeps and repeats on its own, with 80 seconds a
try (replaced: one request a call, deadlines are our client's); it sends a description of the machine with
each call (dropped); it turns a header of the answer into a Python warning (not handed on); its errors carry
bodies with names (never raised further: a Refusal holds codes only); with STRIPE_LOG set it prints bodies
(switched off); its objects keep numbers as float (kept as text). The API version and the key belong to a
client, nothing to the module.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import httpx
import stripe
from stripe import _util

from hub.contracts import Record

VERSION = "2026-10-28.endive"
API = "https://api.stripe.com"
AGENT = "ClinicHub"
_DROPPED = frozenset({"x-stripe-client-user-agent", "x-stripe-client-telemetry", "user-agent"})

_util.STRIPE_LOG = None
logging.getLogger("stripe").setLevel(logging.WARNING)


@dataclass(unsafe_hash=True)
class Refusal(Exception):
    """An answer that is an error, without any text of Stripe's: status, type, code, parameter."""

    status: int
    kind: str = ""
    code: str = ""
    param: str = ""

    def __str__(self) -> str:
        return f"{self.status} {self.code or self.kind}"


class _Http(stripe.HTTPClient):
    """Stands in for the SDK's HTTP client. Sends exactly once; our own errors pass through it."""

    name = "clinic-hub"

    def __init__(self, client: httpx.Client) -> None:
        super().__init__()
        self._client = client

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        sent = {name: value for name, value in (headers or {}).items() if name.lower() not in _DROPPED}
        answer = self._client.request(method.upper(), url, headers=sent, content=post_data)
        kept = {name: value for name, value in answer.headers.items() if name != "stripe-notice"}
        return answer.text, answer.status_code, kept

    def close(self) -> None:
        """The httpx client is its owner's to close."""


class Api:
    """The SDK's services of one account, called by name: `api.call("charges.list", {"limit": 1})`."""

    def __init__(self, client: httpx.Client, base_url: str, key: str, account: str | None = None) -> None:
        self._services = stripe.StripeClient(
            key,
            stripe_version=VERSION,
            stripe_account=account,
            base_addresses={"api": base_url.rstrip("/")},
            max_network_retries=0,
            http_client=_Http(client),
        ).v1

    def call(
        self, name: str, *args: Any, idempotency_key: str | None = None, **params: Any
    ) -> dict[str, Any]:
        """One call as plain JSON values. Raises Refusal, and whatever our client raises."""
        options: dict[str, Any] = {"idempotency_key": idempotency_key} if idempotency_key else {}
        try:
            found = attrgetter(name)(self._services)(*args, params, options)
        except stripe.APIConnectionError:
            raise
        except stripe.StripeError as error:
            raise _refusal(error) from None
        if not isinstance(found, stripe.StripeObject):
            raise Refusal(200, "unreadable")
        return dict(_plain(found.to_dict(for_json=True)))


def _refusal(error: stripe.StripeError) -> Refusal:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    inner = body.get("error")
    told: Mapping[str, Any] = inner if isinstance(inner, dict) else {}
    words = (str(told.get(name) or "")[:80] for name in ("type", "code", "param"))
    return Refusal(error.http_status or 0, *words)


def _plain(value: Any) -> Any:
    """JSON values without floats: they only occur where no money is (rates of exchange)."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, float) else value


def records(answer: Mapping[str, Any]) -> tuple[Record, ...] | None:
    """The objects of a list answer; None when it is none."""
    data = answer.get("data")
    if answer.get("object") != "list" or not isinstance(data, list):
        return None
    return tuple(data) if all(isinstance(one, dict) for one in data) else None
