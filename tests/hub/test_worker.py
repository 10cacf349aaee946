"""Turns and lanes: what a hint leads to, whose failure stops whom, what an idle hub does not write."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import select

from connectors.sandbox.life.setup import CLIENT_ID
from hub import due, hints, inbox, wake, worker
from hub.cli import context
from hub.cli.lanes import LaneLoop, pull_beat
from hub.config.model import ConnectionConfig, GroupConfig, Tables
from hub.config.store import store_config
from hub.contracts import Hint
from hub.kernel import Kernel
from hub.receiver import application
from hub.store import connections
from hub.store.tables import case, grant, inbox_message
from hub.wake import Waker
from hub.worker import Lane
from tests.cli.town import LEDGER, PRACTICE, Town, town
from tests.support.world import FakeClock

GROUP = "harbour"
CANARY = "Zyzzyvasson"
PATIENCE = 20.0


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with town(tmp_path, monkeypatch) as made:
        made.go_live()
        yield made


@pytest.fixture
def hub(live: Town) -> Kernel:
    return context.kernel()


def hint(hub: Kernel, bill: dict[str, Any]) -> None:
    with hub.store.write(GROUP) as unit:
        inbox.accept(unit, PRACTICE, [Hint("invoices", bill["id"])])


def second_group(hub: Kernel, system: str = "nothing-like-it") -> None:
    """A group whose connections cannot be opened."""
    hub.store.create_group("aground")
    made = tuple(
        ConnectionConfig(id=f"aground-{role}", system=system, role=role, base_url="http://127.0.0.1:1")
        for role in ("source", "target")
    )
    config = GroupConfig(
        id="aground",
        name="aground",
        currency="AUD",
        connections=made,
        locations=(),
        tables=Tables(),
        version="1",
    )
    store_config(hub, "aground", config, "aground", "test")


def due_case(hub: Kernel, group: str, target: str) -> None:
    with hub.store.write(group) as unit:
        row = {"kind": "invoice", "subject": "s", "number": "1", "marked": 1, "planned": 0}
        row |= {"due_at": unit.now, "marked_at": unit.now, "id": unit.new_id(), "target_id": target}
        unit.db.execute(case.insert().values(group_id=group, look_first=False, stuck=False, **row))


@contextmanager
def working(hub: Kernel, waker: Waker, idle: float = 3600.0) -> Iterator[None]:
    """The worker's threads at work; a slow poll of an hour leaves only wakes."""
    stop = threading.Event()
    thread = threading.Thread(target=LaneLoop(hub, waker, idle).run, args=(stop.is_set,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.fixture
def waker(hub: Kernel) -> Iterator[Waker]:
    made = wake.waker(hub.world.engine, hub.world)
    yield made
    made.close()


def soon(ready: Callable[[], object]) -> bool:
    end = time.monotonic() + PATIENCE
    while not ready() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(ready())


# --- turns


def test_lanes_are_each_groups_hints_and_then_each_target(hub: Kernel) -> None:
    second_group(hub)
    assert worker.lanes(hub) == [
        Lane("aground"),
        Lane(GROUP),
        Lane("aground", "aground-target"),
        Lane(GROUP, LEDGER),
    ]


def test_a_group_without_configuration_has_no_lane(hub: Kernel) -> None:
    hub.store.create_group("empty")
    assert {lane.group for lane in worker.lanes(hub)} == {GROUP}


def test_one_drain_takes_a_hint_all_the_way_into_the_books(live: Town, hub: Kernel) -> None:
    bill = live.bill(live.patient(), "PH1")
    hint(hub, bill)
    done = worker.drain(hub)
    assert (done.counts["hints"], done.failed) == (1, 0)
    assert list(live.posted()) == [f"HH-{bill['number']}"]
    assert not worker.drain(hub).busy


def test_a_lane_says_whether_it_has_work(live: Town, hub: Kernel) -> None:
    inbound, outbound = Lane(GROUP), Lane(GROUP, LEDGER)
    assert not worker.has_work(hub, inbound)
    hint(hub, live.bill(live.patient(), "PH1"))
    assert worker.has_work(hub, inbound)
    assert not worker.has_work(hub, outbound)
    worker.turn(hub, inbound, worker.slice_end(hub))
    assert not worker.has_work(hub, inbound)
    assert worker.has_work(hub, outbound)


def test_a_grant_in_doubt_is_renewed_while_its_connection_rests(hub: Kernel) -> None:
    """The vendor takes the token before the last one for half an hour; a limit may last longer."""
    with hub.store.write(GROUP) as unit:
        connections.pause(unit, LEDGER, unit.now + timedelta(hours=3), "rate-limited", "Wait.")
        past = {"renew_at": unit.now, "renew_for": LEDGER}
        unit.db.execute(grant.update().values(**past))
        before = unit.db.execute(select(grant.c.version)).scalar_one()
    lane = Lane(GROUP, LEDGER)
    assert worker.has_work(hub, lane)
    assert worker.turn(hub, lane, worker.slice_end(hub)).failed == 0
    with hub.store.read(GROUP) as unit:
        assert unit.db.execute(select(grant.c.version, grant.c.renew_at)).one() == (before + 1, None)
        assert connections.state(unit, LEDGER).paused_until is not None
    assert not worker.has_work(hub, lane)


def test_a_failing_group_stops_no_other(live: Town, hub: Kernel) -> None:
    second_group(hub)
    due_case(hub, "aground", "aground-target")
    hint(hub, live.bill(live.patient(), "PH1"))
    done = worker.drain(hub)
    assert done.failed == 1
    assert len(live.posted()) == 1
    live.bill(live.patient(), "PH2")
    pulled = worker.pull_all(hub)
    assert pulled.failed > 0
    assert pulled.counts["changed"] > 0


def test_a_foreign_error_is_told_by_its_class(
    live: Town, hub: Kernel, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        system = "xero"

        def __getattr__(self, name: str) -> object:
            raise ValueError(f"no way to read {CANARY}")

    hub = dataclasses.replace(hub, plugins=dataclasses.replace(hub.plugins, targets={"xero": Broken()}))
    due_case(hub, GROUP, LEDGER)
    done = worker.turn(hub, Lane(GROUP, LEDGER), worker.slice_end(hub))
    assert done.failed == 1
    assert "ValueError" in caplog.text
    assert CANARY not in caplog.text


def test_an_idle_round_writes_nothing(live: Town, hub: Kernel, waker: Waker) -> None:
    """Else workers would wake each other for ever."""
    hint(hub, live.bill(live.patient(), "PH1"))
    worker.drain(hub)
    worker.drain(hub)
    waker.wait(0.0)
    assert not worker.drain(hub).busy
    assert not waker.wait(0.0)


def test_the_pause_ends_when_something_is_due(hub: Kernel) -> None:
    now = hub.world.now()
    assert worker.pause(hub, None, 5.0) == 5.0
    assert worker.pause(hub, now + timedelta(hours=1), 5.0) == 5.0
    assert 0.5 < worker.pause(hub, now + timedelta(seconds=1), 5.0) <= 1.0
    assert worker.pause(hub, now, 5.0) == 5.0


# --- threads


def test_a_hint_is_delivered_without_waiting_for_any_schedule(live: Town, hub: Kernel, waker: Waker) -> None:
    with working(hub, waker):
        time.sleep(0.3)
        bill = live.bill(live.patient(), "PH1")
        hint(hub, bill)
        assert soon(live.posted)
        assert list(live.posted()) == [f"HH-{bill['number']}"]


def test_work_that_was_there_before_is_taken_at_the_start(live: Town, hub: Kernel, waker: Waker) -> None:
    hint(hub, live.bill(live.patient(), "PH1"))
    with working(hub, waker):
        assert soon(live.posted)


def test_a_slow_ledger_holds_up_no_other_lane(live: Town, hub: Kernel, waker: Waker) -> None:
    slow = {"match": {"method": "PUT", "path": "/Contacts"}, "kind": "delay", "seconds": 3.0}
    live.ledger.call("POST", "/__control__/faults", slow)
    with working(hub, waker):
        first, second = live.bill(live.patient(), "PH1"), live.bill(live.patient(), "PH2")
        hint(hub, first)
        assert soon(lambda: _handled(hub) == 1)
        time.sleep(0.3)  # the first is on its way to the slow ledger now
        begun = time.monotonic()
        hint(hub, second)
        assert soon(lambda: _handled(hub) == 2)
        assert time.monotonic() - begun < 2.0
        assert soon(lambda: len(live.posted()) == 2)


def _handled(hub: Kernel) -> int:
    with hub.store.read(GROUP) as unit:
        query = inbox_message.select().where(inbox_message.c.state == "handled")
        return len(unit.db.execute(query).all())


def test_a_failing_lane_is_left_alone_however_often_it_is_woken(
    live: Town, hub: Kernel, waker: Waker, caplog: pytest.LogCaptureFixture
) -> None:
    second_group(hub)
    due_case(hub, "aground", "aground-target")
    with working(hub, waker):
        for _ in range(3):
            hint(hub, live.bill(live.patient(), "PH1"))
            time.sleep(0.3)
        assert soon(lambda: len(live.posted()) == 3)
    assert caplog.text.count("a lane was passed over") == 1


def test_a_night_is_due_once_a_day(live: Town, hub: Kernel, clock: FakeClock) -> None:
    assert worker.night_is_due(hub)
    worker.pull_all(hub)
    assert worker.night_is_due(hub)
    worker.pull_all(hub, nightly=True)
    assert not worker.night_is_due(hub)
    clock.moment = hub.world.now() + timedelta(hours=25)
    tomorrow = dataclasses.replace(hub, world=dataclasses.replace(hub.world, clock=clock))
    assert worker.night_is_due(tomorrow)


def test_a_beat_pulls_what_changed(live: Town, hub: Kernel) -> None:
    live.bill(live.patient(), "PH1")
    stop = threading.Event()
    beat = threading.Thread(target=pull_beat, args=(hub, stop, timedelta(seconds=0.2)))
    beat.start()
    assert soon(lambda: due.waiting(hub).cases)
    stop.set()
    beat.join(PATIENCE)
    assert not beat.is_alive()


# --- from the vendor's own sender, through the receiver


@contextmanager
def receiving(hub: Kernel) -> Iterator[str]:
    config = uvicorn.Config(application(hub), port=0, log_level="error", access_log=False, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert soon(lambda: server.started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


def test_the_ledgers_own_events_arrive_after_its_check_of_the_receiver(live: Town, hub: Kernel) -> None:
    with hub.store.write(GROUP) as unit:
        secret = connections.secret(unit, LEDGER)
        connections.store_secret(unit, LEDGER, "xero", "target", secret | {"webhook_key": "key"})
    bill = live.bill(live.patient(), "PH1")
    hint(hub, bill)
    worker.drain(hub)
    with receiving(hub) as url:
        place = {"client_id": CLIENT_ID, "url": f"{url}/hooks/{GROUP}/{LEDGER}", "key": "key"}
        live.person("register_webhook", **place)
        assert soon(lambda: [h["status"] for h in live.person("webhooks")["webhooks"]] == ["OK"])
        live.person("edit_invoice", number=f"HH-{bill['number']}", due_date="2026-12-31")
        assert soon(lambda: due.waiting(hub).hints)
    done = worker.turn(hub, Lane(GROUP), worker.slice_end(hub))
    assert done.failed == 0
    with hub.store.read(GROUP) as unit:
        streams = {
            row.stream for row in unit.db.execute(inbox_message.select()) if row.connection_id == LEDGER
        }
    assert "invoice" in streams


def test_a_signed_hint_over_http_ends_in_the_books(live: Town, hub: Kernel, waker: Waker) -> None:
    with hub.store.write(GROUP) as unit:
        secret = connections.secret(unit, PRACTICE)
        connections.store_secret(unit, PRACTICE, "cliniko", "source", secret | {"hint_key": "whsec_aGludA=="})
    bill = live.bill(live.patient(), "PH1")
    body = f'{{"stream": "invoices", "id": "{bill["id"]}"}}'.encode()
    with receiving(hub) as url, working(hub, waker):
        signed = hints.sign("whsec_aGludA==", "m1", hub.world.now(), body)
        answer = httpx.post(f"{url}/hints/{GROUP}/{PRACTICE}", content=body, headers=signed)
        assert (answer.status_code, answer.content) == (200, b"")
        assert "set-cookie" not in answer.headers
        assert soon(live.posted)
