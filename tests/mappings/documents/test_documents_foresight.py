"""What is read ahead of rendering changes no answer, and is what rendering asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hub.canonical import Entity
from hub.rendering import CaseKey
from hub.store import entities, foresight
from hub.store.db import Db
from hub.store.facts import StoreFacts
from hub.store.session import Store, Unit
from mappings.documents import RENDERER
from tests.mappings.documents.making import group, invoice, line, patient, pay
from tests.mappings.documents.scenarios import SCENARIOS


@pytest.fixture
def unit(store: Store) -> Iterator[Unit]:
    store.create_group(group().id)
    with store.write(group().id) as made:
        yield made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every statement that is executed."""
    found: list[Any] = []
    execute = Db.execute

    def noting(self: Db, statement: Any, parameters: Any = None) -> Any:
        found.append(statement)
        return execute(self, statement, parameters)

    monkeypatch.setattr(Db, "execute", noting)
    return found


def kept(unit: Unit, values: list[Entity]) -> list[CaseKey]:
    """These values are known; the cases they touch."""
    for value in values:
        entities.put(unit, value)
    facts = StoreFacts(unit)
    return list(dict.fromkeys(key for value in values for key in RENDERER.cases_of(value, facts, group())))


def ahead(unit: Unit, keys: list[CaseKey]) -> StoreFacts:
    facts = StoreFacts(unit)
    foresight.for_cases(facts, keys)
    facts.read_delivered(document for key in keys for document in RENDERER.asks(key, facts, group()))
    return facts


def test_renderings_and_cases_are_the_same(store: Store) -> None:
    """Of every scenario, each in a group of its own."""
    for name, (first, second) in SCENARIOS.items():
        store.create_group(name)
        with store.write(name) as unit:
            keys = kept(unit, [*first, *second])
            foreseen = ahead(unit, keys)
            for key in keys:
                plain = RENDERER.render(key, StoreFacts(unit), group())
                assert RENDERER.render(key, foreseen, group()) == plain
            foreseen = StoreFacts(unit)
            foresight.for_marks(foreseen, [*first, *second])
            for value in (*first, *second):
                touched = RENDERER.cases_of(value, StoreFacts(unit), group())
                assert RENDERER.cases_of(value, foreseen, group()) == touched


def test_of_plain_cases_nothing_more_is_asked(unit: Unit, asked: list[Any]) -> None:
    """Contacts, invoices with their payments, and credits, however many."""
    values: list[Entity] = []
    for n in range(1, 21):
        who, sid = f"p{n}", f"i{n}"
        values += [
            patient(who),
            invoice(n, line("PH2", 9500), patient=who),
            pay(n, {"EFTPOS": 10000}, [(0, sid, 9500)], patient=who),
        ]
    keys = kept(unit, values)
    asked.clear()
    facts = ahead(unit, keys)
    assert len(asked) < 15
    asked.clear()
    for key in keys:
        assert RENDERER.render(key, facts, group()).documents
    assert not asked
