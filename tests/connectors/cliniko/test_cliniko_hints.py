"""The hub's own signed endpoint, for a system without webhooks: Cliniko's invoices, hinted at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from cliniko_bench import cliniko_bench
from sqlalchemy import Engine

from hub import hints
from hub.settings import Settings
from tests.conformance.source_bench import SourceBench
from tests.conformance.source_house import CONNECTION, GROUP, open_house
from tests.conformance.webhook import HookBench, Scene, WebhookSuite, read_inbox, signed_hint, worded_hint

KEY = "whsec_aGludC1rZXktb2YtdGVzdHM="


class TestSignedHints(WebhookSuite):
    @pytest.fixture
    def open_scene(self, settings: Settings) -> Iterator[Callable[[Engine], Scene]]:
        with cliniko_bench() as bench:
            secret = {**bench.secret, "hint_key": KEY}
            yield lambda engine: opened(replace(bench, secret=secret), engine, settings)


def opened(bench: SourceBench, engine: Engine, settings: Settings) -> Scene:
    """An invoice that was read, and the text a person writes into it."""
    house = open_house(bench, engine, settings)
    id = house.stock(1)["invoices"][0]
    house.pull()
    stream = next(one for one in house.streams if one.name == "invoices")
    texts = (f"text {n}" for n in range(100))
    return Scene(
        kernel=house.kernel,
        group=GROUP,
        connection=CONNECTION,
        clock=bench.clock,
        wire=house.wire,
        hooks=HookBench(
            path=f"/hints/{GROUP}/{CONNECTION}",
            key=KEY,
            sign=signed_hint,
            body=worded_hint,
            strange=worded_hint([("no_such_stream", "1")]),
            good_for=hints.TOLERANCE,
            unreadable=(b"", b"not json", b"[1]", b"\xff\xfe", b"{}", b'{"stream": "invoices"}'),
        ),
        thing=("invoices", id),
        change=lambda: bench.hands["invoices"].edit(id, next(texts)),  # type: ignore[misc]
        work=lambda: read_inbox(house.kernel, GROUP, bench.clock),
        latest=lambda: house.here(stream)[id].body == house.there(stream)[id],
    )
