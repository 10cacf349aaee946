"""The database fails in the middle of a pull: the cursor stays, the page is read again, nothing is lost."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta

import pytest

from hub import ingest
from hub.errors import DatabaseFailed
from hub.pulling import keep
from hub.store.tables import raw_record, stream_cursor
from tests.support.breaking import NO_ROOM, no_room
from tests.support.clinic import CONNECTION, GROUP, Clinic, Hub


def raw_rows(hub: Hub) -> list[tuple[str, str, int]]:
    with hub.kernel.store.read(GROUP) as unit:
        rows = unit.db.execute(raw_record.select())
        return sorted((row.stream, row.source_id, row.version) for row in rows)


def test_no_room_for_a_page_leaves_its_cursor_and_the_next_pull_reads_it(
    hub: Hub, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = clinic.invoice(9500)
    store, full, engine = keep.keep, ExitStack(), hub.kernel.world.engine

    def fill_up(*args: object) -> int:
        full.enter_context(no_room(engine))
        return store(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(keep, "keep", fill_up)
    with full, pytest.raises(DatabaseFailed) as caught:
        hub.pull()
    monkeypatch.undo()
    assert caught.value.code == NO_ROOM[engine.dialect.name]
    assert raw_rows(hub) == []
    with hub.kernel.store.read(GROUP) as unit:
        cursors = unit.db.execute(stream_cursor.select()).all()
    assert {row.committed for row in cursors} <= {None}
    clinic.clock.advance(hub.kernel.settings.lease_seconds + 1)
    hub.sync()
    assert hub.get("invoice", made["id"]) is not None
    before = raw_rows(hub)
    clinic.clock.advance(60)
    hub.sync()
    assert raw_rows(hub) == before


def test_no_room_to_begin_with_is_said_for_the_connection(hub: Hub, clinic: Clinic) -> None:
    clinic.invoice(9500)
    with no_room(hub.kernel.world.engine):
        try:
            reports = ingest.pull_connection(
                hub.kernel, GROUP, CONNECTION, hub.clock.now() + timedelta(minutes=1)
            )
            codes = {report.error.code for report in reports if report.error is not None}
        except DatabaseFailed as error:
            codes = {error.code}
    assert codes == {NO_ROOM[hub.kernel.world.engine.dialect.name]}
    assert raw_rows(hub) == []
    hub.sync()
    assert raw_rows(hub) != []
