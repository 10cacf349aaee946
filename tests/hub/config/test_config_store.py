"""Loading a configuration: an immutable version, an audit row, and what was held is planned again."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from hub.config.load import load_text
from hub.config.store import store_config
from hub.errors import Misconfigured, Reason, Who
from hub.kernel import Kernel
from hub.rendering import CaseKey, CaseKind
from hub.store import cases, holds
from hub.store.holds import Wanted
from hub.store.tables import audit_event, case, config_version
from tests.support.world import FakeClock

EXAMPLE = Path(__file__).parents[3] / "mappings" / "clinics" / "example.yaml"
TEXT = EXAMPLE.read_text("utf-8")
OTHER = TEXT.replace('PS1: {account: "202"', 'PS1: {account: "200"')


def load(kernel: Kernel, text: str) -> str:
    return store_config(kernel, "harbour", load_text(text, "group.yaml"), text, "person:bea")


def test_a_version_is_stored_once_with_its_text_and_an_audit_row(kernel: Kernel) -> None:
    first = load(kernel, TEXT)
    assert load(kernel, TEXT) == first
    stored = kernel.config("harbour")
    assert stored.version == first
    assert stored == load_text(TEXT, "group.yaml")
    with kernel.store.look() as db:
        bodies = db.execute(select(config_version.c.body)).scalars().all()
        audited = db.execute(select(audit_event.c.action, audit_event.c.agent)).all()
    assert len(bodies) == 1
    assert "the group's bookkeeper" in bodies[0]
    assert [tuple(row) for row in audited] == [("load_config", "person:bea")]


def test_going_back_to_an_earlier_text_is_a_version_of_its_own(kernel: Kernel) -> None:
    first, second = load(kernel, TEXT), load(kernel, OTHER)
    third = load(kernel, TEXT)
    assert len({first, second, third}) == 3
    assert kernel.config("harbour").version == third
    assert load(kernel, TEXT) == third


def test_only_held_cases_are_planned_again(kernel: Kernel, clock: FakeClock) -> None:
    load(kernel, TEXT)
    keys = [CaseKey("harbour-xero", CaseKind.INVOICE, f"harbour-cliniko:i{n}", str(n)) for n in (1, 2)]
    with kernel.store.write("harbour") as unit:
        ids = [cases.mark(unit, key) for key in keys]
        reason = Reason("unmapped:item:EX30", "Item EX30 has no account.", Who.BOOKKEEPER, 100)
        holds.sync(unit, {ids[0]: [Wanted(None, reason)]}, [])
    with kernel.store.look() as db:
        before = {row.id: row.marked for row in db.execute(select(case.c.id, case.c.marked))}
    clock.advance(3600)
    load(kernel, OTHER)
    with kernel.store.look() as db:
        after = {row.id: row.marked for row in db.execute(select(case.c.id, case.c.marked))}
    assert {id: after[id] - before[id] for id in ids} == {ids[0]: 1, ids[1]: 0}


def test_the_file_of_another_group_is_refused(kernel: Kernel) -> None:
    text = TEXT.replace("group: harbour", "group: hills")
    with pytest.raises(Misconfigured, match="hills"):
        load(kernel, text)
