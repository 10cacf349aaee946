"""The source suite catches wrong sources: each of these is the fake one with one thing wrong.

Each says which check of the suite must find it out; the right one passes all of them (test_fake_source.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from hub.contracts import Ask, Page, Record, Stream
from hub.errors import ReadFailed
from hub.settings import Settings
from tests.conformance import pulling
from tests.conformance.fake_practice import PracticeClient, PracticeSource, changed_at, practice_bench
from tests.conformance.source import SourceSuite
from tests.conformance.source_house import House, open_house

Check = Callable[[House], None]
SUITE = SourceSuite()


def played(name: str) -> Check:
    """The suite's own play of one name."""
    return pulling.PLAYED[name]


def since(house: House) -> None:
    SUITE.test_a_listing_since_shows_what_changed_since(house)


def outage(house: House) -> None:
    SUITE.test_a_lasting_outage_is_a_failed_read(house, house.client())


def failed_page(house: House) -> None:
    SUITE.test_a_page_that_fails_is_no_end(house)


def records(house: House) -> None:
    house.stock(2)
    SUITE.test_every_stream_lists_records_with_ids_stamps_and_known_relatives(house, house.client())


def one_record(house: House) -> None:
    house.stock(2)
    SUITE.test_one_record_is_what_the_list_says(house, house.client())


class DropsTheLastRow(PracticeClient):
    """Takes a page for one longer than it is (an end that is left out)."""

    def page(self, stream: Stream, ask: Ask, next_page: str | None) -> Page:
        page = super().page(stream, ask, next_page)
        return replace(page, records=page.records[:-1], total=None)


class RepeatsAPage(PracticeClient):
    """Asks for the first page again instead of the second."""

    def page(self, stream: Stream, ask: Ask, next_page: str | None) -> Page:
        page = super().page(stream, ask, next_page)
        return replace(page, records=super().page(stream, ask, None).records) if next_page == "2" else page


class StopsAtTheFirstPage(PracticeClient):
    """Answers a part as if it were all."""

    def page(self, stream: Stream, ask: Ask, next_page: str | None) -> Page:
        page = super().page(stream, ask, next_page)
        return replace(page, next=None, total=len(page.records))


class TakesAFailureForTheEnd(PracticeClient):
    """A later page that cannot be read ends the listing."""

    def page(self, stream: Stream, ask: Ask, next_page: str | None) -> Page:
        try:
            return super().page(stream, ask, next_page)
        except ReadFailed:
            if next_page is None:
                raise
            return Page(())


class TakesAFailureForNothing(PracticeClient):
    """A listing that cannot be read is an empty one."""

    def page(self, stream: Stream, ask: Ask, next_page: str | None) -> Page:
        try:
            return super().page(stream, ask, next_page)
        except ReadFailed:
            return Page(())


class IgnoresSince(PracticeClient):
    """Asks for everything each time."""

    def asked(self, ask: Ask, next_page: str | None) -> dict[str, str]:
        return super().asked(replace(ask, since=None), next_page)


class AsksFromNow(PracticeClient):
    """Asks for what changed after this run's cursor, without what is behind it."""

    def asked(self, ask: Ask, next_page: str | None) -> dict[str, str]:
        later = ask.since + timedelta(minutes=5) if ask.since is not None else None
        return super().asked(replace(ask, since=later), next_page)


class ListsWithoutDetails(PracticeClient):
    """A list shows less of a record than the record itself."""

    def page(self, stream: Stream, ask: Ask, next_page: str | None) -> Page:
        page = super().page(stream, ask, next_page)
        return replace(page, records=tuple({**one, "text": ""} for one in page.records))


def backwards(record: Record) -> datetime:
    """Days and months taken for each other, a clock of twelve hours: later changes look older."""
    return changed_at(record) - 2 * (changed_at(record) - datetime.fromisoformat("2026-10-05T00:00:00+00:00"))


def by(client: type[PracticeClient]) -> PracticeSource:
    source = PracticeSource()
    source.client = client  # type: ignore[misc]
    return source


def stamped(stamp: Callable[[Record], datetime | None]) -> PracticeSource:
    source = PracticeSource()
    source.streams = tuple(replace(one, stamp=stamp) for one in source.streams)
    return source


@dataclass(frozen=True)
class Wrong:
    """A wrong source, and the check that must fail."""

    name: str
    source: PracticeSource
    check: Check


WRONG = (
    Wrong("drops the last row of each page", by(DropsTheLastRow), played("first load")),
    Wrong("repeats a page", by(RepeatsAPage), played("first load")),
    Wrong("stops at the first page", by(StopsAtTheFirstPage), played("first load")),
    Wrong("takes a failed page for the end", by(TakesAFailureForTheEnd), failed_page),
    Wrong("takes a failure for nothing", by(TakesAFailureForNothing), outage),
    Wrong("ignores since", by(IgnoresSince), since),
    Wrong("asks from now", by(AsksFromNow), played("late rows")),
    Wrong("lists without details", by(ListsWithoutDetails), one_record),
    Wrong("stamps run backwards", stamped(backwards), played("there and back")),
    Wrong("has no stamps", stamped(lambda record: None), records),
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_a_wrong_source_is_found_out(wrong: Wrong, quick_engine: Engine, settings: Settings) -> None:
    house = open_house(practice_bench(wrong.source), quick_engine, settings)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        wrong.check(house)
