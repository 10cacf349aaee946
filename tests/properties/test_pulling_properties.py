"""Whatever happens between two pages: nothing is lost, nothing is taken as gone that is there."""

from __future__ import annotations

from hypothesis.stateful import run_state_machine_as_test

from tests.properties.budget import budget
from tests.properties.pulling_machine import PullingMachine
from tests.support.databases import SqliteTemplate


def test_a_practice_that_never_stands_still_is_read_whole(sqlite_template: SqliteTemplate) -> None:
    class OnSqlite(PullingMachine):
        databases = staticmethod(sqlite_template.database)

    run_state_machine_as_test(OnSqlite, settings=budget(35, 20))  # type: ignore[no-untyped-call]
