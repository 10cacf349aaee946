"""Wakers: a commit elsewhere wakes, silence and our own reading do not, a stop ends the wait."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from hub import wake
from hub.kernel import Kernel
from hub.wake import Waker
from hub.world import World
from tests.support.rows import GROUP, a_hint
from tests.support.world import FakeClock


@pytest.fixture
def waker(engine: Engine, world: World, kernel: Kernel) -> Iterator[Waker]:
    """Made after the group exists, so that nothing is news yet."""
    made = wake.waker(engine, world)
    yield made
    made.close()


def test_silence_lasts_as_long_as_asked(waker: Waker, clock: FakeClock, kernel: Kernel) -> None:
    before = clock.monotonic()
    with kernel.store.read(GROUP):
        pass
    if isinstance(waker, wake.SqliteWaker):
        assert not waker.wait(2.0)
        assert clock.monotonic() - before == pytest.approx(2.0)
    else:
        assert not waker.wait(0.0)


def test_a_commit_wakes_once(waker: Waker, kernel: Kernel) -> None:
    a_hint(kernel)
    assert waker.wait(5.0)
    assert not waker.wait(0.0)


def test_many_commits_are_one_wake(waker: Waker, kernel: Kernel) -> None:
    for _ in range(5):
        a_hint(kernel)
    assert waker.wait(5.0)
    assert not waker.wait(0.0)


def test_a_unit_that_wrote_nothing_wakes_nobody(waker: Waker, kernel: Kernel) -> None:
    with kernel.store.write(GROUP):
        pass
    assert not waker.wait(0.0)


def test_a_rolled_back_unit_wakes_nobody(waker: Waker, kernel: Kernel) -> None:
    def fails() -> None:
        with kernel.store.write(GROUP) as unit:
            unit.db.exec_driver_sql("DELETE FROM inbox_message")
            raise ValueError

    a_hint(kernel)
    waker.wait(5.0)
    with pytest.raises(ValueError):
        fails()
    assert not waker.wait(0.0)


def test_a_stop_ends_the_wait(waker: Waker) -> None:
    told = threading.Event()
    told.set()
    assert not waker.wait(3600.0, told.is_set)
