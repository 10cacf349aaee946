"""Answers of Xero turned into values or into errors named by what must happen next.

Xero developer docs, response codes: 401 and 403 need a person once the token was renewed; a 429 was not
processed; 5xx and unreadable answers of writes are unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.xero import wire
from connectors.xero.sdk import Endpoints, Reply
from connectors.xero.wire import Element
from hub.errors import NotProcessed, OutcomeUnknown, RateLimited, ReadFailed, ReconnectNeeded

PAGE_SIZE = 500
MOST_PAGES = 40
# A limit without Retry-After (calls at once, or the app's own minute) is a short wait.
SHORT_WAIT = 60


class XeroClient:
    """Reads and writes of one organisation. Remembers which credit ids are credit notes."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self.credit_notes: dict[str, bool] = {}

    def read(self, endpoint: str, plural: str, **query: Any) -> Sequence[Element]:
        """One list answer. Raises ReadFailed, RateLimited, ReconnectNeeded."""
        reply = self._endpoints.call(endpoint, **query)
        _stop(reply)
        if reply.status == 404:
            return []
        if reply.status != 200:
            raise ReadFailed(f"Xero answered a read with status {reply.status}")
        try:
            found = wire.parse(reply.data)
        except ValueError:
            raise ReadFailed("Xero's answer to a read could not be understood") from None
        return wire.children(found, plural) if isinstance(found, dict) else []

    def pages(self, endpoint: str, plural: str, **query: Any) -> list[Element]:
        """Every element of a list, page by page until one is short."""
        found: list[Element] = []
        for page in range(1, MOST_PAGES + 1):
            part = self.read(endpoint, plural, page=page, page_size=PAGE_SIZE, **query)
            found.extend(part)
            if len(part) < PAGE_SIZE:
                return found
        raise ReadFailed("a list at Xero was longer than any list the hub asks for")

    def write(self, endpoint: str, *args: Any, **query: Any) -> Reply:
        """One write, answered with a status that says something about its elements (200, 400, 404).

        Raises OutcomeUnknown, NotProcessed, RateLimited, ReconnectNeeded.
        """
        reply = self._endpoints.call(endpoint, *args, **query)
        _stop(reply)
        if reply.status not in (200, 204, 400, 404, 413):
            raise OutcomeUnknown(f"Xero answered a write with status {reply.status}")
        return reply


def body(reply: Reply) -> Element:
    """The JSON object of a write's answer. Raises OutcomeUnknown when it was cut or is none."""
    try:
        found = wire.parse(reply.data)
    except ValueError:
        raise OutcomeUnknown("Xero's answer to a write could not be understood") from None
    if not isinstance(found, dict):
        raise OutcomeUnknown("Xero's answer to a write could not be understood")
    return found


def _stop(reply: Reply) -> None:
    if reply.status == 401:
        raise ReconnectNeeded("Xero refused the renewed access: a person has to reconnect the organisation.")
    if reply.status == 403:
        raise ReconnectNeeded(
            "Xero denies access: the organisation was disconnected, or the user lacks a permission. "
            "A person has to reconnect it."
        )
    if reply.status == 429:
        raise _limited(reply)


def _limited(reply: Reply) -> Exception:
    given = reply.getheader("retry-after") or ""
    wait = int(given) if given.isdigit() else SHORT_WAIT
    sentence = f"Xero's limit is reached; it said to wait {wait} seconds"
    try:
        asked = parsedate_to_datetime(reply.getheader("date") or "").astimezone(UTC)
    except ValueError:
        return NotProcessed(sentence)  # without a clock in the answer, the kernel's backoff waits
    return RateLimited(sentence, asked + timedelta(seconds=wait))
