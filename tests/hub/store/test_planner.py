"""No question on the way of a hint reads a whole group, however long the group's history is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from hub import inbox, worker
from hub.cli import context
from hub.contracts import Hint
from hub.store.planner import statistics
from hub.store.session import FIRST_MEASURED, Store, migrate, open_engine
from hub.store.vault import Vaults
from tests.cli.town import PRACTICE, Town, item, town
from tests.support.world import make_world

GROUP = "harbour"
GROWS = "raw_record|raw_edge|entity|entity_ref|case_need|external_link|delivery_attempt|batch"
BROAD = r"group_id=\?( AND connection_id=\?)?( AND target_id=\?)?( AND stream=\?)?"
WHOLE = re.compile(rf"SCAN (delivery|doc_case|{GROWS})\b|SEARCH (delivery|{GROWS}) .*\({BROAD}\)$")


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with town(tmp_path, monkeypatch) as made:
        made.go_live()
        yield made


def plans(engine: Engine, asked: dict[str, Any]) -> list[str]:
    """One line for each step of each statement that SQLite would take."""
    with engine.connect() as db:
        return [
            row[3]
            for statement, values in asked.items()
            for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]


def test_a_hint_asks_by_index(live: Town) -> None:
    bill = live.bill(live.patient(), "PH1")
    live.sync()
    live.do({"action": "edit_invoice", "invoice_id": bill["id"], "at": "2026-10-15T09:00:00+11:00",
             "items": [item("PH1"), item("PH2")]})  # fmt: skip
    hub = context.kernel()
    asked: dict[str, Any] = {}

    def note(conn: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.setdefault(statement, values[0] if isinstance(values, list) else values)

    with hub.store.write(GROUP) as unit:
        inbox.accept(unit, PRACTICE, [Hint("invoices", bill["id"])])
    event.listen(hub.world.engine, "before_cursor_execute", note)
    done = worker.drain(hub)
    event.remove(hub.world.engine, "before_cursor_execute", note)

    assert (done.counts["hints"], done.counts["delivered"]) == (1, 1), done
    assert [step for step in plans(hub.world.engine, asked) if WHOLE.search(step)] == []


def test_an_index_is_described_as_in_a_group_with_a_long_history() -> None:
    assert statistics(["id"], unique=True) == "1000000 1"
    assert statistics(["group_id", "case_id"], unique=False) == "1000000 1000000 5"
    assert (
        statistics(["group_id", "stream", "source_id", "version"], unique=True)
        == "1000000 1000000 100000 5 1"
    )
    assert statistics(["group_id", "due_at"], unique=False, partial=True) == "1000 1000 5"


def test_sqlite_alone_is_told(engine: Engine) -> None:
    with engine.connect() as db:
        here = db.dialect.name == "sqlite"
        described = db.execute(text("SELECT count(*) FROM sqlite_stat1")).scalar_one() if here else 0
    assert (described > 40) == here


def test_a_young_database_of_postgres_is_measured_after_the_first_units(postgres_url: str) -> None:
    """Else a first load is planned as if every group had a two-hundredth of the rows."""
    engine = open_engine(postgres_url)
    migrate(engine)
    world = make_world(engine)
    store = Store(world, Vaults(bytes(32), world.rng))
    store.create_group(GROUP)

    def measured() -> bool:
        with engine.connect() as db:
            known = "SELECT reltuples >= 0 FROM pg_class WHERE relname = 'clinic_group'"
            return bool(db.execute(text(known)).scalar_one())

    for _ in range(FIRST_MEASURED - 1):
        with store.write(GROUP):
            pass
    assert not measured()
    with store.write(GROUP):
        pass
    assert measured()
    engine.dispose()
