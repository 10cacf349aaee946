"""Xero's webhooks: signature over the raw bytes, intent to receive, and what a body hints at.

Xero developer docs, webhooks: `x-xero-signature` is base64 of HMAC-SHA256 under the webhook key. When the
address is set, bodies without events come correctly and wrongly signed and must be told apart. Categories
and types grow and differ in case, so unknown ones are passed over.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from hub.contracts import Hint
from hub.documents import DocKind
from hub.errors import Malformed

_STREAMS = {
    "CONTACT": DocKind.CONTACT.value,
    "INVOICE": DocKind.INVOICE.value,
    "CREDITNOTE": DocKind.CREDIT_NOTE.value,
    "OVERPAYMENT": DocKind.OVERPAYMENT.value,
}


def sign(body: bytes, secret: str) -> str:
    """The signature header Xero would send."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class XeroWebhook:
    """Xero's scheme as the receiver uses it."""

    system = "xero"

    def verify(self, body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> bool:
        """Whether the body was signed with the webhook key; Xero signs no time, so `now` is not used."""
        given = next((value for name, value in headers.items() if name.lower() == "x-xero-signature"), "")
        return hmac.compare_digest(sign(body, secret).encode(), given.encode())

    def hints(self, body: bytes) -> Sequence[Hint]:
        """One hint per known event, `scope` its tenant; none for an intent to receive. Raises Malformed."""
        try:
            data = json.loads(body)
            events = data.get("events") or []
            found = []
            for event in events:
                stream = _STREAMS.get(str(event.get("eventCategory", "")).upper())
                if stream and event.get("resourceId"):
                    resource = str(event["resourceId"]).lower()
                    message = f"{event.get('eventDateUtc', '')}:{resource}"[:100]
                    found.append(Hint(stream, resource, message, event.get("tenantId")))
        except (ValueError, AttributeError, TypeError):
            raise Malformed("a webhook body could not be read") from None
        return found
