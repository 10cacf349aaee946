"""The webhook suite catches wrong ways in: each of these is the hub's own receiver with one thing wrong.

Each says which test of the suite must fail; the right one passes all of them, on the same scene.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from hub import hints, inbox, receiver
from hub.contracts import Bundle, BundleSpec, Hint, Normalised, Record
from hub.kernel import Kernel
from hub.pulling import messages
from hub.settings import Settings
from hub.store.session import Unit
from hub.store.tables import inbox_message
from tests.conformance.fake_practice import SYSTEM, practice_bench
from tests.conformance.source_house import CONNECTION, GROUP, open_house
from tests.conformance.webhook import HookBench, Scene, WebhookSuite, read_inbox, signed_hint, worded_hint

KEY = "whsec_aGludC1rZXktb2YtdGVzdHM="
Check = Callable[[WebhookSuite, Scene], None]
real_verify, real_store, real_accept = hints.verify, receiver._store, inbox.accept


class NoMapping:
    """hub.contracts.Normaliser of a system that nothing is made of."""

    system, version = SYSTEM, "1"
    bundles: tuple[BundleSpec, ...] = ()

    def normalise(self, bundle: Bundle, settings: Mapping[str, Any]) -> Normalised:
        return Normalised(ignored="not mapped")

    def called(self, stream: str, root: Record) -> tuple[str | None, int]:
        return None, 0


def opened(engine: Engine, settings: Settings) -> Scene:
    bench = practice_bench()
    bench = replace(bench, secret={**bench.secret, "hint_key": KEY}, normaliser=NoMapping())
    house = open_house(bench, engine, settings)
    id = house.stock(1)["invoices"][0]
    house.pull()
    stream = house.streams[0]
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
        ),
        thing=("invoices", id),
        change=lambda: bench.hands["invoices"].edit(id, next(texts)),  # type: ignore[misc]
        work=lambda: read_inbox(house.kernel, GROUP, bench.clock),
        latest=lambda: house.here(stream)[id].body == house.there(stream)[id],
    )


class TestPractice(WebhookSuite):
    """The right one."""

    @pytest.fixture
    def open_scene(self, settings: Settings) -> Callable[[Engine], Scene]:
        return lambda engine: opened(engine, settings)


# --- what goes wrong ---------------------------------------------------------------------------------


def compares_written_again(body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> bool:
    """Checks the JSON as it would write it itself, not the bytes that were signed."""
    try:
        body = json.dumps(json.loads(body)).encode()
    except ValueError:
        return False
    return real_verify(body, headers, secret, now)


def lets_old_ones_in(body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> bool:
    """Checks the signature and not the time."""
    sent = datetime.fromtimestamp(int(headers.get("webhook-timestamp") or 0), now.tzinfo)
    return real_verify(body, headers, secret, sent)


def merges_with_a_handled_one(unit: Unit, connection: str, found: Sequence[Hint]) -> int:
    """Stores no message that was there before, handled or not."""
    m = inbox_message.c
    known = set(unit.db.execute(inbox_message.select().with_only_columns(m.stream, m.source_id)).tuples())
    return real_accept(unit, connection, [one for one in found if (one.stream, one.source_id) not in known])


def merges_with_one_under_way(unit: Unit, connection_id: str, hint: Hint) -> bool:
    """Takes a message that somebody is handling for one that waits."""
    m = inbox_message.c
    waiting = inbox_message.select().where(
        m.stream == hint.stream, m.source_id == hint.source_id, m.state == "waiting"
    )
    return unit.db.execute(waiting).first() is not None


def answers_before_it_stores(kernel: Kernel, routed: receiver.Routed) -> int:
    """The answer goes out, and then the process ends."""
    return 200


def is_handled_at_its_taking(unit: Unit, *args: Any, **more: Any) -> list[messages.Message]:
    """Marks a message as done before the record is read."""
    taken = messages.take(unit, *args, **more)
    for one in taken:
        messages.settle(unit, one, "handled")
    return taken


@dataclass(frozen=True)
class Wrong:
    """What is put in the place of what, and the check that must fail."""

    name: str
    where: tuple[Any, str]
    put: Callable[..., Any]
    check: Check


WRONG = (
    Wrong(
        "compares JSON written again",
        (hints, "verify"),
        compares_written_again,
        WebhookSuite.test_every_byte_is_signed,
    ),
    Wrong(
        "lets old ones in",
        (hints, "verify"),
        lets_old_ones_in,
        WebhookSuite.test_an_old_message_is_refused_where_time_is_signed,
    ),
    Wrong(
        "merges with a handled one",
        (inbox, "accept"),
        merges_with_a_handled_one,
        WebhookSuite.test_the_same_twice_is_one_message_until_it_is_handled,
    ),
    Wrong(
        "merges with one under way",
        (inbox, "merge_into_waiting"),
        merges_with_one_under_way,
        WebhookSuite.test_a_change_while_the_same_is_being_handled_is_seen,
    ),
    Wrong(
        "answers before it stores",
        (receiver, "_store"),
        answers_before_it_stores,
        WebhookSuite.test_a_message_is_stored_before_it_is_answered_and_nothing_is_read_yet,
    ),
    Wrong(
        "is handled at its taking",
        (inbox, "take"),
        is_handled_at_its_taking,
        WebhookSuite.test_a_worker_that_dies_over_a_message_leaves_it_to_the_next,
    ),
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_a_wrong_way_in_is_found_out(
    wrong: Wrong, quick_engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = opened(quick_engine, settings)
    monkeypatch.setattr(*wrong.where, wrong.put)
    with pytest.raises(AssertionError):
        wrong.check(WebhookSuite(), scene)
