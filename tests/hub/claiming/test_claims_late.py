"""What is lost unless it is claimed: asked for at 21 and 23 months, told when it is too late."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from connectors.ndis.checks import deadline, two_years_before
from hub.claiming import batches, late
from hub.claiming.billing import LAST_DAY
from hub.kernel import Kernel
from hub.store import work_items
from tests.support.claimed import GROUP, Office, billed
from tests.support.world import FakeClock

LAST = "5 October 2028"


@pytest.fixture
def office(kernel: Kernel, clock: FakeClock) -> Office:
    return Office(kernel, clock)


def told(office: Office, on: date | None = None) -> list[str]:
    """What is to be done on a day (now, without one), as the night's round finds it."""
    if on is not None:
        office.later((on - office.clock.now().date()).days)
    late.watch(office.kernel, GROUP)
    with office.kernel.store.read(GROUP) as unit:
        return sorted(one.todo.sentence for one in work_items.listed(unit, kind=LAST_DAY))


def test_an_unclaimed_service_is_asked_for_twice_and_then_told_as_lost(office: Office) -> None:
    office.bill(billed("i1"))
    assert told(office) == []
    assert told(office, date(2028, 7, 4)) == []
    file = "make its file with `hub claims batch` and upload it."
    soon = f"what invoice 1 bills can be claimed from ndis until {LAST}; {file}"
    assert told(office, date(2028, 7, 5)) == [f"To be claimed in time: {soon}"]
    (item,) = _items(office)
    with office.kernel.store.write(GROUP) as unit:
        work_items.close(unit, item, by="person:ada", why="on Monday")
    assert told(office, date(2028, 7, 20)) == []
    assert told(office, date(2028, 9, 4)) == [f"Soon too late: {soon}"]
    assert told(office, date(2028, 10, 6)) == [
        f"Since {LAST} ndis no longer takes what invoice 1 bills: write it off."
    ]


def test_what_reached_the_scheme_is_no_longer_asked_for_and_a_refusal_is_again(office: Office) -> None:
    office.bill(billed("i1"))
    assert len(told(office, date(2028, 8, 1))) == 1
    (made,) = office.file()
    (sentence,) = told(office)
    assert "upload its file" in sentence
    batches.uploaded(office.kernel, GROUP, made.name, agent="person:ada", why="done")
    assert _items(office) == []
    office.results((office.only(), "ERROR", "0.00"))
    (sentence,) = told(office)
    assert "`hub holds` says what is missing" in sentence


def test_a_line_that_cannot_be_claimed_yet_is_asked_for_too(office: Office) -> None:
    office.bill(billed("i1", member=None), billed("i2", bill_to=None))
    (sentence,) = told(office, date(2028, 9, 30))
    assert sentence.startswith("Soon too late: what invoice 1 bills")
    office.bill(billed("i1", bill_to=None))
    assert told(office) == []


def test_the_last_day_is_the_last_on_which_the_agency_takes_it() -> None:
    """Of every day from one leap year to the next."""
    for served in (date(2024, 1, 1) + timedelta(days=n) for n in range(5 * 366)):
        found = deadline(served)
        assert two_years_before(found.last) <= served < two_years_before(found.last + timedelta(days=1))
        assert found.warn == (found.last - timedelta(days=92), found.last - timedelta(days=31))


def _items(office: Office) -> list[str]:
    with office.kernel.store.read(GROUP) as unit:
        return [one.id for one in work_items.listed(unit, kind=LAST_DAY)]
