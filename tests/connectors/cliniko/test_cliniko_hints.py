"""The hub's own signed endpoint, for a system without webhooks: Cliniko's invoices, hinted at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from cliniko_bench import cliniko_bench
from sqlalchemy import Engine

from hub import hints
from hub.settings import Settings
from tests.conformance.source_house import CONNECTION, GROUP, open_house
from tests.conformance.webhook import HookBench, Scene, Thing, WebhookSuite, read_inbox

KEY = "whsec_aGludC1rZXktb2YtdGVzdHM="


def signed(body: bytes, key: str, now: datetime) -> Mapping[str, str]:
    return hints.sign(key, "msg-1", now, body)


def worded(things: Sequence[Thing]) -> bytes:
    return json.dumps({"hints": [{"stream": stream, "id": id} for stream, id in things]}).encode()


class TestSignedHints(WebhookSuite):
    @pytest.fixture
    def scene(self, quick_engine: Engine, settings: Settings) -> Iterator[Scene]:
        with cliniko_bench() as bench:
            house = open_house(
                replace(bench, secret={**bench.secret, "hint_key": KEY}), quick_engine, settings
            )
            id = house.stock(1)["invoices"][0]
            house.pull()
            stream = next(one for one in house.streams if one.name == "invoices")
            texts = (f"text {n}" for n in range(100))
            yield Scene(
                kernel=house.kernel,
                group=GROUP,
                connection=CONNECTION,
                clock=bench.clock,
                wire=house.wire,
                hooks=HookBench(
                    path=f"/hints/{GROUP}/{CONNECTION}",
                    key=KEY,
                    sign=signed,
                    body=worded,
                    strange=worded([("no_such_stream", "1")]),
                    good_for=hints.TOLERANCE,
                    unreadable=(b"", b"not json", b"[1]", b"\xff\xfe", b"{}", b'{"stream": "invoices"}'),
                ),
                thing=("invoices", id),
                change=lambda: bench.hands["invoices"].edit(id, next(texts)),  # type: ignore[misc]
                work=lambda: read_inbox(house.kernel, GROUP, bench.clock),
                latest=lambda: house.here(stream)[id].body == house.there(stream)[id],
            )
