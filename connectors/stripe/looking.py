"""Finding a payment page: by the id in our links, else by the document id in its metadata.

Stripe cannot be asked by metadata, so the sessions of the time it can have been opened in are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from connectors.stripe import refusals, seeing
from connectors.stripe.lists import LIMIT, read
from connectors.stripe.refusals import PERMISSION
from connectors.stripe.sdk import Api, Refusal
from hub.contracts import Record
from hub.documents import PaymentRequest
from hub.errors import Missing
from hub.targets import Key, Seen

LONGEST = timedelta(hours=24)


def linked(api: Api, key: Key) -> Seen | None:
    """What stands under the id in our links. Raises ReadFailed and the pauses."""
    if not key.external_id:
        return None
    try:
        found = api.call("checkout.sessions.retrieve", key.external_id)
    except Refusal as refusal:
        error = refusals.of_look(refusal, PERMISSION)
        if isinstance(error, Missing):
            return None
        raise error from None
    return seeing.session(key, found) if seeing.is_ours(key, found) else None


def searched(api: Api, keys: Sequence[Key]) -> dict[str, Seen]:
    """Pages by their metadata, all keys in one walk through the time they can have been opened in."""
    if not keys:
        return {}
    ends = [key.content.expires for key in keys if isinstance(key.content, PaymentRequest)]
    span = {"gte": int((min(ends) - LONGEST).timestamp()) - 60, "lte": int(max(ends).timestamp())}
    sessions: list[Record] = []
    after: dict[str, Any] = {}
    while True:
        part, more = read(
            api,
            "checkout.sessions.list",
            PERMISSION,
            wrong=refusals.of_look,
            created=span,
            limit=LIMIT,
            **after,
        )
        sessions += part
        if not more:
            return {key.document: seeing.best(key, sessions) for key in keys}
        after = {"starting_after": str(part[-1].get("id"))}
