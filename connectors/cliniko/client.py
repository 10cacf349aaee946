"""Reading pages and single records. Amounts never pass through float: numbers with decimals stay text.

Links in answers may name another host, so only their path and query are followed (vendor's own examples).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from connectors.cliniko import probing
from connectors.cliniko.answers import checked
from connectors.cliniko.asking import meets, query
from connectors.cliniko.records import id_of
from connectors.cliniko.streams import LISTINGS, Listing
from hub.contracts import Ask, Page, Record, Stream
from hub.errors import Missing, ReadFailed, Reason, Who

ROOT = "/v1"


class ClinikoClient:
    """An open connection to one account. `confirmed_off`: a person said the native Xero sync is off."""

    def __init__(self, http: httpx.Client, *, confirmed_off: bool = False) -> None:
        self._http, self._confirmed_off = http, confirmed_off

    def page(self, stream: Stream, ask: Ask, next_page: str | None) -> Page:
        """One page of an ask. Raises ReadFailed, RateLimited, ReconnectNeeded, Refused."""
        listing = LISTINGS[stream.name]
        path = next_page or self._first(listing, 0, ask)
        body = self.read(path)
        rows = body.get(stream.name)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ReadFailed(f"Cliniko's list of {stream.name} has no list in it.", code="cliniko:no-list")
        test = meets(listing, ask)
        if not all(test(row) for row in rows):
            raise ReadFailed(
                f"Cliniko ignored the filter on {stream.name}: rows came back that do not meet it.",
                code="cliniko:filter-ignored",
                who=Who.DEVELOPER,
            )
        total = body.get("total_entries")
        several = len(listing.paths) > 1
        return Page(
            records=tuple(rows),
            next=self._after(listing, path, ask, body),
            total=total if isinstance(total, int) and not several else None,
        )

    def fetch_one(self, stream: Stream, source_id: str) -> Record:
        """One record as it is now, archived and cancelled ones too. Raises Missing."""
        if not source_id.isdecimal():
            raise Missing(f"{stream.name} have numbers as ids.")
        listing = LISTINGS[stream.name]
        wildcards = urlencode([("q[]", f"{name}:*") for name in listing.wildcards])
        record = self.read(f"{ROOT}/{listing.paths[0]}/{source_id}" + (f"?{wildcards}" if wildcards else ""))
        if id_of(record) != source_id:
            raise ReadFailed(f"Cliniko answered another record than {stream.name} {source_id}.")
        return record

    def probe(self) -> Sequence[Reason]:
        """What stands against going live with this key."""
        return probing.probe(self.read, confirmed_off=self._confirmed_off)

    def read(self, path: str) -> dict[str, Any]:
        """GET a path below the account's own host and parse the object it answers."""
        response = checked(self._http.get(path))
        try:
            body = json.loads(response.content, parse_float=str, parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise ReadFailed("Cliniko's answer was cut off or is no JSON.", code="cliniko:bad-json") from None
        if not isinstance(body, dict):
            raise ReadFailed("Cliniko's answer is not an object.", code="cliniko:bad-json")
        return body

    @staticmethod
    def _first(listing: Listing, index: int, ask: Ask) -> str:
        return f"{ROOT}/{listing.paths[index]}?{urlencode(query(listing, ask))}"

    def _after(self, listing: Listing, path: str, ask: Ask, body: dict[str, Any]) -> str | None:
        links = body.get("links")
        link = links.get("next") if isinstance(links, dict) else None
        if isinstance(link, str) and link:
            split = urlsplit(link)
            if not split.path.startswith(f"{ROOT}/"):
                raise ReadFailed("Cliniko's link to the next page leads elsewhere.", code="cliniko:bad-link")
            return f"{split.path}?{split.query}"
        here = urlsplit(path).path.removeprefix(f"{ROOT}/")
        index = listing.paths.index(here) + 1 if here in listing.paths else len(listing.paths)
        return self._first(listing, index, ask) if index < len(listing.paths) else None


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")
