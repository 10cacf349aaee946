"""Shared budgets: counted over processes, kept for hints, obedient to what the vendor says."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import Engine

from hub.contracts import Budget
from hub.errors import RateLimited
from hub.http import http_factory
from hub.limits import WINDOW, Budgets, Permit, reserving
from hub.store.session import Store
from tests.support.script import Scripted
from tests.support.world import FakeClock, make_world

XERO = Budget(5, 60, 5000)
NAME = "harbour/xero"


def use(budgets: Budgets, count: int, budget: Budget = XERO) -> None:
    for _ in range(count):
        budgets.done(budgets.permit(NAME, budget, "w"), budget)


def test_the_minute_is_counted_over_all_processes(store: Store, clock: FakeClock) -> None:
    one, two = Budgets(store), Budgets(store)
    begun = clock.now()
    use(one, 30)
    use(two, 30)
    with pytest.raises(RateLimited) as caught:
        one.permit(NAME, XERO, "w")
    assert caught.value.until == begun + WINDOW
    assert caught.value.code == "budget:minute"
    clock.advance(WINDOW.total_seconds())
    use(two, 60)


def test_calls_in_progress_are_limited_and_those_of_the_dead_end(store: Store, clock: FakeClock) -> None:
    budgets = Budgets(store, ttl=45)
    permits = [budgets.permit(NAME, XERO, "w") for _ in range(5)]
    with pytest.raises(RateLimited) as caught:
        budgets.permit(NAME, XERO, "w")
    assert caught.value.code == "budget:concurrent"
    budgets.done(permits[0], XERO)
    budgets.permit(NAME, XERO, "w")
    clock.advance(46)
    budgets.permit(NAME, XERO, "w")


def test_first_loads_leave_a_fifth_to_hints(store: Store) -> None:
    budgets = Budgets(store)
    with reserving(0.2):
        use(budgets, 48)
        with pytest.raises(RateLimited):
            budgets.permit(NAME, XERO, "w")
    use(budgets, 12)


def test_a_low_day_is_kept_for_changes(store: Store, clock: FakeClock) -> None:
    budgets = Budgets(store)
    budgets.done(budgets.permit(NAME, XERO, "w"), XERO, day=900)
    assert budgets.day_remaining(NAME) == 900
    with reserving(0.2), pytest.raises(RateLimited) as caught:
        budgets.permit(NAME, XERO, "w")
    assert caught.value.code == "budget:day"
    use(budgets, 1)
    clock.advance(3600)
    with reserving(0.2):
        use(budgets, 1)


def test_a_wait_asked_for_binds_everybody_and_never_gets_shorter(store: Store, clock: FakeClock) -> None:
    budgets = Budgets(store)
    use(budgets, 1)
    until = clock.now() + timedelta(hours=5)
    budgets.penalise(NAME, until)
    budgets.penalise(NAME, clock.now() + timedelta(seconds=10))
    with pytest.raises(RateLimited) as caught:
        Budgets(store).permit(NAME, XERO, "w")
    assert caught.value.until == until
    clock.advance(5 * 3600)
    use(budgets, 60)


def test_a_short_wait_ends_before_our_own_minute(store: Store, clock: FakeClock) -> None:
    budgets = Budgets(store)
    use(budgets, 3)
    budgets.penalise(NAME, clock.now() + timedelta(seconds=2))
    clock.advance(2)
    use(budgets, 1)


def test_calls_of_others_under_the_same_limit_are_counted(store: Store) -> None:
    budgets = Budgets(store)
    permit = budgets.permit(NAME, XERO, "w")
    budgets.done(permit, XERO, minute=10)
    use(budgets, 10)
    with pytest.raises(RateLimited):
        budgets.permit(NAME, XERO, "w")


def test_our_own_calls_under_way_are_not_taken_for_others(store: Store) -> None:
    budgets = Budgets(store)
    permit = budgets.permit(NAME, XERO, "w")
    budgets.done(permit, XERO, minute=55)
    use(budgets, 59)


def test_connections_have_budgets_of_their_own(store: Store) -> None:
    budgets = Budgets(store)
    use(budgets, 60)
    budgets.permit("harbour/cliniko", XERO, "w")


def test_many_threads_never_take_more_than_there_is(store: Store) -> None:
    budgets, taken, small = Budgets(store), [], Budget(3, 1000)

    def take() -> None:
        with suppress(RateLimited):
            taken.append(budgets.permit("busy", small, "w"))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 3
    assert all(isinstance(one, Permit) for one in taken)


def test_a_client_takes_permits_and_waits_a_little(engine: Engine, store: Store, clock: FakeClock) -> None:
    scripted = Scripted(httpx.Response(200, headers={"X-DayLimit-Remaining": "4321"}))
    world = make_world(engine, clock=clock, transports={"xero": scripted})
    budgets, small = Budgets(store), Budget(5, 2)
    factory = http_factory(world, "xero", budgets, small, name=NAME)
    client = factory(base_url="http://xero.test", headers={"User-Agent": "t"})
    client.get("/1")
    assert budgets.day_remaining(NAME) == 4321
    clock.advance(WINDOW.total_seconds() - 3)
    client.get("/2")
    client.get("/3")
    assert sum(clock.slept) == pytest.approx(3)
    client.get("/4")
    with pytest.raises(RateLimited):
        client.put("/5")
    assert len(scripted.requests) == 4
