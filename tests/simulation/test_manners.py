"""Manners on the wire: one attempt is one call, and a wait that was asked for is kept."""

from __future__ import annotations

import httpx
import pytest

from hub.simulation.manners import KEY, SKEW, TELLING, UNDER_WAY, Manners

HOUR = 3600.0


def call(key: str = "one") -> httpx.Request:
    return httpx.Request("PUT", "http://ledger.test/Payments", headers={KEY: key})


def limited(seconds: float) -> httpx.Response:
    return httpx.Response(429, headers={"Retry-After": str(int(seconds))})


def test_two_calls_under_one_attempt_are_seen() -> None:
    manners = Manners()
    manners.sent("ledger", call(), 0.0, "worker-0.0")
    manners.lost(call(), httpx.ReadError("reset"))
    assert manners.wrong == []
    manners.sent("ledger", call(), 10.0, "worker-1.0")
    assert manners.wrong == ["two calls under one attempt: PUT /Payments"]


def test_a_call_that_never_left_or_was_turned_away_may_be_made_again() -> None:
    manners = Manners()
    manners.sent("ledger", call(), 0.0, "worker-0.0")
    manners.lost(call(), httpx.ConnectError("unreachable"))
    manners.sent("ledger", call(), 10.0, "worker-0.0")
    manners.answered("ledger", call(), limited(5), 10.0, "worker-0.0")
    manners.sent("ledger", call(), 20.0, "worker-0.0")
    assert manners.wrong == []


@pytest.mark.parametrize(
    ("who", "after", "wrong"),
    [
        ("worker-0.0", 10.0, True),  # it heard the answer itself
        ("worker-1.0", 10.0, False),  # its call may have been under way
        ("worker-1.0", UNDER_WAY + 10.0, True),
        ("worker-1.0", HOUR - SKEW + 10.0, False),  # by its own clock the wait may be over
        ("worker-0.0", HOUR + 1.0, False),
    ],
)
def test_a_connection_that_asked_to_wait_is_left_alone(who: str, after: float, wrong: bool) -> None:
    manners = Manners()
    manners.sent("ledger", call(), 0.0, "worker-0.0")
    manners.answered("ledger", call(), limited(HOUR), 0.0, "worker-0.0")
    manners.sent("ledger", call("two"), after, who)
    assert bool(manners.wrong) is wrong


@pytest.mark.parametrize(("died", "wrong"), [(TELLING / 2, False), (TELLING * 2, True)])
def test_what_a_process_heard_right_before_it_died_nobody_knows(died: float, wrong: bool) -> None:
    manners = Manners()
    manners.sent("ledger", call(), 0.0, "worker-0.0")
    manners.answered("ledger", call(), limited(HOUR), 0.0, "worker-0.0")
    manners.died("worker-0.0", died)
    manners.sent("ledger", call("two"), UNDER_WAY + 10.0, "worker-1.0")
    assert bool(manners.wrong) is wrong
