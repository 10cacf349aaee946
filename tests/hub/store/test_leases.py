"""Leases: one holder at a time, over processes, crashes and sleeping workers."""

from __future__ import annotations

import threading

import pytest

from hub import leases
from hub.errors import LeaseLost
from hub.store.session import Store
from tests.support.world import FakeClock


def test_one_holder_at_a_time(store: Store, clock: FakeClock) -> None:
    lease = leases.take(store, "pull/x", "a", 90)
    assert lease is not None
    assert leases.take(store, "pull/x", "b", 90) is None
    assert leases.take(store, "pull/x", "a", 90) is None, (
        "another thread of the same worker is another holder"
    )
    assert leases.take(store, "pull/y", "b", 90) is not None
    leases.release(store, lease)
    assert leases.take(store, "pull/x", "b", 90) is not None


def test_a_dead_holders_lease_runs_out(store: Store, clock: FakeClock) -> None:
    old = leases.take(store, "pull/x", "a", 90)
    clock.advance(91)
    new = leases.take(store, "pull/x", "b", 90)
    assert old is not None
    assert new is not None
    assert new.fence == old.fence + 1
    with pytest.raises(LeaseLost):
        leases.renew(store, old, 90)
    leases.release(store, old)
    assert leases.take(store, "pull/x", "c", 90) is None, "a late release takes nothing away"
    with store.write("harbour") as unit:
        leases.confirm(unit, new)
        with pytest.raises(LeaseLost):
            leases.confirm(unit, old)


def test_what_is_left_is_measured_on_the_monotonic_clock(store: Store, clock: FakeClock) -> None:
    lease = leases.take(store, "pull/x", "a", 90)
    assert lease is not None
    clock.elapsed += 50  # the wall clock was set back meanwhile
    assert leases.held(lease, 30)
    assert not leases.held(lease, 40)
    longer = leases.renew(store, lease, 90)
    assert longer.remaining() == 90
    assert longer.fence == lease.fence


def test_holding_gives_back_also_after_a_failure(store: Store) -> None:
    def fail() -> None:
        with leases.holding(store, "pull/x", "a", 90) as lease:
            assert lease is not None
            with leases.holding(store, "pull/x", "b", 90) as other:
                assert other is None
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert leases.take(store, "pull/x", "b", 90) is not None


def test_of_many_at_once_one_gets_it(store: Store) -> None:
    taken: list[leases.Lease] = []

    def race(owner: str) -> None:
        lease = leases.take(store, "pull/x", owner, 90)
        if lease is not None:
            taken.append(lease)

    threads = [threading.Thread(target=race, args=(f"w{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1
