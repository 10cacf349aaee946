"""Stripe's own scheme does what every way in for hints must do: a charge that a person writes words on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from account_world import StripeWorld
from sqlalchemy import Engine
from stripe_bench import source_bench

from connectors.stripe import WEBHOOK
from connectors.stripe.webhook import TOLERANCE, sign
from hub.settings import Settings
from tests.conformance.source_house import CONNECTION, GROUP, open_house
from tests.conformance.webhook import HookBench, Scene, Thing, WebhookSuite, hooked, read_inbox

KEY = "whsec_of_tests"


def signed(body: bytes, key: str, now: datetime) -> Mapping[str, str]:
    return {"Stripe-Signature": sign(body, key, int(now.timestamp()))}


def worded(things: Sequence[Thing], kind: str = "charge.updated", **more: Any) -> bytes:
    """An event; Stripe's name one object each."""
    ((_, id),) = things
    return json.dumps({"id": "evt_1", "type": kind, "data": {"object": {"id": id}}, **more}).encode()


class TestStripeHooks(WebhookSuite):
    @pytest.fixture
    def open_scene(self, settings: Settings, world: StripeWorld) -> Callable[[Engine], Scene]:
        return lambda engine: opened(world, engine, settings)


def opened(world: StripeWorld, engine: Engine, settings: Settings) -> Scene:
    """A charge that was read, and the words a person writes on it."""
    bench = source_bench(world)
    house = open_house(replace(bench, secret={**bench.secret, "webhook_key": KEY}), engine, settings)
    id = bench.hands["charges"].add(0.0)
    bench.clock.advance(3600)
    house.pull()
    stream = next(one for one in house.streams if one.name == "charges")
    texts = (f"text {n}" for n in range(100))
    return Scene(
        kernel=hooked(house.kernel, WEBHOOK),
        group=GROUP,
        connection=CONNECTION,
        clock=bench.clock,
        wire=house.wire,
        hooks=HookBench(
            path=f"/hooks/{GROUP}/{CONNECTION}",
            key=KEY,
            sign=signed,
            body=worded,
            strange=worded([("x", "cus_1")], "customer.created"),
            elsewhere=worded([("charges", id)], account="acct_of_nobody"),
            good_for=timedelta(seconds=TOLERANCE),
            several=False,
        ),
        thing=("charges", id),
        change=lambda: bench.hands["charges"].edit(id, next(texts)),  # type: ignore[misc]
        work=lambda: read_inbox(house.kernel, GROUP, bench.clock),
        latest=lambda: house.here(stream)[id].body == house.there(stream)[id],
        nobody="ch_of_nobody",
    )
