"""What every source must do. A connector's test subclasses `SourceSuite` and gives a `bench` fixture.

The connector's client reads the organisation through the hub's own HTTP client, and every declared stream is
read through the hub's real pulling (tests/conformance/pulling.py).
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine

from hub.contracts import Ask, FullListing, Page, SourceClient, Stream, Trust, UpdatedSince
from hub.errors import HubError, Missing, RateLimited, ReadFailed, ReconnectNeeded
from hub.settings import Settings
from tests.conformance import pulling
from tests.conformance.source_bench import SourceBench
from tests.conformance.source_house import House, connect, open_house
from tests.conformance.wire import FAULTS, Fault

ALL = Ask(purpose="all")
HTML = b"<html>"


class SourceSuite:
    """Inherit, and give a `bench` fixture: a fresh organisation for each test."""

    @pytest.fixture
    def bench(self) -> Any:
        raise NotImplementedError

    @pytest.fixture
    def house(self, bench: SourceBench, quick_engine: Engine, settings: Settings) -> House:
        return open_house(bench, quick_engine, settings)

    @pytest.fixture
    def client(self, house: House) -> SourceClient:
        """The connector's client over an organisation with a few records of each stream."""
        house.stock(2)
        return house.client()

    # --- what is declared ---------------------------------------------------------------------------

    def test_streams_are_declared_whole(self, bench: SourceBench) -> None:
        names = [stream.name for stream in bench.source.streams]
        assert len(set(names)) == len(names)
        assert set(bench.hands) == set(names), "each stream needs somebody's hands"
        for n, stream in enumerate(bench.source.streams):
            assert stream.note.strip(), f"{stream.name} says nothing about its timestamps"
            if stream.parent is not None:
                assert stream.parent in names[:n], "children come after their parents"

    # --- what the client answers --------------------------------------------------------------------

    def test_every_stream_lists_records_with_ids_stamps_and_known_relatives(
        self, house: House, client: SourceClient
    ) -> None:
        names = {stream.name for stream in house.streams}
        for stream in house.streams:
            found = listed(client, stream, ALL)
            assert found, f"{stream.name} is empty"
            for record in found:
                assert stream.id_of(record)
                assert isinstance(stream.cursor, FullListing) or stream.stamp(record) is not None
                assert {to for to, _ in stream.edges(record)} <= names
                assert not _floats(record)
                assert json.loads(json.dumps(record)) == record

    def test_one_record_is_what_the_list_says(self, house: House, client: SourceClient) -> None:
        for stream in house.streams:
            record = listed(client, stream, ALL)[0]
            assert client.fetch_one(stream, stream.id_of(record)) == record

    @pytest.mark.parametrize("odd", ["9" * 18, "", "../users/1", "1?x=1", "%2e%2e"])
    def test_an_id_that_is_not_there_is_missing(self, house: House, odd: str) -> None:
        for stream in house.streams:
            with pytest.raises(Missing):
                house.client().fetch_one(stream, odd)

    def test_children_come_for_their_parents_alone(self, house: House, client: SourceClient) -> None:
        streams = {stream.name: stream for stream in house.streams}
        for stream in house.streams:
            if stream.parent is None:
                continue
            parent = streams[stream.parent]
            ids = [parent.id_of(record) for record in listed(client, parent, ALL)]
            own = listed(client, stream, Ask(parents=tuple(ids[:1]), purpose="parents"))
            assert all((stream.parent, ids[0]) in list(stream.edges(record)) for record in own)
            rest = listed(client, stream, Ask(parents=tuple(ids), purpose="parents"))
            every = listed(client, stream, ALL)
            assert sorted(map(stream.id_of, rest)) == sorted(map(stream.id_of, every))

    def test_a_listing_since_shows_what_changed_since(self, house: House) -> None:
        """What changed, and not simply everything: a first load may take hours, a poll may not.

        Of streams whose own time moves with an edit; a business date need not.
        """
        for stream in pulling.edited(house):
            timed = stream.trust is Trust.SOURCE_TIME and stream.parent is None
            if not timed or not isinstance(stream.cursor, UpdatedSince):
                continue
            old, one = house.stock(3)[stream.name][:2]
            house.bench.clock.advance(3 * 86_400)
            since = house.bench.clock.now()
            house.bench.clock.advance(60)
            house.bench.hands[stream.name].edit(one, "changed")  # type: ignore[misc]
            found = listed(house.client(), stream, Ask(field=stream.cursor.field, since=since))
            ids = [stream.id_of(record) for record in found]
            assert one in ids, f"{stream.name} leaves out what changed"
            assert old not in ids, f"{stream.name} shows what did not change"

    # --- what goes wrong on the wire ----------------------------------------------------------------

    def test_a_dead_key_asks_for_a_person(self, house: House) -> None:
        connect(house.kernel, house.bench, house.bench.dead)
        dead = house.client()
        with pytest.raises(ReconnectNeeded) as raised:
            dead.page(house.streams[0], ALL, None)
        says_nothing(house, raised.value)
        assert [reason.code for reason in dead.probe()] == [raised.value.code]

    @pytest.mark.parametrize(
        "fault", ["500-before", "503-before", "reset-before", "reset-after", "timeout-before"]
    )
    def test_an_outage_is_read_through(self, house: House, client: SourceClient, fault: str) -> None:
        house.wire.arm(FAULTS[fault])
        assert client.page(house.streams[0], ALL, None).records
        assert house.wire.hits == 1

    def test_a_lasting_outage_is_a_failed_read(self, house: House, client: SourceClient) -> None:
        house.wire.arm(FAULTS["500-before"], times=None)
        with pytest.raises(ReadFailed) as raised:
            client.page(house.streams[0], ALL, None)
        says_nothing(house, raised.value)

    def test_a_page_that_fails_is_no_end(self, house: House) -> None:
        """Of streams whose records fill several pages of the system's own."""
        house.stock(6)
        for stream in house.streams:
            client = house.client()
            following = client.page(stream, ALL, None).next
            if following is not None:
                house.wire.arm(FAULTS["500-before"], times=None)
                with pytest.raises(ReadFailed):
                    client.page(stream, ALL, following)
                house.wire.arm(FAULTS["500-before"], times=0)

    @pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"links": {}}', b"null", b"\xff"])
    def test_an_answer_that_is_no_listing_is_a_failed_read(
        self, house: House, client: SourceClient, body: bytes
    ) -> None:
        for stream in house.streams:
            house.wire.arm(Fault(status=200, headers=(("Content-Type", "application/json"),), body=body))
            with pytest.raises(ReadFailed):
                client.page(stream, ALL, None)

    def test_a_cut_answer_is_a_failed_read(self, house: House, client: SourceClient) -> None:
        house.wire.arm(FAULTS["truncated"])
        with pytest.raises(ReadFailed):
            client.page(house.streams[0], ALL, None)

    def test_a_long_wait_is_never_slept(self, house: House, client: SourceClient) -> None:
        clock = house.bench.clock
        before = sum(clock.slept)
        house.wire.arm(FAULTS["429-hours"], times=None)
        with pytest.raises(RateLimited) as raised:
            client.page(house.streams[0], ALL, None)
        assert sum(clock.slept) - before < 5
        assert raised.value.until is not None
        assert (raised.value.until - clock.now()).total_seconds() >= FAULTS["429-hours"].wait - 5

    def test_a_key_that_may_do_everything_passes_the_probe(self, client: SourceClient) -> None:
        assert list(client.probe()) == []

    # --- how it is pulled ---------------------------------------------------------------------------

    @pytest.mark.parametrize("played", pulling.PLAYED)
    def test_every_stream_is_pulled_right(self, house: House, played: str) -> None:
        pulling.PLAYED[played](house)

    @pytest.mark.parametrize("played", ["middle page failed", "vanished"])
    def test_every_stream_is_pulled_right_on_postgresql(
        self, bench: SourceBench, postgres_engine: Engine, settings: Settings, played: str
    ) -> None:
        pulling.PLAYED[played](open_house(bench, postgres_engine, settings))


def listed(client: SourceClient, stream: Stream, ask: Ask) -> list[Any]:
    """A whole listing, page by page."""
    records: list[Any] = []
    page: Page | None = None
    while page is None or page.next is not None:
        page = client.page(stream, ask, page.next if page is not None else None)
        records += page.records
    assert page.total in (None, len(records))
    return records


def says_nothing(house: House, error: HubError) -> None:
    """The error has a sentence, and nothing private in it."""
    assert error.sentence
    for secret in (*house.bench.private, *house.bench.secret.values(), *house.bench.dead.values()):
        assert secret not in f"{error} {error!r}"


def _floats(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_floats, value.values()))
    return any(map(_floats, value)) if isinstance(value, list) else isinstance(value, float)
