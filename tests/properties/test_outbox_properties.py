"""Whatever happens to calls, workers and the clinic's books, in any order: nothing twice, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from tests.properties.budget import budget
from tests.properties.outbox_machine import OutboxMachine
from tests.support.databases import PostgresTemplate, SqliteTemplate


def test_any_sequence_on_sqlite_ends_in_what_is_wanted(sqlite_template: SqliteTemplate) -> None:
    class OnSqlite(OutboxMachine):
        databases = staticmethod(sqlite_template.database)

    run_state_machine_as_test(OnSqlite, settings=budget(40, 25))  # type: ignore[no-untyped-call]


def test_any_sequence_on_postgres_ends_in_what_is_wanted(postgres_template: PostgresTemplate) -> None:
    @contextmanager
    def database(folder: Path) -> Iterator[Engine]:
        with postgres_template.database() as engine:
            yield engine

    class OnPostgres(OutboxMachine):
        databases = staticmethod(database)

    run_state_machine_as_test(OnPostgres, settings=budget(4, 15))  # type: ignore[no-untyped-call]
