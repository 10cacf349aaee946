"""One `hub up` per database: who is refused, and how a dead holder's lease comes free, on both databases."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from hub import leases
from hub.cli.up import holder
from hub.cli.up.holder import NAME, SECONDS, Process
from hub.errors import LeaseLost, Misconfigured
from hub.leases import Holder
from hub.store.session import Store
from hub.world import World
from tests.support.world import FakeClock

ELSEWHERE = Process("other-host", 4711, "12345", "another-space")


def hold(store: Store, process: Process) -> None:
    assert leases.take(store, NAME, str(process), SECONDS) is not None


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "1000"])
    yield process
    process.kill()
    process.wait()


def of(process: subprocess.Popen[bytes]) -> Process:
    started = holder.start_of(process.pid)
    assert started is not None
    return dataclasses.replace(Process.own(), pid=process.pid, started=started)


def test_a_process_is_written_and_read_back() -> None:
    own = Process.own()
    assert Process.read(str(own)) == own
    assert len(str(own)) <= 100
    bare = Process("host", 12, "", "")
    assert Process.read(str(bare)) == bare
    assert Process.read("worker-1").pid == 0


def test_beside_a_living_one_it_is_refused_at_once_in_one_sentence(
    store: Store, clock: FakeClock, sleeper: subprocess.Popen[bytes]
) -> None:
    hold(store, of(sleeper))
    with pytest.raises(Misconfigured) as caught:
        holder.take(store)
    assert caught.value.code == "already-up"
    assert (
        f"process {sleeper.pid} on {Process.own().host} holds it until 00:00:30 UTC" in caught.value.sentence
    )
    assert clock.slept == []


def test_one_that_was_stopped_lives(store: Store, sleeper: subprocess.Popen[bytes]) -> None:
    hold(store, of(sleeper))
    sleeper.send_signal(signal.SIGSTOP)
    with pytest.raises(Misconfigured, match="runs on this database"):
        holder.take(store)


def test_one_that_is_proven_dead_makes_nobody_wait(
    store: Store, clock: FakeClock, sleeper: subprocess.Popen[bytes]
) -> None:
    hold(store, of(sleeper))
    sleeper.kill()
    sleeper.wait()
    assert holder.take(store).owner == str(Process.own())
    assert clock.slept == []


def test_a_process_id_that_was_given_to_another_process_proves_death(store: Store) -> None:
    hold(store, dataclasses.replace(Process.own(), started="1"))
    assert holder.take(store).fence == 2


def test_from_elsewhere_a_dead_ones_lease_must_run_out(store: Store, clock: FakeClock) -> None:
    hold(store, ELSEWHERE)
    assert holder.take(store).owner == str(Process.own())
    assert SECONDS <= sum(clock.slept) <= SECONDS + 1


def test_from_elsewhere_one_that_renews_is_alive(store: Store, world: World, clock: FakeClock) -> None:
    lease = leases.take(store, NAME, str(ELSEWHERE), SECONDS)
    assert lease is not None
    renewed = False

    def sleep(seconds: float) -> None:
        nonlocal renewed
        clock.sleep(seconds)
        if sum(clock.slept) > 10 and not renewed:
            renewed = True
            leases.renew(store, lease, SECONDS)

    patient = Store(dataclasses.replace(world, sleep=sleep), store._vaults)
    with pytest.raises(Misconfigured, match="process 4711 on other-host"):
        holder.take(patient)


def test_one_that_slept_longer_than_its_lease_goes_on_where_nobody_took_it(
    store: Store, clock: FakeClock
) -> None:
    lease = holder.take(store)
    clock.advance(2 * SECONDS)
    assert holder.renew(store, lease).fence == lease.fence


def test_one_that_was_overtaken_learns_who_it_was(store: Store, clock: FakeClock) -> None:
    lease = holder.take(store)
    clock.advance(2 * SECONDS)
    hold(store, ELSEWHERE)
    with pytest.raises(LeaseLost, match="process 4711 on other-host"):
        holder.renew(store, lease)


def test_who_holds_is_told_only_while_they_do(store: Store, clock: FakeClock) -> None:
    assert leases.holder(store, NAME) is None
    hold(store, ELSEWHERE)
    found = leases.holder(store, NAME)
    assert isinstance(found, Holder)
    assert Process.read(found.owner) == ELSEWHERE
    clock.advance(SECONDS)
    assert leases.holder(store, NAME) is None


def test_this_process_is_alive() -> None:
    own = Process.own()
    assert own.pid == os.getpid()
    assert not holder.dead(own, own)
    assert not holder.alive(dataclasses.replace(own, space=""), dataclasses.replace(own, space=""))
