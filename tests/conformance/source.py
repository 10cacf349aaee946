"""What every source connector must do. A connector's test subclasses `SourceSuite` and says how to act.

Run against the vendor's sandbox through the hub's own HTTP client, so deadline, budget and retries are real.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from hub.contracts import Ask, FullListing, Record, Source, SourceClient, Stream, UpdatedSince
from hub.errors import HubError, Missing, RateLimited, ReadFailed, ReconnectNeeded


@dataclass
class SourceCase:
    """A connector opened over a sandbox, and what a person can do there.

    `root` names a stream and the id of one of its records; `edit` changes that record, `remove` takes it
    away; `plant` plants a fault for the next call; `dead` is a client whose key was revoked; `secrets` may
    stand in no error; `now` is the sandbox's moment, `slept` what the hub slept so far.
    """

    source: Source
    client: SourceClient
    root: tuple[str, str]
    edit: Callable[[], None]
    remove: Callable[[], None]
    plant: Callable[..., None]
    dead: Callable[[], SourceClient]
    now: Callable[[], datetime]
    slept: Callable[[], float]
    secrets: tuple[str, ...] = field(default=())

    def stream(self, name: str) -> Stream:
        return next(stream for stream in self.source.streams if stream.name == name)

    @property
    def rooted(self) -> Stream:
        return self.stream(self.root[0])

    def listed(self, stream: Stream, ask: Ask) -> list[Record]:
        records: list[Record] = []
        after: str | None = None
        while True:
            page = self.client.page(stream, ask, after)
            records += page.records
            if page.next is None:
                assert page.total in (None, len(records))
                return records
            assert page.next != after
            after = page.next


class SourceSuite:
    """Override `case` with a fixture that yields a SourceCase."""

    @pytest.fixture
    def case(self) -> Iterator[SourceCase]:
        raise NotImplementedError

    def test_streams_are_declared_whole(self, case: SourceCase) -> None:
        names = [stream.name for stream in case.source.streams]
        assert len(set(names)) == len(names)
        for n, stream in enumerate(case.source.streams):
            assert stream.note.strip(), f"{stream.name} says nothing about its timestamps"
            if stream.parent is not None:
                assert stream.parent in names[:n], "children come after their parents"

    def test_every_stream_lists_records_with_ids_stamps_and_known_relatives(self, case: SourceCase) -> None:
        names = {stream.name for stream in case.source.streams}
        seen = 0
        for stream in case.source.streams:
            for record in case.listed(stream, Ask(purpose="all")):
                seen += 1
                assert stream.id_of(record)
                assert isinstance(stream.cursor, FullListing) or stream.stamp(record) is not None
                assert {to for to, _ in stream.edges(record)} <= names
        assert seen

    def test_records_are_plain_json_without_floats(self, case: SourceCase) -> None:
        def floats(value: Any) -> bool:
            if isinstance(value, dict):
                return any(map(floats, value.values()))
            return any(map(floats, value)) if isinstance(value, list) else isinstance(value, float)

        for stream in case.source.streams:
            for record in case.listed(stream, Ask(purpose="all")):
                assert not floats(record)
                assert json.loads(json.dumps(record)) == record

    def test_one_record_is_what_the_list_says(self, case: SourceCase) -> None:
        stream, source_id = case.rooted, case.root[1]
        listed = {stream.id_of(r): r for r in case.listed(stream, Ask(purpose="all"))}
        assert case.client.fetch_one(stream, source_id) == listed[source_id]

    @pytest.mark.parametrize("odd", ["9" * 18, "", "../users/1", "1?x=1", "%2e%2e"])
    def test_an_id_that_is_not_there_is_missing(self, case: SourceCase, odd: str) -> None:
        with pytest.raises(Missing):
            case.client.fetch_one(case.rooted, odd)

    def test_what_changed_is_found_by_the_cursor(self, case: SourceCase) -> None:
        stream, source_id = case.rooted, case.root[1]
        assert isinstance(stream.cursor, UpdatedSince)
        since = case.now()
        ask = Ask(field=stream.cursor.field, since=since)
        assert case.listed(stream, ask) == []
        case.edit()
        found = case.listed(stream, ask)
        assert [stream.id_of(r) for r in found] == [source_id]
        assert all((stream.stamp(r) or since) >= since for r in found)

    def test_what_went_away_is_found_and_says_so(self, case: SourceCase) -> None:
        stream, source_id = case.rooted, case.root[1]
        assert isinstance(stream.cursor, UpdatedSince)
        since = case.now()
        case.remove()
        asks = [Ask(field=name, since=since) for name in (stream.cursor.field, *stream.cursor.sweeps)]
        found = {stream.id_of(r): r for ask in asks for r in case.listed(stream, ask)}
        assert stream.removed(found[source_id])
        assert stream.removed(case.client.fetch_one(stream, source_id))

    def test_children_come_for_their_parents_alone(self, case: SourceCase) -> None:
        for stream in case.source.streams:
            if stream.parent is None:
                continue
            parent = case.stream(stream.parent)
            ids = [parent.id_of(r) for r in case.listed(parent, Ask(purpose="all"))]
            every = [stream.id_of(r) for r in case.listed(stream, Ask(purpose="all"))]
            ask = Ask(parents=tuple(ids[:1]), purpose="parents")
            own = case.listed(stream, ask)
            assert all((stream.parent, ids[0]) in list(stream.edges(r)) for r in own)
            rest = case.listed(stream, Ask(parents=tuple(ids), purpose="parents"))
            assert sorted(map(stream.id_of, rest)) == sorted(every)

    def test_a_dead_key_asks_for_a_person(self, case: SourceCase) -> None:
        dead = case.dead()
        with pytest.raises(ReconnectNeeded) as raised:
            dead.page(case.rooted, Ask(purpose="all"), None)
        self.says_nothing(case, raised.value)
        assert [reason.code for reason in dead.probe()] == [raised.value.code]

    def test_an_outage_is_read_through(self, case: SourceCase) -> None:
        case.plant(kind="status", status=502, body="<html>")
        assert case.client.fetch_one(case.rooted, case.root[1])

    def test_a_lasting_outage_is_a_failed_read(self, case: SourceCase) -> None:
        case.plant(kind="status", status=500, body="<html>", times=None)
        with pytest.raises(ReadFailed) as raised:
            case.client.page(case.rooted, Ask(purpose="all"), None)
        self.says_nothing(case, raised.value)

    @pytest.mark.parametrize("kind", ["reset_before", "reset_after", "truncate"])
    def test_a_cut_answer_is_asked_again(self, case: SourceCase, kind: str) -> None:
        case.plant(kind=kind)
        assert case.client.page(case.rooted, Ask(purpose="all"), None).records

    @pytest.mark.parametrize("body", ["", "<html>", "[]", "{}", '{"links": {}}'])
    def test_an_answer_that_is_no_listing_is_a_failed_read(self, case: SourceCase, body: str) -> None:
        case.plant(kind="status", status=200, body=body)
        with pytest.raises(ReadFailed):
            case.client.page(case.rooted, Ask(purpose="all"), None)

    def test_a_long_wait_is_never_slept(self, case: SourceCase) -> None:
        before = case.slept()
        case.plant(kind="status", status=429, headers={"Retry-After": "3600"}, times=None)
        with pytest.raises(RateLimited) as raised:
            case.client.page(case.rooted, Ask(purpose="all"), None)
        assert case.slept() - before < 5
        assert raised.value.until is not None
        assert (raised.value.until - case.now()).total_seconds() > 3500

    def test_a_key_that_may_do_everything_passes_the_probe(self, case: SourceCase) -> None:
        assert list(case.client.probe()) == []

    def says_nothing(self, case: SourceCase, error: HubError) -> None:
        assert error.sentence
        for secret in case.secrets:
            assert secret not in f"{error} {error!r}"
