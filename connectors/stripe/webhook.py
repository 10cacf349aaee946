"""Stripe's webhooks: signature over the raw bytes with a tolerance, and what a body hints at.

`Stripe-Signature: t=<epoch>,v1=<hex>[,v1=...]`: v1 is HMAC-SHA256 of "t.body" under the whole secret, two
of them while a secret is rolled (Stripe docs: webhooks). Checked here, since the SDK's verifier compares
with the machine's clock and lets times of the future pass (docs/decisions).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors.stripe.streams import STREAM_OF
from hub.contracts import Hint
from hub.documents import DocKind
from hub.errors import Malformed

TOLERANCE = 300  # seconds, either way
HEADER = "stripe-signature"


def sign(body: bytes, secret: str, at: int) -> str:
    """The signature header Stripe would send."""
    return f"t={at},v1={_digest(body, secret, str(at))}"


def _digest(body: bytes, secret: str, at: str) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


class StripeWebhook:
    """Stripe's scheme as the receiver uses it."""

    system = "stripe"

    def verify(self, body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> bool:
        """Whether one of the signatures is of these bytes under the secret, at a time near `now`."""
        header = next((value for name, value in headers.items() if name.lower() == HEADER), "")
        pairs = [pair.strip().partition("=") for pair in header.split(",")]
        times = [value for name, _, value in pairs if name == "t"]
        given = [value for name, _, value in pairs if name == "v1"]
        if len(times) != 1 or not times[0].isascii() or not times[0].isdigit() or len(times[0]) > 12:
            return False
        if abs(now.timestamp() - int(times[0])) > TOLERANCE:
            return False
        right = _digest(body, secret, times[0]).encode()
        return any(hmac.compare_digest(right, one.encode()) for one in given)

    def hints(self, body: bytes) -> Sequence[Hint]:
        """One hint for the object of a known event, `scope` the connected account. Raises Malformed.

        A session is hinted twice: as a record of the source, and as the document of the target that made it.
        """
        try:
            event = json.loads(body)
            kind, account = str(event["type"]), event.get("account")
            found = str((event["data"].get("object") or {}).get("id") or "")
        except (ValueError, AttributeError, TypeError, KeyError):
            raise Malformed("a webhook body could not be read") from None
        stream = STREAM_OF.get(kind)
        if stream is None or not found:
            return []
        streams = [stream, DocKind.PAYMENT_REQUEST.value] if stream == "checkout_sessions" else [stream]
        scope = str(account) if account else None
        return [Hint(name, found, str(event.get("id") or "")[:100] or None, scope) for name in streams]
