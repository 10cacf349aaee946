"""The audit log: written with what it describes, never changed."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from hub import audit
from hub.store.session import Store
from hub.store.tables import audit_event


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
