"""Grants: tokens refreshed once, committed before they are used, and dead ones waiting for a person."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from hub.contracts import HttpFactory
from hub.errors import OutcomeUnknown, PauseConnection, ReadFailed, ReconnectNeeded
from hub.grants import GrantTokens
from hub.leases import take
from hub.store import connections
from hub.store.session import Store
from hub.store.tables import audit_event, connection, grant
from hub.store.vault import Vaults
from tests.conftest import MASTER_KEY
from tests.support.world import FakeClock, make_world


class Vendor:
    """A vendor that rotates refresh tokens: each works once (and again after a lost answer)."""

    system = "xero"

    def __init__(self, *faults: Exception) -> None:
        self.living = "refresh-0"
        self.before: str | None = None
        self.count = 0
        self.faults = list(faults)
        self.pause = threading.Event()
        self.pause.set()

    def refresh(
        self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory
    ) -> Mapping[str, Any]:
        self.pause.wait(5)
        if self.faults and not isinstance(self.faults[0], OutcomeUnknown):
            raise self.faults.pop(0)
        if secret["refresh_token"] not in (self.living, self.before):
            raise ReconnectNeeded("invalid_grant")
        self.count += 1
        self.before, self.living = secret["refresh_token"], f"refresh-{self.count}"
        if self.faults:
            raise self.faults.pop(0)
        return {
            "access_token": f"access-{self.count}",
            "refresh_token": self.living,
            "expires_in": 1800,
            "new": 1,
        }


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


def connect(store: Store) -> None:
    with store.write("harbour") as unit:
        connections.store_secret(
            unit, "xero", "xero", "target", {"client_id": "c", "refresh_token": "refresh-0"}, grant="g"
        )


def tokens(store: Store, vendor: Vendor, lease: float = 90) -> GrantTokens:
    return GrantTokens(store, "harbour", "xero", "g", vendor, {}, None, lease_seconds=lease)  # type: ignore[arg-type]


def test_a_token_is_fetched_once_and_reused(store: Store, vendor: Vendor, clock: FakeClock) -> None:
    connect(store)
    assert tokens(store, vendor).access_token() == "access-1"
    assert tokens(store, vendor).access_token() == "access-1"
    clock.advance(1790)
    assert tokens(store, vendor).access_token() == "access-2"
    with store.read("harbour") as unit:
        row = unit.db.execute(select(grant)).one()
        assert "refresh-2" in unit.vault.open("oauth_grant", "secret_enc", "g", row.secret_enc)
        assert b"access" not in row.token_enc


def test_a_refused_token_is_replaced(store: Store, vendor: Vendor) -> None:
    connect(store)
    mine, other = tokens(store, vendor), tokens(store, vendor)
    assert mine.access_token() == other.access_token() == "access-1"
    assert mine.access_token(stale="access-1") == "access-2"
    assert other.access_token(stale="access-1") == "access-2", "the second reads what the first stored"
    assert vendor.count == 2


def test_two_workers_refreshing_at_once_lose_no_token(engine: Engine, store: Store, vendor: Vendor) -> None:
    """Each worker has its own store; real threads, real waiting."""
    connect(store)
    got: list[str] = []

    def work(name: str) -> None:
        clock = FakeClock()
        world = make_world(engine, clock=clock, worker=name)
        vendor_wait = threading.Event()

        def sleep(seconds: float) -> None:
            vendor_wait.wait(0.02)
            clock.sleep(min(seconds, 0.01))

        world = type(world)(clock, sleep, world.rng, world.new_id, world.transport, engine, name)
        own = Store(world, Vaults(MASTER_KEY, world.rng))
        got.append(tokens(own, vendor).access_token())

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["access-1"] * 4
    assert vendor.count == 1


def test_a_lost_answer_is_asked_again_with_the_same_token(store: Store, clock: FakeClock) -> None:
    connect(store)
    vendor = Vendor(OutcomeUnknown("no answer"))
    assert tokens(store, vendor).access_token() == "access-2"
    assert vendor.count == 2
    assert clock.slept == [0.5]


def test_a_request_that_takes_effect_after_its_repetition_kills_no_grant(
    store: Store, vendor: Vendor, clock: FakeClock
) -> None:
    """Found by simulation: the vendor rotated once more for the request that was given up."""
    connect(store)
    assert tokens(store, vendor).access_token() == "access-1"
    vendor.before, vendor.living = "refresh-0", "refresh-nobody-got"
    clock.advance(1790)
    assert tokens(store, vendor).access_token() == "access-2"
    clock.advance(1790)
    assert tokens(store, vendor).access_token() == "access-3"


def test_a_token_that_was_taken_instead_of_the_stored_one_is_the_one_before_the_next(
    store: Store, vendor: Vendor, clock: FakeClock
) -> None:
    """Found by simulation: two requests in turn, both given up, took effect after their repetitions."""
    connect(store)
    assert tokens(store, vendor).access_token() == "access-1"
    for renewed in ("access-2", "access-3"):
        vendor.before, vendor.living = "refresh-0", "refresh-nobody-got"
        clock.advance(1790)
        assert tokens(store, vendor).access_token() == renewed


def test_what_was_asked_for_twice_is_renewed_soon(store: Store, clock: FakeClock) -> None:
    """So that a late effect of the first request is met while the earlier token still works."""
    connect(store)
    vendor = Vendor(OutcomeUnknown("no answer"))
    assert tokens(store, vendor).access_token() == "access-2"
    assert tokens(store, vendor).access_token() == "access-2"
    clock.advance(300)
    assert tokens(store, vendor).access_token() == "access-3"
    clock.advance(300)
    assert tokens(store, vendor).access_token() == "access-3"


def doubt(store: Store) -> tuple[object, ...]:
    with store.read("harbour") as unit:
        return tuple(unit.db.execute(select(grant.c.renew_at, grant.c.renew_for)).one())


def test_a_renewal_is_noted_before_it_is_asked_for(store: Store, clock: FakeClock) -> None:
    """So that a process which dies over it leaves behind that the stored token may be outlived."""
    connect(store)

    class Killed(Vendor):
        def refresh(self, *args: object) -> Mapping[str, Any]:
            self.noted = doubt(store)
            raise KeyboardInterrupt

    vendor = Killed()
    with pytest.raises(KeyboardInterrupt):
        tokens(store, vendor).access_token()
    soon = clock.now() + timedelta(minutes=5)
    assert vendor.noted == doubt(store) == (soon, "xero")
    clock.advance(300)
    assert tokens(store, Vendor()).access_token() == "access-1"
    assert doubt(store) == (None, None), "an answer that was seen leaves no doubt"


def test_a_renewal_nobody_saw_is_due_again_within_the_vendors_grace(store: Store, clock: FakeClock) -> None:
    connect(store)
    vendor = Vendor(*[OutcomeUnknown("no answer") for _ in range(3)])
    with pytest.raises(ReadFailed):
        tokens(store, vendor).access_token()
    at, connection = doubt(store)
    assert connection == "xero"
    assert isinstance(at, datetime)
    assert clock.now() < at <= clock.now() + timedelta(minutes=5)


def test_a_doubt_outlives_a_renewal_that_was_heard(store: Store, clock: FakeClock) -> None:
    """Found by simulation: a request given up took effect after a later renewal had been answered at once."""
    connect(store)
    vendor = Vendor(*[OutcomeUnknown("no answer") for _ in range(3)])
    with pytest.raises(ReadFailed):
        tokens(store, vendor).access_token()
    clock.advance(60)
    assert tokens(store, vendor).access_token() == "access-4"
    assert doubt(store) == (clock.now() + timedelta(minutes=5), "xero")
    clock.advance(300)
    assert tokens(store, vendor).access_token() == "access-5"
    assert doubt(store) == (None, None)


class Crossed(Vendor):
    """While an answer is on its way back, `then` happens, once."""

    then: Callable[[], object] = staticmethod(lambda: None)

    def refresh(self, *args: Any) -> Mapping[str, Any]:
        then, self.then = self.then, lambda: None
        answer = super().refresh(*args)
        then()
        return answer


def ahead_of(store: Store, clock: FakeClock, vendor: Vendor) -> GrantTokens:
    """Of a process whose clock is further ahead than a lease lasts."""
    ahead = FakeClock()
    ahead.advance((clock.now() - ahead.now()).total_seconds() + 120)
    world = make_world(store.world.engine, clock=ahead, worker="ahead")
    return tokens(Store(world, Vaults(MASTER_KEY, world.rng)), vendor)


def test_a_renewal_that_others_began_since_it_was_read_is_not_begun(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by simulation: two processes renewed at once, and the token that was kept was the dead one."""
    connect(store)
    vendor = Crossed()
    other = ahead_of(store, clock, vendor)
    read, early = other._read, [other._read()] * 2
    monkeypatch.setattr(other, "_read", lambda: early.pop() if early else read())

    def meanwhile() -> None:
        with pytest.raises(PauseConnection):
            other.access_token()

    vendor.then = meanwhile
    assert tokens(store, vendor).access_token() == "access-1"
    clock.advance(1790)
    assert tokens(store, vendor).access_token() == "access-2", "it lives on"


def test_a_renewal_that_others_began_meanwhile_leaves_a_doubt(store: Store, clock: FakeClock) -> None:
    """They may have got a later token and died over it."""
    connect(store)

    class Killed(Vendor):
        def refresh(self, *args: Any) -> Mapping[str, Any]:
            super().refresh(*args)
            raise KeyboardInterrupt

    vendor = Crossed()
    killed = Killed()

    def meanwhile() -> None:
        killed.living, killed.before = vendor.living, vendor.before
        with pytest.raises(KeyboardInterrupt):
            ahead_of(store, clock, killed).access_token()
        vendor.living, vendor.before, vendor.count = "refresh-nobody-got", killed.before, 1

    vendor.then = meanwhile
    assert tokens(store, vendor).access_token() == "access-1"
    clock.advance(420)
    assert tokens(store, vendor).access_token() == "access-2", "renewed of the token before"
    clock.advance(1790)
    assert tokens(store, vendor).access_token() == "access-3"


def test_a_vendor_that_is_down_fails_this_time_only(store: Store) -> None:
    connect(store)
    vendor = Vendor(*[ReadFailed("down") for _ in range(3)])
    with pytest.raises(ReadFailed):
        tokens(store, vendor).access_token()
    assert tokens(store, vendor).access_token() == "access-1"


def test_a_dead_grant_pauses_the_connection_and_is_not_asked_again(store: Store) -> None:
    connect(store)
    vendor = Vendor()
    vendor.living = "another"
    for _ in range(2):
        with pytest.raises(ReconnectNeeded):
            tokens(store, vendor).access_token()
    with store.read("harbour") as unit:
        assert unit.db.execute(select(grant.c.dead)).scalar_one() is True
        assert unit.db.execute(select(connection.c.reconnect)).scalar_one() is True
        actions = list(unit.db.execute(select(audit_event.c.action, audit_event.c.outcome)))
        assert [tuple(a) for a in actions] == [("grant", "dead"), ("pause", "reconnect")]
    vendor.living = "fresh"
    with store.write("harbour") as unit:
        connections.store_secret(unit, "xero", "xero", "target", {"refresh_token": "fresh"}, grant="g")
        connections.resume(unit, "xero")
    assert tokens(store, vendor).access_token() == "access-1"


def test_a_person_reconnecting_meanwhile_is_not_undone(store: Store) -> None:
    """The old refresh token is refused while new secrets were just stored: the new ones count."""
    connect(store)

    class Late(Vendor):
        def refresh(self, config: object, secret: Mapping[str, str], http: object) -> Mapping[str, Any]:
            if secret["refresh_token"] == "refresh-0":
                with store.write("harbour") as unit:
                    connections.store_secret(
                        unit, "xero", "xero", "target", {"refresh_token": "fresh"}, grant="g"
                    )
                raise ReconnectNeeded("invalid_grant")
            return {"access_token": "access-fresh", "expires_in": 1800}

    late = Late()
    with pytest.raises(PauseConnection) as caught:
        tokens(store, late).access_token()
    assert not isinstance(caught.value, ReconnectNeeded)
    assert tokens(store, late).access_token() == "access-fresh"


def test_no_try_begins_when_the_lease_could_run_out_in_it(store: Store, clock: FakeClock) -> None:
    connect(store)
    tried: list[float] = []

    class Slow(Vendor):
        def refresh(self, config: object, secret: object, http: object) -> Mapping[str, Any]:
            tried.append(clock.monotonic())
            clock.advance(30)
            raise OutcomeUnknown("no answer")

    begun = clock.monotonic()
    with pytest.raises(ReadFailed):
        tokens(store, Slow()).access_token()
    assert len(tried) == 2
    assert max(tried) + 30 <= begun + 90


def test_an_answer_without_a_token_is_a_failed_one(store: Store) -> None:
    connect(store)

    class Odd(Vendor):
        def refresh(self, config: object, secret: object, http: object) -> Mapping[str, Any]:
            return {"message": "hello"}

    with pytest.raises(ReadFailed):
        tokens(store, Odd()).access_token()


def test_nobody_connected_yet(store: Store, vendor: Vendor) -> None:
    with pytest.raises(ReconnectNeeded, match="hub connect"):
        tokens(store, vendor).access_token()


def test_the_crash_of_a_refreshing_worker_costs_its_lease(
    store: Store, vendor: Vendor, clock: FakeClock
) -> None:
    connect(store)
    assert take(store, "grant/harbour/g", "dead-worker", 90) is not None
    with pytest.raises(PauseConnection) as caught:
        tokens(store, vendor).access_token()
    assert caught.value.code == "grant-busy"
    clock.advance(90)
    assert tokens(store, vendor).access_token() == "access-1"
