"""Moving a cursor by hand: back only, and only where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from hub import audit
from hub.errors import Misconfigured
from hub.pulling import run
from hub.store import cursors
from hub.store.session import Store, Unit
from hub.store.tables import stream_cursor
from tests.support.streams import stream

WHY = "a doubt"


@pytest.fixture
def unit(store: Store) -> Iterator[Unit]:
    """A stream of which a first run has begun and not ended."""
    with store.write("harbour", agent="person:test") as made:
        ttl = timedelta(minutes=2)
        run.begin(made, "practice", stream(), owner="me", ttl=ttl, nightly=False, settings={})
        yield made


def committed(unit: Unit) -> object:
    return unit.db.execute(select(stream_cursor.c.committed)).scalar_one()


def test_a_stream_never_read_whole_has_no_cursor_to_move(unit: Unit) -> None:
    """A cursor made up by hand would leave out everything before it."""
    for name, code in (("invoices", "cursor-forward"), ("nothing", "missing")):
        with pytest.raises(Misconfigured) as raised:
            cursors.move_back(unit, "practice", name, unit.now - timedelta(days=30), WHY)
        assert raised.value.code == code
    assert committed(unit) is None
    assert list(audit.history(unit, "stream", "practice/invoices")) == []


def test_one_that_was_moves_back_and_never_forward(unit: Unit) -> None:
    unit.db.execute(stream_cursor.update().values(committed=unit.now))
    with pytest.raises(Misconfigured):
        cursors.move_back(unit, "practice", "invoices", unit.now + timedelta(seconds=1), WHY)
    back = unit.now - timedelta(days=30)
    cursors.move_back(unit, "practice", "invoices", back, WHY)
    assert committed(unit) == back
    assert [row[2:] for row in audit.history(unit, "stream", "practice/invoices")] == [
        ("cursor.move", "moved")
    ]
