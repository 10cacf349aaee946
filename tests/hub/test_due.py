"""Due work: what counts, and what a pause, a freeze or somebody's lease takes out of the count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub import due
from hub.errors import PauseConnection
from hub.kernel import Kernel
from hub.store import connections
from hub.store.tables import grant
from tests.support.rows import GROUP, SOURCE, TARGET, a_case, a_delivery, a_hint, ago
from tests.support.world import FakeClock


def counts(kernel: Kernel, grace: float = 0.0) -> tuple[int, int, int]:
    found = due.waiting(kernel, grace_seconds=grace)
    return found.hints, found.cases, found.deliveries


@pytest.fixture
def busy(kernel: Kernel) -> Kernel:
    """One of each that is due."""
    with kernel.store.write(GROUP) as unit:
        connections.store_secret(unit, TARGET, "fake", "target", {"key": "k"}, grant=None)
    a_hint(kernel)
    a_case(kernel)
    a_delivery(kernel, "pending")
    return kernel


def test_everything_due_is_counted(busy: Kernel) -> None:
    assert counts(busy) == (1, 1, 1)
    with busy.store.read(GROUP) as unit:
        assert due.hints(unit)
        assert due.writes(unit, TARGET)
        assert not due.writes(unit, "another")
        assert due.lanes(unit) == {"", TARGET}


def test_a_quiet_hub_has_nothing_due(kernel: Kernel) -> None:
    assert due.waiting(kernel) == due.Waiting(0, 0, 0, None)
    with kernel.store.read(GROUP) as unit:
        assert not due.hints(unit)
        assert not due.writes(unit, TARGET)
        assert due.lanes(unit) == set()


def test_grace_leaves_out_what_a_worker_may_just_be_taking(busy: Kernel, clock: FakeClock) -> None:
    clock.advance(1)
    assert counts(busy, grace=2.0) == (0, 0, 0)
    clock.advance(2)
    assert counts(busy, grace=2.0) == (1, 1, 1)
    assert due.waiting(busy).oldest == clock.now() - timedelta(seconds=3)


def test_what_is_done_or_due_later_or_leased_is_not_waiting(kernel: Kernel) -> None:
    later, soon = ago(kernel, hours=-1), ago(kernel, seconds=-30)
    a_hint(kernel, state="handled")
    a_hint(kernel, due_at=later)
    a_hint(kernel, lease_owner="w", lease_until=soon)
    a_case(kernel, planned=1)
    a_case(kernel, due_at=later)
    a_case(kernel, lease_owner="w", lease_until=soon)
    for state in ("delivered", "held", "cancelled"):
        a_delivery(kernel, state)
    a_delivery(kernel, "pending", due_at=later)
    a_delivery(kernel, "sending", lease_until=soon)
    assert counts(kernel) == (0, 0, 0)


def test_a_lease_that_ran_out_makes_it_waiting_again(kernel: Kernel) -> None:
    past = ago(kernel, seconds=1)
    a_hint(kernel, lease_owner="w", lease_until=past)
    a_case(kernel, lease_owner="w", lease_until=past)
    a_delivery(kernel, "sending", lease_until=past)
    a_delivery(kernel, "unknown")
    assert counts(kernel) == (1, 1, 2)


@pytest.mark.parametrize("reconnect", [False, True])
def test_a_paused_connection_has_nothing_due_until_it_opens(
    busy: Kernel, clock: FakeClock, reconnect: bool
) -> None:
    with busy.store.write(GROUP) as unit:
        for one in (SOURCE, TARGET):
            connections.pause(
                unit, one, unit.now + timedelta(minutes=1), PauseConnection.code, "Wait.", reconnect
            )
    assert counts(busy) == (0, 0, 0)
    with busy.store.read(GROUP) as unit:
        assert not due.hints(unit)
        assert not due.writes(unit, TARGET)
        assert due.lanes(unit) == set()
    clock.advance(61)
    assert counts(busy) == ((0, 0, 0) if reconnect else (1, 1, 1))


def test_a_doubtful_grant_is_due_also_while_nothing_may_be_called(busy: Kernel, clock: FakeClock) -> None:
    soon = clock.now() + timedelta(minutes=5)
    with busy.store.write(GROUP) as unit:
        connections.pause(unit, TARGET, unit.now + timedelta(hours=3), PauseConnection.code, "Wait.")
        unit.db.execute(grant.update().values(renew_at=soon, renew_for=TARGET))
        assert not due.writes(unit, TARGET)
    clock.advance(300)
    assert due.waiting(busy).renewals == 1
    with busy.store.read(GROUP) as unit:
        assert due.lanes(unit) == {"", TARGET}
    with busy.store.write(GROUP) as unit:
        unit.db.execute(grant.update().values(dead=True))
        assert not due.writes(unit, TARGET)


@pytest.mark.parametrize("whole_group", [False, True])
def test_a_freeze_stops_writes_only(busy: Kernel, whole_group: bool) -> None:
    with busy.store.write(GROUP) as unit:
        connections.freeze(unit, None if whole_group else TARGET, why="test")
    assert counts(busy) == (1, 1, 0)
