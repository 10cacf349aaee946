"""The generic hint endpoint's signature: the Standard Webhooks scheme, for systems without webhooks.

Signed content is `{id}.{timestamp}.{raw body}` under HMAC-SHA256; several space-separated signatures may
be sent while a secret is rotated. Written here rather than taken from the scheme's own package because
that reads the machine's clock, and the kernel's clock comes from World.

Body: `{"stream": "invoices", "id": "123"}` or `{"hints": [{...}, ...]}`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from hub.contracts import Hint
from hub.errors import Malformed

TOLERANCE = timedelta(minutes=5)
MOST_HINTS = 500
LONGEST_ID = 100


def _key(secret: str) -> bytes:
    encoded = secret.removeprefix("whsec_")
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return secret.encode()


def sign(secret: str, message_id: str, sent: datetime, body: bytes) -> dict[str, str]:
    """The three headers a sender adds; `sent` is aware."""
    stamp = str(int(sent.timestamp()))
    mac = hmac.new(_key(secret), f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }


def verify(body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> bool:
    """Whether one of the signatures fits the raw bytes and the timestamp is within five minutes of now."""
    message_id = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    if not message_id or len(message_id) > LONGEST_ID:
        return False
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    sent = datetime.fromtimestamp(int(stamp), UTC)
    if abs(now - sent) > TOLERANCE:
        return False
    expected = sign(secret, message_id, sent, body)["webhook-signature"]
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected.encode(), one.encode()) for one in given)


def hints(body: bytes, message_id: str) -> Sequence[Hint]:
    """The hints of one verified body. Raises Malformed."""
    try:
        data = json.loads(body)
        rows = data.get("hints", [data])
        found = [
            Hint(_text(row["stream"]), _text(row["id"]), f"{message_id}:{n}") for n, row in enumerate(rows)
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Malformed("a hint needs a stream and an id") from None
    if len(found) > MOST_HINTS or any(len(h.stream) > 60 or len(h.source_id) > LONGEST_ID for h in found):
        raise Malformed("a hint is too large")
    return found


def _text(value: object) -> str:
    """Ids come as text or as a number; nothing else is one."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise TypeError
    return str(value)
