"""Canonical values at rest: what counts as a change, what can be asked for, what stays unreadable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from hub.canonical import Provenance, Ref
from hub.store import entities
from hub.store.session import Store, Unit
from hub.store.tables import entity
from tests.support.values import PMS, invoice, patient, payment, provenance


@pytest.fixture
def unit(store: Store) -> Iterator[Unit]:
    with store.write("harbour") as made:
        yield made


def test_a_value_comes_back_whole(unit: Unit) -> None:
    for value in (patient(), invoice(), payment()):
        change = entities.put(unit, value)
        assert change is not None
        assert (change.old, change.new) == (None, value)
        assert entities.get(unit, PMS, value.kind, value.source.source_id) == value


def test_where_it_came_from_is_not_content(unit: Unit) -> None:
    entities.put(unit, patient())
    same = patient(source=provenance("patients", "p1", raw="raw2", mapping="2"))
    assert entities.put(unit, same) is None
    assert entities.get(unit, PMS, "patient", "p1") is not None
    row = unit.db.execute(select(entity)).one()
    assert (row.raw_record, row.mapping_version, row.version) == ("raw2", "2", 1)


def test_another_content_is_a_change_with_both_sides(unit: Unit) -> None:
    entities.put(unit, patient())
    change = entities.put(unit, patient(last_name="Canary-Smith"))
    assert change is not None
    assert change.old == patient()
    assert change.new == patient(last_name="Canary-Smith")


def test_withdrawn_values_are_not_found_but_may_return(unit: Unit) -> None:
    entities.put(unit, payment())
    gone = entities.withdraw(unit, PMS, "payment", "501", "not in the report")
    assert gone is not None
    assert (gone.old, gone.new) == (payment(), None)
    assert entities.withdraw(unit, PMS, "payment", "501", "again") is None
    assert entities.withdraw(unit, PMS, "payment", "999", "never there") is None
    assert entities.get(unit, PMS, "payment", "501") is None
    assert entities.pointing_at(unit, PMS, Ref("invoice", "i1"), "payment") == []
    assert len(entities.ids_by_number(unit, "501")) == 1
    back = entities.put(unit, payment())
    assert back is not None
    assert (back.old, back.new) == (None, payment())


def test_references_follow_the_content(unit: Unit) -> None:
    entities.put(unit, payment("501"))
    entities.put(unit, payment("500", 100))
    found = entities.pointing_at(unit, PMS, Ref("invoice", "i1"), "payment")
    assert [p.source.source_id for p in found] == ["500", "501"]
    entities.put(unit, payment("501", invoice="i2"))
    found = entities.pointing_at(unit, PMS, Ref("invoice", "i1"), "payment")
    assert [p.source.source_id for p in found] == ["500"]


def test_what_another_system_says_about_an_invoice_is_found_on_request(unit: Unit) -> None:
    card = replace(
        payment("ch_1"), source=Provenance("harbour-stripe", "charges", "ch_1", "raw1", "1"), pms=PMS
    )
    entities.put(unit, card)
    assert entities.pointing_at(unit, PMS, Ref("invoice", "i1"), "payment") == []
    assert entities.pointing_at(unit, PMS, Ref("invoice", "i1"), "payment", anywhere=True) == [card]
    entities.put(unit, payment("501"))
    assert entities.pointing_at(unit, PMS, Ref("invoice", "i1"), "payment") == [payment("501")]
    assert len(entities.pointing_at(unit, PMS, Ref("invoice", "i1"), "payment", anywhere=True)) == 2


def test_numbers_are_found_and_not_readable(unit: Unit) -> None:
    entities.put(unit, invoice())
    entities.put(unit, replace(payment("10432"), number="10432"))
    assert len(entities.by_number(unit, "10432")) == 2
    assert entities.by_number(unit, "10432", kind="invoice") == [invoice()]
    assert entities.by_number(unit, "10432", connection="elsewhere") == []
    row = unit.db.execute(select(entity).where(entity.c.kind == "invoice")).one()
    assert "10432" not in row.number_key
    assert b"10432" not in row.body_enc


def test_all_of_a_kind_by_place_and_day(unit: Unit) -> None:
    for n in range(5):
        entities.put(unit, payment(f"50{n}", day=date(2026, 10, 1 + n)))
    days = [
        p.source.source_id
        for p in entities.all_of(
            unit, PMS, "payment", location="b1", from_day=date(2026, 10, 2), to_day=date(2026, 10, 4)
        )
    ]
    assert days == ["501", "502", "503"]
    assert list(entities.all_of(unit, PMS, "payment", location="elsewhere")) == []


def test_all_of_reads_on_past_one_chunk(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entities, "_CHUNK", 2)
    for n in range(5):
        entities.put(unit, patient(f"p{n}"))
    found = [p.source.source_id for p in entities.all_of(unit, PMS, "patient")]
    assert found == ["p0", "p1", "p2", "p3", "p4"]
