"""Raw records: which copies are versions, which version is the latest, and who points at whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from hub.contracts import Trust
from hub.store import issues, raw
from hub.store.session import Store, Unit
from hub.store.tables import raw_record
from tests.support.streams import record, stream
from tests.support.world import START

C = "cliniko-harbour"
T1, T2, T3 = (START + timedelta(minutes=n) for n in (1, 2, 3))
INVOICES = stream()
BY_ASKING = stream(trust=Trust.ASKED_TIME)


@pytest.fixture
def unit(store: Store) -> Iterator[Unit]:
    with store.write("harbour") as made:
        yield made


def versions(unit: Unit, source_id: str = "1") -> list[tuple[int, bool, bool]]:
    t = raw_record.c
    query = select(t.version, t.latest, t.gone).where(t.source_id == source_id).order_by(t.version)
    return [tuple(row) for row in unit.db.execute(query)]


def put(unit: Unit, *records: object, asked: object = START, s: object = INVOICES) -> raw.StoreResult:
    return raw.store_records(unit, C, s, records, asked)  # type: ignore[arg-type]


def test_an_equal_copy_is_no_version(unit: Unit) -> None:
    assert len(put(unit, record("1", T1, total=5)).changed) == 1
    again = put(unit, record("1", T1, total=5), asked=T2)
    assert (again.changed, again.seen) == ([], 1)
    assert versions(unit) == [(1, True, False)]


def test_back_to_an_earlier_content_is_a_third_version(unit: Unit) -> None:
    for stamp, total in ((T1, 5), (T2, 6), (T3, 5)):
        put(unit, record("1", stamp, total=total))
    assert versions(unit) == [(1, False, False), (2, False, False), (3, True, False)]


def test_the_sources_own_time_orders_where_it_is_trusted(unit: Unit) -> None:
    put(unit, record("1", T2, total=6), asked=T2)
    late = put(unit, record("1", T1, total=5), asked=T3)
    assert late.changed == []
    assert versions(unit) == [(1, True, False), (2, False, False)]
    found = raw.latest(unit, C, "invoices", "1")
    assert found is not None
    assert found.body["total"] == 6
    put(unit, record("1", T1, total=5), asked=T3)
    assert len(versions(unit)) == 2, "the same old copy again is not stored again"


def test_elsewhere_the_time_we_asked_orders(unit: Unit) -> None:
    put(unit, record("1", T2, total=6), asked=T2, s=BY_ASKING)
    assert put(unit, record("1", T3, total=5), asked=T1, s=BY_ASKING).changed == []
    assert len(put(unit, record("1", T1, total=4), asked=T3, s=BY_ASKING).changed) == 1


def test_equal_stamps_are_ordered_by_asking(unit: Unit) -> None:
    put(unit, record("1", T1, total=5), asked=T2)
    assert put(unit, record("1", T1, total=6), asked=T1).changed == []
    assert len(put(unit, record("1", T1, total=7), asked=T3).changed) == 1


def test_one_page_may_hold_several_versions(unit: Unit) -> None:
    result = put(unit, record("1", T1, total=5), record("1", T2, total=6), record("2", T1))
    assert len(result.changed) == 2
    assert result.seen == 3
    assert versions(unit) == [(1, False, False), (2, True, False)]


def test_bodies_are_sealed(unit: Unit) -> None:
    put(unit, record("1", T1, name="Jordan Canary"))
    row = unit.db.execute(select(raw_record)).one()
    assert b"Canary" not in row.body_enc
    assert len(row.body_hash) == 64


def test_gone_and_back_again_are_versions(unit: Unit) -> None:
    put(unit, record("1", T1, total=5), record("2", T1))
    made = raw.mark_gone(unit, C, INVOICES, ["1", "unknown"], T2)
    assert raw.mark_gone(unit, C, INVOICES, ["1"], T2) == []
    assert raw.living_ids(unit, C, "invoices", by=unit.now) == ["2"]
    latest = raw.latest(unit, C, "invoices", "1")
    assert latest is not None
    assert (latest.id, latest.gone, latest.body["total"]) == (made[0], True, 5)
    assert len(put(unit, record("1", T1, total=5), asked=T3).changed) == 1
    assert versions(unit) == [(1, False, False), (2, False, True), (3, True, False)]


def test_an_older_copy_does_not_bring_back_what_is_gone(unit: Unit) -> None:
    put(unit, record("1", T1, total=5))
    raw.mark_gone(unit, C, INVOICES, ["1"], T3)
    assert put(unit, record("1", T1, total=5), asked=T2).changed == []
    assert raw.living_ids(unit, C, "invoices", by=unit.now) == []


def test_only_latest_versions_wait_for_normalising(unit: Unit) -> None:
    put(unit, record("1", T1, total=5))
    put(unit, record("1", T2, total=6), record("2", T1))
    waiting = raw.to_normalise(unit, C, 10)
    assert [(row.source_id, row.version) for row in waiting] == [("1", 2), ("2", 1)]
    raw.normalised(unit, [waiting[0].id])
    assert [row.source_id for row in raw.to_normalise(unit, C, 10)] == ["2"]
    assert len(raw.to_normalise(unit, C, 0)) == 0
    assert raw.normalise_again(unit, C, "invoices") == 2
    assert len(raw.to_normalise(unit, C, 10)) == 2


def test_edges_follow_the_latest_version(unit: Unit) -> None:
    items = stream("items")
    put(unit, record("7", T1, ("invoices", "1"), ("taxes", "9")), s=items)
    put(unit, record("8", T1, ("invoices", "1")), s=items)
    assert [row.source_id for row in raw.children(unit, C, "items", "invoices", "1")] == ["7", "8"]
    put(unit, record("7", T2, ("invoices", "2")), s=items)
    assert [row.source_id for row in raw.children(unit, C, "items", "invoices", "1")] == ["8"]
    assert raw.edges_of(unit, C, "items", "7") == [("invoices", "2")]
    assert raw.roots_pointing_at(unit, C, "items", "invoices", ["1", "2", "3"]) == ["7", "8"]
    put(unit, record("7", T1, ("invoices", "3")), s=items)
    assert raw.edges_of(unit, C, "items", "7") == [("invoices", "2")], "an old copy moves no edges"


def test_a_record_without_an_id_is_an_issue_and_the_rest_goes_on(unit: Unit) -> None:
    result = put(unit, {"name": "Jordan Canary"}, record("1", T1))
    assert len(result.changed) == 1
    assert result.seen == 2
    (issue,) = issues.list_open(unit)
    assert issue.reason.code == "record:malformed"
    assert "Canary" not in issue.reason.sentence + issue.number
    put(unit, {"name": "Jordan Canary"})
    assert len(issues.list_open(unit)) == 1


def test_a_malformed_record_with_an_id_is_stored(unit: Unit) -> None:
    assert len(put(unit, {"id": "1", "stamp": "no time", "points": None}).changed) == 1
    found = raw.latest(unit, C, "invoices", "1")
    assert found is not None
    assert found.source_time is None


def test_differing_stores_nothing(unit: Unit) -> None:
    put(unit, record("1", T1, total=5), record("2", T1))
    page = [record("1", T1, total=6), record("2", T1), record("3", T1), {"no": "id"}]
    assert [r["id"] for r in raw.differing(unit, C, INVOICES, page)] == ["1", "3"]
    assert versions(unit, "3") == []


def test_many_records_in_one_page(unit: Unit) -> None:
    page = [record(str(n), T1, ("patients", str(n % 7))) for n in range(1200)]
    assert len(put(unit, *page).changed) == 1200
    assert put(unit, *page).changed == []
    assert len(raw.latest_of(unit, C, "invoices", [str(n) for n in range(1200)])) == 1200


def test_connections_and_groups_are_apart(store: Store) -> None:
    store.create_group("alpine")
    with store.write("harbour") as unit:
        put(unit, record("1", T1))
        assert raw.latest(unit, "other", "invoices", "1") is None
    with store.read("alpine") as unit:
        assert raw.latest(unit, C, "invoices", "1") is None
        assert raw.to_normalise(unit, C, 10) == []
