"""One answer of one of Stripe's lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.stripe import answers
from connectors.stripe.sdk import Api, Refusal, records
from connectors.stripe.streams import LISTINGS
from hub.contracts import Record
from hub.errors import HubError, ReadFailed

LIMIT = 100


def listed(api: Api, name: str, **params: Any) -> tuple[tuple[Record, ...], bool]:
    """One answer of a stream's own list, and whether there is more."""
    listing = LISTINGS[name]
    return read(api, f"{listing.service}.list", listing.permission, **params)


def read(
    api: Api,
    service: str,
    permission: str,
    *,
    wrong: Callable[[Refusal, str], HubError] = answers.of_read,
    **params: Any,
) -> tuple[tuple[Record, ...], bool]:
    """Objects of one list answer, and whether there are more. Raises ReadFailed and what `wrong` makes."""
    try:
        answer: Mapping[str, Any] = api.call(service, **params)
    except Refusal as refusal:
        raise wrong(refusal, permission) from None
    found = records(answer)
    if found is None:
        raise ReadFailed("Stripe's answer is no list.", code="stripe:no-list")
    return found, bool(answer.get("has_more")) and bool(found)
