"""Whatever happens to calls, workers and the clinic's books, in any order: nothing twice, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from hub.rendering import Rendered
from tests.properties.budget import budget
from tests.properties.outbox_machine import OutboxMachine
from tests.support.databases import PostgresTemplate, SqliteTemplate


def test_any_sequence_on_sqlite_ends_in_what_is_wanted(sqlite_template: SqliteTemplate) -> None:
    class OnSqlite(OutboxMachine):
        databases = staticmethod(sqlite_template.database)

    run_state_machine_as_test(OnSqlite, settings=budget(25, 25))  # type: ignore[no-untyped-call]


@pytest.fixture
def machine(sqlite_template: SqliteTemplate) -> OutboxMachine:
    class OnSqlite(OutboxMachine):
        databases = staticmethod(sqlite_template.database)

    made = OnSqlite()
    made.bill("i1", 9500, [1000], False)
    return made


def late(machine: OutboxMachine) -> None:
    """The next step goes out, no answer comes, and it takes effect a minute later."""
    machine.plan(0)
    machine.take(0)
    machine.send(0, "late", 60.0)
    machine.look(0, 0)


@pytest.mark.parametrize("gross", [12000, None], ids=["changed", "taken back"])
def test_a_late_create_meets_an_invoice_changed_meanwhile(machine: OutboxMachine, gross: int | None) -> None:
    machine.first.renderer.rendered["i1"] = Rendered()
    machine.first.contact("p1")
    machine.first.go()
    machine.bill("i1", 9500, [], False)
    late(machine)
    machine.bill("i1", gross, [], False) if gross else machine.take_back("i1")
    machine.first.once()
    machine.teardown()


@pytest.mark.parametrize(
    ("then", "back"),
    [((12000, [1000]), (9500, [1000])), ((9500, []), (9500, [1000])), (None, (9500, [1000]))],
    ids=["update", "delete", "void"],
)
def test_a_late_change_meets_an_invoice_changed_back_meanwhile(
    machine: OutboxMachine, then: tuple[int, list[int]] | None, back: tuple[int, list[int]]
) -> None:
    """An older change never stands over a newer one."""
    machine.first.go()
    machine.bill("i1", *then, False) if then else machine.take_back("i1")
    late(machine)
    machine.bill("i1", *back, False)
    machine.first.once()
    machine.teardown()


def test_any_sequence_on_postgres_ends_in_what_is_wanted(postgres_template: PostgresTemplate) -> None:
    @contextmanager
    def database(folder: Path) -> Iterator[Engine]:
        with postgres_template.database() as engine:
            yield engine

    class OnPostgres(OutboxMachine):
        databases = staticmethod(database)

    run_state_machine_as_test(OnPostgres, settings=budget(4, 15))  # type: ignore[no-untyped-call]
