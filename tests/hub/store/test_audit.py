"""The audit log: written with what it describes, never changed, and tampering shows."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from hub import audit
from hub.store.session import Store
from hub.store.tables import audit_event
from tests.support.world import FakeClock


def write(store: Store, *entities: str) -> None:
    with store.write("harbour", agent="person:test") as unit:
        for one in entities:
            audit.record(unit, "release", "hold", one, outcome="released", reason="mended", count=1)


def test_it_is_written_in_the_same_transaction(store: Store) -> None:
    def fail() -> None:
        with store.write("harbour") as unit:
            audit.record(unit, "release", "hold", "h1", outcome="released")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    write(store, "h2")
    with store.read("harbour") as unit:
        rows = unit.db.execute(select(audit_event)).all()
    assert [(r.entity_id, r.agent, r.outcome, r.reason) for r in rows] == [
        ("h2", "person:test", "released", "mended")
    ]
    assert '"codes":{"count":1}' in rows[0].payload


@pytest.mark.parametrize("sql", ["UPDATE audit_event SET agent = 'x'", "DELETE FROM audit_event"])
def test_nobody_changes_or_deletes_a_row(store: Store, sql: str) -> None:
    write(store, "h1")
    with store.read("harbour") as unit, pytest.raises(DBAPIError, match="append-only"):
        unit.db.execute(text(sql))


def test_blocks_are_sealed_behind_the_horizon(store: Store, clock: FakeClock) -> None:
    write(store, "h1", "h2")
    assert audit.seal(store) == 0
    clock.advance(300)
    write(store, "h3")
    assert audit.seal(store) == 2
    assert audit.seal(store) == 0
    clock.advance(300)
    assert audit.seal(store) == 1
    assert audit.verify(store) == []


def test_tampering_past_the_triggers_shows(store: Store, clock: FakeClock, engine: Engine) -> None:
    write(store, "h1", "h2")
    clock.advance(300)
    audit.seal(store)
    with engine.begin() as db:
        drop = (
            "DROP TRIGGER audit_event_no_update"
            if engine.dialect.name == "sqlite"
            else "DROP TRIGGER audit_event_append_only ON audit_event"
        )
        db.execute(text(drop))
        db.execute(audit_event.update().where(audit_event.c.entity_id == "h1").values(payload="{}"))
    assert audit.verify(store) == ["Audit rows 1 to 2 are not what seal 1 sealed."]
