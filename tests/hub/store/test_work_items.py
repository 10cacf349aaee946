"""Work for people: opened once, closed once, by a person for good or by evidence while it lasts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from hub import audit, work
from hub.errors import Misconfigured, Who
from hub.kernel import Kernel
from hub.rendering import CaseKey, CaseKind
from hub.store import cases, work_items
from hub.store.session import Store, Unit
from hub.store.work_items import Todo

GROUP = "harbour"
TODO = Todo("record-payment", "stripe:ch_1", "10432", "Enter 45.00 on invoice 10432.", Who.CLINIC, 4500)


@pytest.fixture
def unit(store: Store) -> Iterator[Unit]:
    with store.write(GROUP, agent="person:anna") as made:
        yield made


def the_row(unit: Unit) -> work_items.WorkItem:
    found = work_items.get(unit, TODO.kind, TODO.subject)
    assert found is not None
    return found


def test_asking_twice_for_the_same_is_one_thing_to_do(unit: Unit) -> None:
    assert work_items.want(unit, TODO) is True
    assert work_items.want(unit, TODO) is False
    assert [one.todo for one in work_items.listed(unit)] == [TODO]


def test_a_changed_sentence_is_the_same_thing_with_other_words(unit: Unit) -> None:
    work_items.want(unit, TODO)
    noted = replace(TODO, note="Two payments of this amount stand there.")
    assert work_items.want(unit, noted) is False
    assert [one.todo for one in work_items.listed(unit)] == [noted]


def test_what_a_person_did_stays_done_until_it_is_another_thing(unit: Unit) -> None:
    work_items.want(unit, TODO)
    assert work_items.close(unit, the_row(unit).id, by="person:anna", why="entered") is True
    assert work_items.close(unit, the_row(unit).id, by="person:bert", why="me too") is False
    assert the_row(unit).closed_by == "person:anna"
    assert work_items.want(unit, TODO) is False
    assert work_items.listed(unit) == []
    assert work_items.want(unit, replace(TODO, cents=5000)) is True
    assert [one.todo.cents for one in work_items.listed(unit)] == [5000]


def test_what_evidence_closed_is_to_be_done_again_without_it(unit: Unit) -> None:
    work_items.want(unit, TODO)
    work_items.close(unit, the_row(unit).id, by="payment:cliniko:17", why="read back")
    assert not the_row(unit).open
    assert work_items.want(unit, TODO) is True
    assert the_row(unit).open
    assert the_row(unit).closed_by is None


def test_closing_plans_its_case_again(unit: Unit) -> None:
    key = CaseKey("xero", CaseKind.INVOICE, "cliniko:17", "10432")
    case_id = cases.mark(unit, key)
    work_items.want(unit, replace(TODO, case=case_id))
    before = cases.get(unit, case_id)
    work_items.close(unit, the_row(unit).id, by="person:anna", why="entered")
    after = cases.get(unit, case_id)
    assert before is not None
    assert after is not None
    assert after.marked == before.marked + 1


def test_who_did_what_is_in_the_audit(unit: Unit) -> None:
    work_items.want(unit, TODO)
    item = the_row(unit).id
    work_items.close(unit, item, by="person:anna", why="entered at the desk")
    assert [row[1:] for row in audit.history(unit, "work", item)] == [
        ("person:anna", "work.open", "opened"),
        ("person:anna", "work.close", "done"),
    ]


def test_a_person_says_done_by_a_part_of_the_id(kernel: Kernel) -> None:
    with kernel.store.write(GROUP) as unit:
        work_items.want(unit, TODO)
        item = the_row(unit).id
    row = work.done(kernel, GROUP, item[-10:], who="anna", why="entered")
    assert (row.open, row.closed_by, row.closed_why) == (False, "person:anna", "entered")
    assert work.listed(kernel, GROUP) == []
    assert [one.id for one in work.listed(kernel, GROUP, closed=True)] == [item]
    with pytest.raises(Misconfigured) as raised:
        work.done(kernel, GROUP, item, who="anna", why="again")
    assert raised.value.code == "work:closed"
    with pytest.raises(Misconfigured):
        work.done(kernel, GROUP, "nothing-like-this", who="anna", why="what")
