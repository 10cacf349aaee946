"""A small practice system behind a wire, so that the source suite can be tried on a right client and on wrong
ones, and on the kinds of cursor that no connector uses yet.

Three streams: invoices (asked by time of change), bookings (a window of days), rooms (listed whole).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from hub.contracts import (
    Ask,
    Budget,
    FullListing,
    HttpFactory,
    Page,
    Record,
    Stream,
    Trust,
    UpdatedSince,
    Window,
)
from hub.errors import HubError, Missing, ReadFailed, Reason, ReconnectNeeded
from tests.conformance.source_bench import Hands, SourceBench
from tests.support.world import FakeClock

SYSTEM, BASE = "practice", "http://practice.test"
KEY, DEAD = "key-living-1", "key-dead-1"
SIZE = 4
"""Records in a page of the system's own."""


@dataclass
class Practice(httpx.BaseTransport):
    """The system: records by stream and id, listed in order of their ids, counted on each page."""

    clock: FakeClock
    records: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {"invoices": {}, "bookings": {}, "rooms": {}}
    )
    made: int = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != KEY:
            return httpx.Response(401)
        stream, _, id = request.url.path.strip("/").partition("/")
        if not id:
            return httpx.Response(200, json=self._list(stream, request.url.params))
        record = self.records[stream].get(id)
        return httpx.Response(404) if record is None else httpx.Response(200, json={"record": record})

    def _list(self, stream: str, asked: httpx.QueryParams) -> dict[str, Any]:
        since, day, page = asked.get("since", ""), asked.get("from", ""), int(asked.get("page", "1"))
        found = [one for _, one in sorted(self.records[stream].items())]
        found = [one for one in found if one["changed_at"] >= since and one["day"] >= day]
        more = page + 1 if page * SIZE < len(found) else None
        return {"records": found[(page - 1) * SIZE : page * SIZE], "total": len(found), "next": more}

    # --- people -------------------------------------------------------------------------------------

    def hands(self, stream: str) -> Hands:
        """Rooms are taken away for good; what was booked or billed is marked."""
        kept = self.records[stream]

        def add(seconds: float) -> str:
            self.made += 1
            id, when = f"{self.made:06}", self.clock.now() - timedelta(seconds=seconds)
            day = self.clock.now().date().isoformat()
            kept[id] = {"id": id, "text": "new", "changed_at": when.isoformat(), "day": day, "gone": False}
            return id

        def edit(id: str, text: str) -> None:
            if kept[id]["text"] != text:
                kept[id] |= {"text": text, "changed_at": self.clock.now().isoformat()}

        def remove(id: str) -> None:
            if stream == "rooms":
                del kept[id]
            else:
                kept[id] |= {"gone": True, "changed_at": self.clock.now().isoformat()}

        return Hands(add, edit, remove)


class PracticeClient:
    """hub.contracts.SourceClient over the hub's own HTTP client."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def page(self, stream: Stream, ask: Ask, next_page: str | None) -> Page:
        body = self._read(f"/{stream.name}", self.asked(ask, next_page))
        try:
            more = body["next"]
            return Page(tuple(body["records"]), None if more is None else str(more), body["total"])
        except (KeyError, TypeError):
            raise ReadFailed("the practice's answer could not be read") from None

    def asked(self, ask: Ask, next_page: str | None) -> dict[str, str]:
        """The query of one page."""
        query = {"page": next_page or "1"}
        if ask.since is not None:
            query["since"] = ask.since.isoformat()
        if ask.window_from is not None:
            query["from"] = ask.window_from.isoformat()
        return query

    def fetch_one(self, stream: Stream, source_id: str) -> Record:
        if not source_id.isdigit():
            raise Missing(f"no such record of {stream.name}")
        found: Record = self._read(f"/{stream.name}/{source_id}", {})["record"]
        return found

    def probe(self) -> list[Reason]:
        try:
            self._read("/rooms", {})
        except HubError as error:
            return [Reason(error.code, error.sentence, error.who)]
        return []

    def _read(self, path: str, query: Mapping[str, str]) -> Any:
        answer = self.http.get(path, params=query)
        if answer.status_code == 401:
            raise ReconnectNeeded("the practice does not know the key")
        if answer.status_code == 404:
            raise Missing("the practice has no such record")
        try:
            return json.loads(answer.content)
        except ValueError:
            raise ReadFailed("the practice's answer could not be read") from None


def changed_at(record: Record) -> datetime:
    return datetime.fromisoformat(record["changed_at"])


def stream(name: str, cursor: Any, trust: Trust = Trust.SOURCE_TIME) -> Stream:
    return Stream(
        name=name,
        cursor=cursor,
        note="Written by the system at each change.",
        id_of=lambda record: str(record["id"]),
        stamp=changed_at,
        edges=lambda record: (),
        removed=lambda record: bool(record["gone"]),
        trust=trust,
    )


class PracticeSource:
    """hub.contracts.Source; `client` and `streams` are replaced to make a wrong one."""

    system = SYSTEM
    budget = Budget(4, 100_000)
    client: type[PracticeClient] = PracticeClient
    streams: tuple[Stream, ...] = (
        stream("invoices", UpdatedSince("changed_at")),
        stream("bookings", Window("day", 45)),
        stream("rooms", FullListing(), Trust.ASKED_TIME),
    )

    def open(self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory) -> PracticeClient:
        headers = {"User-Agent": "Tests", "Authorization": secret["api_key"]}
        return self.client(http(base_url=BASE, headers=headers))


def practice_bench(source: PracticeSource | None = None) -> SourceBench:
    """An empty practice."""
    clock = FakeClock()
    practice = Practice(clock)
    return SourceBench(
        source=source or PracticeSource(),
        transport=practice,
        clock=clock,
        secret={"api_key": KEY},
        dead={"api_key": DEAD},
        hands={name: practice.hands(name) for name in practice.records},
    )
