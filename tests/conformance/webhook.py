"""What must hold of every way in for hints: a vendor's signed webhooks, and the hub's own signed endpoint.

A connector's test subclasses `WebhookSuite` and gives an `open_scene` fixture: over a database, an
organisation behind the kernel, a thing in it that a person may change, and how its system signs and words a
message. Messages are posted to the real receiver; the inbox is worked through as a worker does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from hub import hints, inbox, receiver
from hub.contracts import Webhook
from hub.kernel import Kernel
from hub.store.tables import inbox_message
from tests.conformance.wire import Died, Wire
from tests.support.posting import Poster
from tests.support.world import FakeClock

Thing = tuple[str, str]  # (stream, id) as a message names it
Sign = Callable[[bytes, str, datetime], Mapping[str, str]]


@dataclass
class HookBench:
    """How a system signs and words its messages.

    `sign(body, key, now)` are the headers it would send; `body(things)` names things of this organisation.
    `strange` is a rightly formed body about a kind of thing the hub does not know, `elsewhere` one about an
    organisation nobody connected (None: messages name none). `empty`: a body without events where the
    system checks an address with one. `good_for` is how old a message may be (None: no time is signed).
    `several`: a body may name more than one thing. `unreadable` are signed bytes that are no message.
    """

    path: str
    key: str
    sign: Sign
    body: Callable[[Sequence[Thing]], bytes]
    strange: bytes
    elsewhere: bytes | None = None
    empty: bytes | None = None
    good_for: timedelta | None = None
    several: bool = True
    unreadable: tuple[bytes, ...] = (b"", b"not json", b"[1]", b"\xff\xfe")


@dataclass
class Scene:
    """An organisation, connected, with one thing that the hub has read or written.

    `change` has a person change the thing; `work` does what a worker does with the inbox; `latest` tells
    whether the hub knows the thing as it is now. `nobody` is the id of a thing that is not there.
    """

    kernel: Kernel
    group: str
    connection: str
    clock: FakeClock
    wire: Wire
    hooks: HookBench
    thing: Thing
    change: Callable[[], None]
    work: Callable[[], None]
    latest: Callable[[], bool]
    nobody: str = "9" * 18
    poster: Poster = field(init=False)

    def __post_init__(self) -> None:
        self.poster = Poster(receiver.application(self.kernel))

    def signed(self, body: bytes, *, key: str | None = None) -> dict[str, str]:
        return dict(self.hooks.sign(body, key or self.hooks.key, self.clock.now()))

    def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> int:
        """The status of one message; rightly signed now unless `headers` say otherwise."""
        answer = self.poster.post(
            self.hooks.path, body, headers if headers is not None else self.signed(body)
        )
        assert answer.content == b""
        assert "set-cookie" not in answer.headers
        return answer.status_code

    def hint(self, *things: Thing) -> int:
        return self.post(self.hooks.body(things or (self.thing,)))

    def messages(self) -> list[tuple[str, str, str]]:
        """(stream, id, state) of every message, oldest first."""
        c = inbox_message.c
        with self.kernel.store.read(self.group) as unit:
            rows = unit.db.execute(inbox_message.select().order_by(c.received_at, c.id))
            return [(row.stream, row.source_id, row.state) for row in rows]

    def waiting(self) -> int:
        return len([one for one in self.messages() if one[2] == "waiting"])


def handled(scene: Scene) -> None:
    """Work until no message waits that is due within an hour."""
    for _ in range(12):
        scene.work()
        if not scene.waiting():
            return
        scene.clock.advance(300)
    raise AssertionError(f"messages wait for ever: {scene.messages()}")


class WebhookSuite:
    """Inherit, and give an `open_scene` fixture: from an empty database to a scene."""

    @pytest.fixture
    def open_scene(self) -> Any:
        raise NotImplementedError

    @pytest.fixture
    def scene(self, open_scene: Callable[[Engine], Scene], quick_engine: Engine) -> Scene:
        return open_scene(quick_engine)

    # --- who is let in ------------------------------------------------------------------------------

    def test_a_message_is_stored_before_it_is_answered_and_nothing_is_read_yet(self, scene: Scene) -> None:
        scene.change()
        asked = scene.wire.asked
        assert scene.hint() == 200
        assert scene.messages() == [(*scene.thing, "waiting")]
        assert scene.wire.asked == asked
        handled(scene)
        assert scene.wire.asked > asked
        assert scene.latest()

    def test_every_byte_is_signed(self, scene: Scene) -> None:
        body = scene.hooks.body([scene.thing])
        headers = scene.signed(body)
        for at in range(0, len(body), max(1, len(body) // 16)):
            altered = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
            assert scene.post(altered, headers) == 401, at
        for altered in (body + b"\n", b" " + body, body[:-1]):
            assert scene.post(altered, headers) == 401
        assert scene.messages() == []

    def test_another_key_and_missing_headers_are_refused(self, scene: Scene) -> None:
        body = scene.hooks.body([scene.thing])
        assert scene.post(body, scene.signed(body, key=scene.hooks.key[:-2] + "AA")) == 401
        right = scene.signed(body)
        assert scene.post(body, {}) == 401
        for name in right:
            assert scene.post(body, {k: v for k, v in right.items() if k != name}) == 401, name
            assert scene.post(body, {**right, name: ""}) == 401, name
            assert scene.post(body, {**right, name: right[name][:-3]}) == 401, name
        assert scene.messages() == []

    def test_header_names_come_in_any_case(self, scene: Scene) -> None:
        body = scene.hooks.body([scene.thing])
        assert scene.post(body, {k.upper(): v for k, v in scene.signed(body).items()}) == 200

    def test_an_old_message_is_refused_where_time_is_signed(self, scene: Scene) -> None:
        body = scene.hooks.body([scene.thing])
        sent = scene.clock.now()
        good_for = scene.hooks.good_for
        scene.clock.advance(good_for.total_seconds() + 1 if good_for else 3600)
        old = dict(scene.hooks.sign(body, scene.hooks.key, sent))
        assert scene.post(body, old) == (401 if good_for else 200)
        if good_for:
            ahead = scene.clock.now() + good_for + timedelta(seconds=1)
            assert scene.post(body, dict(scene.hooks.sign(body, scene.hooks.key, ahead))) == 401
            assert scene.messages() == []
            near = scene.clock.now() - good_for + timedelta(seconds=1)
            assert scene.post(body, dict(scene.hooks.sign(body, scene.hooks.key, near))) == 200

    def test_a_check_of_the_address_is_answered_rightly(self, scene: Scene) -> None:
        if scene.hooks.empty is None:
            return
        for right in (True, False, True, False):
            headers = scene.signed(scene.hooks.empty, key=None if right else "another")
            assert scene.post(scene.hooks.empty, headers) == (200 if right else 401)
        assert scene.messages() == []

    def test_an_address_without_a_key_is_closed(self, scene: Scene) -> None:
        body = scene.hooks.body([scene.thing])
        for part in (scene.group, scene.connection):
            path = scene.hooks.path.replace(f"/{part}", "/nobody", 1)
            assert scene.poster.post(path, body, scene.signed(body)).status_code == 404

    # --- what a message may say ---------------------------------------------------------------------

    def test_a_body_too_large_is_cut_off(self, scene: Scene) -> None:
        body = b" " * (receiver.LARGEST_BODY + 1)
        assert scene.post(body) == 413
        assert scene.messages() == []

    def test_signed_bytes_that_are_no_message_are_a_bad_request(self, scene: Scene) -> None:
        for body in scene.hooks.unreadable:
            assert scene.post(body) == 400, body
        assert scene.messages() == []

    def test_something_unknown_is_acknowledged_and_leads_nowhere(self, scene: Scene) -> None:
        assert scene.post(scene.hooks.strange) == 200
        asked = scene.wire.asked
        handled(scene)
        assert {state for _, _, state in scene.messages()} <= {"ignored"}
        assert scene.wire.asked == asked

    def test_something_of_somebody_else_is_acknowledged_and_dropped(self, scene: Scene) -> None:
        if scene.hooks.elsewhere is not None:
            assert scene.post(scene.hooks.elsewhere) == 200
            assert scene.messages() == []

    def test_something_that_is_not_there_is_given_up(self, scene: Scene) -> None:
        """And keeps nothing else from being handled."""
        scene.change()
        for thing in ((scene.thing[0], scene.nobody), scene.thing):
            assert scene.hint(thing) == 200
        scene.work()
        assert scene.latest()
        handled(scene)
        ends = {id: state for _, id, state in scene.messages()}
        assert ends[scene.nobody] in ("failed", "ignored")

    # --- order, repetition, change ------------------------------------------------------------------

    def test_the_same_twice_is_one_message_until_it_is_handled(self, scene: Scene) -> None:
        scene.change()
        assert scene.hint() == 200
        scene.change()
        assert scene.hint() == 200
        assert len(scene.messages()) == 1
        handled(scene)
        assert scene.latest()
        scene.clock.advance(3600)
        scene.change()
        assert scene.hint() == 200
        assert len(scene.messages()) == 2, "it was merged with one that is handled"
        handled(scene)
        assert scene.latest()

    def test_a_change_while_the_same_is_being_handled_is_seen(self, scene: Scene) -> None:
        """The first reading is under way and has the old state: the second message must not be merged."""
        scene.change()
        assert scene.hint() == 200
        again: list[int] = []

        def then() -> None:
            if not again:
                again.append(1)
                scene.clock.advance(1)
                scene.change()
                again[0] = scene.hint()

        scene.wire.then = then
        handled(scene)
        scene.wire.then = None
        assert again == [200]
        handled(scene)
        assert scene.latest()

    def test_a_change_shortly_after_the_last_was_read_is_seen(self, scene: Scene) -> None:
        for _ in range(3):
            scene.change()
            assert scene.hint() == 200
            handled(scene)
            assert scene.latest()
            scene.clock.advance(20)

    def test_a_message_delivered_again_changes_nothing(self, scene: Scene) -> None:
        scene.change()
        body = scene.hooks.body([scene.thing])
        headers = scene.signed(body)
        for _ in range(3):
            assert scene.post(body, headers) == 200
            handled(scene)
        assert scene.latest()

    def test_messages_in_the_wrong_order_end_in_the_latest_state(self, scene: Scene) -> None:
        bodies = []
        for _ in range(3):
            scene.change()
            scene.clock.advance(1)
            body = scene.hooks.body([scene.thing])
            bodies.append((body, scene.signed(body)))
        for body, headers in reversed(bodies):
            assert scene.post(body, headers) == 200
            handled(scene)
        assert scene.latest()

    def test_a_worker_that_dies_over_a_message_leaves_it_to_the_next(self, scene: Scene) -> None:
        scene.change()
        assert scene.hint() == 200

        def die() -> None:
            raise Died

        scene.wire.then = die
        with pytest.raises(Died):
            scene.work()
        scene.wire.then = None
        scene.work()  # the lease of the dead one stands
        scene.clock.advance(2 * scene.kernel.settings.lease_seconds)
        handled(scene)
        assert scene.latest()

    def test_the_same_on_postgresql(
        self, open_scene: Callable[[Engine], Scene], postgres_engine: Engine
    ) -> None:
        self.test_the_same_twice_is_one_message_until_it_is_handled(open_scene(postgres_engine))

    def test_many_in_one_message_are_all_stored(self, scene: Scene) -> None:
        if not scene.hooks.several:
            return
        things = [scene.thing, *((scene.thing[0], f"{scene.nobody[:-2]}{n:02}") for n in range(20))]
        assert scene.hint(*things) == 200
        assert len(scene.messages()) == 21


def hooked(kernel: Kernel, scheme: Webhook) -> Kernel:
    """The same kernel, whose receiver knows a vendor's scheme."""
    return replace(kernel, plugins=replace(kernel.plugins, webhooks={scheme.system: scheme}))


def signed_hint(body: bytes, key: str, now: datetime) -> Mapping[str, str]:
    """The headers of the hub's own signed endpoint."""
    return hints.sign(key, "msg-1", now, body)


def worded_hint(things: Sequence[Thing]) -> bytes:
    """A body of the hub's own signed endpoint."""
    return json.dumps({"hints": [{"stream": stream, "id": id} for stream, id in things]}).encode()


def read_inbox(kernel: Kernel, group: str, clock: FakeClock) -> None:
    """What a worker does with messages about a source."""
    inbox.handle(kernel, group, clock.now() + timedelta(hours=1))
