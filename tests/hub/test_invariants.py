"""Each standing question: what breaks it is named, what is right is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub import invariants
from hub.claiming.billing import LAST_DAY
from hub.errors import Who
from hub.kernel import Kernel
from hub.store import connections, work_items
from hub.store.tables import attempt
from hub.store.work_items import Todo
from tests.support.rows import (
    GROUP,
    TARGET,
    a_case,
    a_cursor,
    a_delivery,
    a_hold,
    a_link,
    a_record,
    ago,
    an_issue,
    put,
)


def an_attempt(kernel: Kernel, delivery_id: str) -> None:
    row = {"delivery_id": delivery_id, "batch_id": "b1", "number": 1, "worker": "w"}
    put(kernel, attempt, {**row, "started_at": kernel.world.now()})


def delivered(kernel: Kernel, document: str, external: str) -> str:
    """A document as it stands when all is well."""
    made = a_delivery(kernel, "delivered", document_id=document)
    an_attempt(kernel, made)
    a_link(kernel, document, external)
    return made


def broken(kernel: Kernel) -> dict[str, int]:
    """Questions with offenders, and how many."""
    with kernel.store.read(GROUP) as unit:
        return {one.name: one.count for one in invariants.run_all(unit) if not one.passed}


def two_documents_on_one_object(kernel: Kernel) -> None:
    delivered(kernel, "doc1", "x1")
    delivered(kernel, "doc2", "x1")


def delivered_without_link(kernel: Kernel) -> None:
    an_attempt(kernel, a_delivery(kernel, "delivered"))


def sent_without_attempt(kernel: Kernel) -> None:
    a_delivery(kernel, "sending", lease_until=kernel.world.now())


def record_left_lying(kernel: Kernel) -> None:
    a_record(kernel, normalise=True, asked_at=ago(kernel, minutes=16))


def case_left_lying(kernel: Kernel) -> None:
    a_case(kernel, due_at=ago(kernel, minutes=16))


def outcome_unknown_for_hours(kernel: Kernel) -> None:
    an_attempt(kernel, a_delivery(kernel, "unknown", unknown_since=ago(kernel, hours=2)))


def sending_for_ever(kernel: Kernel) -> None:
    an_attempt(kernel, a_delivery(kernel, "sending", lease_until=ago(kernel, minutes=16)))


def stuck_after_a_removal(kernel: Kernel) -> None:
    a_hold(kernel, "period:locked", urgent=True)


def held(kernel: Kernel) -> None:
    a_hold(kernel, "unmapped:item:EX30")


def payout_held(kernel: Kernel) -> None:
    a_case(kernel, id="c-payout", kind="settlement", planned=1)
    a_hold(kernel, "settlement:charge-unknown", case_id="c-payout", stops=False)


def unreadable(kernel: Kernel) -> None:
    an_issue(kernel, "record:malformed")


def left_to_do(kernel: Kernel) -> None:
    with kernel.store.write(GROUP) as unit:
        work_items.want(unit, Todo("upload-file", "b1", "b1", "Upload the file b1.", Who.CLINIC))


def claim_nearly_too_late(kernel: Kernel) -> None:
    with kernel.store.write(GROUP) as unit:
        work_items.want(unit, Todo(LAST_DAY, "ndis:i1:l1", "10401", "Soon too late.", Who.CLINIC, 19399))


def dead_grant(kernel: Kernel) -> None:
    with kernel.store.write(GROUP) as unit:
        connections.pause(unit, TARGET, None, "reconnect", "Reconnect.", reconnect=True)


def stream_gone_quiet(kernel: Kernel) -> None:
    a_cursor(kernel, ago(kernel, hours=25))


@pytest.mark.parametrize(
    ("breaks", "named"),
    [
        (two_documents_on_one_object, {"nothing_twice"}),
        (delivered_without_link, {"outcome_has_link"}),
        (sent_without_attempt, {"sent_has_attempt"}),
        (record_left_lying, {"nothing_lost"}),
        (case_left_lying, {"every_case_planned"}),
        (outcome_unknown_for_hours, {"no_old_unknown"}),
        (sending_for_ever, {"no_old_unknown"}),
        (stuck_after_a_removal, {"nothing_stuck", "nothing_held"}),
        (held, {"nothing_held"}),
        (payout_held, {"nothing_held", "settlements_explained"}),
        (unreadable, {"records_readable"}),
        (left_to_do, {"work_done"}),
        (claim_nearly_too_late, {"work_done", "claims_in_time"}),
        (dead_grant, {"connections_alive"}),
        (stream_gone_quiet, {"streams_fresh"}),
    ],
)
def test_what_is_broken_is_named(kernel: Kernel, breaks: Callable[[Kernel], None], named: set[str]) -> None:
    assert broken(kernel) == {}
    breaks(kernel)
    assert set(broken(kernel)) == named


def test_work_in_progress_breaks_nothing(kernel: Kernel) -> None:
    soon = ago(kernel, seconds=-60)
    delivered(kernel, "doc1", "x1")
    a_link(kernel, "doc0", "x1", live=False)
    a_delivery(kernel, "pending")
    an_attempt(kernel, a_delivery(kernel, "sending", lease_until=soon))
    an_attempt(kernel, a_delivery(kernel, "unknown", unknown_since=kernel.world.now()))
    a_record(kernel, normalise=True)
    a_record(kernel, normalise=True, latest=False, asked_at=ago(kernel, hours=1))
    a_case(kernel)
    a_case(kernel, id="c-under-way", due_at=ago(kernel, hours=1))
    a_delivery(kernel, "pending", case_id="c-under-way")
    a_hold(kernel, "unmapped:item:EX30", closed_at=kernel.world.now())
    an_issue(kernel, "record:malformed", closed_at=kernel.world.now())
    a_cursor(kernel, ago(kernel, hours=23))
    assert broken(kernel) == {}


def test_a_finding_shows_a_bounded_sample_and_the_whole_count(kernel: Kernel) -> None:
    for _ in range(invariants.SAMPLE + 3):
        a_hold(kernel, "unmapped:item:EX30")
    with kernel.store.read(GROUP) as unit:
        (found,) = (one for one in invariants.run_all(unit) if not one.passed)
    assert (found.count, len(found.sample)) == (invariants.SAMPLE + 3, invariants.SAMPLE)
    assert found.group == GROUP
    assert found.instruction


def test_another_group_is_not_asked(kernel: Kernel) -> None:
    kernel.store.create_group("hills")
    a_hold(kernel, "unmapped:item:EX30")
    with kernel.store.read("hills") as unit:
        assert all(one.passed for one in invariants.run_all(unit))


def test_every_question_says_what_to_do() -> None:
    names = [check.name for check in invariants.CHECKS]
    assert len(set(names)) == len(names)
    assert {check.layer for check in invariants.CHECKS} == {"raw", "canonical", "delivered"}
    assert all(check.question.endswith("?") and check.instruction for check in invariants.CHECKS)
